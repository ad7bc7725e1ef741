"""Which entries of a feed document are new: the keys by which an item is known, and how they survive a site's changes.

An item is known by one primary key and two aliases (its canonical link; its title and day). Storage keeps all three for
as long as DESIGN §7 says; this module only decides.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from functools import lru_cache
from urllib.parse import urlsplit

from bot.feeds.model import Entry
from rules.stories import canonical_url

KEY_HEX_DIGITS = 32
MASS_CHANGE_LEAST_ENTRIES = 3
MASS_CHANGE_SHARE = 0.6
LONG_TITLE_WORDS = 4
_GENERIC_PAGES = frozenset(
    {"", "index", "default", "home", "main", "news", "latest", "all", "feed", "rss", "blog", "novosti", "lenta"}
)
_NOT_WORDS = re.compile(r"[\W_]+")
_CACHED = 1024  # the links and titles of one document, which are asked for five times over


class IdentityMode(StrEnum):
    """What tells the entries of a source apart. A source only ever moves down this list."""

    GUID = "guid"
    LINK = "link"
    TITLE_DAY = "title and day"


@dataclass(frozen=True, slots=True)
class Keyed:
    """An entry with the keys to store for it: `key` first, then `aliases` (never equal to `key`).

    `found_by` is the stored key that it was recognised by, "" for a new entry. `fingerprint` changes with the entry's
    title or text; "" for an entry that was left unread because nothing of it changed.
    """

    entry: Entry
    key: str
    aliases: tuple[str, ...]
    fingerprint: str
    found_by: str = ""


@dataclass(frozen=True, slots=True)
class Sorted:
    """The entries of a document, each once: `new`, `known` as stored, and `changed` (known, but reworded)."""

    new: tuple[Keyed, ...] = field(default=())
    known: tuple[Keyed, ...] = field(default=())
    changed: tuple[Keyed, ...] = field(default=())


def entry_key(entry: Entry, mode: IdentityMode) -> str:
    """Return the primary key of an entry: a letter for its kind and 32 hex digits.

    What `mode` asks for may be missing from one entry; then the next in the order guid, link, title and day serves.
    """
    if mode is IdentityMode.GUID and entry.guid.strip():
        return _key("g", entry.guid.strip())
    if mode is not IdentityMode.TITLE_DAY and (link := _link_key(entry)):
        return link
    return _title_key(entry)


def fingerprint(entry: Entry) -> str:
    """Return a short hash of an entry's title and text, to notice an edit by."""
    return _key("f", f"{entry.title}\n{entry.text}")


def choose_mode(entries: Sequence[Entry], current: IdentityMode) -> IdentityMode:
    """Return how to tell a source's entries apart from now on: `current`, or a later mode if this document needs it.

    Two entries clash when one key stands for what are visibly two articles: one guid with two links or with titles that
    have little in common, one link with two titles. The same entry listed twice, or once more reworded, is no clash.
    """
    mode = current
    if mode is IdentityMode.GUID:
        without = [entry for entry in entries if not entry.guid.strip()]
        if _clash((entry.guid.strip(), entry) for entry in entries) or _several_titles(without):
            mode = IdentityMode.LINK
    if mode is IdentityMode.LINK and _several_titles(entries):
        mode = IdentityMode.TITLE_DAY
    return mode


def sort_known(entries: Sequence[Entry], mode: IdentityMode, known: Mapping[str, str]) -> Sorted:
    """Return which entries are new, known or changed, each listed once (the first of equals), in document order.

    `known` maps every stored key and alias of the source to the stored item's fingerprint ("" where none is kept).
    A new guid with a known link is the same article, if that link tells articles apart in this document. A title is
    trusted only when most of the document would be new and most of those titles are known: a site that changed all its
    addresses, not two bulletins called "News".
    """
    keyed = _each_once(entries, mode)
    shared_links = _not_unique(_link_key(each.entry) for each in keyed)
    recognised = [_found(each, known, shared_links) for each in keyed]
    strangers = [each for each, found_by in zip(keyed, recognised, strict=True) if not found_by]
    titles = _moved_titles(strangers, len(keyed), known)
    new: list[Keyed] = []
    old: list[Keyed] = []
    changed: list[Keyed] = []
    for each, first_found in zip(keyed, recognised, strict=True):
        found_by = first_found or titles.get(each.key, "")
        stored = known.get(found_by, "")
        reworded = stored and each.fingerprint and stored != each.fingerprint
        room = new if not found_by else changed if reworded else old
        room.append(Keyed(each.entry, each.key, each.aliases, each.fingerprint, found_by))
    return Sorted(tuple(new), tuple(old), tuple(changed))


def gap(entries: Sequence[Entry], mode: IdentityMode, known: Mapping[str, str]) -> bool:
    """Say whether a document lists nothing that we know, so that entries may have come and gone between two polls.

    False for an empty document, and for a source of which nothing is known yet.
    """
    if not entries or not known:
        return False
    outcome = sort_known(entries, mode, known)
    return not outcome.known and not outcome.changed


def keys_to_look_up(entries: Sequence[Entry], mode: IdentityMode) -> frozenset[str]:
    """Return every key that `sort_known` may ask for, to fetch the stored ones in one query."""
    return usual_keys(entries, mode) | keys_of_strangers(entries, mode, ())


def usual_keys(entries: Iterable[Entry], mode: IdentityMode) -> frozenset[str]:
    """Return the keys under which entries are stored. `keys_of_strangers` says what to ask for besides."""
    return frozenset(key for entry in entries for key in (entry_key(entry, mode), *_aliases(entry, "")))


def keys_of_strangers(entries: Iterable[Entry], mode: IdentityMode, known: Container[str]) -> frozenset[str]:
    """Return the keys that may yet tell who an entry is whose own key is not in `known`: nothing for most documents."""
    strangers = (entry for entry in entries if entry_key(entry, mode) not in known)
    return frozenset(key for entry in strangers for key in _neighbouring_days(entry))


def _each_once(entries: Iterable[Entry], mode: IdentityMode) -> list[Keyed]:
    keyed: dict[str, Keyed] = {}
    for entry in entries:
        key = entry_key(entry, mode)
        if key not in keyed:
            keyed[key] = Keyed(entry, key, _aliases(entry, key), "" if entry.unread else fingerprint(entry))
    return list(keyed.values())


def _found(each: Keyed, known: Mapping[str, str], shared_links: frozenset[str]) -> str:
    """Return the stored key of an entry: its primary key, else its link where that tells articles apart, else ""."""
    if each.key in known:
        return each.key
    if each.key.startswith("t"):
        return next((key for key in _neighbouring_days(each.entry) if key in known), "")
    link = _link_key(each.entry)
    return link if link in known and link not in shared_links else ""


def _moved_titles(strangers: Sequence[Keyed], listed: int, known: Mapping[str, str]) -> dict[str, str]:
    """Return primary key → stored title key for the entries of a site that changed all its addresses, else nothing."""
    if len(strangers) < listed / 2:
        return {}
    if len(strangers) < MASS_CHANGE_LEAST_ENTRIES and (
        len(strangers) < listed or any(_tells_apart(each.entry) for each in strangers)
    ):
        return {}
    repeated = _not_unique(_title_key(each.entry) for each in strangers)
    found = {
        each.key: key
        for each in strangers
        if _title_key(each.entry) not in repeated
        for key in (_title_key(each.entry), *_neighbouring_days(each.entry))
        if key in known
    }
    return found if len(found) >= MASS_CHANGE_SHARE * len(strangers) else {}


def _tells_apart(entry: Entry) -> bool:
    """Say whether more than its guid tells an entry from others of its title: an address of its own, or a short title,
    as bulletins have it."""
    return bool(_link_key(entry)) or len(_folded(entry.title).split()) < LONG_TITLE_WORDS


def _aliases(entry: Entry, key: str) -> tuple[str, ...]:
    candidates = (_link_key(entry), _title_key(entry) if _folded(entry.title) else "")
    return tuple(candidate for candidate in candidates if candidate and candidate != key)


def _link_key(entry: Entry) -> str:
    """Return the key of an entry's canonical link; "" for none, and for a page that is no article's own."""
    return _key_of_link(entry.link) if entry.link else ""


@lru_cache(maxsize=_CACHED)
def _key_of_link(link: str) -> str:
    canonical = canonical_url(link)
    try:
        parts = urlsplit(canonical)
    except ValueError:
        return _key("l", canonical)
    page = parts.path.rstrip("/").rpartition("/")[2].partition(".")[0].casefold()
    if not parts.query and page in _GENERIC_PAGES:
        return ""
    return _key("l", canonical)


def _title_key(entry: Entry) -> str:
    """Return the key of an entry's title (its text, where it has none) on its UTC day."""
    words = _folded(entry.title) or _folded(entry.text[:500]) or f"{entry.guid}\n{entry.link}"
    day = entry.published_at.date().isoformat() if entry.published_at else ""
    return _key("t", f"{words}\n{day}")


def _neighbouring_days(entry: Entry) -> tuple[str, ...]:
    """Return the title's keys on the day before and after: a feed that changes its time zone moves items over midnight.

    Nothing for short titles: "News" of yesterday is another bulletin.
    """
    words = _folded(entry.title)
    if entry.published_at is None or len(words.split()) < LONG_TITLE_WORDS:
        return ()
    day = entry.published_at.date()
    if not 1 < day.toordinal() < day.max.toordinal():
        return ()
    return tuple(_key("t", f"{words}\n{(day + timedelta(days=step)).isoformat()}") for step in (-1, 1))


@lru_cache(maxsize=_CACHED)
def _folded(title: str) -> str:
    return _NOT_WORDS.sub(" ", unicodedata.normalize("NFKC", title).casefold()).strip()


def _clash(pairs: Iterable[tuple[str, Entry]]) -> bool:
    """Say whether any guid stands for two different articles."""
    first: dict[str, Entry] = {}
    return any(guid and _are_two(first.setdefault(guid, entry), entry) for guid, entry in pairs)


def _are_two(one: Entry, other: Entry) -> bool:
    if one is other:
        return False
    if _link_key(one) != _link_key(other):
        return True
    words, others = set(_folded(one.title).split()), set(_folded(other.title).split())
    return 2 * len(words & others) < len(words | others)


def _several_titles(entries: Iterable[Entry]) -> bool:
    """Say whether any link stands beside two different titles."""
    first: dict[str, str] = {}
    pairs = ((_link_key(entry), _folded(entry.title)) for entry in entries)
    return any(link and first.setdefault(link, title) != title for link, title in pairs)


def _not_unique(keys: Iterable[str]) -> frozenset[str]:
    return frozenset(key for key, times in Counter(keys).items() if times > 1)


def _key(kind: str, text: str) -> str:
    return kind + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:KEY_HEX_DIGITS]
