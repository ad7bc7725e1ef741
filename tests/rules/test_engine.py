"""The engine may leave out only what could not matter: with its short cuts and without them, everything is equal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from rules.engine.evaluate import MOST_CHANGED, RuleSet, compile_rules, decide
from rules.engine.finder import Finder
from rules.engine.intake import take_in
from rules.engine.lexicon import Lexicon
from rules.engine.matcher import FieldView, SlotBook, View
from rules.engine.packed import UNKNOWN, Directory, Memo
from rules.engine.ready import Ready, ready_rule
from rules.engine.signs import CYRILLIC, Marks, encoded, folds
from rules.model import Document, Field, Match, RuleError, RuleText
from rules.reading.rule import read_rule
from rules.words.folding import fold
from rules.words.text import cut
from tests.rules.conftest import rule_text

ODD = "'’ʼ`\u0301\u0306\u00ad\u200b\u200d\u00a0 \n\t-_#&;:/.!?«»\"()0١²ªß\ud800😀"
LETTERS = "ЛukashenkoаеiіїйўґёқңүһəжЖЯAZßıİſǅжoil"
RUNS = st.sampled_from(
    [
        "Лукашенко", "Lukashenka's", "Lukаshenkо", "Лука\u200bшенко", "#ЛукашенкоСказал", "#KazMunayGas", "&quot;",
        "&#39;s", "#39;", "https://a.b/c'd", "www.x", "awww.x", "http://", "d'Astana", "''", "об'єднання",
        "Тамо\u0301женного союза", "Таможенный", "союз", "CPC", "cpc", "Cpc", "oil", "Oil.", "нефть", "нефтью", "казах",
        "Казахстон", "Karachganak", "казаки", "pipelines", "Polish", "polish", "POLISH", "и\u0306", "X" * 120,
        "Қазақстан", "қазақ", "Лукашеко", "!", ". ",
    ]
)  # fmt: skip
TEXTS = st.lists(
    st.one_of(RUNS, st.sampled_from([" ", " ", "\n"]), st.text(ODD + LETTERS, max_size=6)), max_size=25
).map("".join)
CONCEPTS = """
lukashenka: {en: [Lukashenka], ru: [Лукашенко], never: [Лукашевич], except: [Лукашенко сказал]}
union: {en: [Customs Union], ru: [Таможенный союз]}
oil: {en: [oil ~0, pipelin*], ru: [нефть ~0]}
place: {en: [Karachaganak, =Polish, CPC], ru: [Казахстан, казах ~0], kk: [Қазақстан], never: [казак],
        also: [KazMunayGas]}
both: {as: oil NEAR/6 place, ru: [и]}
"""
WHENS = [
    "lukashenka",
    "oil AND place",
    "union OR oil THEN/3 place",
    "both AND NOT lukashenka",
    'oil NEAR/4 (place OR union) OR "d\'Astana"',
    "title:oil OR text:(place AND lukashenka)",
    "lukashenka NOT NEAR/3 union",
    r"/polish/ AND NOT union",
    "lang:ru AND (oil OR place)",
    "place NEAR/9 oil NEAR/9 lukashenka",
]
POINTS = "points: |\n  +2 oil\n  +1 place NEAR/5 oil\n  +1 lukashenka\n  -1 union\nat_least: 2\n"


RULES = [rule_text(when, concepts=CONCEPTS, topic=f"t{number}") for number, when in enumerate(WHENS)]
RULES.append(rule_text("place OR oil OR lukashenka", concepts=CONCEPTS, more=POINTS, topic="points"))
EVERYTHING = compile_rules(RULES)


def ready(number: int) -> tuple[Ready, Lexicon]:
    rule, _ = read_rule(RULES[number])
    assert rule is not None
    book = SlotBook()
    one = ready_rule(rule, book)
    return one, Lexicon(book.slots)


def marks_of(numbers: Iterable[int]) -> Marks:
    return np.array(list(numbers), np.uint64)


def numbers_of(numbers: Iterable[int]) -> NDArray[np.int32]:
    return np.array(list(numbers), np.int32)


PLAIN = [ready(number) for number in range(len(RULES))]


def plainly(document: Document) -> list[tuple[str, int, tuple[object, ...]]]:
    """Return what each rule decides by asking every word about every slot."""
    found = []
    for one, lexicon in PLAIN:
        fields = {}
        for where, original in ((Field.TITLE, document.title), (Field.TEXT, document.text)):
            words = cut(original)
            numbers = range(len(words.starts) + len(words.wholes))
            fields[where] = FieldView(where, words, dict.fromkeys(range(len(lexicon)), numbers), lexicon.read)
        decision = decide(Finder(one, View(document, fields)), in_full=False)
        if decision.matched:
            found.append((one.rule.topic, decision.points, decision.hits))
    return found


def shortly(matches: Sequence[Match]) -> list[tuple[str, int, tuple[object, ...]]]:
    return [(match.topic, match.points, match.hits) for match in matches]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.builds(Document, TEXTS, TEXTS, st.sampled_from(["ru", "en", ""])), min_size=1, max_size=4))
def test_no_short_cut_changes_a_decision_or_its_evidence(documents: list[Document]) -> None:
    together = EVERYTHING.match_each(documents)
    assert [shortly(matches) for matches in together] == [plainly(document) for document in documents]
    assert together == [EVERYTHING.match(document) for document in documents]
    for document, matches in zip(documents, together, strict=True):
        alone = [EVERYTHING.match_one(topic.slug, document) for topic in EVERYTHING.topics]
        assert matches == tuple(match for match in alone if match is not None)


@settings(deadline=None)
@given(st.lists(TEXTS | st.text(max_size=30), min_size=1, max_size=5))
def test_fields_cut_together_have_the_words_that_each_has_alone(fields: list[str]) -> None:
    intake = take_in(fields)
    for number, original in enumerate(fields):
        together, alone = intake.words(number), cut(original)
        assert (together.tokens, list(together.wholes)) == (alone.tokens, list(alone.wholes))


@settings(deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_words_have_one_mark_exactly_if_they_are_written_alike(fields: list[str]) -> None:
    intake = take_in(fields)
    raws = [intake.raw(row) for row in range(len(intake.marks))]
    assert len(set(raws)) == len(set(intake.marks.tolist())) == len(set(zip(raws, intake.marks.tolist(), strict=True)))


@settings(deadline=None)
@given(st.text(st.characters(max_codepoint=0x2000), max_size=8))
def test_plain_letters_of_one_script_fold_one_by_one(word: str) -> None:
    table, scripts = folds()
    codes = encoded(word)
    if word and all(ord(letter) < len(table) - 1 for letter in word):
        seen = {int(scripts[code]) for code in codes} - {0}
        if max(seen, default=0) <= CYRILLIC and len(seen) <= 1:
            assert "".join(chr(table[code]) for code in codes) == fold(word)


@settings(deadline=None)
@given(st.lists(st.integers(0, 2**64 - 1), max_size=40), st.lists(st.integers(0, 2**64 - 1), max_size=10))
def test_a_directory_finds_what_was_entered(entered: list[int], asked: list[int]) -> None:
    questions = marks_of(asked + entered[:5])
    directory = Directory(marks_of(entered), numbers_of(range(len(entered))))
    places, numbers = directory.find(questions)
    found = set(zip(places.tolist(), numbers.tolist(), strict=True))
    pairs = [(p, n) for p in range(len(questions)) for n in range(len(entered))]
    alike = {(p, n) for p, n in pairs if int(questions[p]) % 2**32 == entered[n] % 2**32}
    same = {(p, n) for p, n in pairs if int(questions[p]) == entered[n]}
    assert same <= found <= alike


@settings(deadline=None)
@given(st.lists(st.sets(st.integers(0, 2**64 - 1) | st.integers(0, 2**60), max_size=3000), max_size=4))
def test_a_memo_remembers_what_it_was_told(told: list[set[int]]) -> None:
    memo = Memo()
    known: dict[int, int] = {}
    for batch in told:
        new = [mark for mark in sorted(batch) if mark not in known]
        assert set(memo.find(marks_of(new)).tolist()) <= {UNKNOWN}
        numbers = list(range(len(known), len(known) + len(new)))
        memo.remember(marks_of(new), numbers_of(numbers))
        known |= zip(new, numbers, strict=True)
        assert memo.find(marks_of(list(known))).tolist() == list(known.values())


def said(title: str, *sets: RuleSet) -> list[list[str]]:
    return [[match.topic for match in rules.match(Document(title))] for rules in sets]


def test_a_changed_rule_makes_another_set_and_leaves_the_old_one_alone() -> None:
    old = compile_rules([rule_text("oil", topic="a"), rule_text("belarus", topic="b")])
    newer = old.changed(rule_text("duty", topic="a"))
    newest = newer.changed(rule_text("oil", topic="c")).changed(rule_text("oil OR duty", topic="b"))
    assert said("oil", old, newer, newest) == [["a"], [], ["b", "c"]]
    assert said("duties on Belarus", old, newer, newest) == [["b"], ["a", "b"], ["a", "b"]]
    assert [topic.slug for topic in newest.topics] == ["a", "b", "c"]
    assert newest.without("b").match(Document("oil"))[0].topic == "c"
    assert said("oil", newest.without("c"), newest) == [["b"], ["b", "c"]]
    assert newest.without("b").changed(rule_text("oil", topic="b")).match_one("b", Document("oil")) is not None
    with pytest.raises(KeyError):
        newest.without("gone")
    with pytest.raises(RuleError):
        old.changed(rule_text("nobody", topic="a"))


def test_many_changed_rules_are_compiled_together_again() -> None:
    rules = compile_rules([rule_text("oil", topic="a")])
    for number in range(MOST_CHANGED + 3):
        rules = rules.changed(rule_text('"oil"', concepts="x: {en: [tea]}", topic=f"t{number}"))
    assert len(rules.match(Document("oil"))) == MOST_CHANGED + 4


def test_only_the_wanted_topics_are_decided() -> None:
    rules = compile_rules([rule_text("oil", topic="a"), rule_text("oil", topic="b")])
    found = rules.match_topics(["b"], [Document("oil"), Document("tea")])
    assert [[match.topic for match in matches] for matches in found] == [["b"], []]
    with pytest.raises(KeyError):
        rules.match_topics(["c"], [])


def test_a_topic_decides_the_same_whatever_other_topics_there_are() -> None:
    topic = rule_text("place", concepts="place: {sv: [Karachaganak, red ~0]}", topic="a")
    others = [
        rule_text("x", concepts="x: {sv: [Karachagonak ~0], never: [Karachaganik]}", topic="b"),
        rule_text("x", concepts="x: {sv: [RedCar ~0]}", topic="c"),
    ]
    documents = [Document(words) for words in ("Karachagonak", "Karachaganik", "#RedCar", "Karachaganok")]
    alone, together = compile_rules([topic]), compile_rules([topic, *others])
    assert all(alone.match_each(documents))
    assert alone.match_each(documents) == together.match_topics(["a"], documents)


def test_no_document_is_lost_between_batches() -> None:
    rules = compile_rules([rule_text("oil")])
    documents = [Document("oil" if number % 3 else "tea", "x" * (number * 500)) for number in range(200)]
    assert [bool(matches) for matches in rules.match_each(documents)] == [bool(number % 3) for number in range(200)]
    assert rules.match_each([]) == []


def test_more_different_words_than_can_be_remembered_are_still_read() -> None:
    rules = compile_rules([rule_text("lukashenka")])
    for block in range(24):
        words = " ".join(f"{number:x}" for number in range(block * 25_000, (block + 1) * 25_000))
        assert rules.match(Document(words, words[::-1] + " Лукашенко"))


def test_rules_without_any_word_are_decided_too() -> None:
    assert compile_rules([]).match(Document("oil")) == ()
    pattern = "topic: p\nwhen: |\n  /su-\\d+/ OR (NOT /a/ AND lang:ru)\n"
    rules = compile_rules([RuleText("p", pattern)])
    assert said("su-34", rules) == [["p"]]
    assert [bool(rules.match(Document(words, "", "ru"))) for words in ("", "oil", "a")] == [True, True, False]


def test_an_account_tells_of_look_alikes_in_a_field_without_any_word_of_the_rule() -> None:
    rules = compile_rules([rule_text("kazakhstan NEAR/3 oil")])
    account = rules.account("t", Document("казаки", "нефть"))
    assert account.excluded == ("“казаки” is never read as kazakhstan (never)",)
