"""The rules in the console: previews, drafts of two editors, forms, the guide, publishing."""

from __future__ import annotations

import json
import re

import pytest

from bot.web.switching import switched, with_key, with_terms
from rules.engine.evaluate import compile_rules
from rules.engine.intake import take_in
from rules.model import Document, RuleText
from rules.reading.rule import read_rule
from rules.tuning.likely import may_match, reach, term_texts
from tests.newsroom import FLOODS, Story
from tests.web.house import House

DRAFT = FLOODS.replace("flood ~0, floods ~0", "rain ~0").replace("Flood in Aktobe", "Rain in Aktobe")
LINES = "topic: a\nconcepts:\n  flood:\n    en: [flood ~0]\n    ru: [наводнение]\n  # more\nwhen: |\n  flood\n"
ONE_LINE = "topic: a\nconcepts:\n  flood: {en: [flood ~0], ru: [наводнение]}  # wet\nwhen: |\n  flood\n"


async def news(house: House) -> None:
    await house.room.run()
    house.room.publish(Story("Flood in Aktobe"), Story("Rain in Almaty"), Story("Sun in Minsk"))
    await house.room.later(hours=1)


async def test_a_preview_says_what_is_added_and_dropped_with_the_words_marked(house: House) -> None:
    await news(house)
    anna = await house.signed_in("editor")
    page = (await anna.post("/rules/floods/preview", text=DRAFT)).text
    assert re.search(r'class="change plus">.*?<mark [^>]*>Rain</mark> in Almaty', page, re.DOTALL)
    assert re.search(r'class="change minus">.*?Flood</mark> in Aktobe', page, re.DOTALL)
    assert "no form of flood was found" in page or "now:" in page


@pytest.mark.parametrize(
    ("text", "line"),
    [("topic: floods\nwhen: [", 2), (FLOODS + "nonsense: 1\n", 11), ("", 1), ("\t", 1), ("topic: floods\n", 1)],
)
async def test_errors_come_with_their_line(house: House, text: str, line: int) -> None:
    anna = await house.signed_in("editor")
    page = (await anna.post("/rules/floods/preview", text=text)).text
    told = re.search(r'data-troubles="([^"]*)"', page)
    assert told is not None
    troubles = json.loads(told[1].replace("&#34;", '"').replace("&#39;", "'"))
    assert line in [one["line"] for one in troubles if one["error"]]


async def test_two_editors_do_not_overwrite_each_other(house: House) -> None:
    anna, boris = await house.signed_in("editor"), await house.signed_in("editor", "boris")
    first = await anna.post("/rules/floods/draft", text="topic: floods\n# a", revision=0, based_on=1)
    second = await boris.post("/rules/floods/draft", text="topic: floods\n# b", revision=0, based_on=1)
    assert (first.status_code, second.status_code) == (200, 409)
    assert second.json() == {"author": "anna", "revision": 1}
    assert "# a" in (await boris.get("/rules/floods")).text


async def test_publishing_over_another_version_is_knowing(house: House) -> None:
    await news(house)
    anna, boris = await house.signed_in("editor"), await house.signed_in("editor", "boris")
    done = await anna.post("/rules/floods/publish", text=DRAFT, reason="rain too", revision=0, based_on=1)
    assert 'data-published="2"' in done.text
    other = DRAFT.replace("[rain ~0]", "[rain ~0, hail ~0]")
    refused = await boris.post("/rules/floods/publish", text=other, reason="hail", revision=0, based_on=1)
    assert refused.status_code == 409
    assert "anna published version 2 meanwhile" in refused.text
    taken = await boris.post("/rules/floods/publish", text=other, reason="hail", revision=0, based_on=2)
    assert 'data-published="3"' in taken.text


@pytest.mark.parametrize("reason", ["", "   "])
async def test_publishing_wants_a_reason_and_passing_examples(house: House, reason: str) -> None:
    anna = await house.signed_in("editor")
    assert (await anna.post("/rules/floods/publish", text=DRAFT, reason=reason, based_on=1)).status_code == 422
    failing = DRAFT.replace("Rain in Aktobe", "Nothing here")
    assert (await anna.post("/rules/floods/publish", text=failing, reason="x", based_on=1)).status_code == 422


async def test_a_new_topic_begins_as_a_draft_of_its_name(house: House) -> None:
    anna = await house.signed_in("editor")
    assert (await anna.post("/rules", slug="hail", title='Hail "and" snow')).headers["location"] == "/rules/hail"
    assert "topic: hail" in (await anna.get("/rules/hail")).text
    assert (await anna.post("/rules", slug="hail", title="again")).status_code == 409
    assert (await anna.post("/rules", slug="../etc", title="x")).status_code == 422
    assert (await anna.post("/rules/hail/discard")).status_code == 303


async def test_a_pasted_text_is_tried_and_explained(house: House) -> None:
    anna = await house.signed_in("editor")
    yes = (await anna.post("/rules/floods/try", text=FLOODS, sample="Flood!\nIn the <b>north</b>.")).text
    assert "It matches." in yes
    assert "&lt;b&gt;north" in yes
    assert "It does not match." in (await anna.post("/rules/floods/try", text=FLOODS, sample="Sun")).text
    assert "alarm" in (await anna.post("/rules/floods/try", text="when: [", sample="Sun")).text
    gone = (await anna.post("/rules/floods/try", text=FLOODS, sample="https://paper.example/none")).text
    assert "404" in gone


async def test_a_longer_range_is_measured_behind_the_page(house: House) -> None:
    await news(house)
    anna = await house.signed_in("editor")
    begun = (await anna.post("/rules/floods/measure", text=DRAFT, days=30)).text
    assert 'hx-trigger="every 1s"' in begun
    one = house.console.measurings.of("editor anna")
    assert one is not None
    assert one.task is not None
    await one.task
    done = (await anna.get("/rules/floods/measure")).text
    assert "+1" in done
    assert "−1" in done


async def test_the_forms_of_a_concept_are_chips(house: House) -> None:
    anna = await house.signed_in("editor")
    page = (await anna.post("/rules/floods/forms", text=FLOODS, concept="flood")).text
    assert re.search(r'data-form="наводнением"[^>]*data-off="1"', page)
    told = await anna.post("/rules/floods/switch", text=FLOODS, concept="flood", form="наводнением", off=1)
    assert "without: [наводнением]" in told.json()["text"]


@pytest.mark.parametrize("text", [LINES, ONE_LINE], ids=["lines", "one line"])
def test_a_form_is_switched_off_and_on_and_nothing_else_changes(text: str) -> None:
    off = switched(text, "flood", "floods", off=True)
    assert off is not None
    assert "without: [floods]" in off
    assert off.count("наводнение") == text.count("наводнение")
    assert switched(off, "flood", "floods", off=True) == off
    on = switched(off, "flood", "floods", off=False)
    assert on is not None
    assert "without" not in on
    if text == LINES:
        assert on == LINES
    assert switched(text, "nothing", "floods", off=True) is None
    assert switched("when: [", "flood", "floods", off=True) is None


def test_a_key_is_written_anew_where_it_stands_and_comments_stay() -> None:
    text = (
        "# head\ntopic: a\ntitle: A  # old\n\n# about words\n"
        "concepts:\n  x:\n    en:\n      - one\n      - two\nwhen: x\n"
    )
    assert with_key(text, "title", ["title: {en: B}"]) == text.replace("title: A  # old", "title: {en: B}")
    assert with_terms(text, "x", "en", ["a, b", "c"]) == text.replace(
        "    en:\n      - one\n      - two\n", '    en: ["a, b", c]\n'
    )
    assert with_key(text, "at_least", ["at_least: 3"]) == text + "at_least: 3\n"


async def test_the_guide_shows_and_writes_the_text(house: House) -> None:
    anna = await house.signed_in("editor")
    page = (await anna.post("/rules/floods/guide", text=FLOODS)).text
    assert 'name="concept.flood.ru"' in page
    fields = {"text": FLOODS, "concept.flood.ru": "наводнение\nпаводок", "title.be": "Паводкі", "new.name": "hail",
        "new.language": "en", "new.words": "hail\nhailstorm", "match": "Flood in Aktobe\nFlood: again"}  # fmt: skip
    text = (await anna.post("/rules/floods/guide/write", **fields)).json()["text"]
    assert "ru: [наводнение, паводок]" in text
    assert "be: Паводкі" in text
    assert "  hail:\n    en: [hail, hailstorm]\n" in text
    assert '- "Flood: again"' in text
    tried = (await anna.post("/rules/floods/preview", text=text)).text
    assert '"error": true' not in tried.replace("&#34;", '"')
    assert (await anna.post("/rules/floods/guide/write", text="when: [")).status_code == 422


@pytest.mark.parametrize(
    "when",
    [
        "a", "a AND b", "a OR b", "a NEAR/3 b", "a NOT NEAR/3 b", "a AND NOT b", 'title:a', '"red cat"',
        "c", "a THEN/2 (b OR c)", 'a OR "dogs*"',
    ],
)  # fmt: skip
def test_what_a_rule_may_match_is_never_too_little(when: str) -> None:
    text = (
        "topic: t\nconcepts:\n  a: {en: [cat ~0, red cat], ru: [кошка]}\n  b: {en: [dog]}\n"
        f"  c: {{as: a NEAR/5 b}}\nwhen: |\n  {when}\n"
    )
    documents = [
        Document(*one)
        for one in (
            ("A cat and a dog", ""), ("Dogs", "No one else"), ("", "кошку видели"), ("Red cat", "far " * 30 + "dog"),
            ("Nothing", "at all"), ("cta", "dgo"), ("Red", "cat"), ("the red cat sat", "dogged"),
        )
    ]  # fmt: skip
    from_desk(text, documents)


def from_desk(text: str, documents: list[Document]) -> None:
    rule, _ = read_rule(RuleText("t", text))
    assert rule is not None
    ruleset = compile_rules([RuleText("t", text)])
    batch = (documents, take_in([words for one in documents for words in (one.title, one.text)]))
    texts = term_texts(rule)
    known = dict(zip(texts, reach(texts, [batch], len(documents)), strict=True))
    likely = may_match(rule, known.__getitem__, len(documents))
    for number, matches in enumerate(ruleset.match_each(documents)):
        assert likely[number] or not matches, documents[number]
