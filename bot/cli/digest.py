"""`mediawatch digest …`: digests before anybody gets them."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial
from pathlib import Path
from zoneinfo import available_timezones

import typer

from bot.cli.terminal import completed, fail, say
from bot.delivery.console import ConsoleSender
from bot.delivery.digest_texts import PHRASES
from bot.delivery.model import Outgoing
from bot.delivery.page import page
from bot.machine import database_opened, utc_now
from bot.pipeline.mentions import drawn_by
from bot.pipeline.preview import Preview, preview
from bot.settings import read_settings
from bot.texts.phrases import LANGUAGES
from bot.workers import Workers
from storage import rulebook

app = typer.Typer(no_args_is_help=True)
HOURS_AT_MOST = 24 * 366
DRAWING_HEADROOM_MB = 700
HTML = typer.Option(None, help="Write it as a web page too, as a client would show it.")


@app.callback()
def _group() -> None:
    """Digests, before anybody gets them."""


@app.command("preview")
def preview_command(
    topics: str = typer.Option("", help="Names of topics, with commas between; all if not said."),
    hours: int = typer.Option(24, min=1, max=HOURS_AT_MOST, help="How far back the digest reaches."),
    zone: str = typer.Option("Europe/Minsk", help="The clock of the reader, such as Asia/Almaty."),
    language: str = typer.Option("en", help=f"The reader's language: {', '.join(LANGUAGES)}."),
    html: Path | None = HTML,
    chart: bool = typer.Option(False, "--chart", help="With the chart of mentions a day, in the web page."),
) -> None:
    """Show the digest of the last hours as a reader would get it; nothing is sent, nothing is marked as told."""
    if zone not in available_timezones():
        fail(f"no such zone: {zone}; expected a name like Europe/Minsk")
    if language not in LANGUAGES:
        fail(f"no such language: {language}; there are {', '.join(LANGUAGES)}")
    if chart and html is None:
        fail("--chart needs --html FILE: a terminal shows no pictures")
    slugs = [slug for one in topics.split(",") if (slug := one.strip())]
    completed(partial(_show, slugs, timedelta(hours=hours), zone, language, html, chart))


async def _show(slugs: list[str], since: timedelta, zone: str, language: str, html: Path | None, chart: bool) -> None:
    async with database_opened(read_settings()) as db:
        try:
            found = await db.read(
                partial(preview, slugs=slugs, since=since, now=utc_now(), zone=zone, language=language)
            )
        except KeyError as error:
            known = await db.read(lambda tx: sorted(topic.slug for topic in rulebook.topics(tx)))
            fail(f"no such topic: {error.args[0]}; there are: {', '.join(known) or 'none'}")
    console = ConsoleSender()
    for number, message in enumerate(found.messages):
        await console.send(Outgoing(number, 0, message))
    say(f"{found.stories} stories in {len(found.messages)} messages; nothing was sent")
    if html is not None:
        pictures = await _drawn(found) if chart else []
        written = page(found.messages, title=PHRASES.say("digest", language), language=language, pictures=pictures)
        try:
            await asyncio.to_thread(html.write_text, written, encoding="utf-8")
        except OSError as error:
            fail(f"{html} can't be written: {error.strerror}")
        say(f"written to {html}")


async def _drawn(found: Preview) -> list[tuple[bytes, str]]:
    if found.chart is None:
        return []
    workers = Workers(size=1, headroom_mb=DRAWING_HEADROOM_MB)
    try:
        picture = await drawn_by(workers)(found.chart)
    finally:
        await workers.stop()
    return [(picture, found.chart.caption())] if picture else []
