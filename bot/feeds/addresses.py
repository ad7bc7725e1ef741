"""Which addresses may be connected to: the public internet, and the private hosts that the operator named."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from yarl import URL

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_REFUSED: Final = tuple(
    (ipaddress.ip_network(network), reason)
    for network, reason in (
        ("0.0.0.0/8", "unspecified"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "carrier-grade NAT"),
        ("127.0.0.0/8", "loopback"),
        ("168.63.129.16/32", "a cloud's own service"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved"),
        ("192.0.2.0/24", "documentation"),
        ("192.31.196.0/24", "reserved"),
        ("192.52.193.0/24", "reserved"),
        ("192.88.99.0/24", "6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("192.175.48.0/24", "reserved"),
        ("198.18.0.0/15", "benchmarking"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("::ffff:0:0/96", "IPv4-mapped"),
        ("::ffff:0:0:0/96", "IPv4-translated"),
        ("::/96", "IPv4-compatible"),
        ("64:ff9b::/96", "NAT64"),
        ("64:ff9b:1::/48", "NAT64"),
        ("2001::/32", "Teredo"),
        ("2001::/23", "reserved"),
        ("2001:db8::/32", "documentation"),
        ("2002::/16", "6to4"),
        ("2620:4f:8000::/48", "reserved"),
        ("3fff::/20", "documentation"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
    )
)
"""Special-purpose blocks after the registries of IANA (RFC 6890 and later). Every block that carries an IPv4 address
inside is refused whole: nobody publishes news there, and the inner address could be anything."""

_GLOBAL_V6: Final = ipaddress.ip_network("2000::/3")
_ISATAP: Final = frozenset({0x00005EFE, 0x02005EFE})
_NUMBER: Final = re.compile(r"(?:[0-9]+|0[xX][0-9a-fA-F]*)\Z")
_UNENCODED: Final = re.compile(r"[^!#-;=?-\[\]_a-z~]")
_HOST: Final = re.compile(r"[a-z0-9_.-]+\Z")
_LONGEST_URL: Final = 4096


class AddressError(Exception):
    """An address that we don't connect to. `unknown_name` says that no such host can exist (else: not allowed)."""

    def __init__(self, message: str, *, unknown_name: bool = False) -> None:
        super().__init__(message)
        self.unknown_name = unknown_name


@cache
def _networks(version: int) -> tuple[tuple[int, int, str], ...]:
    """Return (mask, network, reason) of the refused blocks of one IP version, as whole numbers: quick to compare."""
    return tuple((int(n.netmask), int(n.network_address), why) for n, why in _REFUSED if n.version == version)


def refusal(address: str) -> str:
    """Return why an IP address may not be connected to ("loopback", "private", …), or "" for a public one.

    Text that isn't an IP address is refused as well.
    """
    try:
        ip: IPAddress = ipaddress.ip_address(address)
    except ValueError:
        return "not an IP address"
    number = int(ip)
    for mask, network, reason in _networks(ip.version):
        if number & mask == network:
            return reason
    if ip.version == 6 and ip not in _GLOBAL_V6:
        return "reserved"
    if ip.version == 6 and (number >> 32) & 0xFFFFFFFF in _ISATAP:
        return "ISATAP"
    return "" if ip.is_global else "reserved"


def host_key(host: str, port: int) -> str:
    """Return the name of a host as politeness and settings know it: `host:port`, lower case, no trailing dot."""
    name = host.lower().rstrip(".")
    return f"[{name}]:{port}" if ":" in name else f"{name}:{port}"


@dataclass(frozen=True, slots=True)
class AllowedHosts:
    """The private hosts that the operator allowed by name, with or without a port; `*` allows all."""

    entries: frozenset[str] = frozenset()

    @classmethod
    def of(cls, names: Iterable[str]) -> AllowedHosts:
        """Return the allowance that `names` spell: `*`, `host`, `host:port`, `::1`, `[::1]`, `[::1]:8080`."""
        return cls(frozenset(_plain_entry(name) for name in names if name.strip()))

    def allow(self, host: str, port: int) -> bool:
        """Say whether `host` (of an address's text, not what it resolves to) may be a private one."""
        if not self.entries:
            return False
        name = host.lower().rstrip(".")
        return "*" in self.entries or name in self.entries or host_key(host, port) in self.entries


def _plain_entry(name: str) -> str:
    entry = name.strip().lower()
    if entry.startswith("["):
        host, _, port = entry[1:].partition("]")
        return f"[{host}]{port}" if port else host
    if entry.count(":") == 1:
        host, _, port = entry.partition(":")
        return f"{host.rstrip('.')}:{port}"
    return entry.rstrip(".")


def parse_address(text: str, base: URL | None = None) -> URL:
    """Return the http or https address that `text` spells, host in lower case ASCII, without fragment.

    `base` is the address that a relative `text` (a redirect) starts from. What is already encoded is kept byte for
    byte: servers sign addresses, and some redirect forever when an escape is respelt.
    Raises AddressError for other schemes, for user names and passwords, for hosts that can't exist, and for IPv4
    addresses in disguise (decimal, octal, hexadecimal or short).
    """
    return _checked_address(text) if base is None else _parsed(text, base)


@lru_cache(maxsize=2048)
def _checked_address(text: str) -> URL:
    # The same few addresses are asked for again and again.
    return _parsed(text, None)


def _parsed(text: str, base: URL | None) -> URL:
    text = text.strip("\t\n\f\r ")
    if not text or len(text) > _LONGEST_URL:
        raise AddressError("not a web address" if not text else "the address is too long")
    try:
        url = URL(text, encoded=_UNENCODED.search(text) is None)
        if base is not None:
            url = base.join(url)
        return _checked(url)
    except (ValueError, UnicodeError) as error:
        raise AddressError(f"not a web address: {error}"[:200]) from error


def _checked(url: URL) -> URL:
    if url.scheme not in ("http", "https"):
        raise AddressError(f"only http and https, not {url.scheme or 'nothing'!r}"[:100])
    if url.raw_user is not None or url.raw_password is not None:
        raise AddressError("a user name or password in the address")
    host = url.raw_host
    if not host or not url.port:
        raise AddressError("an address without a host or with port 0")
    if ":" not in host:
        plain = _plain_host(host)
        url = url if plain == host else url.with_host(plain)
    if url.raw_fragment:
        url = url.with_fragment(None)
    return url.with_path("/", keep_query=True) if url.raw_path == "/" else url


@lru_cache(maxsize=4096)
def _plain_host(host: str) -> str:
    """Return a host name in lower case with at most one trailing dot; raises AddressError where none such exists."""
    plain = host.lower()
    if plain.endswith(".."):
        plain = plain.rstrip(".") + "."
    labels = plain.removesuffix(".").split(".")
    if not _HOST.match(plain) or len(plain) > 254 or any(not label or len(label) > 63 for label in labels):
        raise AddressError(f"no host can be called {host[:80]!r}", unknown_name=True)
    if _NUMBER.match(labels[-1]):
        try:
            return str(ipaddress.IPv4Address(plain.removesuffix(".")))
        except ValueError as error:
            raise AddressError(f"an IPv4 address in disguise: {host[:80]!r}") from error
    return plain
