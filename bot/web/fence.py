"""Around every answer of the HTTP door: whose name it was asked under, what a browser may do with it, and no leaks.

The Host is checked against rebinding: a stranger's page can lead its own name to this machine, but then the name is
theirs, not ours. The policy allows scripts, styles and requests of this origin alone; it stands on errors too.
"""

from __future__ import annotations

import ipaddress
import secrets
import traceback
from collections.abc import Collection
from urllib.parse import urlsplit

import structlog
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger()

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), payment=()"),
)
LONGEST_HOST = 300


def host_of(address: str) -> str:
    """Return host and port of an address, lower case: "news.example.org" of "https://news.example.org/"."""
    return urlsplit(address).netloc.rpartition("@")[2].lower() if address else ""


def is_ours(host: str, names: Collection[str], *, loopback_only: bool) -> bool:
    """Say whether a Host header names us: by a known name, as localhost, or by a number, which nobody can rebind.

    Where only this machine is served, the number must be a loopback one.
    """
    if not host or len(host) > LONGEST_HOST:
        return False
    if host.lower() in names:
        return True
    bare = urlsplit(f"//{host}").hostname or ""
    if bare.lower() == "localhost":
        return True
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return False
    return address.is_loopback or not loopback_only


class Fence:
    """Answers for the application inside only where the Host is ours, and puts the headers on whatever it says."""

    def __init__(self, app: ASGIApp, names: Collection[str] = (), *, loopback_only: bool = True) -> None:
        self._app = app
        self._names = frozenset(name.lower() for name in names if name)
        self._loopback_only = loopback_only

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(16)
        scope.setdefault("state", {})["nonce"] = nonce
        started = False

        async def fenced(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = [*message["headers"], *_missing(message["headers"], nonce)]
            await send(message)

        if not self._is_for_us(scope):
            refusal = PlainTextResponse("This address is not one of ours (see MEDIAWATCH_HTTP_URL).\n", 421)
            await refusal(scope, receive, fenced)
            return
        try:
            await self._app(scope, receive, fenced)
        # The one door of the console where anything may come out: it is noted, and the next request is answered.
        except Exception as error:  # noqa: BLE001
            log.error("page failed", path=scope["path"], reason=type(error).__name__, where=_where(error))
            if not started:
                await PlainTextResponse("Something went wrong here; it has been noted.\n", 500)(scope, receive, fenced)

    def _is_for_us(self, scope: Scope) -> bool:
        headers = dict(scope["headers"])
        # Whoever knows a secret to send is no stranger's page: machines ask for /metrics by names of their own.
        if b"authorization" in headers:
            return True
        return is_ours(headers.get(b"host", b"").decode("latin-1"), self._names, loopback_only=self._loopback_only)


def _missing(present: list[tuple[bytes, bytes]], nonce: str) -> list[tuple[bytes, bytes]]:
    names = {name.lower() for name, _ in present}
    policy = (b"content-security-policy", _POLICY.format(nonce=nonce).encode())
    wanted = (*_HEADERS, policy, (b"cache-control", b"no-store"))
    return [(name, value) for name, value in wanted if name not in names]


def _where(error: Exception) -> str:
    """Return file and line of an error: its words may hold what a stranger wrote."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else ""
