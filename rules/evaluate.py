"""Compiles rules and decides which topics an item is about. Preview, back-test and live matching come through here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from rules.concepts import phrase
from rules.examples import Example
from rules.explain import because, missing, telling
from rules.expressions import Expression
from rules.finder import Finder, Ready
from rules.lexicon import Lexicon, forms_of
from rules.matcher import SlotBook, Sought, View, by_first_slot
from rules.model import Account, Document, Hit, Line, Match, Place, Reach, RuleError, RuleText
from rules.query import Node, Pattern, Quoted, holds_without_words, walk
from rules.rule import Rule, Severity, read_rule
from rules.typos import fold


@dataclass(frozen=True, slots=True)
class TopicTitle:
    """A topic's short name and its titles by language ("" where the rule gives one title for all)."""

    slug: str
    titles: Mapping[str, str]

    def in_language(self, language: str) -> str:
        """Return the title in a language, else in English, else the first there is."""
        for code in (language, "", "en"):
            if code in self.titles:
                return self.titles[code]
        return next(iter(self.titles.values()), self.slug)


@dataclass(frozen=True, slots=True)
class FormRow:
    """One form of one word of a term, as an editor sees it. `off` says what switched it off ("" if it counts)."""

    concept: str
    term: str
    language: str
    written: str
    folded: str
    reach: Reach
    origin: str
    off: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What a rule says of a document, in full."""

    matched: bool
    points: int
    lines: tuple[Line, ...]
    hits: tuple[Hit, ...]


class RuleSet:
    """Rules compiled together: every word of an item is looked up once for all of them."""

    def __init__(self, rules: Sequence[Ready], book: SlotBook) -> None:
        self._rules = {ready.rule.topic: ready for ready in rules}
        self._lexicon = Lexicon(book.slots, book.taboo)
        self._by_slot: dict[int, set[str]] = {}
        self._always: set[str] = set()
        for ready in rules:
            topic = ready.rule.topic
            for slot in _slots(ready):
                self._by_slot.setdefault(slot, set()).add(topic)
            if ready.patterns or holds_without_words(ready.rule.when, elsewhere=True):
                self._always.add(topic)

    @property
    def topics(self) -> tuple[TopicTitle, ...]:
        """Return all topics in the order they were given."""
        return tuple(
            TopicTitle(topic, MappingProxyType(dict(ready.rule.titles))) for topic, ready in self._rules.items()
        )

    def title(self, topic: str, language: str) -> str:
        """Return a topic's title in a language, else in English, else any; the slug itself for an unknown topic."""
        ready = self._rules.get(topic)
        if ready is None:
            return topic
        return TopicTitle(topic, MappingProxyType(dict(ready.rule.titles))).in_language(language)

    def match(self, document: Document) -> tuple[Match, ...]:
        """Return a match for every topic that the item is about, in the order of the topics."""
        view = View(document, self._lexicon)
        wanted = self._always.union(*(self._by_slot.get(slot, ()) for slot in view.slots))
        found = (self._match(ready, view) for topic, ready in self._rules.items() if topic in wanted)
        return tuple(match for match in found if match is not None)

    def match_one(self, topic: str, document: Document) -> Match | None:
        """Return the match of one topic, or None. Raise `KeyError` for an unknown topic."""
        return self._match(self._rules[topic], View(document, self._lexicon))

    def _match(self, ready: Ready, view: View) -> Match | None:
        rule = ready.rule
        decision = decide(Finder(ready, view), in_full=False)
        if not decision.matched:
            return None
        reason = because(decision.hits, decision.points, rule.at_least if rule.points else None)
        return Match(rule.topic, rule.version, decision.points, reason, decision.hits, decision.lines)

    def account(self, topic: str, document: Document) -> Account:
        """Return why a rule did or did not match a document. Raise `KeyError` for an unknown topic."""
        ready = self._rules[topic]
        finder = Finder(ready, View(document, self._lexicon))
        decision = decide(finder, in_full=True)
        lacks, excluded = missing(finder, decision.lines, decision.points, matched=decision.matched)
        return Account(
            topic,
            ready.rule.version,
            decision.matched,
            decision.points,
            ready.rule.at_least,
            decision.lines,
            decision.hits,
            lacks,
            excluded,
        )

    def forms(self, topic: str) -> tuple[FormRow, ...]:
        """Return every form of every term of a topic with where it comes from, in the rule's order."""
        return tuple(_form_rows(self._rules[topic]))

    def excluded(self, topic: str, concept: str, document: Document) -> bool:
        """Say whether an exception of a concept takes away a place in the document."""
        sought = self._rules[topic].concepts[concept]
        view = View(document, self._lexicon)
        return any(field.excluded(sought) for field in view.fields.values())

    def examples(self, topic: str) -> tuple[Example, ...]:
        """Return the rule's own examples."""
        return self._rules[topic].rule.examples


def decide(finder: Finder, *, in_full: bool) -> Decision:
    """Return what the rule says: first the gate and the scopes, then every line of points.

    Not `in_full`, the points are not counted behind a closed gate: nothing could come of it.
    """
    rule, document = finder.ready.rule, finder.view.document
    gate = finder.hits(rule.when)
    weighted = [(0, hit) for hit in gate or ()]
    lines = [Line(rule.when.text, gate is not None)]
    if rule.languages:
        lines.append(Line(f"languages: {', '.join(rule.languages)}", document.language.casefold() in rule.languages))
    if rule.sources:
        lines.append(Line(f"sources: {', '.join(rule.sources)}", document.source.casefold() in rule.sources))
    open_gate = all(line.held for line in lines)
    points = 0
    for line in rule.points if open_gate or in_full else ():
        hits = finder.hits(line.node)
        lines.append(Line(line.node.text, hits is not None, line.points))
        if hits is not None:
            points += line.points
            weighted += [(line.points, hit) for hit in hits if line.points > 0]
    matched = open_gate and (not rule.points or points >= rule.at_least)
    return Decision(matched, points, tuple(lines), telling(weighted))


def compile_rules(texts: Sequence[RuleText], *, examples: bool = False) -> RuleSet:
    """Return all rules compiled into one set. Raise `RuleError` at the first thing that can't be used.

    With `examples` a rule whose own example fails is refused too.
    """
    book = SlotBook()
    rules: list[Ready] = []
    seen: dict[str, str] = {}
    for text in texts:
        rule, problems = read_rule(text)
        for problem in problems:
            if problem.severity is Severity.ERROR:
                raise RuleError(problem.message, problem.place)
        if rule is None:
            continue
        if rule.topic in seen:
            raise RuleError(f'the topic "{rule.topic}" is already in {seen[rule.topic]}', rule.place)
        seen[rule.topic] = rule.place.file
        rules.append(ready_rule(rule, book))
    compiled = RuleSet(rules, book)
    if examples:
        for ready in rules:
            for place, message in failing_examples(compiled, ready.rule.topic):
                raise RuleError(message, place)
    return compiled


def ready_rule(rule: Rule, book: SlotBook) -> Ready:
    """Return a rule ready to be decided, its words entered in the book. Raise `RuleError` for a bad expression."""
    arrangements = dict(rule.arrangements)
    concepts = {concept.name: book.sought(concept, arrangements.get(concept.name)) for concept in rule.concepts}
    quotes: dict[str, Sought] = {}
    patterns: dict[str, Expression] = {}
    for node in _all_nodes(rule):
        if isinstance(node, Quoted):
            words = book.phrase(phrase(node.words, rule.place), frozenset())
            quotes[node.words] = Sought(node.text, by_first_slot(iter([words])))
        elif isinstance(node, Pattern):
            try:
                patterns[node.expression] = Expression(node.expression)
            except ValueError as error:
                raise RuleError(f"the regular expression {node.text} can't be used: {error}", rule.place) from error
    return Ready(rule, concepts, quotes, patterns)


def _all_nodes(rule: Rule) -> Iterator[Node]:
    yield from walk(rule.when)
    for line in rule.points:
        yield from walk(line.node)
    for _, node in rule.arrangements:
        yield from walk(node)


def _slots(ready: Ready) -> Iterator[int]:
    """Yield the slots that begin a phrase of the rule: without one of them no expression of it can hold."""
    for sought in (*ready.concepts.values(), *ready.quotes.values()):
        yield from sought.phrases


def failing_examples(compiled: RuleSet, topic: str) -> Iterator[tuple[Place, str]]:
    """Yield place and message for every example of a topic that the rule does not live up to."""
    for example in compiled.examples(topic):
        document = Document(example.title, example.text, example.language, example.source)
        words = (example.title or example.text)[:80]
        match = compiled.match_one(topic, document)
        if example.matches and match is None:
            lacks = compiled.account(topic, document).missing
            yield example.place, f"the example “{words}” is not matched{': ' + lacks[0] if lacks else ''}"
        elif not example.matches and match is not None:
            yield example.place, f"the example “{words}” should be ignored but matches: {match.because}"
        elif match is not None and example.because and not _gave(match, example.because):
            yield example.place, f"the example “{words}” matches, but not because of {example.because}: {match.because}"


def _gave(match: Match, concept: str) -> bool:
    return any(hit.concept == concept or concept in hit.clause.split() for hit in match.hits)


def _form_rows(ready: Ready) -> Iterator[FormRow]:
    for concept in ready.rule.concepts:
        never = ready.concepts[concept.name].never
        without = frozenset(fold(scalar.value) for scalar in concept.without)
        made = ((term, word, form) for term in concept.terms for word in term.words for form in forms_of(word))
        for term, word, form in made:
            off = "never" if form.folded in never else "without" if form.folded in without else ""
            yield FormRow(
                concept.name, term.text, word.language, form.written, form.folded, form.reach, form.origin, off
            )
