"""Finds concepts in a document: words are looked up once, then each concept's terms are laid side by side.

The order is the one an editor would follow: which words are forms of something, where do they stand as the term says,
which of these places does an `except` phrase take away.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, KeysView, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from rules.engine.lexicon import NO_WORDS, Reading, Slot, folded_forms
from rules.engine.spans import Sighting, Span, first_and_last
from rules.model import Document, Field, Reach
from rules.reading.concepts import ADJACENT, Concept, Term
from rules.reading.query import Node
from rules.words.text import SENTENCE_STEP, Words
from rules.words.typos import fold

SUREST = tuple(Reach)


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
    never: frozenset[str] = NO_WORDS
    arrangement: Node | None = None


class SlotBook:
    """Gives every different word of all terms its number while rules are compiled."""

    def __init__(self) -> None:
        self._numbers: dict[Slot, int] = {}

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
        return Sought(
            concept.name,
            by_first_slot(self.phrase(term, never | off if off else never) for term in concept.terms),
            by_first_slot(self.phrase(term, NO_WORDS) for term in concept.exceptions),
            never,
            arrangement,
        )


def by_first_slot(phrases: Iterator[Phrase]) -> Mapping[int, tuple[Phrase, ...]]:
    """Return phrases by the number of their first word's slot."""
    found: dict[int, tuple[Phrase, ...]] = {}
    for phrase in phrases:
        found[phrase.slots[0]] = (*found.get(phrase.slots[0], ()), phrase)
    return found


class Place(NamedTuple):
    """Words of a field, from number `first` to `last`, that were read as a slot. Only a whole hashtag has several."""

    first: int
    last: int
    reading: Reading


class FieldView:
    """One field of a document with its words looked up. Concepts found in it are remembered.

    `candidates` are, for each slot that may be read here, the numbers of the words to ask about; the wholes that words
    may be read as are numbered after the last word.
    """

    def __init__(
        self,
        where: Field,
        words: Words,
        candidates: Mapping[int, list[int]],
        read: Callable[[int, str], Reading | None],
    ) -> None:
        self.where = where
        self.words = words
        self._candidates = candidates
        self._read = read
        self._places: dict[int, list[Place]] = {}
        self._starting: dict[int, dict[int, Place]] = {}
        self._sightings: dict[Sought, list[Sighting]] = {}
        self._excluded: dict[Sought, list[tuple[Sighting, Sighting]]] = {}

    @property
    def slots(self) -> KeysView[int]:
        """Return the slots that some word of the field may be read as."""
        return self._candidates.keys()

    def places(self, slot: int) -> list[Place]:
        """Return where a slot is read, in order."""
        known = self._places.get(slot)
        if known is None:
            known = self._places[slot] = self._read_all(slot)
        return known

    def _read_all(self, slot: int) -> list[Place]:
        words, found = self.words, []
        for number in first_and_last(self._candidates.get(slot, [])):
            first = last = number
            if number >= len(words.starts):
                first, last = words.wholes[number - len(words.starts)]
            reading = self._read(slot, words.raw(first, last))
            if reading is not None and not (reading.only_small and words.has_capitals):
                found.append(Place(first, last, reading))
        return sorted(found) if words.wholes else found

    def _starting_at(self, slot: int) -> dict[int, Place]:
        """Return the places of a slot by their first word; of two that begin with one word, the longer."""
        known = self._starting.get(slot)
        if known is None:
            known = self._starting[slot] = {place.first: place for place in self.places(slot)}
        return known

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
        exceptions = self._find(sought.exceptions, sought.name) if found and sought.exceptions else []
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
        position = self.words.position
        return [Span(position(one.start), position(one.end), (one,), (one,)) for one in sightings]

    def _find(self, phrases: Mapping[int, tuple[Phrase, ...]], concept: str) -> list[Sighting]:
        slots = phrases.keys() & self._candidates.keys() if phrases else ()
        if not slots:
            return []
        begun = [phrase for slot in slots for phrase in phrases[slot]]
        if len(begun) == 1 and len(begun[0].slots) == 1:
            return list(self._phrase(begun[0], concept))
        found: dict[tuple[int, int], Sighting] = {}
        for phrase in begun:
            for sighting in self._phrase(phrase, concept):
                other = found.setdefault(sighting[:2], sighting)
                if other is not sighting and _surer(sighting, other):
                    found[sighting[:2]] = sighting
        return sorted(found.values())

    def _phrase(self, phrase: Phrase, concept: str) -> Iterable[Sighting]:
        places = self.places(phrase.slots[0])
        if len(phrase.slots) == 1:
            return [Sighting(first, last, concept, reading.form, reading.reach) for first, last, reading in places]
        return self._longer(phrase, places, concept)

    def _longer(self, phrase: Phrase, places: Sequence[Place], concept: str) -> Iterator[Sighting]:
        for first, last, reading in places:
            ends: dict[int, tuple[Reading, ...]] = {last: (reading,)}
            for slot, step in zip(phrase.slots[1:], phrase.steps[1:], strict=True):
                ends = self._extended(ends, slot, step)
            for end, readings in ends.items():
                form = " ".join(one.form for one in readings)
                yield Sighting(first, end, concept, form, max((one.reach for one in readings), key=SUREST.index))

    def _extended(self, ends: dict[int, tuple[Reading, ...]], slot: int, step: int) -> dict[int, tuple[Reading, ...]]:
        """Return the beginnings of a phrase, each by its last word, that go on with `slot` within `step` positions."""
        starting = self._starting_at(slot)
        further: dict[int, tuple[Reading, ...]] = {}
        for end, readings in ends.items() if starting else ():
            for number in range(end + 1, end + step + 1):
                place = starting.get(number)
                if place is not None and self._within(end, number, step):
                    further.setdefault(place.last, (*readings, place.reading))
        return further

    def _within(self, end: int, number: int, step: int) -> bool:
        position = self.words.position
        return position(number) - position(end) <= max(step, ADJACENT) < SENTENCE_STEP


def _surer(one: Sighting, other: Sighting) -> bool:
    """Say whether a sighting is told rather than another of the same words, whatever was looked at first."""
    return (SUREST.index(one.reach), one.form) < (SUREST.index(other.reach), other.form)


class _Covers:
    """Finds an exception's place that contains a sighting; places are sorted by their start."""

    def __init__(self, places: list[Sighting]) -> None:
        self.by_word: dict[int, list[Sighting]] = defaultdict(list)
        for place in places:
            for number in range(place.start, place.end + 1):
                self.by_word[number].append(place)

    def of(self, sighting: Sighting) -> Sighting | None:
        return next((place for place in self.by_word.get(sighting.start, ()) if place.end >= sighting.end), None)


@dataclass(frozen=True, slots=True)
class View:
    """A document as rules see it. A field without any word of the rules may be left out."""

    document: Document
    fields: Mapping[Field, FieldView]

    def original(self, where: Field) -> str:
        """Return a field as it is stored."""
        return self.document.title if where is Field.TITLE else self.document.text
