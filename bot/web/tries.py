"""How often somebody may guess: failed attempts to sign in are bounded for each address."""

from __future__ import annotations

import ipaddress
from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=5)
EACH_AT_MOST = 10
ADDRESSES_KEPT = 5_000


class Tries:
    """Failed attempts of the last minutes, by address. What is kept is bounded, whoever knocks."""

    def __init__(self) -> None:
        self._failed: dict[str, deque[datetime]] = {}

    def allowed(self, address: str, now: datetime) -> bool:
        """Say whether this address may try again."""
        return sum(at > now - WINDOW for at in self._failed.get(address, ())) < EACH_AT_MOST

    def failed(self, address: str, now: datetime) -> None:
        """Note a failed attempt."""
        if len(self._failed) >= ADDRESSES_KEPT:
            self._failed = {one: at for one, at in self._failed.items() if at[-1] > now - WINDOW}
        if len(self._failed) >= ADDRESSES_KEPT:
            self._failed.clear()
        self._failed.setdefault(address, deque(maxlen=EACH_AT_MOST)).append(now)


def caller_of(peer: str, headers: Mapping[str, str]) -> str:
    """Return who asks: the peer, or whom a proxy on this machine names; of an IPv6 address the network."""
    if is_loopback(peer) and headers.get("x-forwarded-for"):
        peer = headers["x-forwarded-for"].rpartition(",")[2].strip()[:100]
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return peer
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else str(address)


def is_loopback(host: str) -> bool:
    """Say whether an address is this machine's own."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)
