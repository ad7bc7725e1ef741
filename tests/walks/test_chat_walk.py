"""Choosing and finding, seen from the Bot API alone: a running service and a stand-in that keeps Telegram's limits."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.fakes.telegram_chats import Shown
from tests.walks.running import eventually
from tests.walks.town import Town, town

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """One town for all walks of this page; each has chats of its own."""
    async with town(tmp_path_factory.mktemp("town")) as opened:
        yield opened
        refused = [call for call in opened.telegram.calls if call.moment == "refused"]
        assert [(call.method, call.params) for call in refused] == []


async def read(place: Town, message: Shown, words: str) -> Shown:
    """Wait until a message reads so."""
    await eventually(lambda: words in message.text, f"{words} instead of {message.text}")
    return message


async def test_three_quick_taps_and_the_news_comes(place: Town) -> None:
    place.telegram.write(301, "/start")
    hello = await place.told(301, "In which language")
    # Faster than one edit a second: what is shown in the end is right all the same.
    await place.pressed(hello, "English")
    await read(place, hello, "Which topic")
    await place.pressed(hello, "Floods")
    await read(place, hello, "How shall its stories come?")
    await place.pressed(hello, "⚡ At once")
    await read(place, hello, "All set. Floods – at once.")
    place.publish("Post", "Flood closes the bridge at Oral", "The river rose two metres.")
    await place.told(301, "Flood closes the bridge at Oral")


async def test_a_topic_of_ones_own_from_its_words_to_its_alert(place: Town) -> None:
    place.publish("Echo", "Kazakhstan's oil pipeline leaks near Atyrau", "Repairs take a week.")
    await place.kept("Kazakhstan's oil pipeline leaks near Atyrau")
    place.telegram.write(302, "/watch kazakhstan oil pipeline")
    preview = await place.told(302, "would have come")
    assert "Kazakhstan's oil pipeline leaks near Atyrau" in preview.text
    await place.pressed(preview, "✅ Save")
    await read(place, preview, "Saved: kazakhstan oil pipeline")
    place.publish("Globe", "Oil flows again: pipelines of Kazakhstan are mended", "Workers went home.")
    alert = await place.told(302, "pipelines of Kazakhstan are mended")
    assert not place.shown(301, "pipelines of Kazakhstan")
    await place.pressed(alert, "🔕 Mute source")
    place.telegram.write(302, "/mute")
    muted = await place.told(302, "Source: Globe")
    await place.pressed(muted, "🔔 Globe")
    await read(place, muted, "You have muted nothing")


async def test_search_latest_and_export(place: Town) -> None:
    await place.joined(303)
    for number in range(10):
        place.publish("Herald", f"Орошение полей, часть {number}", "Про воду.")
    await place.kept("Орошение полей, часть 9")
    await place.tick("search")
    place.telegram.write(303, "/search орошения полей")
    found = await place.told(303, "🔎 орошения полей")
    assert "часть 9" in found.text
    assert "часть 0" not in found.text
    await place.pressed(found, "Older ›")
    await read(place, found, "часть 0")
    await place.pressed(found, "‹ Newer")
    await read(place, found, "часть 9")
    place.publish("Times", "Flood empties a village near Oskemen", "Boats came.")
    await place.told(303, "Flood empties a village")
    place.telegram.write(303, "/latest")
    assert "Flood empties a village" in (await place.told(303, "The newest on your topics")).text
    place.telegram.write(303, "/export")
    file = await place.told(303, "All that I know of this chat")
    assert json.loads(file.attached)["subscriptions"][0]["topic"] == "floods"


async def test_settings_turn_as_fast_as_one_presses(place: Town) -> None:
    await place.joined(304)
    place.telegram.write(304, "/settings")
    page = await place.told(304, "Your settings")
    for name in ("Topics", "Digests", "Quiet hours", "Clock", "Pause", "Muted", "Extras", "My data", "Language"):
        actions = {b["text"]: b["callback_data"] for row in page.buttons for b in row}
        assert name in actions or "‹ Settings" in actions
        place.telegram.press(304, page.message_id, f"s:{_screens()[name]}")
    await eventually(lambda: "In which language" in page.text, "the last page pressed")
    await place.pressed(page, "‹ Settings")
    await read(place, page, "Your settings")


def _screens() -> dict[str, str]:
    return {
        "Topics": "topics", "Digests": "digest", "Quiet hours": "quiet", "Clock": "zone", "Pause": "pause",
        "Muted": "mutes", "Extras": "extras", "My data": "mine", "Language": "language",
    }  # fmt: skip
