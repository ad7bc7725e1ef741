"""The language of a news item: letters first, then the commonest words, then py3langid, the source's own for ties.

Letters rule a language out (Belarusian has no и, Russian no і); what is left is ranked. A few foreign letters in a
long text are a quoted name and rule nothing out. Kazakh in Latin letters, which py3langid does not know, is told by
its endings.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from rules.words.wordlists import words_of

_SAMPLE = 2_000
_QUOTED_SHARE = 0.03  # foreign letters up to this share of a text are names it quotes
_WORD_WEIGHT = 0.35
_PRIOR_WEIGHT = 0.25
_HOME_WEIGHT = (
    0.12  # our Cyrillic languages are likelier than their neighbours (ru and bg share every letter of a title)
)
_HOME = frozenset({"ru", "be", "uk", "kk"})

_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s]+|[^\s@]{1,64}@[^\s@]+")
_WORD = re.compile(r"[^\W\d_]+")
_SCRIPTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("Latin", re.compile("[A-Za-z\u00aa-\u024f\u0250-\u02af\u1e00-\u1eff]")),
    ("Cyrillic", re.compile("[\u0400-\u052f]")),
    ("kana", re.compile("[\u3040-\u30ff]")),
    ("Han", re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")),
    ("ko", re.compile("[\u1100-\u11ff\uac00-\ud7af]")),
    ("el", re.compile("[\u0370-\u03ff]")),
    ("he", re.compile("[\u0590-\u05ff]")),
    ("ka", re.compile("[\u10a0-\u10ff]")),
    ("hy", re.compile("[\u0530-\u058f]")),
    ("Arabic", re.compile("[\u0600-\u06ff]")),
)

_BASE = "абвгдежзийклмнопрстуфхцчшщьюя"
_KAZAKH_ONLY = "әғқңөұүһі"
_ALPHABETS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "ru": frozenset(_BASE + "ёъыэ"),
        "uk": frozenset(_BASE + "єіїґ"),
        "be": (frozenset(_BASE) - frozenset("ищ")) | frozenset("ёіўыэґ"),
        "kk": frozenset(_BASE + "ёъыэ" + _KAZAKH_ONLY),
        "ky": frozenset(_BASE + "ёъыэңөү"),
        "bg": frozenset(_BASE + "ъѝ"),
        "sr": frozenset("абвгдђежзијклљмнњопрстћуфхцчџш"),
        "mk": frozenset("абвгдѓежзѕијклљмнњопрстќуфхцчџшѐѝ"),
        "tt": frozenset(_BASE + "ёъыэәҗңөүһ"),
        "ba": frozenset(_BASE + "ёъыэәғҡңөҫүһҙ"),
        "mn": frozenset(_BASE + "ёъыэөү"),
        "tg": frozenset(_BASE + "ёъэғӣқӯҳҷ"),
        "uz": frozenset(_BASE + "ёъэўқғҳ"),
    }
)
_LATIN = words_of("en de fr pl cs sk sl hr tr es it pt nl lt lv et ro hu sv fi")
_ARABIC = ("ar", "fa", "ur", "ku", "ug")

_WORDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "en": words_of(
            """
            the of and to in for on with at by from as is are was were be been has have had will would says said say
            over after against about into not no new who what why how its his her their this that it an us uk deal
            oil gas talks trade war wars president discuss meet meets visit leader union customs duty duties tariffs
            export exports minister government state crude pipeline threatens warns rises falls raises cuts tax
            first two year week news prices price
            """
        ),
        "ru": words_of(
            """
            и в во на не с со что из к ко о об от до по за для при как это его её их он она они но или уже был была
            были будет после между против более чем год года лет также может сообщил заявил президент россии под над
            без из-за
            """
        ),
        "uk": words_of(
            """
            і й та в у на не з із зі що до від по за для при як це його її їх він вона вони але або вже був була
            були буде після між проти більше ніж рік року років також може повідомив заявив президент росії під над
            без через про щодо
            """
        ),
        "be": words_of(
            """
            і й ды у ў на не з са што да ад па за для пры як гэта яго яе іх ён яна яны але або ўжо быў была былі
            будзе пасля паміж супраць больш чым год года гадоў таксама можа паведаміў заявіў прэзідэнт расіі пад над
            без праз пра
            """
        ),
        "kk": words_of(
            """
            және мен бен пен да де та те бұл ол осы үшін туралы бойынша деп бір болды болған емес арқылы кейін дейін
            қазақстан жылы жыл екі үш ең өз оның олар не сол еді еткен етті тарап жаңа қалай неге
            """
        ),
        "bg": words_of(
            """
            и в на не с се да за от по до че е са като ще беше след между при към как това със във
            """
        ),
        "de": words_of(
            """
            der die das und in im zu den dem des von mit für auf ist ein eine nicht nach bei aus über vor gegen wird
            """
        ),
        "fr": words_of(
            """
            le la les et en du des de un une dans pour sur au aux est par avec contre après selon qui son ses
            """
        ),
        "pl": words_of(
            """
            i w we na z ze do nie się o od po za dla przez jest są był była będzie przed oraz jak co to
            """
        ),
        "es": words_of(
            """
            el la los las y en de del un una para con por que se su al más sobre tras ante sus ya como lo
            """
        ),
        "ky": words_of(
            """
            жана менен бул ал үчүн тууралуу деп бир болду эмес кийин чейин кыргызстан жылы
            """
        ),
    }
)

_LATIN_KAZAKH_WORDS = words_of(
    """
    jáne jane jäne zhäne úshin üşin ushin týraly boıynsha boiynsha boiynşa jyly bolyp keıin deıin nemese prezidenti
    """
)
_LATIN_KAZAKH_STARTS = ("qazaq", "memleket", "munaı", "mūnai", "qasha", "qaşa")
_LATIN_KAZAKH_ENDS = tuple(
    words_of("nyń niń dyń diń tyń tiń nyñ niñ dyñ diñ tyñ tiñ dağy dağı daǵy degi lyq lıq ǵa ǵan ğan lary leri")
)
_LATIN_KAZAKH_LETTER = re.compile(r"ǵ|ń(?=[aeiouyáúóı]|\b)|q(?!u)", re.IGNORECASE)


def detect(title: str, text: str, prior: str = "") -> str:
    """Return the ISO 639-1 code of an item's language; "" where there are no letters.

    Reads the title and the first 2,000 characters of the text. `prior` is what the source says of itself; it decides
    ties and what is too short to tell.
    """
    sample = _ADDRESS.sub(" ", f"{title[:_SAMPLE]}\n{text[:_SAMPLE]}")
    script = _script(sample)
    if script == "Cyrillic":
        return _cyrillic(sample.lower(), prior)
    if script == "Latin":
        return _latin(sample, prior)
    if script in ("kana", "Han"):
        return "ja" if script == "kana" or _SCRIPTS[2][1].search(sample) else "zh"
    if script == "Arabic":
        return _best(sample, _ARABIC, prior)
    return script


def _script(sample: str) -> str:
    counts = [(len(letters.findall(sample)), name) for name, letters in _SCRIPTS]
    most = max(count for count, _ in counts)
    return next(name for count, name in counts if count == most) if most else ""


def _cyrillic(sample: str, prior: str) -> str:
    letters = Counter(_SCRIPTS[1][1].findall(sample))
    foreign = {
        language: sum(count for letter, count in letters.items() if letter not in alphabet)
        for language, alphabet in _ALPHABETS.items()
    }
    quoted = min(foreign.values()) + int(_QUOTED_SHARE * letters.total())
    return _best(sample, [language for language in _ALPHABETS if foreign[language] <= quoted], prior)


def _latin(sample: str, prior: str) -> str:
    words = _WORD.findall(sample.lower())
    telling = sum(map(_is_latin_kazakh, words)) + len(_LATIN_KAZAKH_LETTER.findall(sample))
    if telling >= 2 and telling >= len(words) * 0.2:
        return "kk"
    return _best(sample, _LATIN, prior)


def _is_latin_kazakh(word: str) -> bool:
    return (
        word in _LATIN_KAZAKH_WORDS
        or word.startswith(_LATIN_KAZAKH_STARTS)
        or (len(word) > 5 and word.endswith(_LATIN_KAZAKH_ENDS))
    )


def _best(sample: str, languages: Iterable[str], prior: str) -> str:
    """Return the likeliest of `languages` by py3langid's probability, the stop words seen, and the prior."""
    allowed = tuple(sorted(languages))
    if len(allowed) == 1:
        return allowed[0]
    likely = {language: chance for language, chance in _identifier().rank(sample) if language in allowed}
    total = sum(likely.values()) or 1.0
    seen = Counter(word for word in _WORD.findall(sample.lower())[:80])
    words = max(seen.total(), 1)

    def score(language: str) -> float:
        stop_words = sum(seen[word] for word in _WORDS.get(language, ()) if word in seen) / words
        expected = _PRIOR_WEIGHT * (language == prior) + _HOME_WEIGHT * (language in _HOME)
        return float(likely.get(language, 0.0)) / total + _WORD_WEIGHT * min(stop_words * 3, 1.0) + expected

    return max(allowed, key=score)


@cache
def _identifier() -> LanguageIdentifier:
    """Return py3langid's model with probabilities; loaded once a process (0.4 s, 75 MB)."""
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
