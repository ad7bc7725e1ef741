"""The alternatives that matching is held against, each given the same rules and articles in the way that suits it best.

None of them inflects, counts points, keeps evidence or knows NEAR with typos; where a gate says NEAR they are asked for
AND, which is less work. What an alternative prepares once for its rules (an automaton, the queries) is not counted.
"""

from __future__ import annotations

import re
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

import ahocorasick
import tantivy
from rapidfuzz import fuzz

from bench.matching_news import Sketch
from rules.model import Document

# partial_ratio at which a word counts as found: one wrong letter in ten, as a typo budget of 1 for 8 and 9 letters.
SIMILARITY = 88
_EXACT_LETTERS = 8
Matcher = Callable[[Sequence[Document]], int]
"""Says for a batch of articles how many (rule, article) pairs match."""

# What each gate asks of three groups, with distances left out.
_GATES: Mapping[str, Callable[[bool, bool, bool], bool]] = MappingProxyType(
    {
        "aa AND bb": lambda aa, bb, _: aa and bb,
        "aa NEAR/10 bb": lambda aa, bb, _: aa and bb,
        "aa THEN/12 bb": lambda aa, bb, _: aa and bb,
        "aa AND (bb OR cc)": lambda aa, bb, cc: aa and (bb or cc),
        "aa NEAR/6 bb OR (cc AND bb)": lambda aa, bb, cc: bb and (aa or cc),
        "aa AND bb AND NOT cc": lambda aa, bb, cc: aa and bb and not cc,
    }
)


def _whole(document: Document) -> str:
    return f"{document.title}\n{document.text}".lower()


def partial_ratio_loop(sketches: Sequence[Sketch], cutoff: float | None = None) -> Matcher:
    """Return a loop that compares every term of every rule with the article, as rapidfuzz finds a word in a text.

    With a `cutoff` rapidfuzz gives up a comparison that can't reach it, which takes half the time.
    """

    def matches(documents: Sequence[Document]) -> int:
        found = 0
        for text in map(_whole, documents):
            for sketch in sketches:
                aa, bb, cc = (
                    max(fuzz.partial_ratio(word, text, score_cutoff=cutoff) for word in words) >= SIMILARITY
                    for words in sketch.groups
                )
                found += _GATES[sketch.gate](aa, bb, cc)
        return found

    return matches


def lazy_partial_ratio_loop(sketches: Sequence[Sketch]) -> Matcher:
    """Return the same loop with a cut-off, leaving a rule as soon as its gate can't hold any more."""

    def has(words: Iterable[str], text: str) -> bool:
        return any(fuzz.partial_ratio(word, text, score_cutoff=SIMILARITY) for word in words)

    def matches(documents: Sequence[Document]) -> int:
        found = 0
        for text in map(_whole, documents):
            for sketch in sketches:
                first, second, third = sketch.groups
                needed = second if sketch.gate == "aa NEAR/6 bb OR (cc AND bb)" else first
                if has(needed, text):
                    found += _GATES[sketch.gate](has(first, text), has(second, text), has(third, text))
        return found

    return matches


def tantivy_queries(sketches: Sequence[Sketch], batch: int) -> Matcher:
    """Return tantivy with fuzzy term queries: a batch is indexed in memory, then every rule is one query over it.

    One writing thread. Words of up to 7 letters are exact, of 8 and 9 one edit, longer ones two, as ours. The larger
    the batch, the cheaper an article, for a word's neighbours are looked up once a batch; news come in small ones.
    """
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("body", stored=False, index_option="freq")
    schema = builder.build()
    queries = [_tantivy_query(schema, sketch) for sketch in sketches]

    def matches_of(documents: Sequence[Document]) -> int:
        index = tantivy.Index(schema)
        writer = index.writer(heap_size=50_000_000, num_threads=1)
        for document in documents:
            writer.add_document(tantivy.Document(body=_whole(document)))
        writer.commit()
        index.reload()
        searcher = index.searcher()
        return sum(searcher.search(query, limit=1).count or 0 for query in queries)

    return lambda documents: sum(matches_of(documents[at : at + batch]) for at in range(0, len(documents), batch))


def _tantivy_query(schema: tantivy.Schema, sketch: Sketch) -> tantivy.Query:
    must, should, must_not = tantivy.Occur.Must, tantivy.Occur.Should, tantivy.Occur.MustNot

    def word(term: str) -> tantivy.Query:
        edits = 0 if len(term) < _EXACT_LETTERS else 1 if len(term) < _EXACT_LETTERS + 2 else 2
        if not edits:
            return tantivy.Query.term_query(schema, "body", term)
        return tantivy.Query.fuzzy_term_query(schema, "body", term, distance=edits, transposition_cost_one=True)

    def group(words: Iterable[str]) -> tantivy.Query:
        return tantivy.Query.boolean_query([(should, word(term)) for term in words])

    aa, bb, cc = (group(words) for words in sketch.groups)
    either = tantivy.Query.boolean_query
    if sketch.gate == "aa AND (bb OR cc)":
        return tantivy.Query.boolean_query([(must, aa), (must, either([(should, bb), (should, cc)]))])
    if sketch.gate == "aa NEAR/6 bb OR (cc AND bb)":
        return tantivy.Query.boolean_query([(must, bb), (must, either([(should, aa), (should, cc)]))])
    if sketch.gate == "aa AND bb AND NOT cc":
        return tantivy.Query.boolean_query([(must, aa), (must, bb), (must_not, cc)])
    return tantivy.Query.boolean_query([(must, aa), (must, bb)])


def fts5_queries(sketches: Sequence[Sketch]) -> Matcher:
    """Return SQLite's FTS5, exact: a batch goes into a table in memory, then every rule is one MATCH with its NEAR."""
    questions = [(_fts5_question(sketch),) for sketch in sketches]
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute("CREATE VIRTUAL TABLE article USING fts5(title, body, content='', tokenize='unicode61')")

    def matches(documents: Sequence[Document]) -> int:
        connection.execute("INSERT INTO article(article) VALUES ('delete-all')")
        connection.execute("BEGIN")
        rows = ((number, one.title, one.text) for number, one in enumerate(documents, 1))
        connection.executemany("INSERT INTO article(rowid, title, body) VALUES (?, ?, ?)", rows)
        connection.execute("COMMIT")
        count = "SELECT count(*) FROM article WHERE article MATCH ?"
        return sum(connection.execute(count, question).fetchone()[0] for question in questions)

    return matches


def _fts5_question(sketch: Sketch) -> str:
    aa, bb, cc = ("(" + " OR ".join(f'"{word}"' for word in words) + ")" for words in sketch.groups)
    pairs = [(one, other) for one in sketch.groups[0] for other in sketch.groups[1]]
    near = re.search(r"(?:NEAR|THEN)/(\d+)", sketch.gate)
    # FTS5's NEAR counts the words between.
    close = " OR ".join(f'NEAR("{one}" "{other}", {int(near[1]) - 1})' for one, other in pairs) if near else ""
    if sketch.gate == "aa AND (bb OR cc)":
        return f"{aa} AND ({bb} OR {cc})"
    if sketch.gate == "aa NEAR/6 bb OR (cc AND bb)":
        return f"{close} OR ({cc} AND {bb})"
    if sketch.gate == "aa AND bb AND NOT cc":
        return f"({aa} AND {bb}) NOT {cc}"
    return close or f"{aa} AND {bb}"


def ahocorasick_automaton(sketches: Sequence[Sketch]) -> Matcher:
    """Return one automaton of all words, exact: one pass over the article, then the rules whose words occurred."""
    owners: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for number, sketch in enumerate(sketches):
        for group, words in enumerate(sketch.groups):
            for word in words:
                owners[word].append((number, 1 << group))
    automaton = ahocorasick.Automaton()
    for word, places in owners.items():
        automaton.add_word(word, (len(word), tuple(places)))
    automaton.make_automaton()
    gates = [_GATES[sketch.gate] for sketch in sketches]

    def matches(documents: Sequence[Document]) -> int:
        found = 0
        for text in map(_whole, documents):
            padded = f" {text} "
            seen: dict[int, int] = defaultdict(int)
            for end, (length, places) in automaton.iter(padded):
                if not (padded[end + 1].isalnum() or padded[end - length].isalnum()):
                    for number, group in places:
                        seen[number] |= group
            found += sum(gates[number](bool(bits & 1), bool(bits & 2), bool(bits & 4)) for number, bits in seen.items())
        return found

    return matches
