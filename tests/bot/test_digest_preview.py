"""`mediawatch digest preview`: what a reader would get, in the terminal and as a web page."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli.commands import app
from bot.delivery.page import page
from tests.newsroom import Story, open_newsroom


async def _filled(folder: Path) -> None:
    async with open_newsroom(folder) as room:
        room.at = datetime.now(UTC) - timedelta(minutes=90)
        await room.run()
        room.publish(
            Story("Flood in Aktobe & more", "The flood reached Aktobe at night. People left."),
            Story("Flood in Atyrau", "A second flood."),
        )
        await room.later()


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("archive")
    asyncio.run(_filled(folder))
    return f"sqlite:///{folder / 'news.sqlite3'}"


def preview(archive: str, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(
        app, ["digest", "preview", *words], env={"MEDIAWATCH_DATABASE_URL": archive, "COLUMNS": "120"}
    )
    return done.exit_code, done.output


def test_it_shows_the_stories_of_the_last_hours_and_sends_nothing(archive: str) -> None:
    code, said = preview(archive, "--hours", "2")
    assert code == 0
    assert "Flood in Aktobe & more" in said
    assert "Flood in Atyrau" in said
    assert "2 stories" in said
    assert "nothing was sent" in said


def test_it_speaks_the_readers_language_and_shows_the_readers_clock(archive: str) -> None:
    code, said = preview(archive, "--language", "ru", "--zone", "Asia/Almaty", "--topics", "floods")
    assert code == 0
    assert "Наводнения" in said or "Floods" in said


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--topics", "nothing-such"), "no such topic: nothing-such; there are: floods"),
        (("--zone", "Mars/Olympus"), "no such zone"),
        (("--language", "xx"), "no such language"),
        (("--chart",), "--chart needs --html"),
    ],
)
def test_what_it_can_not_do_it_says(archive: str, words: tuple[str, ...], complaint: str) -> None:
    code, said = preview(archive, *words)
    assert code == 1
    assert complaint in " ".join(said.split())


def test_the_web_page_shows_the_same_with_its_chart(archive: str, tmp_path: Path) -> None:
    file = tmp_path / "digest.html"
    code, said = preview(archive, "--html", str(file), "--chart")
    assert code == 0, said
    written = file.read_text(encoding="utf-8")
    assert "Flood in Aktobe &amp; more" in written
    assert "<details><summary>Paper" in written
    assert "data:image/png;base64,iVBOR" in written
    assert not re.search(r"<script|https?://[^\"]*\.(?:js|css)", written)


def test_a_page_of_a_digest_folds_what_a_client_folds() -> None:
    written = page(["<b>D</b>\n• one\n<blockquote expandable>first\nsecond</blockquote>\n• two"], title="<D>")
    assert "<details><summary>first</summary>second</details>• two" in written
    assert "<title>&lt;D&gt;</title>" in written
