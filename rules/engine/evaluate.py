"""Compiles rules and decides which topics an item is about. Preview, back-test and live matching come through here."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from rules.engine.explain import because, missing, plainly, telling
from rules.engine.finder import Finder, told
from rules.engine.intake import take_in
from rules.engine.layer import Layer
from rules.engine.lexicon import forms_of
from rules.engine.matcher import View
from rules.engine.ready import Ready
from rules.model import Account, Document, FormRow, Hit, Line, Match, Place, RuleError, RuleText
from rules.reading.examples import Example
from rules.reading.rule import Rule, Severity, read_rule
from rules.words.typos import fold

# Enough that the cost of a batch is shared by many, little enough that its arrays stay in the processor's cache.
BATCH = 64
BATCH_CHARACTERS = 500_000
# So many rules are compiled anew with each changed one; more, and all are compiled together again.
MOST_CHANGED = 100


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
class Decision:
    """What a rule says of a document, in full."""

    matched: bool
    points: int
    lines: tuple[Line, ...]
    hits: tuple[Hit, ...]


REFUSED = Decision(matched=False, points=0, lines=(), hits=())


class RuleSet:
    """Rules compiled together: every word of an item is looked up once for all of them.

    What a topic decides does not depend on which other topics there are.
    A set never changes: `changed` returns another.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._arrange([Layer(rules)], [rule.topic for rule in rules])

    def _arrange(self, layers: Sequence[Layer], topics: Sequence[str]) -> None:
        """Take each topic from the last layer that has it."""
        self._layers = tuple(layers)
        found = {ready.rule.topic: (ready, layer) for layer in layers for ready in layer.rules}
        self._rules = {topic: found[topic][0] for topic in topics}
        self._layer_of = {topic: found[topic][1] for topic in topics}
        self._order = {topic: number for number, topic in enumerate(topics)}

    def _with(self, layers: Sequence[Layer], topics: Sequence[str]) -> RuleSet:
        other = RuleSet.__new__(RuleSet)
        other._arrange(layers, topics)
        return other

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
        return self._match_batch([document], self._rules)[0]

    def match_each(self, documents: Sequence[Document]) -> list[tuple[Match, ...]]:
        """Return for every document what `match` returns for it, in the order of the documents."""
        return self.match_topics(tuple(self._rules), documents)

    def match_topics(self, topics: Collection[str], documents: Sequence[Document]) -> list[tuple[Match, ...]]:
        """Return for every document the matches of some topics only. Raise `KeyError` for an unknown topic."""
        wanted = {topic: self._rules[topic] for topic in topics}
        return [found for batch in _batches(documents) for found in self._match_batch(batch, wanted)]

    def _match_batch(self, batch: Sequence[Document], wanted: Mapping[str, Ready]) -> list[tuple[Match, ...]]:
        found: list[list[Match]] = [[] for _ in batch]
        intake = take_in([words for document in batch for words in (document.title, document.text)])
        for layer in self._layers:
            for number, view, rules in layer.worth_deciding(intake, batch):
                current = (ready for ready in rules if wanted.get(ready.rule.topic) is ready)
                matches = (self._match(ready, view) for ready in current)
                found[number] += [match for match in matches if match is not None]
        return [tuple(sorted(matches, key=lambda match: self._order[match.topic])) for matches in found]

    def changed(self, text: RuleText) -> RuleSet:
        """Return a set in which one rule is added, or stands in place of its older text; this set stays as it is.

        Raise `RuleError` where the text can't be used.
        """
        rule = _read(text)
        if rule is None:
            return self
        base, *later = self._layers
        newer = {ready.rule.topic: ready.rule for layer in later for ready in layer.rules} | {rule.topic: rule}
        topics = tuple(dict.fromkeys((*self._rules, rule.topic)))
        if len(newer) <= MOST_CHANGED:
            return self._with([base, Layer(list(newer.values()))], topics)
        rules = {topic: ready.rule for topic, ready in self._rules.items()} | {rule.topic: rule}
        return RuleSet([rules[topic] for topic in topics])

    def without(self, topic: str) -> RuleSet:
        """Return a set that lacks one topic; this set stays as it is. Raise `KeyError` for an unknown topic."""
        if topic not in self._rules:
            raise KeyError(topic)
        return self._with(self._layers, [slug for slug in self._rules if slug != topic])

    def match_one(self, topic: str, document: Document) -> Match | None:
        """Return the match of one topic, or None. Raise `KeyError` for an unknown topic."""
        return self._match(self._rules[topic], self._view(topic, document))

    def _view(self, topic: str, document: Document) -> View:
        return self._layer_of[topic].view(take_in([document.title, document.text]), document)

    def _match(self, ready: Ready, view: View) -> Match | None:
        rule = ready.rule
        finder = Finder(ready, view)
        if not finder.may_match():
            return None
        decision = decide(finder, in_full=False)
        if not decision.matched:
            return None
        reason = because(decision.hits, decision.points, rule.at_least if rule.points else None)
        return Match(rule.topic, rule.version, decision.points, reason, decision.hits, decision.lines)

    def account(self, topic: str, document: Document) -> Account:
        """Return why a rule did or did not match a document. Raise `KeyError` for an unknown topic."""
        ready = self._rules[topic]
        finder = Finder(ready, self._view(topic, document))
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
            plainly(finder, decision.lines, decision.points, matched=decision.matched),
        )

    def forms(self, topic: str) -> tuple[FormRow, ...]:
        """Return every form of every term of a topic with where it comes from, in the rule's order."""
        return tuple(_form_rows(self._rules[topic]))

    def excluded(self, topic: str, concept: str, document: Document) -> bool:
        """Say whether an exception of a concept takes away a place in the document."""
        sought = self._rules[topic].concepts[concept]
        view = self._view(topic, document)
        return any(field.excluded(sought) for field in view.fields.values())

    def examples(self, topic: str) -> tuple[Example, ...]:
        """Return the rule's own examples."""
        return self._rules[topic].rule.examples


def decide(finder: Finder, *, in_full: bool) -> Decision:
    """Return what the rule says: first the gate and the scopes, then every line of points.

    Not `in_full`, a refusal is all that is said of what does not match.
    """
    rule, document = finder.ready.rule, finder.view.document
    gate = finder.traces(rule.when)
    if gate is None and not in_full:
        return REFUSED
    traces = [(0, gate or [])]
    lines = [Line(rule.when.text, gate is not None)]
    if rule.languages:
        lines.append(Line(f"languages: {', '.join(rule.languages)}", document.language.casefold() in rule.languages))
    if rule.sources:
        lines.append(Line(f"sources: {', '.join(rule.sources)}", document.source.casefold() in rule.sources))
    open_gate = all(line.held for line in lines)
    points = 0
    for line in rule.points if open_gate or in_full else ():
        found = finder.traces(line.node)
        lines.append(Line(line.node.text, found is not None, line.points))
        if found is not None:
            points += line.points
            traces.append((line.points, found if line.points > 0 else []))
    matched = open_gate and (not rule.points or points >= rule.at_least)
    if not matched and not in_full:
        return REFUSED
    weighted = [(worth, hit) for worth, found in traces for hit in told(found)]
    return Decision(matched, points, tuple(lines), telling(weighted))


def _batches(documents: Sequence[Document]) -> Iterator[Sequence[Document]]:
    """Yield the documents in batches, small enough to be read in one go."""
    begin = characters = 0
    for number, document in enumerate(documents):
        if number - begin == BATCH or characters > BATCH_CHARACTERS:
            yield documents[begin:number]
            begin, characters = number, 0
        characters += len(document.title) + len(document.text)
    if begin < len(documents):
        yield documents[begin:]


def _read(text: RuleText) -> Rule | None:
    rule, problems = read_rule(text)
    for problem in problems:
        if problem.severity is Severity.ERROR:
            raise RuleError(problem.message, problem.place)
    return rule


def compile_rules(texts: Sequence[RuleText], *, examples: bool = False) -> RuleSet:
    """Return all rules compiled into one set. Raise `RuleError` at the first thing that can't be used.

    With `examples` a rule whose own example fails is refused too.
    """
    rules: list[Rule] = []
    seen: dict[str, str] = {}
    for rule in filter(None, map(_read, texts)):
        if rule.topic in seen:
            raise RuleError(f'the topic "{rule.topic}" is already in {seen[rule.topic]}', rule.place)
        seen[rule.topic] = rule.place.file
        rules.append(rule)
    compiled = RuleSet(rules)
    for rule in rules if examples else ():
        for place, message in failing_examples(compiled, rule.topic):
            raise RuleError(message, place)
    return compiled


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
