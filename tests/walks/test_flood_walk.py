"""Two thousand matches at once: who wanted them at once is told of a few, and of all others in a digest; nobody drowns,
nothing is lost."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from bot.delivery.text import plain, units
from bot.pipeline.gathering import gather_floods
from bot.pipeline.release import release_held
from storage.tables import How
from tests.fakes.telegram_html import read
from tests.newsroom import Newsroom, Story, open_newsroom

IN_ALL, A_FEED, RINGS = 2_000, 500, 20
LATE, PATIENT = 17, 18


def _title(number: int) -> str:
    """Return a headline like no other: a place and a number of its own."""
    consonants = "bdfgklmnprstvz"
    name = "".join(consonants[number // 14**place % 14] + "aoeu"[place] for place in range(4))
    return f"Flood report {10_007 + 41 * number} from {name.title()}ov district"


async def published(room: Newsroom) -> list[str]:
    titles = [_title(number) for number in range(IN_ALL)]
    for first in range(0, IN_ALL, A_FEED):
        url = f"https://paper{first}.example/feed"
        room.publish(
            *(Story(title, "", f"https://paper{first}.example/{n}") for n, title in enumerate(titles[first:][:A_FEED])),
            url=url,
        )
    return titles


async def test_a_burst_becomes_a_digest_for_who_would_drown(tmp_path: Path) -> None:
    async with open_newsroom(tmp_path) as room:
        for first in range(0, IN_ALL, A_FEED):
            await room.add_source(f"https://paper{first}.example/feed", name=f"Paper {first}")
        await room.subscribe(PATIENT, how=How.DIGEST)
        await room.run()
        room.at += timedelta(minutes=5)
        titles = await published(room)
        await room.poll()
        done = await room.analyst.tick()
        assert done.matched == IN_ALL
        assert done.verdicts == {"send": RINGS, "flood": IN_ALL - RINGS, "digest": IN_ALL}
        await room.send()
        assert len(room.telegram.texts(LATE)) == RINGS
        while await release_held(room.db, room.at) + await gather_floods(room.db, room.at):
            await room.send()
        told = room.telegram.texts(LATE)
        said = "\n".join(told)
        assert [title for title in titles if title not in said] == []
        assert all(said.count(title) == 1 for title in titles)
        assert len(told) < IN_ALL / 25
        assert all(units(plain(each.text)) <= 4_096 and read(each.text) for each in room.telegram.messages.values())
        room.at += timedelta(minutes=5)
        assert await gather_floods(room.db, room.at) == 0
