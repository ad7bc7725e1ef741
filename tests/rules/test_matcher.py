"""How a document is read: scripts, endings, typos, hidden characters, evidence, and hostile lengths."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.engine.evaluate import RuleSet, compile_rules
from rules.model import Document, Field, Reach, RuleText
from tests.rules.conftest import Compiled, rule_text


def found(compiled: RuleSet, title: str) -> list[str]:
    return [hit.quoted for match in compiled.match(Document(title)) for hit in match.hits]


@pytest.mark.parametrize(
    ("title", "quoted"),
    [
        ("Встреча с ЛУКАШЕНКО", "ЛУКАШЕНКО"),
        ("лукашенко сказал", "лукашенко"),
        ("Алекса\u0301ндр Лукаше\u0301нко", "Лукаше\u0301нко"),
        ("Лука\u00adшенко", "Лука\u00adшенко"),
        ("Лука\u200bшенко", "Лука\u200bшенко"),
        ("\u00abЛукашенко\u00bb", "Лукашенко"),
        ("Лукашeнкo", "Лукашeнкo"),
        ("#Лукашенко", "Лукашенко"),
        ("#ЛукашенкоСказал", "Лукашенко"),
        ("&quot;Лукашенко&quot;", "Лукашенко"),
        ("Путин-Лукашенко", "Лукашенко"),
        ("Lukashenka’s plane", "Lukashenka’s"),
        ("Лукашено обиделся", "Лукашено"),
    ],
)
def test_a_name_is_found_however_it_is_dressed(rules: Compiled, title: str, quoted: str) -> None:
    assert found(rules("lukashenka"), title) == [quoted]


@pytest.mark.parametrize("space", ["\u00a0", "\u202f", "\n", "  ", "-", " — ", "&nbsp;"])
def test_words_of_a_term_stand_side_by_side_whatever_is_between(rules: Compiled, space: str) -> None:
    assert rules("union").match(Document(f"страны Таможенного{space}союза"))


def test_a_sentence_end_parts_the_words_of_a_term(rules: Compiled) -> None:
    assert not rules("union").match(Document("Вопрос таможенный. Союз писателей"))


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("CPC restarts", True),
        ("the CPC's line", True),
        ("CPC-led", True),
        ("cpc in a title without capitals", True),
        ("A cpc in a mixed title", False),
        ("Cpc", False),
        ("CPCS", False),
        ("CPD", False),
    ],
)
def test_an_acronym_is_capitals_unless_the_field_has_none(rules: Compiled, title: str, expected: bool) -> None:
    assert bool(rules("pipe", concepts="pipe: {en: [CPC]}").match(Document(title))) is expected


def test_an_acronym_takes_hyphenated_endings(rules: Compiled) -> None:
    assert rules("pipe", concepts="pipe: {kk: [КҚК]}").match(Document("КҚК-дағы тоқтау"))


def test_an_exact_word_is_exactly_so(rules: Compiled) -> None:
    compiled = rules("p", concepts="p: {en: [=Polish]}")
    assert found(compiled, "Polish jokes polish shoes POLISH") == ["Polish"]


@pytest.mark.parametrize(
    ("term", "title", "expected"),
    [
        ("Karachaganak", "Karachganak", True),
        ("Karachaganak", "Karachagnaak", True),
        ("Karachaganak", "Carachaganak", False),
        ("Karachaganak ~0", "Karachganak", False),
        ("Karachaganak ~1", "Karachaagnk", False),
        ("Tengiz", "Tengis", False),
        ("Kazakhstan", "Kazahstan", True),
    ],
)
def test_typos_are_forgiven_by_length_and_never_in_the_first_letter(
    rules: Compiled, term: str, title: str, expected: bool
) -> None:
    compiled = rules("place", concepts=f"place: {{sv: [{term}]}}")
    match = compiled.match(Document(title))
    assert bool(match) is expected
    if match:
        assert match[0].hits[0].reach in (Reach.TYPO_1, Reach.TYPO_2)


def test_a_known_word_is_nobodys_typo(rules: Compiled) -> None:
    compiled = rules("kazakhstan")
    assert not compiled.match(Document("казаки и нефть"))
    assert not compiled.match(Document("Пакистан и нефть"))


def test_prefixes_match_the_beginning_of_words(rules: Compiled) -> None:
    compiled = rules("pipe", concepts="pipe: {en: [pipelin*]}")
    assert found(compiled, "Pipelines, a pipeline and a pipe") == ["Pipelines", "pipeline"]


def test_title_hits_come_first_and_sure_hits_before_typos(rules: Compiled) -> None:
    match = rules("lukashenka").match(Document("Лукашеко здесь", "Лукашенко тут"))[0]
    assert [(hit.field, hit.quoted) for hit in match.hits] == [(Field.TITLE, "Лукашеко"), (Field.TEXT, "Лукашенко")]
    both = rules("lukashenka").match(Document("", "Лукашеко, потом Лукашенко"))[0]
    assert [hit.quoted for hit in both.hits] == ["Лукашенко", "Лукашеко"]


def test_because_is_one_line_for_a_person(rules: Compiled) -> None:
    assert rules("lukashenka").match(Document("Визит Лукашенко"))[0].because == "“Лукашенко” (lukashenka) in the title"
    near = rules("oil NEAR/3 kazakhstan").match(Document("", "казахская\nнефть"))[0]
    assert near.because == "“казахская” (kazakhstan) near “нефть” (oil) in the text"
    scored = rules("union", more="points: |\n  +3 union NEAR/5 duty\n  +1 oil\nat_least: 3\n")
    because = scored.match(Document("Пошлины Таможенного союза на нефть"))[0].because
    assert because == "“Пошлины” (duty) near “Таможенного союза” (union) in the title: 4 of 3 points"


def test_points_count_once_and_may_be_taken_away(rules: Compiled) -> None:
    compiled = rules("oil", more="points: |\n  +2 oil\n  -1 belarus\nat_least: 2\n")
    assert compiled.match(Document("oil oil oil"))[0].points == 2
    assert not compiled.match(Document("oil in Belarus"))


def test_quoted_words_have_no_endings(rules: Compiled) -> None:
    compiled = rules('"казахстанская нефть"')
    assert compiled.match(Document("Казахстанская нефть"))
    assert not compiled.match(Document("казахстанскую нефть"))


def test_expressions_match_whole_words_in_any_script(rules: Compiled) -> None:
    compiled = rules(r"/нефт\w+/ AND NOT /газ/")
    match = compiled.match(Document("Цены НЕФТЯНОГО рынка"))[0]
    assert [(hit.quoted, hit.reach) for hit in match.hits] == [("НЕФТЯНОГО", Reach.EXPRESSION)]
    assert not compiled.match(Document("нефтяной газ"))
    assert compiled.match(Document("нефтяной газовик"))
    assert not compiled.match(Document("Казнефть"))
    assert not compiled.match(Document("\ud800"))


def test_an_account_says_what_was_missing(rules: Compiled) -> None:
    compiled = rules("kazakhstan NEAR/3 oil")
    far = compiled.account("t", Document("", "Казахстан и ещё много слов про нефть"))
    assert not far.matched
    assert far.missing == ("“Казахстан” and “нефть” are 6 words apart in the text, 3 allowed: kazakhstan NEAR/3 oil",)
    absent = compiled.account("t", Document("нефть и казаки"))
    assert absent.missing == ("no form of kazakhstan was found near “нефть” (oil)",)
    assert absent.excluded == ("“казаки” is never read as kazakhstan (never)",)
    apart = compiled.account("t", Document("нефть", "Казахстан"))
    assert "different fields" in apart.missing[0]


def test_an_account_of_a_match_agrees_with_the_match(rules: Compiled) -> None:
    compiled = rules("union", more="points: |\n  +3 union NEAR/5 duty\nat_least: 3\n")
    document = Document("Пошлины Таможенного союза")
    match, account = compiled.match(document)[0], compiled.account("t", document)
    assert (account.matched, account.points, account.hits, account.lines) == (True, 3, match.hits, match.lines)
    low = compiled.account("t", Document("Таможенный союз"))
    assert (low.matched, low.points, low.at_least) == (False, 0, 3)
    assert low.missing[0] == (
        "0 of 3 points; nearest: +3 union NEAR/5 duty: no form of duty was found near “Таможенный союз” (union)"
    )


def test_all_rules_share_one_look_up() -> None:
    compiled = compile_rules([rule_text("oil", topic="a"), rule_text("oil AND NOT belarus", topic="b")])
    assert [match.topic for match in compiled.match(Document("oil"))] == ["a", "b"]
    assert [match.topic for match in compiled.match(Document("oil of Belarus"))] == ["a"]
    assert compiled.match_one("b", Document("oil")) is not None


def test_titles_are_told_in_the_asked_language() -> None:
    text = "topic: t\ntitle: {en: Oil, ru: Нефть}\nconcepts: {oil: {en: [oil]}}\nwhen: oil\n"
    compiled = compile_rules([RuleText("t", text)])
    assert (compiled.title("t", "ru"), compiled.title("t", "kk"), compiled.title("gone", "ru")) == (
        "Нефть",
        "Oil",
        "gone",
    )
    assert [topic.slug for topic in compiled.topics] == ["t"]


TEXTS = st.text(
    alphabet=st.sampled_from(list("Лукашенко Lukashenka нефть oil.!\n'’-#&;\u0301\u00ad\u200b\u00a0\x00\ud800иaе")),
    max_size=120,
)


@settings(max_examples=150)
@given(title=TEXTS, text=TEXTS)
def test_evidence_quotes_the_stored_original(title: str, text: str) -> None:
    for match in EVERYTHING.match(Document(title, text)):
        for hit in match.hits:
            original = title if hit.field is Field.TITLE else text
            assert original[hit.start : hit.end] == hit.quoted
            assert 0 <= hit.start < hit.end <= len(original)


EVERYTHING = compile_rules([rule_text('lukashenka OR oil NEAR/9 (lukashenka OR "и") OR /н\\w+/')])


@pytest.mark.parametrize("many", [2, 3, 40, 2_000])
def test_a_concept_of_concepts_is_found_however_often_its_words_stand(many: int) -> None:
    twice = "c0: {en: [oil ~0]}\n  c1:\n    as: |\n      c0 NEAR/9 c0\n  c2:\n    as: |\n      c1 NEAR/9 c1"
    compiled = compile_rules([RuleText("t", f"concepts:\n  {twice}\nwhen: |\n  c2\n")])
    assert bool(compiled.match(Document("", "oil " * many))) is (many > 3)


@pytest.mark.parametrize(
    "text",
    [
        "oil " * 40_000,
        "oil Kazakhstan " * 12_000,
        "Customs Union " * 12_000,
        "x" * 190_000,
        "\x00" * 190_000,
        "нефть. " * 25_000,
        "#oil" * 40_000,
        "oil-" * 40_000,
    ],
    ids=["one word", "two words", "a phrase", "no spaces", "nothing", "sentences", "hashtags", "hyphens"],
)
def test_hostile_texts_are_read_to_the_end(rules: Compiled, text: str) -> None:
    compiled = rules("oil NEAR/12 kazakhstan NEAR/12 oil OR union NOT NEAR/5 union OR oil NEAR/5 oil")
    match = compiled.match(Document("", text + " Казахстан и нефть, потом нефть"))
    assert match
    assert len(match[0].hits) <= 40
