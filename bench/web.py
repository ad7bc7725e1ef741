"""How fast the console answers on a big archive: `python -m bench.web [ITEMS] [FILE]` (a million, kept if named).

The archive is invented: words of five languages as in `matching_news`, a year of items from 200 sources, three topics
that find one item in twenty each, stories of three. Pages are asked of the real application, without a network between.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import random
import re
import secrets
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from bench.matching_news import Newsroom
from bot.actions.edit_rules import SHIPPED
from bot.machine import opened, utc_now
from bot.search_words import folded_words
from bot.settings import read_settings
from bot.web.opening import console_opened
from storage import rulebook, sessions, word_index
from storage.engine import open_engine, writing
from storage.migrate import upgrade
from storage.sessions import Person

ITEMS, SOURCES, YEAR_S, BATCH = 1_000_000, 200, 365 * 86_400, 5_000
WORDS, TIMES = 40, 40
LANGUAGES = ("en", "ru", "be", "uk", "kk")
PAGES = ("/", "/today", "/items", "/items?topic=kazakh-oil", "/items?language=kk", "/items?source=7", "/items/9000",
    "/rules", "/rules/kazakh-oil", "/rules/kazakh-oil/history", "/sources", "/sources/7", "/sources/advice", "/digests",
    "/operations", "/operations/subscribers", "/operations/trail", "/operations/settings", "/me",
)  # fmt: skip


def build(file: Path, items: int) -> None:
    """Write the archive: through the tables' own statements, without the years that polling would take."""
    engine = open_engine(f"sqlite:///{file}")
    upgrade(engine)
    with writing(engine) as tx:
        for pack in sorted(SHIPPED.glob("*.yaml")):
            rulebook.offer_file(tx, pack.stem, {"en": pack.stem}, pack.read_text(encoding="utf-8"), utc_now())
    engine.dispose()
    base = sqlite3.connect(file, isolation_level=None)
    base.execute("PRAGMA synchronous=OFF")
    for name in ("added", "gone", "changed"):
        base.execute(f"DROP TRIGGER item_search_{name}")
    _sources(base)
    began = time.monotonic()
    for first in range(1, items + 1, BATCH):
        _batch(base, first, min(first + BATCH, items + 1), items)
        if first % (BATCH * 20) == 1:
            print(f"  {first - 1:>9,} items, {time.monotonic() - began:.0f} s", file=sys.stderr)
    base.execute(f"INSERT INTO {word_index.TABLE}({word_index.TABLE}) VALUES ('rebuild')")
    for statement in word_index.statements("sqlite")[2:]:
        base.execute(statement)
    base.execute("ANALYZE")
    base.close()
    print(f"  built in {time.monotonic() - began:.0f} s, {file.stat().st_size / 1e9:.2f} GB", file=sys.stderr)


def _sources(base: sqlite3.Connection) -> None:
    columns = {row[1]: row[2] for row in base.execute("PRAGMA table_info(source)") if row[3] and not row[5]}
    for number in range(1, SOURCES + 1):
        values: dict[str, Any] = {
            name: 0 if "INT" in kind or kind in ("FLOAT", "BOOLEAN") else "" for name, kind in columns.items()
        }
        url = f"https://outlet-{number}.example/feed"
        arrivals = [int(time.time()) - 3_600 * hour for hour in range(30)]
        values |= {
            "name": f"Outlet {number}", "url": url, "imported_url": url, "language": LANGUAGES[number % 5],
            "tags": "[]", "arrivals": json.dumps(arrivals), "state": "active", "added_at": _stamp(YEAR_S),
            "identity": "guid", "baseline_done": 1, "interval_s": 600.0, "last_ok_at": _stamp(0),
            "last_new_at": _stamp(0),
        }  # fmt: skip
        names = ", ".join(values)
        base.execute(f"INSERT INTO source ({names}) VALUES ({', '.join('?' * len(values))})", list(values.values()))


def _stamp(ago_s: float) -> str:
    return f"{utc_now() - timedelta(seconds=ago_s):%Y-%m-%d %H:%M:%S.%f}"


def _batch(base: sqlite3.Connection, first: int, beyond: int, items: int) -> None:
    news, chance = Newsroom(seed=first), random.Random(first)
    rows, texts, words, matches, stories = [], [], [], [], []
    for number in range(first, beyond):
        article = news.article(WORDS)
        at = _stamp((items - number) / items * YEAR_S)
        found = [topic for topic in (1, 2, 3) if chance.random() < 0.05]
        story = (number + 2) // 3
        if number % 3 == 1:
            stories.append((story, article.title, at, at, number))
        link = f"https://outlet.example/{number}"
        keys = (link, link, link, link)
        row = (number, chance.randrange(SOURCES) + 1, *keys, article.title, article.language, at, at)
        rows.append((*row, 0, 0, 0, 0, bool(found), "h", 0, "", story))
        texts.append((number, "h", article.text, "feed", at))
        words.append((number, folded_words(article.title, article.text)))
        matches += [(number, topic, topic, 0, "“word” (concept) in the title", "[]", "h", at) for topic in found]
    base.execute("BEGIN")
    base.executemany("INSERT INTO story (id, title, opened_at, last_at, first_item_id) VALUES (?,?,?,?,?)", stories)
    base.executemany(
        "INSERT INTO item (id, source_id, key, guid, link, link_key, title, language, published_at, first_seen_at, "
        "baseline, analyse_due, search_due, analyse_failures, matched, text_hash, page_tries, page_note, story_id) "
        f"VALUES ({','.join('?' * 19)})",
        rows,
    )
    base.executemany("INSERT INTO item_text (item_id, hash, text, origin, stored_at) VALUES (?,?,?,?,?)", texts)
    base.executemany("INSERT INTO item_search (item_id, words) VALUES (?,?)", words)
    base.executemany(
        "INSERT INTO match (item_id, topic_id, rule_id, points, because, evidence, content_hash, matched_at) "
        "VALUES (?,?,?,?,?,?,?,?)",
        matches,
    )
    base.execute("COMMIT")


def searches() -> Iterator[str]:
    """Yield searches of words common and rare, one and two."""
    news = Newsroom(seed=1)
    for rank in (0, 1, 3, 10, 30, 100, 300, 1_000, 3_000, 4_900):
        for language in ("en", "ru", "kk"):
            yield news.words[language][rank]
    for language in ("ru", "be"):
        yield f"{news.words[language][5]} {news.words[language][9]}"
    yield "nowhere-to-be-found"


async def measure(file: Path) -> None:
    """Ask every page and many searches; print how long the server took."""
    settings = read_settings(
        database_url=f"sqlite:///{file}", sources=file.parent, telegram_token=None, workers=1, notify_socket="",
        watchdog_usec=0,
    )  # fmt: skip
    async with opened(settings) as machine, console_opened(machine, lambda: None) as answers:
        token = secrets.token_urlsafe(8)
        await machine.db.write(lambda tx: sessions.put_link(tx, token, Person("bench", "admin"), utc_now()))
        transport = httpx.ASGITransport(app=answers)
        async with httpx.AsyncClient(transport=transport, base_url=settings.console_url, timeout=120) as browser:
            assert (await browser.post("/sign-in", data={"token": token})).status_code == 303
            await browser.get("/")
            for page in PAGES:
                await _asked(browser, page, [page] * TIMES)
            wanted = [f"/items?q={words}" for words in searches()]
            await _asked(browser, "search, newest 50", wanted * 3)
            first = (await browser.get("/")).text
            loaded = re.findall(r'(?:src|href)="(/static/[^"]+)"', first)
            weight = len(gzip.compress(first.encode()))
            for one in loaded:
                weight += len(gzip.compress((await browser.get(one)).content))
            print(f"{'first page, gzip, with all it loads':<44}{weight / 1000:>9.1f} kB")


async def _asked(browser: httpx.AsyncClient, name: str, paths: list[str]) -> None:
    times = []
    for path in paths:
        began = time.perf_counter()
        answer = await browser.get(path)
        times.append((time.perf_counter() - began) * 1_000)
        assert answer.status_code == 200, (path, answer.status_code)
    ordered = sorted(times)
    p95 = ordered[int(len(ordered) * 0.95)]
    print(f"{name:<44}median {statistics.median(times):>7.1f} ms   p95 {p95:>7.1f} ms   max {ordered[-1]:>7.1f} ms")


def main() -> None:
    """Build the archive where it is not there yet, then ask."""
    items = int(sys.argv[1].replace("_", "")) if len(sys.argv) > 1 else ITEMS
    with tempfile.TemporaryDirectory(prefix="mediawatch-bench-") as folder:
        file = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(folder) / "archive.sqlite3"
        if not file.exists():
            build(file, items)
        print(f"{items:,} items")
        asyncio.run(measure(file))


if __name__ == "__main__":
    main()
