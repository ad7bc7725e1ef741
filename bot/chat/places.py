"""Which clock a person means: by a zone's name, a city's name in several languages, or a place on the map. Offline.

The nearest zone to a place is that of the nearest city we know: those of the zone database itself, and our own list for
where another zone's city is nearer. On a border that can be the neighbour's clock; the answer names the zone.
"""

from __future__ import annotations

import difflib
import functools
import math
import re
import unicodedata
from collections.abc import Iterator, Mapping
from importlib import resources
from types import MappingProxyType
from typing import NamedTuple
from zoneinfo import available_timezones

WORDS_READ = 64
# Names of the zone database that are no place on earth.
NO_PLACES = frozenset({"Factory", "localtime", "posixrules"})
# Names that the zone database keeps for clocks without summer time, and what a person means by them.
_MEANT = MappingProxyType(
    {
        "est": "America/New_York", "edt": "America/New_York", "mst": "America/Denver", "mdt": "America/Denver",
        "cst": "America/Chicago", "cdt": "America/Chicago", "pst": "America/Los_Angeles", "pdt": "America/Los_Angeles",
        "hst": "Pacific/Honolulu", "msk": "Europe/Moscow", "мск": "Europe/Moscow", "cet": "Europe/Berlin",
        "cest": "Europe/Berlin", "eet": "Europe/Kyiv", "eest": "Europe/Kyiv", "bst": "Europe/London", "met":
        "Europe/Berlin", "wet": "Europe/Lisbon",
    }
)  # fmt: skip
_AFTER_A_CITY = re.compile(r"\s*(?:[,(;]|\s(?:time|время|час)$)", re.IGNORECASE)
_NOT_A_LETTER = re.compile(r"[\W_]+")
_COORDINATES = re.compile(r"([+-]\d{4,6})([+-]\d{5,7})", re.ASCII)


class City(NamedTuple):
    """A city with its zone; degrees north and east."""

    zone: str
    latitude: float
    longitude: float
    names: tuple[str, ...]


def read_zone(words: str) -> tuple[str | None, str]:
    """Return the IANA zone meant by a zone's or a city's name; else None and the name most like it ("" for none)."""
    said = words[:WORDS_READ].strip().casefold()
    exact, names = _MEANT.get(said) or _exact().get(said), zones()
    if exact:
        return exact, ""
    wanted = _folded(said)
    # "Paris, France" and "Minsk time" name a city too.
    for name in (wanted, _folded(_AFTER_A_CITY.split(said, maxsplit=1)[0])):
        if name in names:
            return names[name], ""
    # Nothing is like "UTC+3": the clock of UTC would be three hours off.
    near = [] if re.search(r"\d", wanted) else difflib.get_close_matches(wanted, names, n=1, cutoff=0.75)
    return None, names[near[0]] if near else ""


def nearest_zone(latitude: float, longitude: float) -> str | None:
    """Return the zone of the city nearest to a place, None for what is no place on earth."""
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return None
    return min(cities(), key=lambda city: _angle(latitude, longitude, city)).zone


@functools.cache
def zones() -> Mapping[str, str]:
    """Return the zones by their folded names, and by those of their cities."""
    named = {_folded(name): city.zone for city in reversed(cities()) for name in city.names}
    return MappingProxyType(named | {_folded(name): name for name in _exact().values() if "GMT" not in name})


@functools.cache
def _exact() -> Mapping[str, str]:
    return MappingProxyType({name.casefold(): name for name in available_timezones() - NO_PLACES})


@functools.cache
def cities() -> tuple[City, ...]:
    """Return the cities that we know, our own list first; only those whose zone this system has."""
    known = available_timezones()
    return tuple(city for city in (*_ours(), *_of_the_zone_database()) if city.zone in known)


def _ours() -> Iterator[City]:
    text = resources.files("bot.chat").joinpath("cities.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            zone, latitude, longitude, names = line.split("; ")
            yield City(zone, float(latitude), float(longitude), tuple(name.strip() for name in names.split(",")))


def _of_the_zone_database() -> Iterator[City]:
    """Yield the principal city of each zone, from tzdata's zone1970.tab (ISO 6709 degrees, minutes, seconds)."""
    table = resources.files("tzdata.zoneinfo").joinpath("zone1970.tab").read_text(encoding="utf-8")
    for line in table.splitlines():
        parts = line.split("\t")
        found = _COORDINATES.fullmatch(parts[1]) if len(parts) > 2 and not line.startswith("#") else None
        if found:
            city = parts[2].rsplit("/", 1)[-1].replace("_", " ")
            yield City(parts[2], _degrees(found[1], 2), _degrees(found[2], 3), (city,))


def _degrees(written: str, whole: int) -> float:
    digits = written[1:]
    minutes, seconds = digits[whole : whole + 2], digits[whole + 2 :]
    size = int(digits[:whole]) + int(minutes or 0) / 60 + int(seconds or 0) / 3600
    return -size if written[0] == "-" else size


def _angle(latitude: float, longitude: float, city: City) -> float:
    """Return how far a city is, as an angle seen from the middle of the earth."""
    north, there = math.radians(latitude), math.radians(city.latitude)
    east = math.radians(city.longitude - longitude)
    cosine = math.sin(north) * math.sin(there) + math.cos(north) * math.cos(there) * math.cos(east)
    return math.acos(max(-1.0, min(1.0, cosine)))


def _folded(words: str) -> str:
    """Return a name without case, accents, and what stands between its words."""
    bare = "".join(each for each in unicodedata.normalize("NFKD", words) if not unicodedata.combining(each))
    return _NOT_A_LETTER.sub(" ", bare.casefold().replace("ł", "l")).strip()
