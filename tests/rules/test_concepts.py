"""Terms and concepts: what an editor may write, what it means, and what is refused."""

from __future__ import annotations

import pytest

from rules.model import Document, Place, RuleError
from rules.reading.concepts import ADJACENT, OVER_A_GAP, Kind, Term, read_concept, read_term
from rules.reading.outline import Map, Scalar, read
from tests.rules.conftest import Compiled

HERE = Place("t.yaml", 1, 1)


def term(text: str, language: str = "en") -> Term:
    return read_term(Scalar(text, HERE), language)


def concept(yaml: str) -> Map:
    return read(yaml, "t.yaml")


@pytest.mark.parametrize(
    ("text", "words", "kind"),
    [
        ("Customs Union", ["Customs", "Union"], Kind.FORMS),
        ("нефте-газовый", ["нефте", "газовый"], Kind.FORMS),
        ("=Polish", ["Polish"], Kind.EXACT),
        ("pipelin*", ["pipelin"], Kind.PREFIX),
        ("CPC", ["CPC"], Kind.ACRONYM),
        ("ЕАЭС", ["ЕАЭС"], Kind.ACRONYM),
        ("Oil", ["Oil"], Kind.FORMS),
        ("BELARUS", ["BELARUS"], Kind.FORMS),
    ],
)
def test_a_term_is_words_side_by_side(text: str, words: list[str], kind: Kind) -> None:
    read_back = term(text)
    assert [word.text for word in read_back.words] == words
    assert read_back.words[0].kind is kind
    assert set(read_back.steps) == {ADJACENT}


@pytest.mark.parametrize("text", ["Viktor … Lukashenka", "Viktor ... Lukashenka", "Viktor…Lukashenka"])
def test_dots_let_others_between(text: str) -> None:
    assert term(text).steps == (ADJACENT, OVER_A_GAP)


@pytest.mark.parametrize(("text", "typos"), [("oil", None), ("oil ~0", 0), ("Karachaganak ~1", 1), ("trade war~2", 2)])
def test_a_tolerance_stands_at_the_end_and_holds_for_all_words(text: str, typos: int | None) -> None:
    assert {word.typos for word in term(text).words} == {typos}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("oil, crude", "terms are listed as [one, two]"),
        ("oil AND gas", "operators and brackets belong in when"),
        ("oil (crude)", "operators and brackets belong in when"),
        ("oil NEAR/3 gas", "operators and brackets belong in when"),
        ("oil ~3", "expected ~0, ~1 or ~2"),
        ("oil ~0 gas", "stands at the end of a term"),
        ("… oil", "stands between two words"),
        ("oil …", "stands between two words"),
        ("oi*", "at least 4 letters"),
        ("o*il", "stands at the end of a word"),
        ("=", "expected a word after ="),
        ("~0", "has no word"),
        ("—", "has no word"),
        ("a b c d e f g h i j k l m", "at most 12 words"),
    ],
)
def test_a_term_that_says_nothing_clear_is_refused(text: str, said: str) -> None:
    with pytest.raises(RuleError) as caught:
        term(text)
    assert said in caught.value.message


@pytest.mark.parametrize(
    ("yaml", "said", "line"),
    [
        ("oil: [oil]", "expected languages with terms", 1),
        ("oil: {}", "has no terms", 1),
        ("oil:\n  en: []", "has no terms", 1),
        ("oil:\n  en:\n", "found nothing", 2),
        ("oil:\n  eng: [oil]", '"eng" is neither a language nor a key', 2),
        ("oil:\n  en: [oil]\n  nevr: [x]", 'did you mean "never"?', 3),
        ("oil:\n  en: [oil]\n  never: [sunflower oil]", "put the phrase", 3),
        ("oil:\n  en: [[oil]]", "expected a term, found a list", 2),
        ("oil:\n  en: {oil: 1}", "expected a list of terms", 2),
        ("AND:\n  en: [oil]", "is an operator", 1),
        ("title:\n  en: [oil]", "is a field", 1),
        ("1oil:\n  en: [oil]", "can't name a concept", 1),
        ("oil:\n  en: [oil]\n  never: {xx: [a]}", '"xx" is not a language', 3),
    ],
)
def test_a_concept_that_can_not_be_used_is_refused_with_its_line(yaml: str, said: str, line: int) -> None:
    name, thing = concept(yaml).pairs[0]
    with pytest.raises(RuleError) as caught:
        read_concept(name, thing)
    assert said in caught.value.message
    assert caught.value.place.line == line


def test_yaml_words_stay_words(rules: Compiled) -> None:
    compiled = rules("no", concepts="no: {en: [no, null, 1.50, on]}")
    assert compiled.match(Document("Null und nichtig"))
    assert compiled.match(Document("it costs 1.50 now"))


def test_an_exception_takes_away_one_occurrence_only(rules: Compiled) -> None:
    compiled = rules("union", concepts="union: {en: [Customs Union], except: [EU customs union]}")
    assert not compiled.match(Document("The EU customs union grows"))
    assert compiled.match(Document("The EU customs union and the Customs Union of Russia"))


def test_an_exception_may_have_a_gap(rules: Compiled) -> None:
    compiled = rules("who", concepts="who: {en: [Lukashenka], except: [Viktor … Lukashenka]}")
    assert not compiled.match(Document("Viktor Aliaksandravich Lukashenka"))
    assert compiled.match(Document("Viktor met the old Mr Lukashenka"))


def test_a_word_under_never_is_not_read_in_any_form_or_typo(rules: Compiled) -> None:
    compiled = rules("who", concepts="who: {ru: [Лукашенко ~2], never: [Лукашевич]}")
    assert compiled.match(Document("Лукашинко приехал"))
    for title in ("Лукашевич", "речь Лукашевича", "с Лукашевичем", "ЛУКАШЕВИЧУ"):
        assert not compiled.match(Document(title)), title


def test_forms_can_be_switched_off_and_added(rules: Compiled) -> None:
    compiled = rules("mark", concepts="mark: {uk: [мито ~0], without: [миті], also: [мытище]}")
    assert compiled.match(Document("нове мито"))
    assert compiled.match(Document("старое мытище"))
    assert not compiled.match(Document("в останні миті"))
    off = {row.folded: row.off for row in compiled.forms("t")}
    assert off["миті"] == "without"
    assert off["мито"] == ""


def test_a_concept_can_be_an_arrangement_of_others(rules: Compiled) -> None:
    compiled = rules(
        "office",
        concepts="""
            head: {en: [president ~0]}
            country: {en: [Belarus ~0]}
            office:
              as: |
                head THEN/2 country
              except: [vice president of Belarus]
        """,
    )
    match = compiled.match(Document("The president of Belarus spoke"))[0]
    assert [(hit.quoted, hit.concept) for hit in match.hits] == [("president of Belarus", "office")]
    assert not compiled.match(Document("The vice president of Belarus spoke"))
    assert not compiled.match(Document("Belarus greets a president"))
