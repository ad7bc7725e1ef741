"""What a poll brought, written down in one commit: new items, reworded ones, the source's validators, its next poll.

No network and no clock in here: `settle` is handed to the writing thread with everything that it needs.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.feeds.identity import (
    IdentityMode,
    Keyed,
    Sorted,
    choose_mode,
    keys_of_strangers,
    sort_known,
    usual_keys,
)
from bot.feeds.model import Entry, Fetched, FetchError, FetchFault, ParsedFeed
from bot.feeds.polling import ARRIVALS_WEIGHED, MoveTrial, Poll, PollLimits, adopt_move, next_poll
from rules.stories import canonical_url
from storage import items, sources
from storage.engine import Session
from storage.items import Known, NewItem
from storage.sources import Source
from storage.tables import SourceState

SUMMARY_LENGTH = 500
LISTED_REFRESH = timedelta(days=1)
BASELINE_PAGE_DELAY = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Polled:
    """One poll of one source, as it was when the poll began: what was fetched and read, or why not.

    `document` is None where the body is the same as last time. `found_feed` is the feed that a home page led to. `full`
    says that we asked without validators; `ours` that our own network failed.
    """

    source: Source
    fetched: Fetched | None = None
    document: ParsedFeed | None = None
    error: FetchError | None = None
    found_feed: str = ""
    full: bool = False
    ours: bool = False


@dataclass(slots=True)
class Settled:
    """What settling came to. `unread` are documents to be read again, whole: not all that they left out is stored."""

    polled: int = 0
    unchanged: int = 0
    failed: int = 0
    entries: int = 0
    new: int = 0
    reworded: int = 0
    gaps: int = 0
    unread: int = 0

    def add(self, other: Settled) -> None:
        """Add another settlement's counts to this one's."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(frozen=True, slots=True)
class Keeping:
    """What settling needs to know besides the polls: the operator's limits, and chance for the jitter."""

    limits: PollLimits
    fetch_pages: bool
    rng: random.Random = field(default_factory=random.Random)


def settle(tx: Session, polls: Sequence[Polled], keeping: Keeping, now: datetime) -> Settled:
    """Write down what these polls brought: all of it or, on an error, nothing."""
    done = Settled(polled=len(polls))
    sources.record_each(tx, {poll.source.id: _settle_one(tx, poll, keeping, now, done) for poll in polls})
    return done


def _settle_one(tx: Session, poll: Polled, keeping: Keeping, now: datetime, done: Settled) -> dict[str, Any]:
    """Return the source's new columns; items are written and counted on the way."""
    if poll.error is not None:
        done.failed += 1
        return _failed(poll, poll.error, keeping, now)
    if poll.found_feed:
        return {"url": poll.found_feed, "next_poll_at": now, "last_polled_at": now, "home_url": poll.source.url}
    values = _answered(poll, now)
    if poll.document is None:
        done.unchanged += 1
        return values | _when_next(poll, keeping, now, arrivals=poll.source.arrivals) | _moved(poll, True, now)
    return values | _kept(tx, poll, poll.document, keeping, now, done)


def _answered(poll: Polled, now: datetime) -> dict[str, Any]:
    source, fetched = poll.source, poll.fetched
    values: dict[str, Any] = {"last_polled_at": now, "last_ok_at": now}
    if source.failures or source.fault:
        values |= {"failures": 0, "failing_since": None, "fault": "", "fault_detail": ""}
    if poll.full and fetched is not None and fetched.body is not None:
        values["last_full_at"] = now
    if fetched is not None:
        validators = fetched.validators
        if (validators.etag, validators.last_modified) != (source.etag, source.last_modified):
            values |= {"etag": validators.etag, "last_modified": validators.last_modified}
        if fetched.body_hash:
            values["body_hash"] = fetched.body_hash
    return values


def _failed(poll: Polled, error: FetchError, keeping: Keeping, now: datetime) -> dict[str, Any]:
    source = poll.source
    held = error.fault is FetchFault.RATE_LIMITED and error.status is None
    failures = source.failures if poll.ours or held else source.failures + 1
    asked = Poll(
        arrivals=source.arrivals, fault=error.fault, failures=failures, ours=poll.ours, held=held,
        retry_after=error.retry_after,
    )  # fmt: skip
    following = next_poll(asked, keeping.limits, now=now, rng=keeping.rng)
    values: dict[str, Any] = {
        "last_polled_at": now,
        "next_poll_at": following.next_at,
        "failures": failures,
        "fault": (FetchFault.OUR_NETWORK if poll.ours else error.fault).value,
        "fault_detail": str(error)[:300],
    }
    if following.blamed and source.failing_since is None:
        values["failing_since"] = now
    if following.paused:
        values |= {"state": SourceState.PAUSED.value, "state_note": following.reason}
    # A server that answers "not modified" out of turn, or a broken document, is asked in full next time.
    if error.fault in (FetchFault.PROTOCOL, FetchFault.TRUNCATED, FetchFault.ENCODING):
        values |= {"etag": "", "last_modified": ""}
    return values


def _when_next(
    poll: Polled, keeping: Keeping, now: datetime, *, arrivals: Sequence[int], gap: bool = False
) -> dict[str, Any]:
    fetched = poll.fetched
    asked = Poll(
        arrivals=arrivals,
        gap=gap,
        retry_after=fetched.retry_after if fetched else None,
        max_age=fetched.max_age if fetched else None,
        ttl=poll.document.ttl if poll.document else None,
    )
    following = next_poll(asked, keeping.limits, now=now, rng=keeping.rng)
    return {"next_poll_at": following.next_at, "interval_s": following.interval.total_seconds()}


def _moved(poll: Polled, served_known: bool, now: datetime) -> dict[str, Any]:
    """Return what a permanent redirect changes: its target is adopted after it proved itself."""
    source, target = poll.source, poll.fetched.permanent_url if poll.fetched else ""
    if not target and not source.moved_to:
        return {}
    trial = MoveTrial(source.moved_to, source.moved_since or now, source.moved_polls) if source.moved_to else None
    decision = adopt_move(trial, target, served_known, now)
    kept = decision.trial
    values: dict[str, Any] = {
        "moved_to": kept.url if kept else "",
        "moved_since": kept.since_at if kept else None,
        "moved_polls": kept.polls if kept else 0,
    }
    return values | ({"url": target} if decision.adopt else {})


def _kept(
    tx: Session, poll: Polled, document: ParsedFeed, keeping: Keeping, now: datetime, done: Settled
) -> dict[str, Any]:
    """Keep what is new of a document, note what was reworded, and return the source's new columns."""
    source = poll.source
    source_id, baseline = source.id, not source.baseline_done
    mode = choose_mode(document.entries, IdentityMode(source.identity))
    known = _known(tx, source_id, document.entries, mode)
    found = sort_known(document.entries, mode, {key: value.content_hash for key, value in known.items()})
    if any(keyed.entry.unread for keyed in found.new):
        done.unread += 1
        return {"body_hash": "", "etag": "", "last_modified": "", "next_poll_at": now}
    gap = bool(found.new) and not baseline and not found.known and not found.changed
    new = [_new_item(poll, document, keyed, keeping, now, baseline=baseline) for keyed in _oldest_first(found.new)]
    kept = items.keep_new(tx, source_id, new, baseline=baseline, now=now)
    _refresh(tx, source_id, found, known, now, done)
    done.entries, done.new, done.gaps = done.entries + len(document.entries), done.new + len(kept), done.gaps + gap
    arrivals = _arrivals(source.arrivals, found.new, now, baseline=baseline)
    values: dict[str, Any] = {"identity": mode.value, "baseline_done": True, "arrivals": arrivals}
    if kept:
        values["last_new_at"] = now
    if gap:
        values |= {"gaps": source.gaps + 1, "last_gap_at": now}
    if document.problem or document.dropped:
        dropped = f"{document.dropped} entries beyond the limit left out" if document.dropped else ""
        values["fault_detail"] = "; ".join(note for note in (document.problem, dropped) if note)[:300]
    values |= _moved(poll, bool(found.known or found.changed) or not document.entries, now)
    return values | _when_next(poll, keeping, now, arrivals=arrivals, gap=gap)


def _known(tx: Session, source_id: int, entries: Sequence[Entry], mode: IdentityMode) -> dict[str, Known]:
    """Return what is stored of all keys that may tell who an entry is."""
    known = items.known_keys(tx, source_id, usual_keys(entries, mode))
    return known | items.known_keys(tx, source_id, keys_of_strangers(entries, mode, known))


def _oldest_first(new: Sequence[Keyed]) -> list[Keyed]:
    """Return new entries in the order in which they happened: by their dates, else from the document's end."""
    backwards = list(reversed(new))
    if any(keyed.entry.published_at is None for keyed in new):
        return backwards
    return sorted(backwards, key=lambda keyed: keyed.entry.published_at or datetime.max.replace(tzinfo=UTC))


def _new_item(
    poll: Polled, document: ParsedFeed, keyed: Keyed, keeping: Keeping, now: datetime, *, baseline: bool
) -> NewItem:
    entry = keyed.entry
    short = not entry.full and len(entry.text) < SUMMARY_LENGTH
    wants_page = short and bool(entry.link) and poll.source.fetch_pages and keeping.fetch_pages
    return NewItem(
        keys=(keyed.key, *keyed.aliases),
        guid=entry.guid,
        link=entry.link,
        link_key=canonical_url(entry.link) if entry.link else "",
        title=entry.title,
        text=entry.text,
        language=entry.language or document.language,
        published_at=min(entry.published_at, now) if entry.published_at else None,
        content_hash=keyed.fingerprint,
        page_due_at=(now + BASELINE_PAGE_DELAY if baseline else now) if wants_page else None,
    )


def _refresh(tx: Session, source_id: int, found: Sorted, known: dict[str, Known], now: datetime, done: Settled) -> None:
    """Keep the identities of what is still listed alive (daily is enough), and let reworded items be read again."""
    for keyed in found.changed:
        item_id = known[keyed.found_by].item_id
        done.reworded += item_id is not None and _reword(tx, item_id, keyed, now)
    rows: list[tuple[str, int | None, str]] = []
    for keyed in (*found.known, *found.changed):
        before = known[keyed.found_by]
        keys, content_hash = (keyed.key, *keyed.aliases), keyed.fingerprint or before.content_hash
        stale = now - before.last_listed_at > LISTED_REFRESH
        if stale or before.content_hash != content_hash or any(key not in known for key in keys):
            keys = tuple(dict.fromkeys((*keys, keyed.found_by)))
            rows += [(key, before.item_id, content_hash) for key in keys]
    items.keep_keys(tx, source_id, rows, now)


def _reword(tx: Session, item_id: int, keyed: Keyed, now: datetime) -> bool:
    """Give the item its new words. An article read from its page keeps its text; only the title follows the feed."""
    entry = keyed.entry
    origin, text = items.present_text(tx, item_id)
    if origin == "page":
        return items.change_text(
            tx, item_id, title=entry.title, text=text, content_hash="p" + keyed.fingerprint, origin="page", now=now
        )
    return items.change_text(
        tx, item_id, title=entry.title, text=entry.text, content_hash=keyed.fingerprint, origin="feed", now=now
    )


def _arrivals(before: Sequence[int], new: Sequence[Keyed], now: datetime, *, baseline: bool) -> list[int]:
    """Return when the latest items came, in UTC seconds: of a baseline, when they say that they were published."""
    if baseline:
        dates = (keyed.entry.published_at for keyed in new)
        times = {int(min(at, now).timestamp()) for at in dates if at is not None and at.year > 1970}
        return sorted(times)[-ARRIVALS_WEIGHED:]
    return [*before, int(now.timestamp())][-ARRIVALS_WEIGHED:] if new else list(before)
