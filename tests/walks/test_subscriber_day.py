"""A subscriber's day, seen from the Bot API alone: a service, its papers, and a stand-in as strict as Telegram."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio
from sqlmodel import select

from storage import stories
from storage.engine import Session
from storage.tables import ItemRow, MatchRow, SourceRow, SubscriberRow, SubscriptionRow, TopicRow, VoteRow
from tests.walks.running import eventually
from tests.walks.town import PAPERS, RUSSIAN, Town, town

pytestmark = pytest.mark.asyncio(loop_scope="module")

MINUTE = timedelta(minutes=1)
PNG = b"\x89PNG\r\n\x1a\n"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """One town for all walks of this page; each has chats and floods of its own."""
    async with town(tmp_path_factory.mktemp("town")) as opened:
        yield opened


async def test_a_story_is_one_message_that_grows_and_answers_its_buttons(place: Town) -> None:
    await place.joined(101)
    title = "Flood in Aktobe drives four hundred families from their homes"
    place.publish("Paper", title, "Rain fell for a week. The flood came at night, said mayor Bolat Sarsenov.")
    first = await place.told(101, title)
    topic, headline, byline, _, sentence, why = first.text.splitlines()[:6]
    assert (topic, headline.split(" (")[0], why) == ("Floods", title, "why: “Flood”")
    assert byline.startswith("Paper · ")
    assert sentence == "The flood came at night, said mayor Bolat Sarsenov."
    assert "The <b>flood</b> came" in first.markup
    place.publish("Herald", "UPDATE 1-" + title, "The flood drove 400 families from home, Bolat Sarsenov said.")
    place.publish(RUSSIAN, "Наводнение в Актобе: 400 семей покинули дома", "Из-за наводнения в Актобе четыреста семей "
                  "покинули свои дома, сообщил аким Болат Сарсенов.")  # fmt: skip
    await place.kept("Наводнение в Актобе: 400 семей покинули дома")
    assert len(first.texts) == 1
    place.clock.ahead += 2 * MINUTE
    await eventually(lambda: "3 sources · 2 languages" in first.text, "the growth, in another language too")
    assert len(first.texts) == 2
    assert len(place.shown(101, title)) == 1
    assert await place.pressed(first, "👍 Relevant") == "Thank you. Noted as relevant: Floods"
    assert await place.pressed(first, "👎 Not relevant") == "Changed: not relevant now, Floods"
    votes = await place.service.machine.db.read(lambda tx: list(tx.exec(select(VoteRow))))
    assert [(vote.relevant, vote.rule_id is not None) for vote in votes] == [(False, True)]
    assert await place.pressed(first, "⋯ More") == "The details follow."
    assert "Told by 3 sources:" in (await place.told(101, "Told by")).text
    assert await place.pressed(first, "👍 Relevant", by=999) == "This button is out of date."
    await place.pressed(first, "🔕 Mute story")
    await eventually(lambda: "🔔 Unmute story" in str(first.buttons), "the way back")
    said = first.text
    place.publish("Times", title, "Another copy of the same news.")
    await place.kept(title, 2)
    place.clock.ahead += 2 * MINUTE
    place.publish("Post", "Flood in Oral closes two schools and a market")
    await place.told(101, "Flood in Oral")
    assert first.text == said
    await place.pressed(first, "🔔 Unmute story")
    place.publish("Globe", title, "And one more copy.")
    await place.kept(title, 3)
    place.clock.ahead += 2 * MINUTE
    await eventually(lambda: "Globe" in first.text, "growth after the mute ended")


async def test_quiet_hours_hold_what_comes_and_end_with_it(place: Town) -> None:
    local = place.clock.now() + timedelta(hours=3)  # Minsk
    minute = local.hour * 60 + local.minute
    await place.joined(102, quiet_from=(minute - 60) % 1440, quiet_to=(minute + 60) % 1440)
    await place.joined(103)
    place.publish("Herald", "Flood at the Semey dam washes out a bridge", "The flood reached the old bridge on Sunday.")
    await place.told(103, "Semey dam")
    assert place.shown(102, "Semey dam") == []
    place.clock.ahead += timedelta(hours=1, minutes=5)
    held = await place.told(102, "Semey dam")
    assert held.buttons
    assert len(place.shown(102, "Semey dam")) == 1


async def test_a_story_that_spreads_five_fold_rings_again_for_who_chose_so(place: Town) -> None:
    await place.joined(104, escalate=True)
    title = "Flood in Kostanay leaves the old town without power for days"
    place.publish("Paper", title, "A flood cut the power lines of Kostanay.")
    await place.told(104, title)
    for paper in PAPERS[1:5]:
        place.publish(paper, title, f"As the {paper} has learned, the flood cut the power lines of Kostanay.")
    again = await place.told(104, "This story has spread: now 5 sources.")
    assert len(place.shown(104, title)) == 2
    assert len(place.shown(101, title)) == 1
    place.publish("Globe", title, "The flood cut the power lines.")
    await place.kept(title, 6)
    place.clock.ahead += 2 * MINUTE
    await eventually(lambda: "Globe" in again.text, "growth of the second message")
    assert len(place.shown(104, title)) == 2


async def test_a_forum_topic_and_a_channel_are_told_in_their_places(place: Town) -> None:
    at = place.clock.now()

    def add(tx: Session) -> None:
        topic_id = tx.exec(select(TopicRow.id)).one() or 0
        for chat_id, kind, thread in ((-1001, "forum", 7), (-1002, "channel", 0)):
            person = SubscriberRow(chat_id=chat_id, kind=kind, thread_id=thread, joined_at=at, silent=kind == "channel")
            tx.add(person)
            tx.flush()
            tx.add(SubscriptionRow(subscriber_id=person.id or 0, topic_id=topic_id, since_at=at))

    await place.service.machine.db.write(add)
    place.publish("Echo", "Flood of the Ishim reaches Petropavl suburbs")
    forum, channel = await place.told(-1001, "Ishim"), await place.told(-1002, "Ishim")
    assert (forum.thread_id, forum.silent, bool(forum.buttons)) == (7, False, True)
    assert (channel.thread_id, channel.silent, channel.buttons) == (0, True, [])


async def test_a_spike_is_told_once_with_its_chart_or_in_words_where_pictures_are_refused(place: Town) -> None:
    place.telegram.without_pictures.add(106)
    await place.joined(105)
    await place.joined(106)
    place.clock.ahead += timedelta(days=20)
    now = place.clock.now()

    def history(tx: Session) -> None:
        """Write twenty days with a flood each, and twenty floods in the last hours."""
        source_id, topic_id = (tx.exec(select(table.id)).first() or 0 for table in (SourceRow, TopicRow))
        for number in range(40):
            at = now - (number * timedelta(days=1) if number < 20 else number % 20 * 7 * MINUTE)
            item = ItemRow(
                source_id=source_id, key=f"old{number}", title=f"Flood notice {number}", link="", language="en",
                first_seen_at=at, published_at=at, analyse_due=False, matched=True,
            )  # fmt: skip
            tx.add(item)
            tx.flush()
            item.story_id = stories.open_story(tx, item.id or 0, item.title, at)
            tx.add(MatchRow(item_id=item.id or 0, topic_id=topic_id, because="flood", matched_at=at))

    await place.service.machine.db.write(history)
    await place.tick("spikes")
    told = await place.told(105, "is in the news more than usual")
    assert told.attached.startswith(PNG)
    assert "The latest:" in told.text
    plain = await place.told(106, "is in the news more than usual")
    assert plain.attached == b""
    await place.tick("spikes")
    assert len(place.shown(105, "more than usual")) == 1
