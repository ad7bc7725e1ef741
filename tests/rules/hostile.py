"""Rules and items that mean harm, or an editor's paste gone wrong: named, for tests and bench tell of the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rules.model import Document

MUCH = 20_000


@dataclass(frozen=True, slots=True)
class HostileRule:
    """A rule's text, and words of the message that refuses it: "" where it can be used, None where either may be."""

    name: str
    text: Callable[[], str]
    refused: str | None


@dataclass(frozen=True, slots=True)
class HostileItem:
    """An item that begins with "Kazakhstan sells its oil" and goes on with harm; it matches `RELEVANT`."""

    name: str
    document: Callable[[], Document]


def rule(when: str = "a", concepts: str = "a: {en: [oil ~0]}", more: str = "") -> str:
    lines = "\n".join(f"  {line}" for line in concepts.split("\n"))
    return f"topic: t\nconcepts:\n{lines}\nwhen: |\n  {when}\n{more}"


def words(count: int, begin: str = "w") -> list[str]:
    """Return so many different words of letters alone, that no dictionary knows."""
    letters = "bcdfghjklmnpqrstvwxz"
    return [begin + "".join(letters[number // 20**place % 20] for place in range(5)) for number in range(count)]


def _listed(found: list[str]) -> str:
    return f"[{', '.join(found)}]"


def _many_concepts(count: int) -> str:
    names = [f"c{number}" for number in range(count)]
    concepts = "\n".join(f"{name}: {{sv: [{word}]}}" for name, word in zip(names, words(count), strict=True))
    return rule(" OR ".join(names), concepts)


def doubling(depth: int, times: int = 2, when: str = "") -> str:
    """Return a rule whose concepts are each made of the one before, near itself."""
    made = [f"c{number}:\n  as: |\n    {' NEAR/9 '.join([f'c{number - 1}'] * times)}" for number in range(1, depth)]
    return rule(when or f"c{depth - 1}", "\n".join(["c0: {en: [oil ~0]}", *made]))


def _narrowed(key: str, count: int) -> str:
    return rule(concepts=f"a: {{en: [oil], {key}: {_listed(words(count))}}}")


def _laughs() -> str:
    lines = [f"l{number}: &l{number} [{', '.join([f'*l{number - 1}'] * 9)}]" for number in range(1, 10)]
    return "l0: &l0 [lol]\n" + "\n".join(lines)


RULES = (
    HostileRule("more than a megabyte", lambda: rule(more=f"notes: {'x' * 1_000_000}\n"), "at most 1,000,000"),
    HostileRule("a megabyte of notes", lambda: rule(more=f"notes: {'x ' * 499_900}\n"), ""),
    HostileRule("a megabyte of comments", lambda: rule() + "# x\n" * 249_000, ""),
    HostileRule("a megabyte in one term", lambda: rule(concepts=f"a: {{en: [{'x' * 990_000}]}}"), "300 characters"),
    HostileRule("a term of many words", lambda: rule(concepts=f"a: {{en: [{'x ' * 400_000}]}}"), "at most 12 words"),
    HostileRule("a megabyte of brackets", lambda: "[" * 900_000, "nested more than"),
    HostileRule("deep maps", lambda: "".join(" " * depth + "a:\n" for depth in range(1_000)), "nested more than"),
    HostileRule("deep parentheses", lambda: rule("(" * 5_000 + "a" + ")" * 5_000), "nested more than 40"),
    HostileRule("many NOTs", lambda: rule("a AND " + "NOT " * 3_000 + "a"), "nested more than 40"),
    HostileRule("a long chain", lambda: rule(" NEAR/5 ".join(["a"] * 500)), "at most 20 links"),
    HostileRule("a long expression", lambda: rule(" OR ".join(["a"] * 50_000)), "at most 20,000 characters"),
    HostileRule("aliases of aliases", _laughs, "anchors"),
    HostileRule("10,000 terms", lambda: rule(concepts=f"a: {{en: {_listed(words(10_000))}}}"), "at most 3,000"),
    HostileRule("10,000 also", lambda: rule(concepts=f"a: {{also: {_listed(words(10_000))}}}"), "at most 3,000"),
    HostileRule("2,001 never", lambda: _narrowed("never", 2_001), "at most 2,000"),
    HostileRule("10,000 without", lambda: _narrowed("without", 10_000), "at most 2,000"),
    HostileRule("1,900 never", lambda: _narrowed("never", 1_900), ""),
    HostileRule("3,000 terms", lambda: rule(concepts=f"a: {{en: {_listed(words(3_000))}}}"), ""),
    HostileRule("1,000 concepts", lambda: _many_concepts(1_000), ""),
    HostileRule("arrangements that double", lambda: doubling(9), ""),
    HostileRule("arrangements without end", lambda: doubling(30), "over 8 deep"),
    HostileRule("arrangements that grow", lambda: doubling(7, 20), "more than 10,000 parts"),
    HostileRule(
        "a gate of large arrangements", lambda: doubling(3, 19, " OR ".join(["c2"] * 100)), "the rule has more"
    ),
    HostileRule("501 examples", lambda: rule(more=f"examples: {{match: {_listed(['oil'] * 501)}}}\n"), "at most 500"),
    HostileRule(
        "10,000 lines of points",
        lambda: rule(more="points: |\n" + "  +1 a\n" * 10_000 + "at_least: 1\n"),
        "at most 200 lines",
    ),
    HostileRule("endless repetition", lambda: rule(r"/(\w{1,500}){1,500}/"), "can't be used"),
    HostileRule("a long pattern", lambda: rule(f"/{'a?' * 900}/"), "can't be used"),
    HostileRule("nested repetition", lambda: rule("/((a+)+)+b/ OR a"), ""),
    HostileRule("a pattern of nothing", lambda: rule("/(a*)*/"), "matches nothing at all"),
    HostileRule("a huge distance", lambda: rule(f"a NEAR/{'9' * 5_000} a"), "a distance is from"),
    HostileRule("huge points", lambda: rule(more=f"points: |\n  +{'9' * 5_000} a\nat_least: 1\n"), "points"),
    HostileRule("a huge sum", lambda: rule(more=f"points: |\n  +1 a\nat_least: {'9' * 5_000}\n"), "whole number"),
    HostileRule("circles", lambda: rule(concepts="a:\n  as: |\n    b\nb:\n  as: |\n    a"), "made of itself"),
    HostileRule("a surrogate", lambda: rule(concepts="a: {en: [\ud800]}"), "character"),
    HostileRule("a NUL", lambda: rule(concepts="a: {en: [a\x00b]}"), "character"),
    HostileRule("a tag that makes objects", lambda: "topic: !!python/object/apply:os.system [ls]\n", "topic:"),
)

RELEVANT = rule(
    "oil NEAR/9 land",
    "oil: {en: [oil ~0, Karachaganak, oilf*], ru: [нефть ~0]}\nland: {en: [Kazakhstan], ru: [Казахстан]}",
)
BEGINNING = "Kazakhstan sells its oil. "


def _text(text: str) -> Document:
    return Document("", BEGINNING + text)


def _title(text: str) -> Document:
    return Document(BEGINNING + text)


ITEMS = (
    HostileItem("a title of 10 MB, no spaces", lambda: _title("x" * 10_000_000)),
    HostileItem("a title of 10 MB, short words", lambda: _title("oi " * 3_300_000)),
    HostileItem("a title of 10 MB, signs", lambda: _title("'" * 5_000_000 + "\u0301" * 5_000_000)),
    HostileItem("100,000 different words", lambda: _text(" ".join(words(100_000)))),
    HostileItem("100,000 words near a term", lambda: _text(" ".join(f"Kara{word}" for word in words(100_000, "")))),
    HostileItem(
        "words that are nearly the term",
        lambda: _text(" ".join(f"Karachaganak{word[-2:]}" for word in words(400)) + " "),
    ),
    HostileItem("100,000 words that begin alike", lambda: _text(" ".join(words(100_000, "oilf")))),
    HostileItem("100,000 odd words", lambda: _text(" ".join(f"é{word}'" for word in words(100_000)))),
    HostileItem("thousands of hits", lambda: _text("oil " * MUCH)),
    HostileItem("thousands of pairs", lambda: _text("oil Kazakhstan " * MUCH)),
    HostileItem("thousands of typos", lambda: _text("Karachaganka " * MUCH)),
    HostileItem("thousands of sentences", lambda: _text("Oil. " * MUCH)),
    HostileItem("hashtags", lambda: _text("#OilOfKazakhstan" * MUCH)),
    HostileItem("one long hashtag", lambda: _text("#" + "Oil" * MUCH)),
    HostileItem("hyphens", lambda: _text("oil-" * MUCH)),
    HostileItem("apostrophes", lambda: _text("o'i'l'" * MUCH)),
    HostileItem("accents", lambda: _text("o\u0301" * MUCH)),
    HostileItem("zero-width spaces", lambda: _text("oil\u200b" * MUCH)),
    HostileItem("ampersands", lambda: _text("&" * MUCH + "&quot;" * MUCH)),
    HostileItem("addresses", lambda: _text("http://oil www.oil " * MUCH)),
    HostileItem("one long address", lambda: _text("http://" + "oil/" * 400_000)),
    HostileItem("lone surrogates", lambda: _text("\ud800\udfff oil\ud800" * MUCH)),
    HostileItem("NULs", lambda: _text("\x00" * MUCH)),
    HostileItem("astral letters", lambda: _text("𝐎𝐢𝐥 🛢️" * MUCH)),
    HostileItem("words turned round", lambda: _text("\u202eлио " * MUCH)),
    HostileItem("ligatures that grow", lambda: _text("\ufdfa" * MUCH)),
    HostileItem("empty lines", lambda: _text("\n" * MUCH + " \n" * MUCH)),
    HostileItem("full stops", lambda: _text(". " * MUCH + "." * MUCH)),
)
