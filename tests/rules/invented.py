"""Invents rules and items for the oracle: few words that nearly collide, every operator, words in every disguise."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from textwrap import indent

from hypothesis import strategies as st

from rules.engine.lexicon import forms_of
from rules.model import Document, RuleText
from rules.reading.concepts import Kind, TermWord
from rules.reading.query import Relation
from rules.reading.rule import read_rule
from tests.rules.oracle import Oracle

# Neighbours by one or two letters, by ending, by script, by capitals; words that dictionaries know among them.
WORDS = {
    "sv": (
        "karachaganak",
        "karachagonak",
        "karachaganar",
        "kraachaganak",
        "oil",
        "oilfield",
        "red",
        "car",
        "redcar",
        "tengizchevroil",
        "tengizchevrail",
    ),
    "en": ("Lukashenka", "Lukashevich", "Kazakhstan", "duty", "pipeline", "customs", "union", "Karabash"),
    "ru": ("Лукашенко", "Лукашевич", "казах", "казак", "казахский", "нефть", "таможенный", "союз", "пошлина"),
    "kk": ("қазақ", "Қазақстан", "мұнай", "Қашаған"),
    "be": ("Лукашэнка", "саюз"),
}
SINGLE = tuple((language, word) for language, words in WORDS.items() for word in words)
ODD_TERMS = (
    ("en", "CPC"), ("ru", "КТК"), ("ru", "ЕАЭС"), ("en", "=Red"), ("ru", "=Союз"), ("sv", "kara*"), ("ru", "нефт*"),
    ("ru", "лука*"), ("sv", "red car"), ("sv", "red … car"), ("en", "customs union"), ("ru", "таможенный союз"),
    ("sv", "karachaganak … oil"), ("sv", "red … oil … car"), ("en", "CPC … oil"), ("sv", "red kara*"),
    ("sv", "karachaganak ~1"), ("ru", "таможенный ~2"), ("en", "Lukashenka ~1"),
)  # fmt: skip
FILLERS = ("the", "of", "и", "на", "visit", "2026", "Mr", "г", "Ж", "в", "and", "Договор", "x", "machine", "қала")
GAPS = (
    " ",
    " ",
    " ",
    " ",
    " ",
    ", ",
    ". ",
    "! ",
    "? ",
    ".\n",
    "\n\n",
    " \n \n",
    "-",
    " — ",
    "\u00a0",
    "&nbsp;",
    ": «",
    "» ",
    "." + '" ',
)
PATTERNS = (r"/\w*shenk\w/", r"/неф\w+/", r"/\d{4}/", "/red|oil/")
NAMES = ("a", "b", "c")
RARELY = st.integers(0, 3).map(lambda number: number == 0)
WORD = st.sampled_from(tuple(word for _, word in SINGLE))
LOOK_ALIKES = (dict(zip("aceopx", "асеорх", strict=True)), dict(zip("асеорхі", "aceopxi", strict=True)))


@st.composite
def terms(draw: st.DrawFn) -> tuple[str, str]:
    """A term and the language key it stands under."""
    language, word = draw(st.one_of(st.sampled_from(SINGLE), st.sampled_from(ODD_TERMS)))
    typos = draw(st.sampled_from(("", "", "", " ~0", " ~1", " ~2")))
    return language, word + typos


@st.composite
def concepts(draw: st.DrawFn) -> str:
    """The YAML of one concept."""
    by_language: dict[str, list[str]] = {}
    for language, term in draw(st.lists(terms(), min_size=1, max_size=3)):
        by_language.setdefault(language, []).append(term)
    lines = [
        f"{language}: [{', '.join(f'{chr(34)}{term}{chr(34)}' for term in found)}]"
        for language, found in by_language.items()
    ]
    lines += [f"{key}: [{draw(WORD)}]" for key in ("never", "without", "also") if draw(st.integers(0, 5)) == 0]
    if draw(RARELY):
        words = draw(st.lists(st.one_of(WORD, st.sampled_from(FILLERS)), min_size=1, max_size=3))
        lines.append(f"except: ['{draw(st.sampled_from((' ', ' … '))).join(words)}']")
    return "\n".join(lines)


@cache
def occurrences(names: tuple[str, ...]) -> st.SearchStrategy[str]:
    """Expressions that stand for places: what NEAR takes."""
    quoted = st.lists(WORD, min_size=1, max_size=2).map(lambda words: f'"{" ".join(words)}"')
    named = st.sampled_from(names)
    leaves = st.one_of(named, named, named, named, quoted, st.sampled_from(("karacha*", "союз*")))

    def more(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        relation = st.sampled_from(("NEAR", "THEN", "AFTER", "NOT NEAR", "NOT THEN", "NOT AFTER"))
        chain = st.builds(
            lambda left, how, limit, right: f"({left} {how}/{limit} {right})",
            inner, relation, st.sampled_from((1, 2, 3, 6, 9, 30)), inner,
        )  # fmt: skip
        either = st.builds(lambda one, other: f"({one} OR {other})", inner, inner)
        scoped = st.builds(lambda field, one: f"{field}:{one}", st.sampled_from(("title", "text")), inner)
        return st.one_of(chain, chain, chain, either, scoped)

    return st.recursive(leaves, more, max_leaves=3)


@cache
def expressions(names: tuple[str, ...]) -> st.SearchStrategy[str]:
    """Expressions of `when` and `points`."""
    conditions = st.sampled_from(("lang:ru", "lang:(en OR kk)", "source:belta", "NOT lang:en", *PATTERNS))
    leaves = st.one_of(occurrences(names), occurrences(names), occurrences(names), conditions)

    def more(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        both = st.builds(lambda one, other: f"({one} AND {other})", inner, inner)
        butnot = st.builds(lambda one, other: f"({one} AND NOT {other})", inner, inner)
        either = st.builds(lambda one, other: f"({one} OR {other})", inner, inner)
        return st.one_of(both, butnot, either, either)

    return st.recursive(leaves, more, max_leaves=3)


@st.composite
def rule_texts(draw: st.DrawFn, prefix: str = "t") -> list[RuleText]:
    """Rules over the same concepts; some are none, for they only say NOT."""
    bodies = [f"{name}:\n{indent(draw(concepts()), '  ')}" for name in NAMES]
    if draw(st.booleans()):
        bodies.append(f"d:\n  as: |\n    {draw(occurrences(NAMES))}")
        if draw(st.booleans()):
            bodies[-1] += f"\n  except: ['{draw(WORD)} … {draw(WORD)}']"
    names = (*NAMES, "d") if len(bodies) > len(NAMES) else NAMES
    said = indent("\n".join(bodies), "  ")
    whens = [draw(st.sampled_from(names)), draw(occurrences(names)), *draw(st.lists(expressions(names), max_size=3))]
    return [
        RuleText(topic, f"topic: {topic}\nconcepts:\n{said}\nwhen: |\n  {when}\n{draw(scores(names))}", "1", topic)
        for topic, when in ((f"{prefix}{number}", when) for number, when in enumerate(whens))
    ]


@st.composite
def scores(draw: st.DrawFn, names: tuple[str, ...]) -> str:
    """What a rule may have behind its gate: points, languages, sources, mostly nothing."""
    text = ""
    if draw(RARELY):
        lines = draw(
            st.lists(st.tuples(st.sampled_from((1, 2, 3, -1, -2)), expressions(names)), min_size=1, max_size=3)
        )
        most = sum(points for points, _ in lines if points > 0)
        text += "points: |\n" + "".join(f"  {points:+d} {line}\n" for points, line in lines)
        text += f"at_least: {draw(st.integers(min(0, most), min(2, most)))}\n"
    if draw(RARELY) and draw(RARELY):
        text += draw(st.sampled_from(("languages: [en, ru]\n", "sources: [Belta]\n")))
    return text


def vocabulary(oracle: Oracle) -> list[list[str]]:
    """Return for each word of the rules some of its spellings, so that items are about them."""
    return [written(word) for word in dict.fromkeys(slot.word for slot in oracle.slots)]


def written(word: TermWord) -> list[str]:
    """Return some spellings of a term's word: few of many forms, the first and the last among them."""
    forms = [form.written for form in forms_of(word)]
    endings = ["lik", "ovka"] if word.kind is Kind.PREFIX else []
    return forms[:3] + forms[3 :: max(1, len(forms) // 6)] + [word.text + ending for ending in endings]


def disguises(word: str, at: int) -> list[Callable[[], str]]:
    """Return ways to write a word that an editor would still call the word, and slips of the pen at letter `at`."""
    middle = 1 + at % max(1, len(word) - 1)
    head, tail = word[:middle], word[middle:]
    swapped = head + tail[1:2] + tail[:1] + tail[2:]
    return [
        lambda: word, lambda: word, lambda: word, lambda: word.upper(), lambda: word.lower(), lambda: word.title(),
        lambda: f"{word}'s", lambda: f"{word}’s", lambda: f"d'{word}", lambda: f"{word}&#39;s", lambda: f"«{word}»",
        lambda: f"#{word}", lambda: f"#{word.title()}{word.title()}", lambda: f"@{word}", lambda: f"{word}_x",
        lambda: f"{head}\u00ad{tail}", lambda: f"{head}\u0301{tail}", lambda: f"{head}\u200b{tail}",
        lambda: f"{head}-{tail}", lambda: f"{head}'{tail}", lambda: f"&quot;{word}&quot;", lambda: f"{word}-дағы",
        lambda: word.translate(str.maketrans(LOOK_ALIKES[at % 2])), lambda: swapped, lambda: head + tail[1:],
        lambda: f"{head}о{tail}", lambda: f"{head}{tail[:1]}{tail}", lambda: head + tail[:-1] + "ж",
        lambda: f"{head}a{tail[1:]}", lambda: f"{word}а", lambda: f"{head}z{tail[1:-2]}z",
        lambda: f"http://{word}/x", lambda: f"{word}\ud800", lambda: f"{word}x{word}",
    ]  # fmt: skip


@st.composite
def fields(draw: st.DrawFn, vocabulary: list[list[str]], longest: int) -> str:
    """A title or a text, made of the rules' words, other words and what stands between words."""
    parts: list[str] = []
    for _ in range(draw(st.integers(0, longest))):
        if draw(st.integers(0, 3)):
            word = draw(st.sampled_from(draw(st.sampled_from(vocabulary))))
            ways = disguises(word, draw(st.integers(0, 11)))
            parts.append(ways[draw(st.integers(0, len(ways) - 1))]() if draw(st.integers(0, 2)) == 0 else word)
        else:
            parts.append(draw(st.sampled_from(FILLERS)))
        parts.append(draw(st.sampled_from(GAPS)))
    text = "".join(parts)
    return text.lower() if draw(RARELY) else text


@st.composite
def documents(draw: st.DrawFn, vocabulary: list[list[str]]) -> Document:
    """An item about what the rules are about."""
    language = draw(st.sampled_from(("", "en", "ru", "kk", "RU")))
    source = draw(st.sampled_from(("", "belta", "BelTA")))
    return Document(draw(fields(vocabulary, 6)), draw(fields(vocabulary, 16)), language, source)


# Four one-word concepts and what two of them make together: all that distances need.
PLAIN = """
  a: {sv: [aaaa ~0]}
  b: {sv: [bbbb ~0]}
  c: {sv: [cccc ~0, aaaa bbbb, cccc … bbbb], except: [bbbb cccc, cccc … dddd aaaa]}
  d: {as: "a THEN/4 b", except: [aaaa … cccc … bbbb]}
  e: {as: "d NEAR/6 (c OR b)"}
"""


@st.composite
def arrangements(draw: st.DrawFn) -> tuple[list[RuleText], list[Document]]:
    """Rules about how few words stand to each other, and items of these words alone."""
    names = ("a", "b", "c", "d", "e")
    one, other = st.sampled_from(names), st.one_of(st.sampled_from(names), occurrences(names))
    relation = st.sampled_from([*Relation])
    near = st.builds(lambda a, how, limit, b: f"{a} {how}/{limit} {b}", one, relation, st.integers(1, 9), other)
    whens = draw(st.lists(st.one_of(near, near, occurrences(names), expressions(names)), min_size=3, max_size=6))
    texts = [
        RuleText(f"t{number}", f"topic: t{number}\nconcepts:{PLAIN}when: |\n  {when}\n", "1", f"t{number}")
        for number, when in enumerate(whens)
    ]
    words = st.sampled_from(("aaaa", "bbbb", "cccc", "aaaa", "bbbb", "dddd", "x", "Mr", "Y"))
    gaps = st.sampled_from((" ", " ", " ", " ", " ", " ", ". ", "! ", "\n\n", "-"))
    said = st.lists(st.tuples(words, gaps), max_size=12).map(lambda parts: "".join(word + gap for word, gap in parts))
    capital = st.one_of(said, said.map(str.title))
    items = st.builds(Document, st.one_of(st.just(""), said), capital)
    return [text for text in texts if read_rule(text)[0] is not None], draw(st.lists(items, min_size=3, max_size=6))


@st.composite
def readings(draw: st.DrawFn) -> tuple[list[RuleText], list[Document]]:
    """Rules of one word each, with a tolerance and look-alikes, and items that are slips of the pen for it."""
    texts = []
    slips = []
    for number in range(3):
        language, word = draw(st.sampled_from([pair for pair in SINGLE if len(pair[1]) > 4]))
        narrowing = "".join(
            f", {key}: [{draw(slip(word, draw(st.integers(1, 3))))}]" for key in ("never", "without") if draw(RARELY)
        )
        concept = f"{{{language}: [{word}{draw(st.sampled_from(('', '', ' ~0', ' ~1', ' ~2')))}]{narrowing}}}"
        text = f"topic: t{number}\nconcepts:\n  a: {concept}\nwhen: |\n  a\n"
        texts.append(RuleText(f"t{number}", text, "1", f"t{number}"))
        forms = written(TermWord(word, language, Kind.FORMS))
        slips += [draw(slip(draw(st.sampled_from(forms)), draw(st.integers(0, 3)))) for _ in range(6)]
    return texts, [Document(slip) for slip in slips]


@st.composite
def slip(draw: st.DrawFn, word: str, edits: int) -> str:
    """A word with so many letters put in, left out, changed or swapped."""
    for _ in range(edits):
        at = draw(st.integers(0, len(word) - 2))
        head, tail = word[:at], word[at:]
        letter = draw(st.sampled_from(word.lower() + "zж"))
        ways = (head + tail[1:], head + letter + tail, head + letter + tail[1:], head + tail[1] + tail[0] + tail[2:])
        word = draw(st.sampled_from(ways))
    return word


# Everything that begins, joins, ends or hides a word.
SIGNS = (
    *("a", "б", "Я", "Q", "7", "_", " ", " ", "\n", ". ", "! ", "…", '"', "»", "-", "#", "&", ";", "'", "’", "\u0301"),
    *(
        "\u00ad",
        "\u200b",
        "\u200d",
        "\u00a0",
        "&quot;",
        "&#39;",
        "s ",
        "http://",
        "www.",
        "г. ",
        "Mr. ",
        "\n\n",
        "\ud800",
    ),
    *("é", "İ", "ß", "қ", "𝐎", "卢", "क", "ा", "ｱ", "²", "\x00", "\x85", "\u2028", "\r\n", "(", "?)"),
)
TEXTS = st.one_of(st.lists(st.sampled_from(SIGNS), max_size=30).map("".join), st.text(max_size=30))
