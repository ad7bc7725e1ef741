"""`mediawatch items …`: what was kept, for other programs."""

from __future__ import annotations

from functools import partial

import typer

from bot.cli.terminal import as_json, completed
from bot.machine import database_opened
from bot.settings import read_settings
from storage.exports import Exported, exported

app = typer.Typer(no_args_is_help=True)
PAGE = 1_000


@app.callback()
def _group() -> None:
    """The entries kept."""


@app.command("export")
def export() -> None:
    """Write every item as a JSON line: where from, identity, title, language, times, topics, story."""

    async def work() -> None:
        async with database_opened(read_settings()) as db:
            after = 0
            while page := await db.read(partial(exported, after=after, limit=PAGE)):
                for item in page:
                    as_json(_as_plain(item))
                after = page[-1].item_id

    completed(work)


def _as_plain(item: Exported) -> dict[str, object]:
    return {
        "source_url": item.source_url,
        "guid": item.guid,
        "link": item.link,
        "title": item.title,
        "lang": item.language,
        "published_at": item.published_at.isoformat() if item.published_at else None,
        "first_seen_at": item.first_seen_at.isoformat(),
        "topics": list(item.topics),
        "story": item.story_id,
    }
