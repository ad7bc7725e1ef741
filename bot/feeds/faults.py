"""What went wrong with a fetch, in the words of the house: the library's errors and the server's statuses."""

from __future__ import annotations

import errno
import socket
import ssl
from datetime import datetime
from typing import Final

import aiohttp

from bot.feeds.connections import AnswerError, Permit
from bot.feeds.hints import retry_after
from bot.feeds.model import FetchError, FetchFault

LONGEST_DETAIL: Final = 200
_NO_SUCH_NAME: Final = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})

_OURS: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.ENETDOWN})
"""What no other machine can cause: we are out of files or memory, or our line is down."""


def refuse_status(response: aiohttp.ClientResponse, now: datetime) -> None:
    """Raise FetchError for an answer whose status says that no document comes with it.

    206 is a part of a document that nobody asked for.
    """
    status = response.status
    if 200 <= status < 300 and status != 206:
        return
    match status:
        case 206:
            fault = FetchFault.TRUNCATED
        case 410:
            fault = FetchFault.GONE
        case 429:
            fault = FetchFault.RATE_LIMITED
        case _:
            fault = FetchFault.HTTP
    wait = retry_after(response.headers.get("Retry-After", ""), now)
    raise FetchError(fault, f"{status} {(response.reason or '')[:80]}".strip(), status=status, retry_after=wait)


def fetch_error(error: Exception, permit: Permit, url: str) -> FetchError:
    """Return what went wrong on the way to an answer, in the words of the house."""
    said = error.message if isinstance(error, aiohttp.ClientResponseError) else str(error)
    detail = " ".join(said.split())[:LONGEST_DETAIL]
    if permit.refused:
        return FetchError(FetchFault.FORBIDDEN_ADDRESS, permit.refused, url=url)
    match error:
        case aiohttp.ClientConnectorDNSError(os_error=cause):
            gone = isinstance(cause, socket.gaierror) and cause.errno in _NO_SUCH_NAME
            return FetchError(FetchFault.NAME if gone else FetchFault.UNREACHABLE, str(cause), url=url)
        case aiohttp.ClientSSLError() | ssl.SSLError():
            fault = FetchFault.TLS
        case TimeoutError():
            fault = FetchFault.TIMEOUT
        case AnswerError() | aiohttp.ServerDisconnectedError() | aiohttp.ClientResponseError():
            fault = FetchFault.PROTOCOL
        case aiohttp.InvalidURL():
            fault = FetchFault.FORBIDDEN_ADDRESS
        case OSError(errno=errno.ETIMEDOUT):
            fault = FetchFault.TIMEOUT
        case OSError(errno=number) if number in _OURS:
            fault = FetchFault.OUR_NETWORK
        case OSError():
            fault = FetchFault.UNREACHABLE
        case _:
            fault = FetchFault.PROTOCOL
    return FetchError(fault, detail, url=url)
