"""An editor's walk: a draft, its measured effect, a new version that the running service obeys, and the way back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from bot.actions.edit_rules import RulesError
from bot.actions.measure_change import Asked, Effect, measured
from bot.actions.publish_rules import Order, Published, drop_draft, look_at, publish, roll_back, save_draft
from bot.judge import explained
from bot.workers import Fault, WorkerFault
from rules.model import Document, RuleText
from storage import audit, drafts, rulebook, versions, votes
from storage.drafts import DraftTakenError
from storage.tables import ItemRow, MatchRow, RuleRow, TextRow
from storage.versions import OvertakenError
from tests.newsroom import FLOODS, Newsroom, Story, open_newsroom

WIDER = FLOODS.replace("floods ~0]", "floods ~0, deluge ~0]")
NARROWER = FLOODS.replace("when: |\n  flood", 'when: |\n  flood AND NOT "of tears"')


@pytest.fixture
async def newsroom(tmp_path: Path) -> AsyncIterator[Newsroom]:
    async with open_newsroom(tmp_path) as room:
        await room.run()
        yield room


def silent(_done: int, _total: int) -> None:
    """Hear nothing of progress."""


async def put_in_force(room: Newsroom, text: str = WIDER, author: str = "anna", **more: Any) -> Published:
    order = Order(RuleText("", text, file="floods.yaml"), author, "a better word", **more)
    workers: Any = room.workers
    return await publish(room.db, workers, order, room.now, silent)


async def effect_of(room: Newsroom, text: str, limit: int = 20, since: timedelta | None = None) -> Effect:
    workers: Any = room.workers
    since_at = room.now() - since if since is not None else None
    asked = Asked("floods", RuleText("floods", text, "draft", "draft"), since_at, limit)
    return await measured(room.db, workers, asked, room.now(), silent)


def titles(effect: Effect, *, added: bool) -> list[str]:
    return [change.item.title for change in effect.changes if change.added is added]


async def test_the_running_service_judges_the_next_item_by_the_new_version(newsroom: Newsroom) -> None:
    newsroom.publish(Story("Deluge in Aktobe"))
    await newsroom.later()
    assert newsroom.telegram.texts() == []
    done = await put_in_force(newsroom)
    assert (done.version.number, done.effect.added.items) == (2, 1)
    newsroom.publish(Story("Deluge in Astana"))
    await newsroom.later()
    (told,) = newsroom.telegram.texts()
    assert "Deluge in Astana" in told


async def test_an_old_item_alerts_only_when_it_is_read_again(newsroom: Newsroom) -> None:
    newsroom.publish(Story("Deluge in Aktobe"))
    await newsroom.later()
    await put_in_force(newsroom)
    for _ in range(3):
        await newsroom.later()
    assert newsroom.telegram.texts() == [], "publishing alone tells nobody of old items"
    (story,) = (each for each in newsroom.feeds["https://paper.example/feed"] if each.title == "Deluge in Aktobe")
    story.text = "A longer summary, as the paper has it now."
    newsroom.render("https://paper.example/feed")
    await newsroom.later()
    (told,) = newsroom.telegram.texts()
    assert "Deluge in Aktobe" in told


async def test_a_match_names_the_version_that_found_it(newsroom: Newsroom) -> None:
    newsroom.publish(Story("Flood in Aktobe"))
    await newsroom.later()
    await put_in_force(newsroom)
    newsroom.publish(Story("Deluge in Astana"))
    await newsroom.later()
    query = select(ItemRow.title, RuleRow.number).join(MatchRow, MatchRow.item_id == ItemRow.id)  # type: ignore[arg-type]
    found = await newsroom.db.read(
        lambda tx: dict(tx.exec(query.join(RuleRow, RuleRow.id == MatchRow.rule_id)).all())  # type: ignore[arg-type]
    )
    assert found == {"Flood in Aktobe": 1, "Deluge in Astana": 2}


async def test_the_effect_of_a_draft_is_told_with_evidence_and_changes_nothing(newsroom: Newsroom) -> None:
    newsroom.publish(Story("Deluge in Aktobe"), Story("Flood of tears"), Story("Flood in Astana"), Story("Sun"))
    await newsroom.later()
    before = newsroom.telegram.texts()
    both = WIDER.replace("when: |\n  flood", 'when: |\n  flood AND NOT "of tears"')
    effect = await effect_of(newsroom, both)
    assert (effect.items, effect.before, effect.after) == (4, 2, 2)
    assert titles(effect, added=True) == ["Deluge in Aktobe"]
    assert titles(effect, added=False) == ["Flood of tears"]
    why = {change.item.title: change.why for change in effect.changes}
    assert "“Deluge”" in why["Deluge in Aktobe"]
    assert "excluded" in why["Flood of tears"]
    assert "“Flood”" in why["Flood of tears"]
    assert effect.languages == {"en": (1, 1)}
    assert newsroom.telegram.texts() == before
    assert [rule.text for rule in await newsroom.db.read(rulebook.in_force)] == [FLOODS]


async def test_votes_weigh_what_a_draft_adds_and_drops(newsroom: Newsroom) -> None:
    newsroom.publish(Story("Flood of tears"), Story("Flood in tears"), Story("Flood of tears, again"))
    await newsroom.later()
    people = [await newsroom.subscribe(chat) for chat in (21, 22, 23)]

    def vote(tx: Any) -> None:
        topic = rulebook.find_topic(tx, "floods")
        ids = {row.title: row.id for row in tx.exec(select(ItemRow))}
        said = [("Flood of tears", False), ("Flood of tears", False), ("Flood of tears", True)]
        for person, (title, relevant) in zip(people, said, strict=True):
            votes.record(tx, item_id=ids[title], topic_id=topic.id, rule_id=None, subscriber_id=person,
                         relevant=relevant, now=newsroom.at)  # fmt: skip
        votes.record(tx, item_id=ids["Flood of tears, again"], topic_id=topic.id, rule_id=None,
                     subscriber_id=people[0], relevant=True, now=newsroom.at)  # fmt: skip

    await newsroom.db.write(vote)
    effect = await effect_of(newsroom, NARROWER)
    assert (effect.dropped.items, effect.dropped.relevant, effect.dropped.not_relevant) == (2, 1, 1)
    assert effect.figures()["dropped_not_relevant"] == 1


async def test_items_without_their_text_are_judged_by_title_and_counted(newsroom: Newsroom) -> None:
    newsroom.publish(Story("Deluge in Aktobe"), Story("Sun", "A deluge of light."))
    await newsroom.later()

    def forget_texts(tx: Any) -> None:
        for row in tx.exec(select(TextRow)):
            tx.delete(row)
        for item in tx.exec(select(ItemRow)):
            item.text_hash = ""

    assert (await effect_of(newsroom, WIDER)).added.items == 2
    await newsroom.db.write(forget_texts)
    effect = await effect_of(newsroom, WIDER)
    assert (effect.items, effect.title_only, effect.added.items) == (2, 2, 1)
    assert effect.changes[0].title_only


async def test_the_expected_rate_leaves_out_what_was_there_before_us(newsroom: Newsroom) -> None:
    await newsroom.add_source("https://other.example/feed")
    newsroom.publish(*(Story(f"Flood number {n}") for n in range(8)), url="https://other.example/feed")
    newsroom.publish(*(Story(f"Deluge number {n}") for n in range(4)))
    await newsroom.later()
    await newsroom.later(hours=48)
    effect = await effect_of(newsroom, WIDER)
    assert (effect.before, effect.after) == (8, 12)
    assert (effect.daily_before, effect.daily_after) == (0.0, 2.0)
    assert (await effect_of(newsroom, WIDER, since=timedelta(hours=1))).items == 0


async def test_only_so_many_changes_are_told_but_all_are_counted(newsroom: Newsroom) -> None:
    newsroom.publish(*(Story(f"Deluge number {n}") for n in range(7)))
    await newsroom.later()
    effect = await effect_of(newsroom, WIDER, limit=3)
    assert (effect.added.items, len(effect.changes)) == (7, 3)
    assert len((await effect_of(newsroom, WIDER, limit=0)).changes) == 7


async def test_an_item_that_breaks_the_reader_costs_itself_only(newsroom: Newsroom) -> None:
    newsroom.publish(*(Story(f"Deluge number {n}") for n in range(6)))
    await newsroom.later()

    def broken(_rules: Any, _topic: Any, _text: Any, documents: Any) -> Exception | None:
        hit = any(document.title == "Deluge number 3" for document in documents)
        return WorkerFault(Fault.CPU, "compare") if hit else None

    newsroom.workers.faults["bot.back_test:compare"] = broken
    effect = await effect_of(newsroom, WIDER)
    assert (effect.items, effect.unreadable, effect.added.items) == (5, 1, 5)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (FLOODS.replace("Sun in Aktobe", "A flood of sun"), "should be ignored but matches"),
        (FLOODS.replace("Flood in Aktobe", "Deluge in Aktobe"), "is not matched"),
        (FLOODS.replace("when: |\n  flood", "when: |\n  flod"), 'did you mean "flood"?'),
        ("", "empty"),
    ],
)
async def test_a_text_with_an_error_or_a_failing_example_is_not_published(
    newsroom: Newsroom, text: str, said: str
) -> None:
    with pytest.raises(RulesError, match="not published") as told:
        await put_in_force(newsroom, text)
    assert said in str(told.value)
    assert [rule.text for rule in await newsroom.db.read(rulebook.in_force)] == [FLOODS]


@pytest.mark.parametrize(("author", "reason"), [("", "why"), ("file", "why"), ("a\x00b", "why"), ("anna", "  ")])
async def test_a_version_needs_a_name_and_a_reason(newsroom: Newsroom, author: str, reason: str) -> None:
    workers: Any = newsroom.workers
    with pytest.raises(RulesError, match=r"--as NAME|--reason"):
        await publish(newsroom.db, workers, Order(RuleText("", WIDER), author, reason), newsroom.now, silent)


async def test_whoever_published_meanwhile_is_named_unless_the_editor_knows(newsroom: Newsroom) -> None:
    await put_in_force(newsroom, WIDER, "anna")
    with pytest.raises(OvertakenError, match="anna published version 2"):
        await put_in_force(newsroom, NARROWER, "boris")
    with pytest.raises(OvertakenError, match="made from version 1"):
        await put_in_force(newsroom, NARROWER, "anna", based_on=1)
    assert (await put_in_force(newsroom, NARROWER, "boris", based_on=2)).version.number == 3
    assert (await put_in_force(newsroom, WIDER, "anna", anyway=True)).version.number == 4


async def test_an_editor_follows_herself_without_saying_so(newsroom: Newsroom) -> None:
    await put_in_force(newsroom, WIDER, "anna")
    assert (await put_in_force(newsroom, NARROWER, "anna")).version.based_on == 2


async def test_figures_stay_with_the_version_and_every_change_is_audited(newsroom: Newsroom) -> None:
    newsroom.publish(Story("Deluge in Aktobe"))
    await newsroom.later()
    await put_in_force(newsroom)

    def kept(tx: Any) -> tuple[Any, Any]:
        topic = rulebook.find_topic(tx, "floods")
        assert topic is not None
        return versions.history(tx, topic)[0], audit.latest(tx, 1)[0]

    version, row = await newsroom.db.read(kept)
    assert (version.figures["items"], version.figures["added"], version.figures["dropped"]) == (1, 1, 0)
    assert (row.who, row.action, row.subject) == ("editor anna", "publish rule", "floods")
    assert row.after == {"version": 2, "based_on": 1, "reason": "a better word", "anyway": False}


def test_a_reader_is_told_why_in_words_and_not_in_the_names_of_concepts() -> None:
    text = """
topic: visits
concepts:
  head-of-state: {en: [president ~0]}
  of-chile: {en: [Chile ~0]}
when: |
  head-of-state NEAR/2 of-chile
"""
    rules = (RuleText("visits", text, "1", "visits"),)
    titles_and_words = {
        "The president rests": "Chile",
        "The president of the republic of Chile": "words apart",
        "Rain": "president",
        "The president of Chile": "“Chile” in the title",
    }
    for title, word in titles_and_words.items():
        told = explained(rules, Document(title))
        assert any(word in line for line in told[1:]), told
        assert not [line for line in told if "head-of-state" in line or "of-chile" in line]


async def test_going_back_is_a_version_of_its_own(newsroom: Newsroom) -> None:
    await put_in_force(newsroom)
    workers: Any = newsroom.workers
    order = Order(RuleText("", ""), "boris", "too wide")
    done = await roll_back(newsroom.db, workers, "floods", None, order, newsroom.now, silent)
    assert (done.version.number, done.version.text, done.version.author) == (3, FLOODS, "boris")
    assert [rule.text for rule in await newsroom.db.read(rulebook.in_force)] == [FLOODS]
    for number in (0, 9):
        with pytest.raises(RulesError, match="it has 1 to 3"):
            await roll_back(newsroom.db, workers, "floods", number, order, newsroom.now, silent)
    with pytest.raises(RulesError, match="there are: floods"):
        await roll_back(newsroom.db, workers, "flods", 1, order, newsroom.now, silent)


async def test_a_published_draft_is_gone_and_one_saved_meanwhile_stays(newsroom: Newsroom) -> None:
    workers: Any = newsroom.workers
    looked = await look_at(workers, RuleText("", WIDER))
    kept = await save_draft(newsroom.db, looked, WIDER, "anna", seen=None, now=newsroom.at)
    with pytest.raises(DraftTakenError):
        await save_draft(newsroom.db, looked, NARROWER, "boris", seen=None, now=newsroom.at)
    await save_draft(newsroom.db, looked, WIDER + "\n", "anna", seen=None, now=newsroom.at)
    with pytest.raises(RulesError, match="saved anew"):
        await put_in_force(newsroom, WIDER, based_on=kept.based_on, draft_revision=kept.revision)
    await put_in_force(newsroom, WIDER + "\n", based_on=1, draft_revision=2)
    topic = await newsroom.db.read(lambda tx: rulebook.find_topic(tx, "floods"))
    assert topic is not None
    assert await newsroom.db.read(lambda tx: drafts.find(tx, topic.id or 0)) is None
    assert not await drop_draft(newsroom.db, "floods", "anna", newsroom.at)


async def test_a_new_topic_begins_as_a_draft(newsroom: Newsroom) -> None:
    workers: Any = newsroom.workers
    text = FLOODS.replace("topic: floods", "topic: deluges").replace("[flood ~0, floods ~0]", "[deluge ~0]")
    text = text.replace("Flood in", "Deluge in").replace(", ru: [наводнение]", "")
    looked = await look_at(workers, RuleText("", text))
    kept = await save_draft(newsroom.db, looked, text, "anna", seen=None, now=newsroom.at)
    assert [topic.slug for topic in await newsroom.db.read(rulebook.topics)] == ["floods"]
    done = await put_in_force(newsroom, text, based_on=0, draft_revision=kept.revision)
    assert (done.topic, done.version.number) == ("deluges", 1)
    assert [topic.slug for topic in await newsroom.db.read(rulebook.topics)] == ["deluges", "floods"]
