"""Ukrainian case forms by an own table of noun and adjective endings.

Covers nouns in -а -я -о -е -ння -ь -й and consonants (with к/ц, г/з, х/с before -і, -ок/-к-, -ець/-ц-,
-провід/-провод-), nouns named in the plural, surnames in -енко (declined in Ukrainian) with their adjective,
adjectives in -ий and -ій in every gender. Verbs, pronouns, numerals and stems that change otherwise (кінь, ніч) are
not covered: name such forms in the rule.
"""

from __future__ import annotations

from types import MappingProxyType

from rules.words.endings.table import Endings, slipper, softener

_HARD = ("а", "у", "ові", "ом", "~і", "е", "и", "ів", "ам", "ами", "ах")
_SOFT = ("я", "ю", "еві", "єві", "ем", "єм", "і", "ї", "ів", "їв", "ям", "ями", "ях")
_ADJECTIVE = ("ий", "ого", "ому", "им", "ім", "а", "ої", "ій", "у", "ою", "е", "і", "их", "ими")
_SOFT_ADJECTIVE = ("ій", "ього", "ьому", "ім", "я", "ьої", "ю", "ьою", "є", "і", "іх", "іми")
_FEMININE = ("а", "и", "~і", "у", "ою", "о", "", "*", "ам", "ами", "ах")


def _with(letters: str, endings: tuple[str, ...]) -> tuple[str, ...]:
    """Return endings that begin with letters of the stem; such a stem can neither soften nor take a vowel in."""
    return tuple(letters + ending.removeprefix("~") for ending in endings if ending != "*")


_TABLE = MappingProxyType(
    {
        "": _HARD,
        "ськ": _with("ськ", ("а", "у", "ом", "ові")),
        "а": _FEMININE,
        "га": ("га", "ги", "зі", "гу", "гою", "го", "г", "гам", "гами", "гах"),
        "ша": ("ша", "ші", "шу", "шею", "ше", "ш", "шам", "шами", "шах"),
        "жа": ("жа", "жі", "жу", "жею", "же", "ж", "жам", "жами", "жах"),
        "ча": ("ча", "чі", "чу", "чею", "че", "ч", "чам", "чами", "чах"),
        "ця": ("ця", "ці", "цю", "цею", "це", "ць", "цям", "цями", "цях"),
        "я": ("я", "і", "ю", "ею", "е", "ь", "ей", "ям", "ями", "ях"),
        "ія": ("ія", "ії", "ію", "ією", "іє", "ій", "іям", "іями", "іях"),
        "ая": ("ая", "аї", "аю", "аєю", "аї", "ай", "аям", "аями", "аях"),
        "ея": ("ея", "еї", "ею", "еєю", "ей", "еям", "еями", "еях"),
        "ння": ("ння", "нню", "нням", "нні", "нь", "ннями", "ннях"),
        "ття": ("ття", "ттю", "ттям", "тті", "ть", "ттями", "ттях"),
        "о": ("а", "у", "ом", "~і", "", "*", "ам", "ами", "ах"),
        "енко": (*_with("енк", tuple(e for e in _HARD if e != "~і")), "енкою", "енці", *_with("енківськ", _ADJECTIVE)),
        "е": ("я", "ю", "ем", "і", "ь", "ей", "ям", "ями", "ях", "а", "у", "ам", "ами", "ах"),
        "ок": ("ку", "кові", "ком", "ка", "ки", "ків", "кам", "ками", "ках", "ці"),
        "ець": ("ця", "цеві", "цю", "цем", "ці", "ців", "цям", "цями", "цях"),
        "єць": ("йця", "йцеві", "йцю", "йцем", "йці", "йців", "йцям", "йцями", "йцях"),
        "провід": _with("провод", ("у", "ові", "ом", "і", "и", "ів", "ам", "ами", "ах")),
        "ість": ("ості", "істю"),
        "усь": ("усі", "уссю"),
        "ь": ("і", "ю", "я", "еві", "ем", "ей", "ів", "ям", "ями", "ях", "сю", "ню", "лю", "ттю"),
        "й": _SOFT,
        "и": ("", "*", "ів", "ам", "ами", "ах", "а", "у", "ом", "~і", "ою"),
        "і": ("", "ей", "ів", "ь", "ям", "ями", "ях"),
        "ї": ("й", "їв", "ям", "ями", "ях", "ю", "єм"),
        "ий": _ADJECTIVE,
        "ній": _with("н", (*_SOFT_ADJECTIVE, *_SOFT)),
        "на": _with("н", (*_FEMININE, *_ADJECTIVE)),
        "ська": _with("ськ", (*_FEMININE, *_ADJECTIVE)),
        "ова": _with("ов", (*_FEMININE, *_ADJECTIVE)),
        "не": _with("н", _ADJECTIVE),
        "ське": _with("ськ", _ADJECTIVE),
        "ні": _with("н", ("", "ей", "ів", *_ADJECTIVE)),
        "ські": _with("ськ", _ADJECTIVE),
    }
)

_ENDINGS = Endings(_TABLE, softener({"г": "з", "к": "ц", "х": "с"}), slipper("о", "аеєиіїоуюяьй"))


def case_forms(word: str) -> tuple[str, ...]:
    """Return the case forms of a lower-case Ukrainian noun or adjective, the word itself left out."""
    return _ENDINGS.forms(word)
