"""The archive in the console: searches, facets, votes, exports, feeds."""

from __future__ import annotations

import csv
import io
import json
import re
from xml.etree import ElementTree

import pytest

from bot.pipeline.fold_words import fold_words
from bot.web.searching import as_rule, read_query
from storage import votes
from tests.newsroom import Story
from tests.web.house import House, Visitor

ATOM = "{http://www.w3.org/2005/Atom}"


async def publish(house: House, *stories: Story) -> None:
    await house.room.run()
    house.room.publish(*stories)
    await house.room.later(hours=1)
    while await fold_words(house.db, house.workers):
        pass


def titles(page: str) -> list[str]:
    found = re.findall(r'<a class="title" href="/items/\d+">(.*?)</a>', page)
    return [re.sub("<[^>]+>", "", one) for one in found]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("наводнение", ["Наводнёние в Минске"]), ("наводнений", ["Наводнёние в Минске"]),
        ("НАВОДНЁНИЮ минск", ["Наводнёние в Минске"]), ("менск", ["Паводка ў Менску"]), ("Ménsk", []),
        ("cafe", ["Café in Riga"]), ("CAFÉ riga", ["Café in Riga"]), ("nothing", []), ('"', []), ("%", []),
        ("'; drop table item --", []), ("наводнёние AND минск", ["Наводнёние в Минске"]),
        ("паводк* NOT минск", ["Паводка ў Менску"]), ("AND AND", []), ("café OR минск", ["Café in Riga"]),
    ],
)  # fmt: skip
async def test_a_search_finds_words_in_any_form(house: House, words: str, found: list[str]) -> None:
    await publish(house, Story("Наводнёние в Минске"), Story("Паводка ў Менску"), Story("Café in Riga"))
    anna = await house.signed_in("reader")
    page = await anna.get("/items", params={"q": words})
    assert page.status_code == 200
    named = titles(page.text)
    assert set(found) <= set(named)
    assert found or not named


async def test_facets_narrow_a_search_down_and_lead_back(house: House) -> None:
    await publish(house, Story("Flood in Aktobe"), Story("Rain in Aktobe"))
    anna = await house.signed_in("reader")
    assert len(titles((await anna.get("/items")).text)) == 2
    assert titles((await anna.get("/items?topic=floods")).text) == ["Flood in Aktobe"]
    assert titles((await anna.get("/items?topic=floods&q=rain")).text) == []
    assert titles((await anna.get("/items?topic=nothing")).text) == []
    assert titles((await anna.get("/items?since=2026-03-02&until=2026-03-02&q=rain")).text) == ["Rain in Aktobe"]
    assert titles((await anna.get("/items?until=2026-03-01")).text) == []
    assert (await anna.get("/items?since=nonsense&source=nine&below=x&topic=%00")).status_code == 200


async def test_older_pages_go_on_where_the_first_one_ends(house: House) -> None:
    await publish(house, *(Story(f"Rain number {n}") for n in range(120)))
    anna = await house.signed_in("reader")
    seen, below = [], ""
    for _ in range(3):
        page = (await anna.get(f"/items?q=rain{below}", headers={"hx-request": "true"} if below else {})).text
        seen += titles(page)
        more = re.search(r"below=(\d+)", page)
        below = f"&below={more[1]}" if more else ""
    assert len(seen) == len(set(seen)) == 120
    assert not below


async def test_an_item_shows_its_words_marked_and_why(house: House) -> None:
    await publish(house, Story("Flood in Aktobe", "The flood <b>rose</b>."))
    anna = await house.signed_in("reader")
    page = (await anna.get("/items/1")).text
    assert re.search(r'<mark title="flood: flood, as written">Flood</mark> in Aktobe', page)
    why = (await anna.get("/items/1/why")).text
    assert "matches" in why
    assert (await anna.get("/items/77")).status_code == 404


async def test_a_vote_counts_once_and_can_be_changed(house: House) -> None:
    await publish(house, Story("Flood in Aktobe"))
    anna = await house.signed_in("reader", subscriber_id=None)
    for relevant in (1, 0, 0):
        answer = await anna.post("/items/1/vote", topic="floods", relevant=relevant)
        assert f'value="{relevant}" aria-pressed="true"' in answer.text
    said = await house.db.read(lambda tx: votes.of_items(tx, 1, [1]))
    assert (said[1].relevant, said[1].not_relevant) == (0, 1)
    assert (await anna.post("/items/1/vote", topic="nothing", relevant=1)).status_code == 404


async def test_exports_hold_title_link_and_two_sentences_and_no_formula(house: House) -> None:
    await publish(house, Story("=cmd|' /C calc'!A0 flood", "One. Two. Three."))
    anna = await house.signed_in("reader")
    rows = list(csv.DictReader(io.StringIO((await anna.get("/items/export?format=csv")).text.lstrip("\ufeff"))))
    assert rows[0]["title"].startswith("'=cmd")
    assert rows[0]["text"] == "One. Two."
    line = json.loads((await anna.get("/items/export?format=jsonl")).text.splitlines()[0])
    assert (line["topics"], line["text"]) == (["floods"], "One. Two.")


async def feed_address(anna: Visitor, kind: str, target: int) -> str:
    page = (await anna.post("/feeds", kind=kind, target=target)).text
    found = re.search(r"(/atom/[\w-]+)", page)
    assert found is not None
    return found[1]


async def test_a_topics_feed_is_read_by_whoever_has_its_address(house: House) -> None:
    await publish(house, Story("Flood & <more> in Aktobe", "One. Two. Three."), Story("Rain"))
    anna = await house.signed_in("reader")
    address = await feed_address(anna, "topic", 1)
    answer = await house.browser().get(address)
    feed = ElementTree.fromstring(answer.content)
    assert [one.findtext(f"{ATOM}title") for one in feed.iter(f"{ATOM}entry")] == ["Flood & <more> in Aktobe"]
    newer = await feed_address(anna, "topic", 1)
    assert newer != address
    assert (await house.browser().get(address)).status_code == 404
    assert (await anna.post("/feeds", kind="topic", target=99)).status_code == 404


async def test_a_kept_search_has_a_feed_and_belongs_to_one_person(house: House) -> None:
    await publish(house, Story("Flood in Aktobe"), Story("Rain in Almaty"))
    anna, boris = await house.signed_in("reader"), await house.signed_in("reader", "boris")
    await anna.post("/searches", name="wet", q="rain")
    assert "wet" in (await anna.get("/items")).text
    assert "wet" not in (await boris.get("/items")).text
    assert (await boris.post("/feeds", kind="search", target=1)).status_code == 404
    feed = ElementTree.fromstring((await house.browser().get(await feed_address(anna, "search", 1))).content)
    assert [one.findtext(f"{ATOM}title") for one in feed.iter(f"{ATOM}entry")] == ["Rain in Almaty"]
    await boris.post("/searches", drop=1)
    assert "wet" in (await anna.get("/items")).text
    await anna.post("/searches", drop=1)
    assert "wet" not in (await anna.get("/items")).text


def test_a_search_in_the_language_of_rules_becomes_a_rule() -> None:
    text = as_rule('oil NEAR Kazakh\'s AND title:("black gold" OR нефть)')
    assert 'w1 NEAR/10 w2 AND title: ( "black gold" OR w3 )' in text
    assert not read_query({"q": "plain words"}).is_rule
    assert read_query({"q": "oil NOT olive"}).is_rule
