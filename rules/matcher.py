"""Finds concepts in a document: words are looked up once, then each concept's terms are laid side by side.

The order is the one an editor would follow: which words are forms of something, where do they stand as the term says,
which of these places does an `except` phrase take away.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from rules.concepts import ADJACENT, Concept, Term
from rules.lexicon import Lexicon, Reading, Slot, folded_forms
from rules.model import Document, Field, Reach
from rules.query import Node
from rules.spans import Sighting, Span
from rules.text import SENTENCE_STEP, Words, cut
from rules.typos import fold

SUREST = tuple(Reach)
# No article uses one word more often; where one does, its first and its last places are read.
MOST_SIGHTINGS = 4_000


@dataclass(frozen=True, slots=True)
class Phrase:
    """A term as slots of the lexicon. `steps[i]` is how many positions word i may be after the one before it."""

    text: str
    slots: tuple[int, ...]
    steps: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Sought:
    """A concept ready to be found: its phrases and its exceptions, by the slot of their first word."""

    name: str
    phrases: Mapping[int, tuple[Phrase, ...]]
    exceptions: Mapping[int, tuple[Phrase, ...]] = field(default_factory=dict)
    never: frozenset[str] = frozenset()
    arrangement: Node | None = None


class SlotBook:
    """Gives every different word of all terms its number while rules are compiled."""

    def __init__(self) -> None:
        self._numbers: dict[Slot, int] = {}
        self.taboo: set[str] = set()

    @property
    def slots(self) -> Sequence[Slot]:
        """Return all slots; a slot's number is its place."""
        return tuple(self._numbers)

    def phrase(self, term: Term, never: frozenset[str]) -> Phrase:
        """Return a term as numbers of slots."""
        numbers = tuple(self._numbers.setdefault(Slot(word, never), len(self._numbers)) for word in term.words)
        return Phrase(term.text, numbers, term.steps)

    def sought(self, concept: Concept, arrangement: Node | None) -> Sought:
        """Return a concept ready to be found, its words entered."""
        never = folded_forms(concept.never)
        off = frozenset(fold(scalar.value) for scalar in concept.without)
        self.taboo |= never | off
        return Sought(
            concept.name,
            by_first_slot(self.phrase(term, never | off) for term in concept.terms),
            by_first_slot(self.phrase(term, frozenset()) for term in concept.exceptions),
            never,
            arrangement,
        )


def by_first_slot(phrases: Iterator[Phrase]) -> Mapping[int, tuple[Phrase, ...]]:
    """Return phrases by the number of their first word's slot."""
    found: dict[int, tuple[Phrase, ...]] = {}
    for phrase in phrases:
        found[phrase.slots[0]] = (*found.get(phrase.slots[0], ()), phrase)
    return found


class FieldView:
    """One field of a document with its words looked up. Concepts found in it are remembered."""

    def __init__(self, where: Field, words: Words, lexicon: Lexicon) -> None:
        self.where = where
        self.words = words
        self.places: dict[int, list[tuple[int, Reading]]] = defaultdict(list)
        self._sightings: dict[Sought, list[Sighting]] = {}
        self._excluded: dict[Sought, list[tuple[Sighting, Sighting]]] = {}
        read = lexicon.read
        for number, token in enumerate(words.tokens):
            for reading in read(token.raw):
                if not (reading.only_small and words.has_capitals):
                    self.places[reading.slot].append((number, reading))

    @cached_property
    def _by_word(self) -> dict[int, dict[int, Reading]]:
        """Return for each word that was read as anything: slot → reading."""
        found: dict[int, dict[int, Reading]] = defaultdict(dict)
        for slot, places in self.places.items():
            for number, reading in places:
                found[number].setdefault(slot, reading)
        return found

    def sightings(self, sought: Sought) -> list[Sighting]:
        """Return where the concept's terms stand, without the places that its exceptions take away, in order."""
        known = self._sightings.get(sought)
        if known is None:
            known, self._excluded[sought] = self.kept(sought, self._find(sought.phrases, sought.name))
            self._sightings[sought] = known
        return known

    def excluded(self, sought: Sought) -> list[tuple[Sighting, Sighting]]:
        """Return places that an exception took away, each with the exception's own place."""
        self.sightings(sought)
        return self._excluded[sought]

    def kept(self, sought: Sought, found: list[Sighting]) -> tuple[list[Sighting], list[tuple[Sighting, Sighting]]]:
        """Return what no exception covers, and pairs of what one covers and the exception's place."""
        exceptions = self._find(sought.exceptions, sought.name) if found else []
        if not exceptions:
            return found, []
        kept: list[Sighting] = []
        taken: list[tuple[Sighting, Sighting]] = []
        covers = _Covers(exceptions)
        for sighting in found:
            cover = covers.of(sighting)
            if cover is None:
                kept.append(sighting)
            else:
                taken.append((sighting, cover))
        return kept, taken

    def spans(self, sightings: list[Sighting]) -> list[Span]:
        """Return sightings as stretches of positions."""
        positions = self.words.positions if sightings else []
        return [Span(positions[one.start], positions[one.end], (one,), (one,)) for one in sightings]

    def _find(self, phrases: Mapping[int, tuple[Phrase, ...]], concept: str) -> list[Sighting]:
        found: dict[tuple[int, int], Sighting] = {}
        begun = (phrase for slot in phrases.keys() & self.places.keys() for phrase in phrases[slot])
        for sighting in (sighting for phrase in begun for sighting in self._phrase(phrase, concept)):
            extent = (sighting.start, sighting.end)
            other = found.get(extent)
            if other is None or SUREST.index(sighting.reach) < SUREST.index(other.reach):
                found[extent] = sighting
        return sorted(found.values())

    def _phrase(self, phrase: Phrase, concept: str) -> Iterator[Sighting]:
        places = self.places[phrase.slots[0]]
        if len(places) > MOST_SIGHTINGS:
            places = places[: MOST_SIGHTINGS // 2] + places[-MOST_SIGHTINGS // 2 :]
        for number, reading in places:
            if len(phrase.slots) == 1:
                yield Sighting(number, number, concept, reading.form, reading.reach)
                continue
            ends: dict[int, tuple[Reading, ...]] = {number: (reading,)}
            for slot, step in zip(phrase.slots[1:], phrase.steps[1:], strict=True):
                ends = self._extended(ends, slot, step)
            for end, readings in ends.items():
                form = " ".join(one.form for one in readings)
                yield Sighting(number, end, concept, form, max((one.reach for one in readings), key=SUREST.index))

    def _extended(self, ends: dict[int, tuple[Reading, ...]], slot: int, step: int) -> dict[int, tuple[Reading, ...]]:
        """Return the beginnings of a phrase, each by its last word, that go on with `slot` within `step` positions."""
        further: dict[int, tuple[Reading, ...]] = {}
        for end, readings in ends.items():
            for number in range(end + 1, end + step + 1):
                reading = self._by_word[number].get(slot) if number in self._by_word else None
                if reading is not None and self._within(end, number, step):
                    further.setdefault(number, (*readings, reading))
        return further

    def _within(self, end: int, number: int, step: int) -> bool:
        positions = self.words.positions
        return positions[number] - positions[end] <= max(step, ADJACENT) < SENTENCE_STEP


class _Covers:
    """Finds an exception's place that contains a sighting; places are sorted by their start."""

    def __init__(self, places: list[Sighting]) -> None:
        self.by_word: dict[int, list[Sighting]] = defaultdict(list)
        for place in places:
            for number in range(place.start, place.end + 1):
                self.by_word[number].append(place)

    def of(self, sighting: Sighting) -> Sighting | None:
        return next((place for place in self.by_word.get(sighting.start, ()) if place.end >= sighting.end), None)


class View:
    """A document as rules see it."""

    def __init__(self, document: Document, lexicon: Lexicon) -> None:
        self.document = document
        self.fields = {
            where: FieldView(where, cut(original, lexicon.knows), lexicon)
            for where, original in ((Field.TITLE, document.title), (Field.TEXT, document.text))
            if original
        }

    @property
    def slots(self) -> set[int]:
        """Return the numbers of all slots that were read anywhere."""
        return {slot for view in self.fields.values() for slot in view.places}
