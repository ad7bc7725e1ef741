"""The values that pass between the outside world and the pipeline: what was fetched, and what it listed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class FetchFault(StrEnum):
    """Why a fetch brought nothing usable. Values are shown to admins as they stand."""

    UNREACHABLE = "could not connect"
    NAME = "the host name is unknown"
    OUR_NETWORK = "our own network fails"
    FORBIDDEN_ADDRESS = "the address is not allowed"
    TIMEOUT = "took too long"
    TOO_LARGE = "larger than the limit"
    TRUNCATED = "the body was cut off"
    ENCODING = "the body could not be decompressed"
    REDIRECTS = "too many or circular redirects"
    GONE = "gone for good (410)"
    RATE_LIMITED = "asked to come back later (429)"
    HTTP = "the server answered with an error"
    PROTOCOL = "the answer was not valid HTTP"
    TLS = "the secure connection failed"
    HTML = "a web page instead of a feed"
    NOT_A_FEED = "not a feed"
    TOO_COSTLY = "reading it took too much time or memory"
    ROBOTS = "robots.txt asks us to stay away"
    UNFORESEEN = "an error of our own, the log tells more"


class FetchError(Exception):
    """A fetch brought nothing usable.

    `status` is the HTTP status where there was one; `retry_after` what the server asked for (already turned into a
    length of time); `url` the address that failed (after redirects).
    """

    def __init__(
        self,
        fault: FetchFault,
        detail: str = "",
        *,
        url: str = "",
        status: int | None = None,
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(f"{fault}: {detail}" if detail else str(fault))
        self.fault = fault
        self.detail = detail
        self.url = url
        self.status = status
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Validators:
    """What the server gave us to ask "has it changed?" with; "" where it gave none. Sent back byte for byte."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """One answer. `body` is decompressed and complete; None with status 304 (not modified).

    `url` is the final address after redirects; `permanent_url` the address that an unbroken chain of 301/308
    from the start leads to ("" where there was none). `body_hash` is the SHA-256 of `body` in hex ("" for 304).
    `retry_after` and `max_age` are hints of the server about when to come back. `waited_s` is how long the request
    waited for its host's turn, in seconds.
    """

    url: str
    status: int
    body: bytes | None
    content_type: str = ""
    validators: Validators = Validators()
    body_hash: str = ""
    permanent_url: str = ""
    retry_after: timedelta | None = None
    max_age: timedelta | None = None
    waited_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing a feed document lists. Texts are plain (NFC, HTML resolved, soft hyphens gone, spam lists removed).

    `guid` and `link` are "" where missing; `link` is absolute. `published_at` is aware UTC or None, as the feed says
    (not yet clamped). `full` says that `text` is the article (content:encoded, content), not a summary. `mark` is a
    hash of the entry as the document has it; `unread` says that it was known, so that the text was left out.
    """

    guid: str
    link: str
    title: str
    text: str
    published_at: datetime | None = None
    full: bool = False
    language: str = ""
    mark: bytes = field(default=b"", compare=False)
    unread: bool = False


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A feed document as read: `entries` in document order, capped (`dropped` counts what the cap left out).

    `language` is what the document says of itself ("" if nothing); `problem` a note for the admin where the document
    was broken but readable; `kind` is "rss", "atom" or "json".
    """

    title: str
    entries: tuple[Entry, ...]
    home_url: str = ""
    language: str = ""
    kind: str = "rss"
    dropped: int = 0
    problem: str = ""
    ttl: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """The text of an article's page as a person reads it, without navigation, spam and "read more" lists."""

    title: str
    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class FeedLink:
    """A feed's likely address, found from a home page. `announced`: the page names it; else it is a guess to try."""

    url: str
    title: str = ""
    kind: str = ""
    announced: bool = True
