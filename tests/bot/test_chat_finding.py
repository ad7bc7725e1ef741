"""Looking for news in the chat, topics of one's own words, what a person takes along: through the strict stand-in."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from bot.actions.watch import Tightness, WordsError, compose, read_words
from bot.back_test import compare
from bot.metrics import Metrics
from bot.pipeline.analyse import Analyst
from bot.pipeline.fold_words import fold_words
from bot.pipeline.telling import Teller
from rules.model import Document, RuleText
from storage import rulebook, watches
from storage.tables import (
    AlertRow,
    AuditRow,
    DraftRow,
    ItemRow,
    MatchRow,
    RuleRow,
    SourceRow,
    StoryRow,
    SubscriptionRow,
    TextRow,
    TopicRow,
)
from tests.bot.chatroom import ADA, BEGIN, BEN, Room, add_item
from tests.newsroom import InlineWorkers

TITLES = (
    "Kazakhstan's oil pipelines leak",
    "Казахстанская нефть пошла в обход",
    "Ёлки і ельнік у Мінску",
    "Sport <&> more",
)


def put_items(tx: Session, titles: tuple[str, ...] = TITLES, due: bool = False) -> None:
    source = SourceRow(name="Herald <&>", imported_url=f"u{len(titles)}{titles[0]}", added_at=BEGIN)
    tx.add(source)
    tx.flush()
    for number, title in enumerate(titles):
        item = ItemRow(
            source_id=source.id or 0, key=f"{number}", link=f"https://h.example/{number}?a=1&b=2", title=title,
            first_seen_at=BEGIN - timedelta(hours=len(titles) - number), analyse_due=due, text_hash="h",
        )  # fmt: skip
        tx.add(item)
        tx.flush()
        tx.add(TextRow(item_id=item.id or 0, hash="h", text="A summary.", stored_at=BEGIN))


async def folded(room: Room) -> None:
    readers: Any = InlineWorkers()
    await fold_words(room.db, readers)


async def test_a_search_finds_forms_whatever_the_letters(chat: Room) -> None:
    await chat.db.write(put_items)
    await folded(chat)
    await chat.ask("/start kazakh-oil")
    said = await chat.ask("/search НЕФТИ")
    assert "Казахстанская нефть пошла в обход\n  Herald <&> · 23 November 2026, 09:00" in said
    assert "Ёлки і ельнік" in await chat.ask("/search елки ельник")
    assert "pipelines leak" in await chat.ask("/search pipeline kazakhstan")
    assert "Sport <&> more" in await chat.ask("/search sport")
    assert "nothing with all of these words: <i>football&" in await chat.ask("/search <i>football&")
    assert "What are you looking for" in await chat.ask("/search")
    assert "What are you looking for" in await chat.ask("/search …!?")


async def test_a_search_leaves_out_what_has_a_minus_sign_and_says_what_it_does_not_know(chat: Room) -> None:
    titles = ("Oil of Oral", "Oil without storm", "Oil and a storm", *(f"Oil {n}" for n in range(12)))
    await chat.db.write(lambda tx: put_items(tx, titles))
    await folded(chat)
    assert "storm" not in (await chat.ask("/search oil -storm")).partition("\n")[2]
    older = await chat.tap("Older")
    assert "Oil of Oral" in older
    assert "a storm" not in older
    assert "storm" not in (await chat.ask("/search oil NOT storm")).partition("\n")[2]
    assert "What are you looking for" in await chat.ask("/search -oil")
    said = await chat.ask('/search "storm oil" OR')
    assert "Oil and a storm" in said
    assert "Oil of Oral" not in said
    assert "Every word must be there" in said
    assert "Every word must be there" not in await chat.ask("/search storm oil")


async def test_words_that_could_never_be_found_make_no_topic(chat: Room) -> None:
    said = await chat.ask("/watch 石油管道")
    assert "I can't watch for “石油管道”" in said
    assert "Send the words a story must have" in said
    assert "النفط" in await chat.ask("/watch النفط")
    assert chat.labels()[0] == "✅ Save"


async def test_a_stranger_may_search_and_becomes_no_subscriber(chat: Room) -> None:
    await chat.db.write(put_items)
    await folded(chat)
    assert "pipelines leak" in await chat.ask("/search oil", chat_id=BEN)
    assert await chat.person(BEN) is None


async def test_results_are_paged_by_buttons_there_and_back(chat: Room) -> None:
    titles = tuple(f"Нефтепровод Каспийского трубопроводного консорциума {n}" for n in range(20))
    await chat.db.write(lambda tx: put_items(tx, titles))
    await folded(chat)
    first = await chat.ask("/search каспийский трубопроводный консорциум нефтепровод")
    assert "консорциума 19" in first
    assert "консорциума 12" in first
    assert chat.labels() == ["Older ›"]
    second = await chat.tap("Older")
    assert "консорциума 11" in second
    assert "🔎 каспийский трубопроводный консорциум нефтепровод" in second
    third = await chat.tap("Older")
    assert "консорциума 0" in third
    assert chat.labels() == ["‹ Newer"]
    assert await chat.tap("Newer") == second
    assert await chat.tap("Newer") == first
    assert len(chat.telegram.messages) == 1


@pytest.mark.parametrize("carried", ["q:b5:", "q:b99999999999999:+", "q:n1:" + "x" * 70, "q:b1:\ud83d", "q:z1:A"])
async def test_forged_pages_are_answered_and_harmless(chat: Room, carried: str) -> None:
    await chat.ask("/start kazakh-oil")
    assert await chat.press(carried)


async def test_latest_lists_the_newest_stories_on_the_persons_topics(chat: Room) -> None:
    await chat.ask("/start kazakh-oil")
    assert "Nothing on your topics yet" in await chat.ask("/latest")
    await chat.db.write(add_item)
    said = await chat.ask("/latest")
    assert "Oil & <b>gas" in said
    assert "· Kazakh oil" in said
    await chat.ask("/start lukashenka", chat_id=BEN)
    assert "Oil" not in await chat.ask("/latest", chat_id=BEN)


async def test_a_topic_of_ones_own_is_shown_on_the_last_week_and_then_saved(chat: Room) -> None:
    await chat.db.write(put_items)
    await chat.ask("/start lukashenka")
    said = await chat.ask("/watch kazakhstan oil pipeline")
    assert said.startswith("kazakhstan oil pipeline\nAll words anywhere in an article.")
    assert "Of the 4 articles of the last week 1 would have come" in said
    assert "Kazakhstan's oil pipelines leak" in said
    assert chat.labels() == ["✅ Save", "🔍 Tighter", "✖ Cancel"]
    assert await chat.topics() == {"lukashenka"}
    await chat.tap("Tighter")
    await chat.try_watches()
    await chat.deliver()
    assert "close together" in chat.last().text
    assert chat.labels() == ["✅ Save", "↔ Wider", "🔍 Tighter", "✖ Cancel"]
    assert "Saved: kazakhstan oil pipeline – at once" in await chat.tap("Save")
    assert len(await chat.topics()) == 2
    assert "🔒 kazakhstan oil pipeline" in "".join((await chat.ask("/topics"), *chat.labels()))
    assert await chat.rows(DraftRow) == []
    assert "oil pipeline" not in str([row.model_dump() for row in await chat.rows(AuditRow)])


async def test_an_own_topic_is_judged_live_and_told_to_its_owner_alone(chat: Room) -> None:
    await chat.ask("/start lukashenka")
    await chat.ask("/start lukashenka", chat_id=BEN)
    await chat.ask("/watch pipelines leak")
    await chat.tap("Save")
    await chat.db.write(lambda tx: put_items(tx, ("The pipeline leaked, and leaks", *TITLES), due=True))
    judges: Any = InlineWorkers()
    await Analyst(chat.db, judges, Teller(20), Metrics(), lambda: chat.now_at).tick()
    await chat.deliver()
    assert "pipelines leak" in chat.telegram.texts(ADA)[-1]
    assert not [text for text in chat.telegram.texts(BEN) if "leak" in text]


async def test_an_old_preview_saves_nothing_and_a_new_one_takes_its_place(chat: Room) -> None:
    await chat.ask("/start lukashenka")
    await chat.ask("/watch oil pipeline")
    old = chat.last()
    await chat.ask("/watch gas pipeline")
    [save] = [b["callback_data"] for row in old.buttons for b in row if "Save" in b["text"]]
    assert await chat.press(save, message_id=old.message_id)
    assert "out of date" in chat.telegram.messages[ADA, old.message_id].text
    assert await chat.topics() == {"lukashenka"}
    assert "Not saved: gas pipeline" in await chat.tap("Cancel")
    assert await chat.db.read(lambda tx: watches.count(tx, 1)) == 0
    assert "pipeline" not in str([row.model_dump() for t in (TopicRow, DraftRow) for row in await chat.rows(t)])


async def test_nobody_saves_or_deletes_another_persons_topic(chat: Room) -> None:
    await chat.ask("/start lukashenka")
    await chat.ask("/start lukashenka", chat_id=BEN)
    await chat.ask("/watch oil pipeline")
    [save] = [b["callback_data"] for row in chat.last().buttons for b in row if "Save" in b["text"]]
    await chat.press(save, chat_id=BEN)
    assert await chat.db.read(lambda tx: [watches.count(tx, 1), watches.count(tx, 2)]) == [0, 0]
    await chat.tap("Save")
    number = next(row.id for row in await chat.rows(TopicRow) if row.owner_id)
    await chat.press(f"w:{number}:del", chat_id=BEN)
    await chat.press(f"t:{number}:1:0", chat_id=BEN)
    await chat.press(f"m:t:{number}", chat_id=BEN)
    assert await chat.db.read(lambda tx: watches.count(tx, 1)) == 1
    assert not [one for one in chat.telegram.texts(BEN) if "oil pipeline" in one]


async def test_own_topics_are_listed_deleted_and_leave_no_words(chat: Room) -> None:
    await chat.ask("/start lukashenka")
    await chat.ask("/watch oil pipeline")
    await chat.tap("Save")
    number = next(row.id for row in await chat.rows(TopicRow) if row.owner_id)

    def told(tx: Session) -> None:
        item = add_item(tx, matched=False)
        tx.add(MatchRow(item_id=item, topic_id=number, because="“oil”", matched_at=BEGIN))
        tx.add(AlertRow(subscriber_id=1, story_id=1, topic_id=number, item_id=item, decided_at=BEGIN))

    await chat.db.write(told)
    assert "• oil pipeline" in await chat.ask("/watch")
    assert "Delete your topic oil pipeline?" in await chat.tap("🗑 oil pipeline")
    assert "no topics of your own" in await chat.tap("🗑 Delete")
    kept = [row.model_dump() for table in (TopicRow, RuleRow, MatchRow) for row in await chat.rows(table)]
    assert "pipeline" not in str(kept)
    assert len(await chat.rows(AlertRow)) == 1
    assert await chat.db.read(rulebook.all_in_force) == await chat.db.read(rulebook.in_force)
    assert await chat.topics() == {"lukashenka"}


async def test_ten_topics_of_ones_own_are_enough(chat: Room) -> None:
    await chat.ask("/start lukashenka")
    for number in range(10):
        await chat.ask(f"/watch pipeline{number}x")
        await chat.tap("Save")
    assert "10 topics of your own" in await chat.ask("/watch one more")
    assert "at most 10 words" in await chat.ask("/watch " + " ".join(f"word{n}" for n in range(11)), chat_id=BEN)


async def test_words_that_the_rules_refuse_are_said_to_be_so(chat: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    await chat.ask("/start lukashenka")
    monkeypatch.setattr("bot.chat.watch.compose", lambda *_: "when: |\n  nothing AND\n")
    assert "can't make a topic of these words: oil" in await chat.ask("/watch oil")


@pytest.mark.parametrize(
    ("typed", "level", "found"),
    [
        ("kazakhstan oil pipeline", Tightness.ANYWHERE, "04"),
        ("kazakhstan oil pipeline", Tightness.NEAR, "0"),
        ("oil pipeline", Tightness.TOGETHER, "0"),
        ('"oil pipeline", нефть', Tightness.ANYWHERE, "012"),
        ("нефть казахстан", Tightness.ANYWHERE, "2"),
        ("oil -pipeline", Tightness.ANYWHERE, "6"),
        ("нафта", Tightness.ANYWHERE, "5"),
        ("pipeline", Tightness.TOGETHER, "0"),
        ("трубопровод", Tightness.ANYWHERE, "27"),
        ("пайплайн or нафта", Tightness.ANYWHERE, "5"),
    ],
)
def test_own_words_find_their_forms(typed: str, level: Tightness, found: str) -> None:
    items = [
        Document("Kazakhstan's oil pipelines leak"),
        Document("Казахстанская нефть пошла по нефтепроводу"),
        Document("Нефти Казахстана нужен трубопровод"),
        Document("Sport"),
        Document(
            "Oil prices", "Many other words about other things and people come between. A pipeline in Kazakhstan."
        ),
        Document("Беларуская нафта"),
        Document("Olive oil"),
        Document("Трубопрвод встал"),
    ]
    rule = RuleText("own:1", compose(read_words(typed), level), "draft", "own topic")
    judged = compare((), "own:1", rule, items)
    assert "".join(str(number) for number, one in enumerate(judged) if one.after) == found


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "watch no words"),
        ("!? ~ … *", "watch no words"),
        ("-oil", "watch only without"),
        ("a", "watch too short"),
        ("x" * 60, "watch too long"),
        (" ".join(f"w{n}" for n in range(11)), "watch too many"),
    ],
)
def test_words_without_sense_are_refused_with_a_reason(typed: str, why: str) -> None:
    with pytest.raises(WordsError) as refused:
        read_words(typed)
    assert refused.value.key == why


@pytest.mark.parametrize(
    "typed",
    ['=x1 ~0 [ab] {cd} "; when: xy', "kazakh* #comment: yes", "'; drop table", "🜁 oil", "title: oil", "a: b: cd"],
)
def test_whatever_is_typed_makes_a_rule_or_is_refused(typed: str) -> None:
    try:
        wanted = read_words(typed)
    except WordsError:
        return
    for level in wanted.levels:
        compare((), "own:1", RuleText("own:1", compose(wanted, level), "draft", "own topic"), [Document("Oil")])


async def test_an_export_is_a_file_with_all_that_is_kept(chat: Room) -> None:
    await chat.ask("/start kazakh-oil")
    await chat.ask("/digest mon 9:00")
    await chat.ask("/mute kazakh-oil")
    await chat.ask("/watch oil pipeline")
    await chat.tap("Save")
    await chat.ask("/export")
    told = json.loads(chat.last().attached)
    assert told["subscriber"]["chat_id"] == ADA
    assert {row["topic"] for row in told["subscriptions"]} == {"kazakh-oil", "watch-1"}
    assert [(row["minute"], row["weekdays"]) for row in told["digest_hours"]] == [(540, 1)]
    assert "oil" in told["own_topics"][0]["rule"]
    assert [row["kind"] for row in told["mutes"]] == ["topic"]
    assert told["changes"]
    assert "All that I know of this chat" in chat.last().text
    [call] = [call for call in chat.telegram.calls if call.method == "sendDocument"]
    assert call.params["chat_id"] == str(ADA)


async def test_forgetting_takes_own_topics_and_drafts_along(chat: Room) -> None:
    await chat.ask("/start lukashenka")
    await chat.ask("/watch oil pipeline")
    await chat.tap("Save")
    await chat.ask("/watch gas pipeline")
    await chat.ask("/settings")
    await chat.tap("My data")
    await chat.tap("Forget")
    await chat.tap("Yes")
    assert await chat.person() is None
    kept = await chat.db.read(lambda tx: [row.text for row in tx.exec(select(RuleRow))])
    assert not [text for text in kept if "pipeline" in text]
    assert await chat.rows(DraftRow) == []
    assert await chat.rows(SubscriptionRow) == []
    assert await chat.rows(StoryRow) == []
