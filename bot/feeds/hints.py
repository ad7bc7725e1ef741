"""What an answer's headers say beside the body: when to come back, how to ask "has it changed?", what it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from bot.feeds.model import Validators

LONGEST_WAIT: Final = timedelta(days=1)
_LONGEST_VALIDATOR: Final = 1024
_LONGEST_DATE: Final = 64
_SECONDS: Final = re.compile(r"[0-9]{1,400}\Z")
_MAX_AGE: Final = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?([0-9]{1,400})", re.IGNORECASE)
_UNCACHED: Final = re.compile(r"(?:^|[\s,])no-(?:cache|store)\b", re.IGNORECASE)
_UNSENDABLE: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")


def _length(digits: str) -> timedelta:
    """Return so many seconds, at most a day: numbers may be as long as a header."""
    seconds = int(digits) if len(digits) <= 9 else LONGEST_WAIT.total_seconds()
    return min(timedelta(seconds=seconds), LONGEST_WAIT)


def retry_after(value: str, now: datetime) -> timedelta | None:
    """Return the time that a Retry-After header asks us to wait, at most a day; None where it asks for nothing.

    Seconds or an HTTP date; negative numbers, dates that have passed and anything else count as nothing.
    """
    text = value.strip()
    if not text:
        return None
    if _SECONDS.match(text):
        return _length(text) or None
    try:
        until_at = parsedate_to_datetime(text[:_LONGEST_DATE])
        until_at = until_at if until_at.tzinfo else until_at.replace(tzinfo=UTC)
        wait = until_at - now
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return min(wait, LONGEST_WAIT) if wait > timedelta(0) else None


def max_age(headers: Mapping[str, str]) -> timedelta | None:
    """Return how long the server says its answer stays fresh (Cache-Control less Age), at most a day, or None."""
    control = headers.get("Cache-Control", "")
    found = _MAX_AGE.search(control)
    if found is None or _UNCACHED.search(control):
        return None
    age = headers.get("Age", "").strip()
    fresh = _length(found[1]) - (_length(age) if _SECONDS.match(age) else timedelta(0))
    return fresh if fresh > timedelta(0) else None


def _sendable(value: str) -> str:
    """Return a validator as it came, or "" where it can't go back byte for byte (not UTF-8, control characters)."""
    return "" if len(value) > _LONGEST_VALIDATOR or _UNSENDABLE.search(value) else value


def sendable(validators: Validators) -> Validators:
    """Return the validators that can be sent as they are; the others are left out."""
    return Validators(_sendable(validators.etag), _sendable(validators.last_modified))


def validators_of(headers: Mapping[str, str]) -> Validators:
    """Return what to ask "has it changed?" with next time."""
    return sendable(Validators(headers.get("ETag", ""), headers.get("Last-Modified", "")))


def content_type_of(headers: Mapping[str, str]) -> str:
    """Return the Content-Type as the server wrote it, cut where it is absurdly long."""
    return headers.get("Content-Type", "")[:200].encode("utf-8", "replace").decode("utf-8")
