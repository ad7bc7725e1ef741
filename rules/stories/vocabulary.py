"""What words of the five languages mean the same in the news: the stems of `meanings.txt`.

They say what happened (fire, sentence, talks), to what (pipeline, school), and where (countries, under `@`); names of
people, towns and firms are compared by their sound instead (`rules.stories.sound`).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from types import MappingProxyType

from rules.stories.listed import listed
from rules.words.folding import fold
from rules.words.wordlists import words_of

_STOP = words_of(
    """
    the and for that with from this has have had been were was are will would could should after before over under into
    than more most also its his her their they them who what when where which while about against between during since
    until near says said say new year years month week day days today yesterday monday tuesday wednesday thursday friday
    saturday sunday two but not out off per one all our your you she him how why can may his any some such only
    что как для это при или его она они был была были было уже еще после перед также который которая которые которых
    которого году года год лет сегодня вчера завтра утром вечером ночью днем понедельник вторник среда среду четверг
    пятница пятницу суббота субботу воскресенье понедельника чтобы если только будет будут может могут более менее свой
    своей своего этом этого того чем под над без про из-за около среди между время словам данным также ранее
    што гэта якая якія які каля праз пасля перад таксама было была быў былі ужо яшчэ каб калі толькі будзе будуць сёння
    учора заўтра раніцай увечары уначы панядзелак аўторак серада сераду чацвер пятніца пятніцу субота суботу нядзеля
    нядзелю ад аўторка гэты гэтым якой якога яго яна яны паводле свой сваёй
    що це для або його вона вони був була були було вже ще після перед також який яка які яких якого року рік років
    сьогодні вчора завтра вранці ввечері вночі понеділок вівторок середа середу четвер п'ятниця п'ятницю субота суботу
    неділя неділю щоб якщо тільки буде будуть може більше менше свій своєї через близько між станом
    және мен бен пен үшін бұл ол олар осы сол бар жоқ деп дейін кейін бұрын туралы бойынша қарай жылы жылғы жылдың күні
    бүгін кеше ертең таңертең кешке түнде дүйсенбі сейсенбі сәрсенбі бейсенбі жұма сенбі жексенбі болды болған болады
    екен тағы ғана болып еді биыл маңында арасында қатысты сондай-ақ
    """
)


# What stands in every second item tells little; the others are taken to stand in one of twelve.
_EVERYDAY = words_of(
    """
    statement years ministry minister ministry president government company rise fall launch man price currency trade
    project committee law open close child death power oil gas road car plant housing meet discuss approve court
    """
)
_SHORTEST, _SHORTEST_OF_NAME, _LONGEST = 2, 5, 14


@cache
def _meanings() -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Return the whole words and the stems, folded, each with its meaning."""
    words: dict[str, str] = {}
    stems: dict[str, str] = {}
    for name, entries in listed("meanings.txt"):
        for entry in entries:
            known = words if entry.endswith(".") else stems
            known.setdefault(fold(entry[:-1]), name)
    return MappingProxyType(words), MappingProxyType(stems)


@lru_cache(maxsize=20_000)
def meaning(word: str, *, name: bool = False) -> str:
    """Return what a folded word means, as the name that `meanings.txt` gives it; "" for one that it does not hold.

    A `name` (in capitals within a sentence) begins by chance like many a short stem: only long ones count for it.
    """
    words, stems = _meanings()
    whole = words.get(word)
    if whole is not None:
        return whole
    for length in range(min(len(word), _LONGEST), _SHORTEST_OF_NAME - 1 if name else _SHORTEST - 1, -1):
        found = stems.get(word[:length])
        if found is not None:
            return found
    return ""


def is_everyday(name: str) -> bool:
    """Say whether a meaning stands in so many items that it hardly tells them apart."""
    return name in _EVERYDAY


@cache
def _stop_words() -> frozenset[str]:
    return frozenset(map(fold, _STOP))


def is_stop_word(word: str) -> bool:
    """Say whether a folded word says nothing of what happened: small words, weekdays, times of the day."""
    return word in _stop_words()
