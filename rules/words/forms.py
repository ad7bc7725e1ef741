"""Word forms: every spelling under which one word of a term is found, each with where it comes from.

A form is the word as written, one of its case forms (`rules.words.endings`), or a spelling in the other script
(`rules.words.translit`). Multi-word terms go through here word by word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from rules.model import Reach
from rules.words.dictionaries import is_common_word, is_known
from rules.words.endings import belarusian, english, kazakh, latin, polish, russian, ukrainian
from rules.words.folding import fold, fold_each
from rules.words.translit import cyrillic_spellings, latin_spellings, printed_spellings, without_kazakh_letters
from rules.words.wordlists import CYRILLIC

_CASES: Mapping[str, Callable[[str], tuple[str, ...]]] = MappingProxyType(
    {
        "en": english.case_forms,
        "ru": russian.case_forms,
        "be": belarusian.case_forms,
        "uk": ukrainian.case_forms,
        "kk": kazakh.case_forms,
        "pl": polish.case_forms,
    }
)
_IN_LATIN = ("en", "pl")
_CYRILLIC = re.compile("[\u0400-\u052f]")
_LONGEST_WORD = 60
_ABBREVIATION = 5
_SHORTEST_NAME = 3
_SHORTEST_SPELLING = 4
_LONG_ENOUGH = 8  # longer than this, Kazakh endings on a stem that is no Russian word make no Russian word


class Form(NamedTuple):
    """One spelling of a word. `folded` is what is looked up, `written` what an editor is shown.

    `reach` says how it was made (as written, case, other script), `origin` in words: "ru case", "kk Latin 2021".
    """

    folded: str
    written: str
    reach: Reach
    origin: str


def is_abbreviation(word: str) -> bool:
    """Say whether a word is up to five capitals (CPC, ЕАЭС): such have no endings and no typos."""
    return word.isupper() and 2 <= len(word) <= _ABBREVIATION and word.isalpha()


@lru_cache(maxsize=500)
def word_forms(word: str, language: str, *, endings: bool = True) -> tuple[Form, ...]:
    """Return the forms of one word, the word as written first, no two with the same folded spelling.

    `language` is an ISO 639-1 code and says how forms are made; in a language without a table only the plain
    spellings are. With `endings=False` (quoted text, `=Word`) the word as written is the only form.
    """
    written = unicodedata.normalize("NFC", word)
    folded = fold(written)
    if not folded:
        return ()
    as_written = Form(folded, written, Reach.AS_WRITTEN, f"{language} as written" if language else "as written")
    if not endings or len(folded) > _LONGEST_WORD:
        return (as_written,)
    found = {folded: as_written}
    for form in _made_forms(written, language):
        found.setdefault(form.folded, form)
    found.pop("", None)
    return tuple(found.values())


def _made_forms(written: str, language: str) -> Iterator[Form]:
    lower = written.lower()
    cases = [] if is_abbreviation(written) else _own_cases(lower, language)
    yield from _all(cases, Reach.CASE, f"{language} case")
    if not _CYRILLIC.search(lower):
        yield from _in_cyrillic(written, language)
        return
    yield from _in_latin(written, language)
    if language == "kk":
        yield from _printed(cases)
        yield from _in_russian_letters([lower, *cases])


def _all(spellings: Sequence[str], reach: Reach, origin: str) -> list[Form]:
    return [Form(folded, spelt, reach, origin) for folded, spelt in zip(fold_each(spellings), spellings, strict=True)]


def _own_cases(lower: str, language: str) -> list[str]:
    case_forms = _CASES.get(language) if _CYRILLIC.search(lower) or language in _IN_LATIN else None
    cases = case_forms(lower) if case_forms else ()
    return [case for case, folded in zip(cases, fold_each(cases), strict=True) if folded not in CYRILLIC]


def _in_latin(written: str, language: str) -> Iterator[Form]:
    """Yield the Latin spellings, those of names with their endings there."""
    lower, name = written.lower(), written[:1].isupper()
    for spelling, scheme in latin_spellings(lower, language, name=name):
        if not _is_usable(fold(spelling), name=name):
            continue
        yield Form(fold(spelling), spelling, Reach.SCRIPT, scheme)
        if name and not is_abbreviation(written):
            yield from _all(latin.case_forms(spelling, scheme), Reach.SCRIPT, f"{scheme}, case")


def _printed(cases: Sequence[str]) -> Iterator[Form]:
    """Yield the case forms of a Kazakh word as papers print them in Latin letters, form by form."""
    printed = [_all(spelt, Reach.SCRIPT, f"{scheme}, case") for spelt, scheme in printed_spellings(cases)]
    for ways in zip(*printed, strict=True):
        yield from ways


def _in_cyrillic(written: str, language: str) -> Iterator[Form]:
    """Yield the Cyrillic spellings of a Latin name; words that the English dictionary has are no such names."""
    if not written[:1].isupper() or is_abbreviation(written) or is_known(written, "en"):
        return
    for spelling, scheme in cyrillic_spellings(written.lower(), language):
        if _is_usable(fold(spelling), name=True):
            yield Form(fold(spelling), spelling, Reach.SCRIPT, scheme)


def _in_russian_letters(cases: Sequence[str]) -> Iterator[Form]:
    """Yield Kazakh words as a Russian keyboard has them; none where that makes a Russian word (қазақ, казак)."""
    typed = fold_each(without_kazakh_letters("\n".join(cases)).split("\n"))
    if without_kazakh_letters(cases[0]) == cases[0] or not _is_usable(typed[0], name=False):
        return
    for spelling in typed:
        if len(spelling) > _LONG_ENOUGH or _is_usable(spelling, name=False):
            yield Form(spelling, spelling, Reach.SCRIPT, "kk in Russian letters")


def _is_usable(folded: str, *, name: bool) -> bool:
    """Say whether a spelling in the other script is long enough and no everyday word there."""
    shortest = _SHORTEST_NAME if name else _SHORTEST_SPELLING
    return len(folded) >= shortest and not is_common_word(folded, name=name)
