"""The sources at a glance, one by one, and what people change about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from starlette.responses import Response

from bot.actions.manage_sources import Became, Outcome, SourceError, add_all, as_entries, change_state, unlisted
from bot.actions.move_source import move
from bot.actions.probe_source import Probe, probe
from bot.feeds.sourcelist import read_opml, read_yaml, write_opml, write_yaml
from bot.feeds.sourcerow import SourceEntry
from bot.pipeline.source_health import Ill, trouble_of
from bot.web.door import Refused
from bot.web.roles import Page, Role
from bot.web.visit import Visit
from storage import source_figures, sources
from storage.engine import Session
from storage.source_figures import Twins
from storage.tables import SourceRow, SourceState, TopicRow

CURVE_DAYS = 14
DEAD_AFTER = timedelta(days=30)
TWINS_SINCE = timedelta(days=7)
MATCHES_SINCE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Known:
    """A source with what is the matter with it (None: nothing) and when its latest items came, by day."""

    row: SourceRow
    ill: Ill | None
    counts: tuple[int, ...]


async def all_sources(visit: Visit) -> Response:
    """Show all sources."""
    rows = await visit.read(sources.listed)
    wanted, only = visit.asked("q").strip().casefold(), visit.asked("trouble") == "1"
    known = [_known(row, visit.now) for row in rows]
    shown = [one for one in known if wanted in f"{one.row.name} {one.row.url} {one.row.language}".casefold()]
    if only:
        shown = [one for one in shown if one.ill is not None]
    shown.sort(key=lambda one: one.ill is None)
    return visit.page("sources.html", shown=shown, total=len(known), wanted=visit.asked("q"), only=only)


def _known(row: SourceRow, now: datetime) -> Known:
    return Known(row, trouble_of(row, now), _by_day(row.arrivals, now))


def _by_day(arrivals: Sequence[int], now: datetime) -> tuple[int, ...]:
    """Return how many of the remembered items came on each of the last days, counted back from now."""
    counts = [0] * CURVE_DAYS
    for at in arrivals:
        ago = int((now.timestamp() - at) // 86_400)
        if 0 <= ago < CURVE_DAYS:
            counts[CURVE_DAYS - 1 - ago] += 1
    return tuple(counts)


async def source(visit: Visit) -> Response:
    """Show a source."""

    def read(tx: Session) -> tuple[SourceRow, int, list[tuple[TopicRow, int]]]:
        row = _row(tx, visit)
        looked, fed = source_figures.topics_fed(tx, row.id or 0)
        return row, looked, fed

    row, looked, fed = await visit.read(read)
    return visit.page("source.html", one=_known(row, visit.now), looked=looked, fed=fed, problem="")


def _row(tx: Session, visit: Visit) -> SourceRow:
    row = tx.get(SourceRow, visit.number("source"))
    if row is None:
        raise Refused(404, "There is nothing here.")
    return row


async def advice(visit: Visit) -> Response:
    """Show which sources bring the same, and which bring nothing."""
    now = visit.now

    def read(tx: Session) -> tuple[list[Twins], dict[int, int], list[SourceRow]]:
        return (
            source_figures.twins(tx, now - TWINS_SINCE),
            source_figures.matches_by_source(tx, now - MATCHES_SINCE),
            sources.listed(tx),
        )

    twins, matched, rows = await visit.read(read)
    active = [row for row in rows if row.state == SourceState.ACTIVE.value and now - row.added_at > DEAD_AFTER]
    silent = [row for row in active if row.last_new_at is None or now - row.last_new_at > DEAD_AFTER]
    idle = [row for row in active if row not in silent and not matched.get(row.id or 0)]
    names = {row.id or 0: row.name or row.url for row in rows}
    twins = [pair for pair in twins if pair.first in names and pair.second in names]
    return visit.page("source_advice.html", twins=twins[:20], silent=silent[:20], idle=idle[:20], names=names)


async def look(visit: Visit) -> Response:
    """Show what would come in from an address, before anything is added."""
    url = visit.form.get("url", "").strip()[:2_000]
    found = await _probed(visit, url if "://" in url else f"https://{url}") if url else None
    return visit.page("source_probe.html", found=found, known=bool(visit.form.get("known")))


async def _probed(visit: Visit, url: str) -> Probe:
    return await probe(visit.console.fetcher, visit.console.readers, url)


async def add(visit: Visit) -> Response:
    """Add a source that was looked at."""
    form = visit.form
    tags = tuple(part.strip() for part in form.get("tags", "").split(",") if part.strip())[:20]
    entry = SourceEntry(
        url=form.get("url", "").strip()[:2_000], name=form.get("name", "").strip()[:200],
        language=form.get("language", "").strip().lower()[:3], tags=tags,
    )  # fmt: skip
    if not entry.url.startswith(("http://", "https://")):
        raise Refused(422, "An address begins with http:// or https://.")
    outcomes = await add_all(visit.console.db, [unlisted(entry)], who=visit.who, now=visit.now)
    if outcomes[0].became is not Became.ADDED:
        return visit.page("source_outcomes.html", 409, outcomes=outcomes)
    return visit.go("/sources", "Added.")


async def take_list(visit: Visit) -> Response:
    """Add the sources of an OPML or YAML list; each row's outcome is told."""
    text = visit.form.get("list", "")
    looks_opml = text.lstrip("\ufeff \n\t")[:1] == "<"
    rows = read_opml(text.encode(), "the list") if looks_opml else read_yaml(text, "the list")
    bad = [Outcome(row.line, "", Became.BAD, f"{row.problem}; {row.remedy}") for row in rows if row.entry is None]
    good = [row for row in rows if row.entry is not None]
    added = await add_all(visit.console.db, good, who=visit.who, now=visit.now)
    return visit.page("source_outcomes.html", outcomes=sorted(bad + added, key=lambda one: one.line))


async def hand_out(visit: Visit) -> Response:
    """Return all sources as a list for other programs."""
    entries = as_entries(await visit.read(sources.listed))
    if visit.asked("format") == "yaml":
        return _file(write_yaml(entries).encode(), "text/yaml; charset=utf-8", "sources.yaml")
    return _file(write_opml(entries), "text/x-opml; charset=utf-8", "sources.opml")


def _file(body: bytes, kind: str, name: str) -> Response:
    return Response(body, media_type=kind, headers={"content-disposition": f'attachment; filename="{name}"'})


async def change(visit: Visit) -> Response:
    """Pause, resume, remove or move a source."""
    row, what = await visit.read(lambda tx: _row(tx, visit)), visit.form.get("what", "")
    number, now = row.id or 0, visit.now
    states = {"pause": SourceState.PAUSED, "resume": SourceState.ACTIVE, "remove": SourceState.REMOVED}
    try:
        if what in states:
            note = "" if what == "resume" else f"{what}d by a person"
            await change_state(visit.console.db, str(number), states[what], who=visit.who, note=note, now=now)
        elif what == "move":
            url = visit.form.get("url", "").strip()[:2_000]
            if not url.startswith(("http://", "https://")):
                raise Refused(422, "An address begins with http:// or https://.")
            await visit.write(partial(move, source_id=number, url=url, who=visit.who, now=now))
        elif what == "poll":
            await visit.write(lambda tx: sources.hurry(tx, [number], now))
        else:
            raise Refused(422, "There is nothing here.")
    except SourceError as error:
        known = _known(row, now)
        return visit.page("source.html", 409, one=known, looked=0, fed=[], problem=str(error))
    return visit.go(
        "/sources" if what == "remove" else f"/sources/{number}", "Removed." if what == "remove" else "Done."
    )


PAGES: tuple[Page, ...] = (
    Page("GET", "/sources", Role.READER, all_sources),
    Page("GET", "/sources/advice", Role.READER, advice),
    Page("GET", "/sources/export", Role.READER, hand_out),
    Page("POST", "/sources/look", Role.EDITOR, look),
    Page("POST", "/sources/add", Role.EDITOR, add),
    Page("POST", "/sources/import", Role.EDITOR, take_list),
    Page("GET", "/sources/{source:int}", Role.READER, source),
    Page("POST", "/sources/{source:int}", Role.EDITOR, change),
)
