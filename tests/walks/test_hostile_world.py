"""A round of polls in a hostile world: what each attack costs its own source, and that it costs nobody else anything.

The real machine (worker processes, client, database) against a server on loopback. Asserted is what the product
enforces; `make chaos` measures seconds and megabytes.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from sqlmodel import col, select

from bot.feeds.model import FetchFault
from bot.machine import Machine, opened
from bot.settings import Settings
from rules.model import RuleText
from storage import items, sources
from storage.engine import Session
from storage.tables import ItemRow, SourceRow, SourceState
from tests.fakes import hostile
from tests.fakes.hostile import Attack, entry, rss, served
from tests.fakes.web import FakeWeb, Script, redirect
from tests.newsroom import BEGAN_AT, FLOODS

pytestmark = pytest.mark.asyncio(loop_scope="module")

STALL_MOST_S = 0.25
MEMORY_MOST_MB = 150
PATIENCE_S = 60.0
READERS = 2


class Clock:
    """The test's time."""

    def __init__(self) -> None:
        self.at = BEGAN_AT

    def __call__(self) -> datetime:
        """Return it."""
        return self.at


@dataclass
class World:
    """A machine, the web around it, and a paper that keeps publishing whatever the others do."""

    machine: Machine
    web: FakeWeb
    inside: FakeWeb
    clock: Clock
    paper: SourceRow
    published: int = 0
    numbers: Iterator[int] = field(default_factory=lambda: iter(range(1, 1_000_000)))

    def publish(self) -> str:
        """Let the paper publish a story about a watched topic; return its title."""
        self.published += 1
        titles = {n: f"Flood number {n} reaches the town of {'x' * n}" for n in range(self.published, 0, -1)}
        self.web.on("/paper", served(rss(*(entry(n, title=title) for n, title in titles.items()))))
        return titles[self.published]

    async def add(self, name: str, *scripts: Script, pages: bool = False) -> SourceRow:
        """Add a source that is served by these scripts."""
        path = f"/{next(self.numbers)}"
        url = self.web.on(path, *scripts)
        row = SourceRow(
            name=name, url=url, imported_url=url, fetch_pages=pages, added_at=self.clock(), next_poll_at=self.clock()
        )
        await self.machine.db.write(lambda tx: sources.add(tx, row))
        return row

    async def poll(self, rows: Iterable[SourceRow]) -> None:
        """Poll these sources as they now stand, and let the rules read what they brought."""
        self.clock.at += timedelta(hours=1)
        wanted = {row.id: place for place, row in enumerate(rows)}
        found = [source for source in await self.machine.db.read(sources.active) if source.id in wanted]
        await self.machine.collector.poll_each(sorted(found, key=lambda source: wanted[source.id]))
        for _ in range(3):
            await self.machine.analyst.tick()

    async def source(self, row: SourceRow) -> SourceRow:
        """Return a source as it is stored now."""
        return await self.machine.db.read(lambda tx: tx.get_one(SourceRow, row.id))

    async def kept(self, row: SourceRow) -> list[ItemRow]:
        """Return the items of a source, oldest first."""
        query = select(ItemRow).where(ItemRow.source_id == row.id).order_by(col(ItemRow.id))
        return await self.machine.db.read(lambda tx: list(tx.exec(query)))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """One machine for all of this module's attacks: what one of them breaks, the next one finds."""
    folder: Path = tmp_path_factory.mktemp("hostile")
    clock = Clock()
    async with FakeWeb() as web, FakeWeb() as inside:
        settings = Settings(
            database_url=f"sqlite:///{folder / 'news.sqlite3'}",
            allow_private_hosts=frozenset({web.host}),
            host_delay_s=0,
            host_connections=8,
            fetch_timeout_s=4,
            workers=READERS,
        )
        async with opened(settings, now=clock) as machine:
            await machine.take_rules([RuleText("floods", FLOODS, version="1", file="floods.yaml")])
            world = World(machine, web, inside, clock, SourceRow())
            world.paper = await world.add("Paper", b"")
            await world.machine.db.write(lambda tx: sources.record(tx, world.paper.id or 0, {"url": web.url("/paper")}))
            world.publish()
            await world.poll([world.paper])
            yield world


@dataclass
class Strain:
    """What a block of work asked of this process: its longest stall (s) and how far its memory grew (MB)."""

    stall_s: float = 0.0
    grown_mb: float = 0.0


@contextlib.asynccontextmanager
async def strained() -> AsyncIterator[Strain]:
    """Measure the block. A stall is time in which the loop was not served while this process was busy: a machine that
    gives its processors to others makes no stall."""
    strain = Strain()
    loop = asyncio.get_running_loop()
    before_mb = _memory_mb("VmRSS")
    _reset_peak()

    async def watch() -> None:
        while True:
            at_s, busy_s = loop.time(), time.process_time()
            await asyncio.sleep(0.002)
            strain.stall_s = max(strain.stall_s, min(loop.time() - at_s, time.process_time() - busy_s))

    task = asyncio.create_task(watch())
    try:
        yield strain
    finally:
        task.cancel()
        strain.grown_mb = _memory_mb("VmHWM") - before_mb


def _memory_mb(which: str) -> float:
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(which)), 0.0)


def _reset_peak() -> None:
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


async def eventually(reached: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(PATIENCE_S):
        while not reached():  # noqa: ASYNC110 - a process's end is no event of this loop
            await asyncio.sleep(0.01)


async def suffer(world: World, attacks: Iterable[Attack]) -> dict[str, str]:
    """Poll a round of attacks with the paper among them; return what came out wrong, by attack."""
    title = world.publish()
    suffered = [(attack, await world.add(attack.name, *attack.scripts)) for attack in attacks]
    half = len(suffered) // 2
    rows = [row for _, row in suffered]
    async with strained() as strain:
        await world.poll([*rows[:half], world.paper, *rows[half:]])
    print(f"{len(rows)} attacks: longest stall {strain.stall_s * 1000:.0f} ms, memory +{strain.grown_mb:.0f} MB")  # noqa: T201
    wrong = {}
    for attack, row in suffered:
        if said := await _came_out_wrong(world, attack, row):
            wrong[attack.name] = said
    assert title in {item.title for item in await world.kept(world.paper) if item.matched}
    assert (await world.source(world.paper)).fault == ""
    assert (await world.machine.db.read(items.counts))["unread"] == 0
    await eventually(lambda: len(world.machine.readers.process_ids) == READERS)
    await eventually(lambda: len(world.machine.judges.process_ids) == 1)
    assert world.inside.connections == 0
    assert strain.stall_s < STALL_MOST_S
    assert strain.grown_mb < MEMORY_MOST_MB
    return wrong


async def _came_out_wrong(world: World, attack: Attack, row: SourceRow) -> str:
    source, kept = await world.source(row), await world.kept(row)
    told = f"fault {source.fault!r} ({source.fault_detail!r}), {len(kept)} items"
    if source.last_polled_at != world.clock.at or source.next_poll_at is None or source.next_poll_at <= world.clock.at:
        return f"not written down: {told}"
    if source.fault:
        expected = source.fault in attack.faults and source.failures == 1 and not kept
        return "" if expected else told
    if attack.faults and not (attack.least == 0 and attack.exactly is None):
        return told
    enough = len(kept) == attack.exactly if attack.exactly is not None else len(kept) >= attack.least
    return "" if enough and all(_sound(item, world.clock.at) for item in kept) else f"{told}: {kept[:3]}"


def _sound(item: ItemRow, now: datetime) -> bool:
    """Say whether an item can be shown: whole letters, a web address or none, no date to come."""
    words = f"{item.title}{item.guid}{item.link}"
    whole = words == words.encode("utf-8", "ignore").decode() and "\0" not in words
    return (
        whole
        and bool(item.title)
        and len(words) < 5_000
        and (not item.link or item.link.startswith(("http://", "https://")))
        and (item.published_at is None or item.published_at <= now)
    )


async def test_compression_bombs_are_stopped_while_they_unpack(world: World) -> None:
    assert await suffer(world, hostile.bombs()) == {}


async def test_bodies_that_do_not_end_as_they_should_are_named(world: World) -> None:
    assert await suffer(world, hostile.bodies()) == {}


async def test_slow_servers_are_left_after_their_time(world: World) -> None:
    assert await suffer(world, hostile.slow()) == {}


async def test_redirects_lead_neither_round_nor_inside(world: World) -> None:
    circle = [redirect("/circle-b"), redirect("/circle-a")]
    world.web.on("/circle-a", circle[0])
    world.web.on("/circle-b", circle[1])
    for number in range(9):
        world.web.on(f"/chain-{number}", redirect(f"/chain-{number + 1}"))
    more = [
        hostile.refused("redirects in a circle", redirect("/circle-a"), FetchFault.REDIRECTS),
        hostile.refused("a chain of redirects", redirect("/chain-0"), FetchFault.REDIRECTS),
    ]
    attacks = [a for a in hostile.redirects(world.inside.host) if a.name != "redirect to itself"]
    assert await suffer(world, [*attacks, *more]) == {}


DOCUMENTS = {
    "large": hostile.large_documents,
    "nested": hostile.nested_documents,
    "letters": hostile.broken_letters,
    "entries": hostile.deceptive_entries,
    "no feeds": hostile.no_feeds,
    "JSON": hostile.json_feeds,
}


@pytest.mark.parametrize("kind", DOCUMENTS)
async def test_costly_and_broken_documents_cost_their_own_source_only(world: World, kind: str) -> None:
    assert await suffer(world, DOCUMENTS[kind]()) == {}


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_damaged_feed_is_read_or_named(world: World, seed: int) -> None:
    faults = frozenset(FetchFault) - {FetchFault.TOO_COSTLY, FetchFault.TIMEOUT}
    damaged = enumerate(hostile.mutations(seed, 60))
    attacks = (Attack(f"damage {n}", (served(body),), faults, least=0) for n, body in damaged)
    assert await suffer(world, attacks) == {}


async def test_a_source_that_turned_hostile_for_a_while_has_lost_nothing(world: World) -> None:
    fair = [*hostile.bodies(), *hostile.no_feeds(), *hostile.json_feeds(), *hostile.nested_documents()]
    attacks = [each for each in fair if each.faults and FetchFault.GONE not in each.faults and len(each.scripts) == 1]
    before, after = rss(entry(1)), rss(entry(2, title="Flood after the attack"), entry(1))
    rows = [await world.add(a.name, served(before), a.scripts[0], served(after)) for a in attacks]
    for _ in range(3):
        await world.poll(rows)
    for row in rows:
        source, kept = await world.source(row), await world.kept(row)
        assert [item.title for item in kept] == ["Ordinary news number 1", "Flood after the attack"], row.name
        assert kept[1].matched
        assert (source.fault, source.failures, source.failing_since) == ("", 0, None)


async def test_guids_made_anew_at_each_poll_bring_nothing_new(world: World) -> None:
    documents = [
        served(rss(*(entry(n, guid=f"{poll}-{n}", title=f"Flood number {n} in the town") for n in range(20))))
        for poll in range(4)
    ]
    row = await world.add("guids", *documents)
    for _ in documents:
        await world.poll([row])
    assert len(await world.kept(row)) == 20


async def test_a_lone_entry_without_an_address_survives_a_new_guid(world: World) -> None:
    home, title = "https://paper.example/", "The only episode of this long series"
    row = await world.add("lone", *(served(rss(entry(1, guid=f"v{n}", link=home, title=title))) for n in range(3)))
    for _ in range(3):
        await world.poll([row])
    assert len(await world.kept(row)) == 1


async def test_a_source_that_is_gone_waits_for_a_person(world: World) -> None:
    row = await world.add("gone", *next(a for a in hostile.bodies() if a.name == "gone").scripts)
    await world.poll([row])
    source = await world.source(row)
    assert source.state == SourceState.PAUSED.value
    assert "410" in source.state_note


async def test_a_home_page_that_leads_on_and_on_is_followed_once(world: World) -> None:
    page = "<!doctype html><html><head><link rel=alternate type=application/rss+xml href='/{}'></head><p>x</html>"
    for number in range(5):
        world.web.on(f"/house-{number}", served(page.format(f"house-{number + 1}"), hostile.HTML))
    row = await world.add("house", served(page.format("house-0"), hostile.HTML))
    await world.poll([row])
    assert [path for path in world.web.paths() if path.startswith("/house")] == ["/house-0"]
    assert (await world.source(row)).fault == FetchFault.HTML.value


async def test_pages_behind_hostile_items_cost_nothing_but_themselves(world: World) -> None:
    bomb = next(hostile.bombs()).scripts[0]
    places = {
        f"http://{world.inside.host}/admin": "", "http://169.254.169.254/latest/": "",
        world.web.on("/page-bomb", bomb): "",
        world.web.on("/page-inside", redirect(f"http://{world.inside.host}/")): "",
        world.web.on("/page-empty", served(b"", hostile.HTML)): "",
        world.web.on("/page-deep", served("<div>" * 400_000, hostile.HTML)): "",
        world.web.on("/page-noise", served(bytes(range(256)) * 9_000, hostile.HTML)): "",
        world.web.on("/page-letters", served("<p>\ud800 &#xD800; &#0; flood" * 99, hostile.HTML)): "",
    }  # fmt: skip
    good = world.web.on(
        "/page-good", served(f"<article><h1>A day</h1><p>{'The flood came at night. ' * 60}</p></article>")
    )
    documents = rss(*(entry(n, link=link, title=f"A day in town {n}") for n, link in enumerate([*places, good])))
    row = await world.add("pages", served(documents), pages=True)
    world.web.on("/robots.txt", served("User-agent: *\nDisallow:", "Content-Type: text/plain"))
    await world.poll([row])
    async with strained() as strain:
        await read_pages(world)
    await world.machine.analyst.tick()
    assert [item.link for item in await world.kept(row) if item.matched][-1:] == [good]
    assert len(await world.kept(row)) == len(places) + 1
    assert world.inside.connections == 0
    assert strain.stall_s < STALL_MOST_S
    assert strain.grown_mb < MEMORY_MOST_MB


async def read_pages(world: World) -> None:
    """Fetch pages until each was tried."""
    world.clock.at += timedelta(hours=1)
    tried = 1
    async with asyncio.timeout(PATIENCE_S):
        while tried:
            await world.machine.pages.tick()
            tried = await world.machine.db.read(lambda tx: len(items.pages_due(tx, world.clock.at, 100)))
            await asyncio.sleep(0.01)


async def test_an_error_that_nobody_foresaw_costs_one_poll(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    title, get = world.publish(), world.machine.fetcher.get
    row = await world.add("unforeseen", served(rss(entry(1))))

    async def breaks(url: str, **how: object) -> object:
        if url == row.url:
            raise RecursionError("deeper than anybody thought")
        return await get(url, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(world.machine.fetcher, "get", breaks)
    await world.poll([row, world.paper])
    source = await world.source(row)
    assert source.failures == 1
    assert "RecursionError" in source.fault_detail
    assert source.next_poll_at is not None
    assert source.next_poll_at > world.clock.at
    assert title in {item.title for item in await world.kept(world.paper)}


async def test_an_error_while_writing_down_costs_one_poll(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    title, row = world.publish(), await world.add("unwritable", served(rss(entry(1, title="unwritable"))))
    keep_new = items.keep_new

    def breaks(tx: Session, source_id: int, new: list[items.NewItem], **how: object) -> dict[str, int]:
        if source_id == row.id:
            raise RecursionError("deeper than anybody thought")
        return keep_new(tx, source_id, new, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(items, "keep_new", breaks)
    await world.poll([row, world.paper])
    assert (await world.source(row)).failures == 1
    assert title in {item.title for item in await world.kept(world.paper)}
    monkeypatch.undo()
    await world.poll([row])
    assert (await world.source(row)).fault == ""
    assert len(await world.kept(row)) == 1
