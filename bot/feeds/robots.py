"""What robots.txt asks of us: which pages we may read, asked once a day per host."""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol
from urllib.parse import quote, unquote_to_bytes

from bot.feeds.addresses import AddressError, parse_address
from bot.feeds.model import Fetched, FetchError, FetchFault

AGENT: Final = "mediawatch"
KEPT_FOR: Final = timedelta(hours=24)
ASKED_AGAIN_AFTER: Final = timedelta(minutes=15)
_MOST_HOSTS: Final = 2000
_MOST_BYTES: Final = 512 * 1024
_MOST_RULES: Final = 2000
_LONGEST_PATTERN: Final = 1024
_MOST_STARS: Final = 16
_PRODUCT: Final = re.compile(r"[A-Za-z_-]+")
_UNRESERVED: Final = "-._~!$&'()*+,;=:@/?%"


@dataclass(frozen=True, slots=True)
class RobotsRule:
    """One line of robots.txt: `parts` are what stands between its stars, `whole` says that it ends with `$`."""

    allow: bool
    length: int
    parts: tuple[str, ...]
    whole: bool

    def matches(self, path: str) -> bool:
        """Say whether the rule is about `path` (normalised). Takes no longer than the path times the stars."""
        first, *others = self.parts
        if not path.startswith(first):
            return False
        if self.whole and not others:
            return path == first
        at = len(first)
        last = others.pop() if self.whole else None
        for part in others:
            found = path.find(part, at)
            if found < 0:
                return False
            at = found + len(part)
        return last is None or (path.endswith(last) and len(path) - len(last) >= at)


@dataclass(frozen=True, slots=True)
class RobotsRules:
    """What one robots.txt says to one reader: the longest rule that matches decides, and allowing wins a tie."""

    rules: tuple[RobotsRule, ...] = ()

    def allow(self, path: str) -> bool:
        """Say whether a path (with its query) may be read. robots.txt itself always may."""
        plain = _normal(path or "/")
        if plain == "/robots.txt":
            return True
        best = max(
            ((rule.length, rule.allow) for rule in self.rules if rule.matches(plain)),
            default=(0, True),
        )
        return best[1]


EVERYTHING: Final = RobotsRules()
NOTHING: Final = RobotsRules((RobotsRule(allow=False, length=1, parts=("/",), whole=False),))


def _normal(path: str) -> str:
    """Return a path spelt one way: escapes that need not be are undone, what must be escaped is, in capitals."""
    kept = re.sub(r"%(25|2[fF]|3[fF]|23|2[aA]|24)", lambda found: f"%25{found[1].upper()}", path)
    return quote(unquote_to_bytes(kept), safe=_UNRESERVED)


def _rule(allow: bool, value: str) -> RobotsRule | None:
    pattern = value[:_LONGEST_PATTERN]
    if not pattern.startswith(("/", "*")):
        return None
    whole = pattern.endswith("$")
    pattern = _normal(re.sub(r"\*+", "*", pattern.removesuffix("$")))
    if pattern.count("*") > _MOST_STARS:
        return None
    return RobotsRule(allow, len(pattern) + whole, tuple(pattern.split("*")), whole)


def read_robots(text: str, agent: str = AGENT) -> RobotsRules:
    """Return what a robots.txt says to `agent`: the groups that name it, else those for everyone (RFC 9309).

    Lines that make no sense are passed over; at most 2,000 rules are read.
    """
    ours: list[RobotsRule] = []
    everyones: list[RobotsRule] = []
    named = False
    speaks_to: set[str] = set()
    naming = False
    for line in text.lstrip("\ufeff").splitlines():
        key, colon, value = line.partition("#")[0].partition(":")
        key, value = key.strip().lower(), value.strip()
        if not colon:
            continue
        if key == "user-agent":
            speaks_to = speaks_to if naming else set()
            naming = True
            product = _PRODUCT.match(value)
            speaks_to.add("*" if value.startswith("*") else product[0].lower() if product else "")
            named = named or agent in speaks_to
        elif key in ("allow", "disallow"):
            naming = False
            rule = _rule(key == "allow", value)
            if rule is None:
                continue
            if agent in speaks_to and len(ours) < _MOST_RULES:
                ours.append(rule)
            if "*" in speaks_to and len(everyones) < _MOST_RULES:
                everyones.append(rule)
    return RobotsRules(tuple(ours if named else everyones))


class Getter(Protocol):
    """The part of the fetcher that robots.txt needs."""

    def get(self, url: str, *, accept: str = ..., max_bytes: int | None = ...) -> Awaitable[Fetched]:
        """Fetch a document."""
        ...


@dataclass(frozen=True, slots=True)
class _Kept:
    rules: RobotsRules
    until_at: datetime


class Robots:
    """Says whether a page may be read, asking each host for its robots.txt at most once a day.

    A host that has none (4xx) allows everything; one that fails (5xx, no connection, 429) is left alone for now and
    asked again after a quarter of an hour. What is known of the longest unused host is forgotten first.
    """

    def __init__(self, fetcher: Getter, *, now: Callable[[], datetime], agent: str = AGENT) -> None:
        self._fetcher = fetcher
        self._now = now
        self._agent = agent
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._asking: dict[str, asyncio.Task[RobotsRules]] = {}

    async def allowed(self, url: str) -> bool:
        """Say whether robots.txt lets us read `url`; an address that can't be asked is not allowed."""
        try:
            address = parse_address(url)
        except AddressError:
            return False
        rules = await self._rules(str(address.origin()))
        return rules.allow(address.raw_path_qs)

    def silent(self, url: str) -> bool:
        """Say whether a page is not allowed only because its host's robots.txt could not be had, so far."""
        try:
            kept = self._kept.get(str(parse_address(url).origin()))
        except AddressError:
            return False
        return kept is not None and kept.rules is NOTHING

    async def _rules(self, origin: str) -> RobotsRules:
        kept = self._kept.get(origin)
        if kept is not None and kept.until_at > self._now():
            self._kept.move_to_end(origin)
            return kept.rules
        asking = self._asking.get(origin)
        if asking is None:
            asking = self._asking[origin] = asyncio.create_task(self._ask(origin))
            asking.add_done_callback(lambda _: self._asking.pop(origin, None))
        # Others wait for the same answer: who gives up must not take it from them.
        return await asyncio.shield(asking)

    async def _ask(self, origin: str) -> RobotsRules:
        rules, kept_for = await self._answer(origin)
        self._kept[origin] = _Kept(rules, self._now() + kept_for)
        self._kept.move_to_end(origin)
        while len(self._kept) > _MOST_HOSTS:
            self._kept.popitem(last=False)
        return rules

    async def _answer(self, origin: str) -> tuple[RobotsRules, timedelta]:
        try:
            fetched = await self._fetcher.get(
                f"{origin}/robots.txt", accept="text/plain, */*;q=0.5", max_bytes=_MOST_BYTES
            )
        except FetchError as error:
            status = error.status or 0
            gone = 400 <= status < 500 and status != 429
            if gone or error.fault in (FetchFault.GONE, FetchFault.REDIRECTS):
                return EVERYTHING, KEPT_FOR
            return NOTHING, ASKED_AGAIN_AFTER
        text = (fetched.body or b"").decode("utf-8", "replace")
        return read_robots(text, self._agent), KEPT_FOR
