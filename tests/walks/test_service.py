"""The service as an operator starts it: `python -m bot run`, its doors, its ends, and the machine's bad days."""

from __future__ import annotations

import asyncio
import json
import re
import resource
import signal
import socket
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.app import RuleWatch
from bot.machine import load_rules, opened
from bot.settings import Settings
from storage import rulebook
from tests.fakes.hostile import entry, rss, served
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_chats import Call
from tests.newsroom import FLOODS
from tests.walks.running import PATIENCE_S, Running, Service, eventually, place, ran, started, until_ready

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHAT = 4_711


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """One service without a token for the tests that leave it as it was; its end is a test of its own."""
    folder = tmp_path_factory.mktemp("service")
    async with place(folder) as here:
        (folder / "topics" / "broken.yaml").write_text(
            "topic: broken\nconcepts: {a: {en: [rain]}}\nwhen: |\n  a AND AND b\n"
        )
        async with started(folder, **here.settings()) as service:
            await until_ready(service)
            await eventually(lambda: "/feed" in here.web.paths(), "the first poll")
            await eventually(lambda: '"new": 1' in service.output, "the baseline")
            yield Running(here, service)
            await service.end()


async def test_the_doors_answer_and_news_is_told(running: Running) -> None:
    assert (await running.service.ask("/healthz"))[0] == 200
    assert (await running.service.ask("/readyz"))[0] == 200
    await running.tells(running.place.publish())
    status, metrics = await running.service.ask("/metrics")
    assert status == 200
    assert re.search(r"^mediawatch_items_total [1-9]", metrics, re.MULTILINE)
    assert "no MEDIAWATCH_TELEGRAM_TOKEN" in running.service.output


async def test_a_broken_rule_is_named_by_its_place_and_the_others_work(running: Running) -> None:
    assert re.search(r"topics/broken\.yaml:4:\d+", "".join(running.service.said))
    await running.tells(running.place.publish())


async def test_a_second_instance_refuses_and_names_the_first(running: Running) -> None:
    settings = running.place.settings()
    commands = (("run",), ("poll", "--all"))
    for code, said in await asyncio.gather(*(ran(running.place.folder, *each, **settings) for each in commands)):
        assert code == 1
        assert f"mediawatch run (process {running.service.process.pid})" in said
        assert "Traceback" not in said


async def test_commands_that_write_work_beside_the_service(running: Running) -> None:
    running.place.web.on("/other", served(rss(entry(900, title="Flood elsewhere"))))
    url = running.place.web.url("/other")
    code, said = await ran(running.place.folder, "sources", "add", url, **running.place.settings())
    assert code == 0, said
    await eventually(lambda: "/other" in running.place.web.paths()[-5:], "the new source's poll")
    code, said = await ran(running.place.folder, "items", "export", **running.place.settings())
    assert {json.loads(line)["source_url"] for line in said.splitlines() if line.startswith("{")} >= {url}


async def test_a_locked_database_holds_up_news_but_loses_none(running: Running) -> None:
    with closing(sqlite3.connect(running.place.folder / "news.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        asked = len(running.place.web.asked)
        titles = running.place.publish(3)
        await eventually(lambda: len(running.place.web.asked) > asked, "a poll while the database is locked")
        await eventually(lambda: any("write waits" in line for line in running.service.said), "a write that waits")
        assert (await running.service.ask("/healthz"))[0] == 200
        assert not any(title in line for title in titles for line in running.service.shown)
        other.execute("ROLLBACK")
    await running.tells(titles)


async def test_a_full_disk_holds_up_news_but_loses_none(running: Running) -> None:
    files = [running.place.folder / f"news.sqlite3{end}" for end in ("", "-wal")]
    pid, told = running.service.process.pid, len(running.service.said)
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    largest = max(file.stat().st_size for file in files if file.exists())
    try:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (min(largest, 4096), before[1]))
        titles = running.place.publish(20)
        await eventually(lambda: any("write waits" in line for line in running.service.said[told:]), "a refused write")
        assert (await running.service.ask("/healthz"))[0] == 200
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
    await running.tells(titles)


async def test_stopping_under_load_loses_no_message_and_sends_none_twice(tmp_path: Path) -> None:
    async with place(tmp_path) as here, FakeTelegram(limits=False, latency_s=lambda: 0.1) as telegram:
        settings = here.settings(
            telegram_token=telegram.token, telegram_base_url=telegram.base_url, telegram_poll_s="1", log_level="debug"
        )
        async with started(tmp_path, **settings) as service:
            await until_ready(service)
            telegram.write(CHAT, "/start floods")
            await eventually(lambda: len(telegram.sends) == 1, "an answer to /start")
            await eventually(lambda: '"new": 1' in service.output, "the baseline")
            enough = asyncio.Event()
            telegram.hooks.append(lambda call: enough.set() if len(telegram.sends) > 4 else None)
            titles = here.publish(9)
            await asyncio.wait_for(enough.wait(), PATIENCE_S)
            await service.end(signal.SIGINT)
        assert_secret(service, telegram.token)
        async with started(tmp_path, **settings) as service:
            await eventually(lambda: len(_alerts(telegram)) >= len(titles), "all alerts")
            await until_ready(service)
            await service.end()
        assert_secret(service, telegram.token)
    told = Counter(title for call in _alerts(telegram) for title in titles if title in call.params["text"])
    assert told == Counter(titles)
    assert telegram.complaints == []


async def test_stopping_beside_a_locked_database_is_quick_and_loses_nothing(tmp_path: Path) -> None:
    async with place(tmp_path) as here:
        async with started(tmp_path, **here.settings()) as service:
            await until_ready(service)
            await eventually(lambda: '"new": 1' in service.output, "the baseline")
            with closing(sqlite3.connect(tmp_path / "news.sqlite3", isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                titles = here.publish(2)
                await eventually(lambda: "write waits" in service.output, "a write that waits")
                await service.end()
        async with started(tmp_path, **here.settings()) as service:
            await Running(here, service).tells(titles)
            await service.end(signal.SIGINT)


def _alerts(telegram: FakeTelegram) -> list[Call]:
    return [call for call in telegram.sends if call.method == "sendMessage" and "Flood in" in call.params["text"]]


def assert_secret(service: Service, token: str) -> None:
    """See that no part of what a service wrote holds its token."""
    assert token not in service.output
    assert token.partition(":")[2] not in service.output


async def test_without_telegram_the_service_lives_and_keeps_its_secret(tmp_path: Path) -> None:
    token = "987654321:AAFakeTokenThatNobodyMayEverSee_1234"
    with closing(socket.create_server(("127.0.0.1", 0))) as dead:
        port = dead.getsockname()[1]
    async with place(tmp_path) as here:
        settings = here.settings(
            telegram_token=token, telegram_base_url=f"http://127.0.0.1:{port}/bot", log_level="debug", log_format="text"
        )
        async with started(tmp_path, **settings) as service:
            await eventually(lambda: here.web.paths().count("/feed") >= 2, "polls go on")
            assert service.process.returncode is None
            await service.end()
        assert_secret(service, token)
    code, said = await ran(tmp_path, "doctor", **settings)
    assert code == 1
    assert "MEDIAWATCH_TELEGRAM_TOKEN" in said
    assert token not in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("setting", "value", "code", "names"),
    [
        ("poll_min_s", "soon", 2, "MEDIAWATCH_POLL_MIN_S"),
        ("http_bind", "nowhere", 2, "MEDIAWATCH_HTTP_BIND"),
        ("telegram_token", "with a blank and 987654321:secret", 2, "MEDIAWATCH_TELEGRAM_TOKEN"),
        ("rules", "no-such-folder", 1, "MEDIAWATCH_RULES"),
        ("database_url", "what?", 1, "MEDIAWATCH_DATABASE_URL"),
        ("database_url", "sqlite:////dev/null/news.sqlite3", 1, "/dev/null/news.sqlite3"),
        ("sources", "no-such-list.yaml", 1, "no-such-list.yaml"),
    ],
)
async def test_a_setting_that_cannot_be_used_ends_the_start_and_is_named(
    tmp_path: Path, setting: str, value: str, code: int, names: str
) -> None:
    usable: dict[str, Any] = {"http_bind": "127.0.0.1:0", "database_url": f"sqlite:///{tmp_path / 'news.sqlite3'}"}
    ended, said = await ran(tmp_path, "run", **(usable | {setting: value}))
    assert (ended, names in said.replace("\n", "")) == (code, True), said
    assert "Traceback" not in said
    assert "secret" not in said


async def test_a_rule_that_breaks_while_the_service_runs_leaves_the_old_one_in_force(tmp_path: Path) -> None:
    file = tmp_path / "floods.yaml"
    file.write_text(FLOODS)
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'news.sqlite3'}", rules=tmp_path, workers=1)
    async with opened(settings) as machine:
        await load_rules(machine)
        watch = RuleWatch(machine)
        before = await machine.db.read(rulebook.in_force)
        file.write_text(FLOODS.replace("when: |\n  flood", "when: |\n  flood AND NOT"))
        await watch.tick()
        assert await machine.db.read(rulebook.in_force) == before
        file.write_text(FLOODS.replace("[flood ~0, floods ~0]", "[flood ~0, floods ~0, deluge ~0]"))
        await watch.tick()
        (after,) = await machine.db.read(rulebook.in_force)
        assert "deluge" in after.text
