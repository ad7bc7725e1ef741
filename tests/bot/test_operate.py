"""Logs without secrets, lights that turn red, one instance only."""

from __future__ import annotations

import io
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import structlog
from fastapi import FastAPI

from bot.instance import InstanceTaken, lock_path, only_instance
from bot.logs import set_up_logs
from bot.metrics import Metrics, Pulse
from bot.notify import notify
from bot.web.application import WebError, application, served
from bot.web.operations import operations

TOKEN = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at


@pytest.mark.parametrize("style", ["json", "text"])
def test_no_library_gets_a_token_into_the_log(style: str) -> None:
    stream = io.StringIO()
    set_up_logs("debug", style, secrets=("s3cret",), stream=stream)
    address = f"https://api.telegram.org/bot{TOKEN}/getMe"
    try:
        raise ValueError(address)
    except ValueError:
        structlog.get_logger().exception("failed", address=address, password="s3cret")
        logging.getLogger("any.library").exception("asked %s", address)
    said = stream.getvalue()
    assert "failed" in said
    assert "asked" in said
    assert TOKEN not in said
    assert "s3cret" not in said


def test_a_loop_that_stops_turns_the_light_red_within_two_minutes() -> None:
    clock = Clock()
    pulse = Pulse(clock, Metrics())
    pulse.expect("polling")
    pulse.expect("sending")
    clock.at += timedelta(seconds=60)
    pulse.beat("sending")
    assert pulse.silent() == {}
    clock.at += timedelta(seconds=60)
    assert list(pulse.silent()) == ["polling"]
    pulse.beat("polling")
    assert pulse.silent() == {}


@asynccontextmanager
async def asking(web: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Serve `web` and give a client of it."""
    async with (
        served(web, "127.0.0.1:0") as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client,
    ):
        yield client


async def test_health_readiness_and_metrics_answer_this_machine() -> None:
    clock = Clock()
    metrics = Metrics()
    pulse = Pulse(clock, metrics)
    pulse.expect("polling")
    async with asking(application(operations(metrics, pulse, ""))) as client:
        assert (await client.get("/healthz")).status_code == 200
        assert (await client.get("/readyz")).status_code == 200
        assert "mediawatch_items_total" in (await client.get("/metrics")).text
        clock.at += timedelta(minutes=2)
        red = await client.get("/readyz")
        assert red.status_code == 503
        assert "polling" in red.text
        assert (await client.get("/healthz")).status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
async def test_a_forwarded_request_needs_the_token(path: str) -> None:
    metrics = Metrics()
    web = application(operations(metrics, Pulse(Clock(), metrics), "door"))
    async with asking(web) as client:
        stranger = {"X-Forwarded-For": "203.0.113.7"}
        assert (await client.get(path, headers=stranger)).status_code == 403
        shown = stranger | {"Authorization": "Bearer door"}
        assert (await client.get(path, headers=shown)).status_code == 200
        wrong = stranger | {"Authorization": "Bearer dööR"}
        assert (await client.get(path, headers={k: v.encode() for k, v in wrong.items()})).status_code == 403


async def test_an_address_in_use_is_named_with_its_setting() -> None:
    metrics = Metrics()
    web = application(operations(metrics, Pulse(Clock(), metrics), ""))
    async with served(web, "127.0.0.1:0") as port:
        with pytest.raises(WebError, match="MEDIAWATCH_HTTP_BIND"):
            async with served(web, f"127.0.0.1:{port}"):
                pass


async def test_a_second_instance_is_refused_and_told_who_is_there(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'one.sqlite3'}"
    async with only_instance(url, "mediawatch run"):
        with pytest.raises(InstanceTaken, match="mediawatch run"):
            async with only_instance(url, "mediawatch poll", wait_s=0.1):
                pass
    async with only_instance(url, "mediawatch run", wait_s=0):
        assert lock_path(url).exists()


async def test_two_databases_do_not_share_a_lock(tmp_path: Path) -> None:
    one, other = (f"sqlite:///{tmp_path / name}.sqlite3" for name in "ab")
    async with only_instance(one, "one"), only_instance(other, "two", wait_s=0):
        assert lock_path(one) != lock_path(other)


def test_telling_nobody_is_no_error(tmp_path: Path) -> None:
    notify("", "READY=1")
    notify(str(tmp_path / "nobody.sock"), "READY=1")
