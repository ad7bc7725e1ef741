"""The words by which advertising smuggled into hacked sites gives itself away, and those that announce link lists."""

from __future__ import annotations

import re

import re2

# Stems, each at a word's start. Words that news use in earnest (volcano, sex, loan) are here only in company.
_SPAM = (
    r"casinos?|kasino|kazino|казино|казіно|slots?\b|(?:онлайн[ -])?слот(?:ы|ов|ах|и|ів)\b|игров\w+ автомат\w*|"
    r"ігров\w+ автомат\w*|ойын автомат\w*|вулкан (?:казино|клуб|вегас|удачи|платинум|24)|"
    r"1 ?x ?(?:bet|slots?|бет)|1win|1вин|mostbet|мостбет|pin-?up|пин-?ап|melbet|мелбет|vavada|вавада|leonbets|"
    r"fonbet|parimatch|betting|bookmakers?|букмекер\w*|ставк[аиу] на спорт|bet ?365|poker|покер\w*|"
    r"jackpots?|джекпот\w*|roulette|рулетк[аеиу]|blackjack|блэкджек|free ?spins?|фри ?спин\w*|gambl\w+|гемблинг|"
    r"бездепозит\w*|no deposit|welcome bonus|"
    r"escorts?|эскорт\w*|ескорт\w*|call ?girls?|проститут\w*|индивидуалк\w*|путан[аыу]?\b|шлюх\w*|интим\w*|"
    r"porno?\w*|порно\w*|xxx|sex ?(?:cam|chat|dating|shop|video)\w*|секс ?(?:знаком|чат|шоп|видео|услуг)\w*|"
    r"adult dating|onlyfans|webcam girls?|"
    r"viagra|виагр\w+|віагр\w+|cialis|сиалис\w*|levitra|левитр\w+|kamagra|tadalafil|sildenafil|силденафил\w*|"
    r"online pharmac\w+|(?:онлайн|интернет)[ -]аптек\w+|no prescription|без рецепта|дженерик\w*|xanax|tramadol|"
    r"steroids?|payday|microloans?|микрозайм\w*|мікропозик\w*|займ\w* (?:онлайн|на карту|без)|позик\w* онлайн|"
    r"кредит\w* (?:онлайн|без отказа|без справок)|cash advance|quick loans?|"
    r"replica (?:watch\w*|bags?|rolex)|rolex replica|реплик[аи] часов|"
    r"(?:buy|write my|custom) essays?|essay writing|купить диплом\w*|дипломы? на заказ|"
    r"backlinks?|seo (?:services?|agency)|crypto ?(?:casino|signals?)|binary options?|бинарн\w+ опцион\w*|"
    r"weight loss pills?|похуде\w+ (?:быстро|без)|приворот\w*|гадан\w+ онлайн|хентай|hentai|togel|slot gacor|judi"
)
_ADVERTISING = re.compile(rf"(?<![^\W_])(?:{_SPAM})", re.IGNORECASE)
# At least one of these is in each of the above: the long look is for the few texts that have one.
_MARKERS = re2.compile(
    r"(?i)casin|kasin|kazin|казин|казін|slot|слот|автомат|вулкан|1 ?x|1win|1вин|mostbet|мостбет|pin-?up|пин-?ап|melbet|"
    r"мелбет|vavada|вавада|leonbet|fonbet|parimatch|betting|bookmaker|букмекер|ставк|bet ?365|poker|покер|jackpot|"
    r"джекпот|"
    r"roulette|рулетк|blackjack|блэкджек|free ?spin|фри ?спин|gambl|гембл|бездепозит|no deposit|welcome bonus|escort|"
    r"эскорт|"
    r"ескорт|girl|проститут|индивидуалк|путан|шлюх|интим|porn|порно|xxx|sex|секс|dating|onlyfans|viagra|виагр|віагр|"
    r"cialis|"
    r"сиалис|levitra|левитр|kamagra|dalafil|denafil|денафил|pharmac|аптек|prescription|рецепта|дженерик|xanax|tramadol|"
    r"steroid|payday|loan|займ|позик|кредит|cash advance|replica|rolex|реплик|essay|диплом|backlink|seo|crypto|"
    r"binary|опцион|loss pills|похуде|приворот|гадан|хентай|hentai|togel|slot gacor|judi"
)

# Said before a list of links, and hardly ever at the start of a sentence.
_ANNOUNCED = (
    r"read (?:also|more(?: on| about)?|next|this(?: too| next)?)|see also|also read|also on|related(?: \w+){0,2}|"
    r"more (?:on this|from|news|stories)|recommended (?:for you|reading)|you (?:may|might) also like|"
    r"читайте (?:также|ещ[её]|и другие|по теме)|читать (?:также|ещ[её])|смотрите (?:также|ещ[её])|смотри также|"
    r"см\. ?(?:также|ещ[её])|(?:материалы|новости|ещ[её]|больше) по (?:этой )?теме|"
    r"другие (?:новости|материалы) по теме|похожие (?:новости|статьи|материалы)|новости партн[её]ров|"
    r"вас (?:может|могут) заинтересовать|ранее по теме|"
    r"читайте? (?:також|ще)|дивіться (?:також|ще)|схожі (?:новини|статті)|матеріали за темою|"
    r"вас (?:може|можуть) зацікавити|новини партнерів|"
    r"чытайце (?:таксама|яшчэ)|глядзіце (?:таксама|яшчэ)|падобныя (?:навіны|артыкулы)|навіны партнёраў|"
    r"(?:тағы |сондай-ақ |осы тақырыпта |мына(?:ны|ларды) да )?оқи отырыңыз|"
    r"(?:тағы да |сондай-ақ |тағы )?оқыңыз(?:дар)?|ұқсас (?:жаңалықтар|мақалалар)|осы тақырып(?:та|тағы)|"
    r"серіктестер жаңалықтары"
)
LONGEST_ANNOUNCEMENT = 250
ANNOUNCED = re.compile(rf"^[\W_]*(?:{_ANNOUNCED})(?![^\W_])", re.IGNORECASE)
# Headings of such lists, that a sentence may begin with as well.
_HEADED = (
    r"recommended|don.t miss|most (?:read|popular|viewed)|latest(?: news| stories)?|trending(?: now)?|popular(?: now)?|"
    r"in other news|related|more|top stories|последние новости|популярн(?:ое|ые)|самое читаемое|"
    r"главн(?:ое|ые новости)|рекомендуем|в тему|по теме|лента новостей|останні новини|популярне|головне|"
    r"(?:за|по) темою|апошнія навіны|па тэме|папулярнае|галоўнае|соңғы жаңалықтар|тақырып бойынша|танымал|"
    r"басты жаңалықтар|"
    r"comments?|комментарии|коментарі|каментары|пікірлер|об авторе|про автора|пра аўтара|автор туралы|about the author"
)
HEADED = re.compile(rf"^[\W_]*(?:{_HEADED})[\W_\d]*$", re.IGNORECASE)

_TAGS = r"tags?|теги?|метки|ключевые слова|темы|рубрики|мітки|ключові слова|тэгі|меткі|пазнакі|тегтер|кілт сөздер"
_FOLLOW = (
    r"(?:follow|join|subscribe|sign up)\b.{0,60}\b(?:telegram|twitter|facebook|newsletter|channel|us)|"
    r"(?:подпи[шс]\w+|читайте нас|присоединяйтесь|следите за)\b.{0,80}\b(?:telegram|телеграм\w*|канал\w*|рассылк\w+|"
    r"новост\w+|viber|вайбер\w*|дзен\w*|facebook|instagram|соцсет\w+|нас)|"
    r"(?:підпи[шс]\w+|читайте нас|приєднуйтесь|стежте за)\b.{0,80}\b(?:telegram|телеграм\w*|канал\w*|розсилк\w+|нас|"
    r"нами)|"
    r"(?:падпіс\w+|чытайце нас|далучайцеся)\b.{0,80}\b(?:telegram|тэлеграм\w*|канал\w*|нас)|"
    r".{0,80}\b(?:жазылыңыз\w*|тіркеліңіз\w*|қосылыңыз\w*)"
)
LABELS = re.compile(rf"^[\W_]*(?:(?:{_TAGS})\s*:|(?:{_FOLLOW}))", re.IGNORECASE)


def advertises(text: str) -> bool:
    """Say whether `text` holds a word of advertising."""
    return _MARKERS.search(text) is not None and _ADVERTISING.search(text) is not None


def spam_hits(text: str) -> tuple[int, int]:
    """Return how many advertising words `text` holds, and how many different ones."""
    if _MARKERS.search(text) is None:
        return 0, 0
    found = [word.casefold() for word in _ADVERTISING.findall(text)]
    return len(found), len(set(found))


def is_stuffed(text: str) -> bool:
    """Say whether a paragraph is a pile of advertising words rather than a sentence about such things."""
    hits, different = spam_hits(text)
    return hits >= 3 and different >= 2 and hits >= 0.22 * len(text.split())


def announces_links(text: str) -> bool:
    """Say whether a short text announces other articles ("Read also: …"), or is a list of tags or a call to follow."""
    if len(text) > LONGEST_ANNOUNCEMENT:
        return False
    return any(pattern.match(text) is not None for pattern in (ANNOUNCED, HEADED, LABELS))
