"""What votes say about a rule, as it runs in a worker process: a word that marks the rejected items, and the rule's
text with that word counted against them, tried on every item that was voted on."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

import simplemma

from rules.engine.evaluate import RuleSet, compile_rules
from rules.model import Document, RuleError, RuleText
from rules.reading.rule import Rule, read_rule
from rules.words.endings import russian
from rules.words.folding import fold
from rules.words.language import detect

REJECTED_LEAST = 5
GAIN_LEAST = 0.05
RECALL_LOSS_MOST = 0.05
# A word counts where it stands in so many rejected items at least, and in so large a share of them.
HITS_LEAST, HITS_SHARE = 3, 0.3
WORDS_TRIED = 8
SHORTEST = 4
POINTS = (20, 50)
READ_MOST = 6_000
LANGUAGES = frozenset({"en", "ru", "uk", "be", "kk", "pl", "de", "fr"})
_WORD = re.compile(r"[^\W\d_]{4,}")
_CONCEPTS = re.compile(r"^concepts:[ \t]*(?:#.*)?$", re.MULTILINE)
_KEY = re.compile(r"^(?P<key>when|points):[ \t]*(?P<rest>.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Found:
    """A change that votes speak for. `hits` of `rejected` items that match today have the word, and `kept` of the
    `relevant` ones. Precision and recall (0 to 1) are of the voted items, before and after. `points` 0: leaves such
    items out."""

    text: str
    word: str
    hits: int
    rejected: int
    kept: int
    relevant: int
    points: int
    precision_before: float
    precision_after: float
    recall_before: float
    recall_after: float

    def figures(self) -> dict[str, Any]:
        """Return all but the text as plain values."""
        values = asdict(self)
        del values["text"]
        return values


def propose(
    rule: RuleText, documents: Sequence[Document], relevant: Sequence[bool], decided: Collection[str]
) -> Found | None:
    """Return the best change, None where no word helps. Words already `decided` on are not proposed again.

    Raises RuleError where the rule in force can't be used.
    """
    read, problems = read_rule(rule)
    standing = compile_rules([rule])
    if read is None:
        raise RuleError(problems[0].message, problems[0].place)
    known = [_with_language(document) for document in documents]
    matched = [bool(found) for found in standing.match_each(known)]
    rejected = [place for place, m in enumerate(matched) if m and not relevant[place]]
    kept = [place for place, m in enumerate(matched) if m and relevant[place]]
    if len(rejected) < REJECTED_LEAST:
        return None
    before = _scores(matched, relevant)
    found = [
        one
        for language, word in _words(known, rejected, kept, decided)
        if (one := _tried(rule, read, known, relevant, matched, (language, word), before)) is not None
    ]
    return max(found, key=_worth, default=None)


def _worth(found: Found) -> tuple[float, int]:
    lost = found.recall_before - found.recall_after
    return found.precision_after - found.precision_before - 2 * lost, -found.points


def _with_language(document: Document) -> Document:
    return Document(
        document.title, document.text, document.language or detect(document.title, document.text, ""), document.source
    )


def _words(
    documents: Sequence[Document], rejected: Sequence[int], kept: Sequence[int], decided: Collection[str]
) -> Iterator[tuple[str, str]]:
    """Yield (language, word in its basic form) that many rejected and few relevant items have, the most telling
    first."""
    bad = Counter(word for place in rejected for word in _lemmas(documents[place]))
    good = Counter(word for _, word in (pair for place in kept for pair in _lemmas(documents[place])))
    least = max(HITS_LEAST, HITS_SHARE * len(rejected))
    telling = [
        (number / len(rejected) - 2 * good[word] / max(len(kept), 1), number, language, word)
        for (language, word), number in bad.items()
        if number >= least and word not in decided
    ]
    for weight, _, language, word in sorted(telling, reverse=True)[:WORDS_TRIED]:
        if weight > 0:
            yield language, word


def _lemmas(document: Document) -> set[tuple[str, str]]:
    words = set(_WORD.findall(f"{document.title}\n{document.text}"[:READ_MOST].casefold()))
    language = document.language if document.language in LANGUAGES else ""
    return {(language, lemma) for word in words if len(lemma := _lemma(word, language)) >= SHORTEST}


@lru_cache(maxsize=50_000)
def _lemma(word: str, language: str) -> str:
    if language == "ru":
        return str(russian.analyzer().parse(word)[0].normal_form)
    if language in ("en", "uk", "pl", "de", "fr"):
        return simplemma.lemmatize(word, language).casefold()
    return word


def _tried(
    rule: RuleText,
    read: Rule,
    documents: Sequence[Document],
    relevant: Sequence[bool],
    matched: Sequence[bool],
    word: tuple[str, str],
    before: tuple[float, float],
) -> Found | None:
    """Return what a word counted against an item would do; None where that helps too little, or breaks an example."""
    has = _having(documents, *word)
    for points in POINTS if read.points else (0,):
        text = changed(rule.text, read, *word, points)
        after = _matches(RuleText(rule.topic, text, "draft", rule.file), documents) if text else None
        if after is None:
            continue
        scores = _scores(after, relevant)
        if scores[0] - before[0] < GAIN_LEAST or before[1] - scores[1] > RECALL_LOSS_MOST:
            continue
        return Found(
            text, word[1],
            sum(m and h and not r for m, h, r in zip(matched, has, relevant, strict=True)),
            sum(m and not r for m, r in zip(matched, relevant, strict=True)),
            sum(m and h and r for m, h, r in zip(matched, has, relevant, strict=True)),
            sum(m and r for m, r in zip(matched, relevant, strict=True)),
            points, before[0], scores[0], before[1], scores[1],
        )  # fmt: skip
    return None


def _scores(matched: Sequence[bool], relevant: Sequence[bool]) -> tuple[float, float]:
    """Return precision and recall on the voted items."""
    right = sum(m and r for m, r in zip(matched, relevant, strict=True))
    return right / max(sum(matched), 1), right / max(sum(relevant), 1)


def _matches(text: RuleText, documents: Sequence[Document]) -> list[bool] | None:
    """Return which items the text matches; None for one that can't be used, or fails its own examples."""
    try:
        ruleset: RuleSet = compile_rules([text], examples=True)
    except RuleError:
        return None
    return [bool(found) for found in ruleset.match_each(documents)]


def _having(documents: Sequence[Document], language: str, word: str) -> list[bool]:
    """Return which items have the word, in any of its forms, as a rule would read it."""
    text = json.dumps({"topic": "word", "concepts": {"word": _concept(language, word)}, "when": "word"})
    return _matches(RuleText("word", text, "", "word"), documents) or [False] * len(documents)


def _concept(language: str, word: str) -> dict[str, list[str]]:
    return {language or "also": [f"{word} ~0"]}


def changed(text: str, rule: Rule, language: str, word: str, points: int) -> str:
    """Return a rule's text in which a word counts against an item, all else as the editor wrote it; "" where the text
    is written in a way that this can't be added to."""
    names = {fold(concept.name) for concept in rule.concepts}
    name = next(n for n in ("set-aside", *(f"set-aside-{i}" for i in range(2, 1_000))) if fold(n) not in names)
    heading = _CONCEPTS.search(text)
    if heading is None:
        return ""
    concept = json.dumps(_concept(language, word), ensure_ascii=False)
    gate = _block(text, "when" if not points else "points")
    if gate is None:
        return ""
    start, end, body = gate
    indent = "  "
    if points:
        written = f"points: |\n{body.rstrip()}\n{_margin(body)}-{points} {name}\n"
    else:
        inner = "\n".join(f"{indent}{each}" if each.strip() else each for each in body.rstrip().splitlines())
        written = f"when: |\n{indent}(\n{inner}\n{indent}) AND NOT {name}\n"
    added = text[:start] + written + text[end:]
    at = heading.end() if heading.end() <= start else heading.end() + len(written) - (end - start)
    return f"{added[:at]}\n{_margin(added[at:])}{name}: {concept}{added[at:]}"


def _margin(lines: str) -> str:
    """Return how far the first line that says something is indented."""
    said = (line for line in lines.splitlines() if line.strip() and not line.lstrip().startswith("#"))
    first = next(said, "  ")
    return first[: len(first) - len(first.lstrip())]


def _block(text: str, key: str) -> tuple[int, int, str] | None:
    """Return where a key with a block of lines under it begins and ends, and those lines indented by two at least."""
    found = next((one for one in _KEY.finditer(text) if one["key"] == key), None)
    if found is None:
        return None
    rest = found["rest"].strip()
    if rest and not rest.startswith("|"):
        return (found.start(), min(found.end() + 1, len(text)), f"  {rest}") if rest[0] not in "\"'>{[&!" else None
    end = found.end() + 1
    lines = []
    for each in text[end:].splitlines(keepends=True):
        if each.strip() and not each[0].isspace():
            break
        lines.append(each)
        end += len(each)
    body = "".join(lines)
    kept = body.rstrip()
    # Empty lines behind the block stay where they are.
    return (found.start(), found.end() + 1 + len(kept) + 1, kept) if kept and rest.startswith("|") else None
