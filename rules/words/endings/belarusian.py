"""Belarusian case forms by an own table of noun and adjective endings, in the official and the older spelling.

Covers nouns in -а -я -о -ь -й -нне -цце and consonants (т/ц, д/дз, к/ц, г/з, х/с before -е; -ак/-к-, -ец/-ц-), nouns
named in the plural (endings with and without the stress: -ам -ом, -аў -оў), names in -энка, -енка, -аў, -еў and -оў,
adjectives in -ы and -і in every gender.
Verbs, pronouns, numerals and stems whose vowels move (вада, воды) are not covered: name such forms in the rule.
"""

from __future__ import annotations

import re
from types import MappingProxyType

from rules.words.endings.table import Endings, slipper, softener


def _with(letters: str, endings: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(ending if ending == "*" else letters + ending for ending in endings)


_HARD = ("а", "у", "ам", "ом", "~е", "ы", "аў", "оў", "амі", "ах")
_BACK = ("а", "у", "ам", "ом", "і", "аў", "оў", "амі", "ах")
_SOFT = ("я", "ю", "ем", "і", "яў", "ям", "ямі", "ях")
_ADJECTIVE = ("ы", "ага", "аму", "ым", "ая", "ай", "аю", "ую", "ае", "ыя", "ых", "ымі", "ой", "ога", "ому")
_BACK_ADJECTIVE = ("і", "ага", "аму", "ім", "ая", "ай", "аю", "ую", "ае", "ія", "іх", "імі", "ой", "ога", "ому")
_FEMININE = ("а", "ы", "~е", "у", "ай", "аю", "ой", "ою", "", "*", "аў", "ам", "амі", "ах")
_FEMININE_HARDENED = ("а", "ы", "у", "ай", "аю", "эй", "", "*", "аў", "ам", "амі", "ах")
_ENKAUSKI = _with("энкаўск", _BACK_ADJECTIVE)
_PLURAL = ("", "*", "аў", "ам", "амі", "ах", "а", "у", "~е", "ай")


_TABLE = MappingProxyType(
    {
        "": _HARD,
        **{letter: _with(letter, _BACK) for letter in "гкх"},
        **{letter: _with(letter, ("а", "у", "ам", "ом", "ы", "аў", "оў", "амі", "ах", "э")) for letter in "ржшчц"},
        "ск": _with("ск", ("а", "у", "ам")),
        "а": _FEMININE,
        "ка": ("ка", "кі", "цы", "цэ", "ку", "кай", "каю", "к", "ак", "каў", "кам", "камі", "ках"),
        "га": ("га", "гі", "зе", "гу", "гай", "гаю", "г", "гаў", "гам", "гамі", "гах"),
        "ха": ("ха", "хі", "се", "ху", "хай", "хаю", "х", "хаў", "хам", "хамі", "хах"),
        **{
            letter + "а": _with(letter, ("а", "ы", "э", "у", "ай", "аю", "эй", "", "аў", "ам", "амі", "ах"))
            for letter in "ржшчц"
        },
        "о": ("а", "у", "ом", "ам", "~е", "ы", "", "аў", "амі", "ах"),
        "энка": (*_with("энк", ("а", "і", "у", "ам", "ай", "аю", "аў", "амі", "ах")), "энцы", "энак", *_ENKAUSKI),
        "энко": ("энкі", "энку", "энкам", "энка", "энкай"),
        "я": ("я", "і", "ю", "яй", "яю", "ёй", "ь", "яў", "ям", "ямі", "ях"),
        "ія": ("ія", "іі", "ію", "іяй", "іяю", "ій", "іяў", "іям", "іямі", "іях"),
        "ыя": ("ыя", "ыі", "ыю", "ыяй", "ыяю", "ый", "ыяў", "ыям", "ыямі", "ыях", *_ADJECTIVE),
        "нне": ("ння", "нню", "ннем", "нні", "нняў", "нням", "ннямі", "ннях"),
        "цце": ("цця", "ццю", "ццем", "цці", "ццяў", "ццям", "ццямі", "ццях"),
        "ак": ("ка", "ку", "кам", "кі", "каў", "камі", "ках", *(_with("ак", _BACK))),
        "ец": ("ца", "цу", "цам", "цом", "цы", "цаў", "цоў", "цамі", "цах"),
        "ь": ("і", "ю", "я", "ем", "ей", "яў", "ям", "ямі", "ях", "сю", "ню", "лю"),
        "й": _SOFT,
        **{vowel + "ў": _with(vowel + "в", ("а", "у", "ым", "ам", "е", "ы", "ых", "ымі")) for vowel in "аеёоі"},
        "ы": (*_PLURAL, *_ADJECTIVE),
        "і": ("", "*", "аў", "яў", "ам", "ям", "амі", "ямі", "ах", "ях", "а", "у", *_BACK_ADJECTIVE),
        "скі": _with("ск", _BACK_ADJECTIVE),
        "цкі": _with("цк", _BACK_ADJECTIVE),
        "ое": (*_ADJECTIVE, *_BACK_ADJECTIVE),
        "ая": (*_ADJECTIVE, *_BACK_ADJECTIVE),
        "ае": (*_ADJECTIVE, *_BACK_ADJECTIVE),
    }
)

_ENDINGS = Endings(
    _TABLE,
    softener({"г": "з", "к": "ц", "х": "с", "т": "ц", "д": "дз"}),
    slipper("а", "аеёіоуыэюяьйў"),
)


# The older spelling (tarashkevitsa) writes the softness of a consonant before a soft one: Беларусьсю, сьвет, пытаньне.
_SOFT_BEFORE_SOFT = re.compile("([сзцн])(?=(?:[бвлмнпсц]|дз)[іеёюя])")


def case_forms(word: str) -> tuple[str, ...]:
    """Return the case forms of a lower-case Belarusian noun or adjective in both spellings, without itself."""
    forms = (word, *_ENDINGS.forms(word))
    both = (*forms, *(_SOFT_BEFORE_SOFT.sub(r"\1ь", form) for form in forms), *(_old_europe(form) for form in forms))
    return tuple(form for form in dict.fromkeys(both) if form != word)


def _old_europe(form: str) -> str:
    return f"эў{form[2:]}" if form.startswith("еў") else form
