"""What people read, in their language: phrases stand in the code in English, under a key; catalogs translate them.

The catalogs are gettext's (`ru.po`, `be.po` beside this file), read as they are, so that a translator needs no build.
A phrase without a translation, or one whose English has changed since, reads English. `make catalogs` brings them in
step with the code.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from types import MappingProxyType

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = ("en", "ru", "be")
FOLDER = Path(__file__).parent
# Readers of Kazakh nearly all read Russian; of Ukrainian ever fewer wish to.
_NEAREST = MappingProxyType({"kk": "ru", "ky": "ru", "tg": "ru"})


@dataclass(frozen=True, slots=True)
class Phrase:
    """One English phrase and the key (with its part of the house) that names it; `plural` "" where none is counted."""

    context: str
    english: str
    plural: str = ""


class Phrases:
    """The English phrases of one part of the house. A pair of phrases is for one of something, and for several."""

    def __init__(self, part: str, english: Mapping[str, str | tuple[str, str]]) -> None:
        self._part = part
        self._english = english

    def __iter__(self) -> Iterator[Phrase]:
        """Yield every phrase, for the catalogs."""
        for key, said in self._english.items():
            one, several = (said, "") if isinstance(said, str) else said
            yield Phrase(self._context(key), one, several)

    def keys(self) -> frozenset[str]:
        """Return every key there is."""
        return frozenset(self._english)

    def say(self, key: str, language: str) -> str:
        """Return a phrase, its places for values still in it. Raises KeyError for an unknown key."""
        said = self._english[key]
        english = said if isinstance(said, str) else said[1]
        return translations(reading_language(language)).pgettext(self._context(key), english)

    def count(self, key: str, language: str, number: int) -> str:
        """Return the phrase for this many, its places for values still in it. Raises KeyError for an unknown key."""
        said = self._english[key]
        one, several = (said, said) if isinstance(said, str) else said
        return translations(reading_language(language)).npgettext(self._context(key), one, several, number)

    def _context(self, key: str) -> str:
        return f"{self._part}: {key}"


def reading_language(language: str) -> str:
    """Return the language of ours that a person with this one ("be-BY", "kk") reads best: English if none is near."""
    code = language.replace("_", "-").partition("-")[0].casefold()
    code = _NEAREST.get(code, code)
    return code if code in LANGUAGES else "en"


@cache
def translations(language: str) -> NullTranslations:
    """Return the catalog of one of our languages."""
    path = FOLDER / f"{language}.po"
    if not path.exists():
        return NullTranslations()
    with path.open("rb") as file:
        catalog = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return GNUTranslations(compiled)
