"""Which language a feed, a page or a list of sources says it is in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

_LANGUAGE = re.compile(r"^\s*([A-Za-z]{2,3})(?![A-Za-z])")
# Countries written for languages.
_COUNTRIES: Mapping[str, str] = MappingProxyType(
    {
        **{"ua": "uk", "by": "be", "kz": "kk", "qz": "kk", "cz": "cs"},
        **{"rus": "ru", "ukr": "uk", "eng": "en", "bel": "be", "kaz": "kk"},
    }
)


def language_code(said: str) -> str:
    """Return the ISO 639-1 code (or a three-letter one) in what a feed says of its language: "uk" for "uk-UA", "ua"."""
    found = _LANGUAGE.match(said)
    code = found[1].lower() if found else ""
    return _COUNTRIES.get(code, code)
