"""What the message of a story says: its first item as a card, the sentence that matched, one line why, the buttons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from bot.delivery import render, wording
from bot.delivery.model import AlertCard, Snippet
from rules.model import Field, Match
from storage import matches
from storage.engine import Session
from storage.items import present_text
from storage.outbox import Buttons
from storage.stories import Member

SNIPPET_LENGTH = 280
WORDS_SHOWN = 4
ABBREVIATION = 3
_ENDS = ".!?…"
_CLOSING = "\"'»”’)]"
_OPENING = "\"'«“‘([—–-"
# One hit as messages need it: field, start and end in code points of the stored text, quoted words, concept.
Place = tuple[str, int, int, str, str]


@dataclass(frozen=True, slots=True)
class Words:
    """What an alert says of the item it told first: the item, the words that matched, and the sentence they stand in.

    `because` is the rule's own line, for where there are no words to quote."""

    item_id: int
    quoted: tuple[str, ...]
    snippet: Snippet | None
    because: str = ""

    def reason(self, language: str) -> str:
        """Return one line why, without the names that a rule gives its concepts: the words themselves say more."""
        return ", ".join(wording.say("quoted", language, words=each) for each in self.quoted) or self.because


def words_of(item_id: int, text: str, match: Match) -> Words:
    """Return the words for an item that the rules have just read."""
    places = [(str(hit.field), hit.start, hit.end, hit.quoted, hit.concept) for hit in match.hits]
    return Words(item_id, quoted(places), snippet(text, places), match.because)


def told_words(tx: Session, item_id: int, topic_id: int) -> Words:
    """Return the words for an item that was told before, from the evidence kept (its text may be gone by now)."""
    row = matches.of_items(tx, [item_id]).get(item_id, {}).get(topic_id)
    if row is None:
        return Words(item_id, (), None)
    places = places_of(row.evidence)
    _, text = present_text(tx, item_id)
    return Words(item_id, quoted(places), snippet(text, places), row.because)


def places_of(evidence: Iterable[Mapping[str, Any]]) -> list[Place]:
    """Return the hits of a stored match, the most telling first."""
    return [
        (str(h["field"]), int(h["start"]), int(h["end"]), str(h["quoted"]), str(h.get("concept", ""))) for h in evidence
    ]


def card(
    members: Sequence[Member], words: Words, topic_title: str, language: str, *, spread: bool = False
) -> AlertCard | None:
    """Return what the message of a story says: the item told first, and who else has the story. None where the story
    has no item (any more)."""
    if not members:
        return None
    first = next((member for member in members if member.item_id == words.item_id), members[0])
    others = dict.fromkeys(m.source_name for m in members if m.source_id != first.source_id)
    return AlertCard(
        title=first.title,
        link=first.link,
        source_name=first.source_name,
        published_at=first.published_at or first.first_seen_at,
        topic_title=topic_title,
        because=words.reason(language),
        snippet=None if words.snippet and _same(words.snippet.text, first.title) else words.snippet,
        also=tuple(others),
        sources_count=sources_of(members),
        language_count=len({m.language for m in members if m.language}) or 1,
        spread=spread,
    )


def _same(sentence: str, title: str) -> bool:
    return " ".join(sentence.split()).strip(_ENDS).casefold() == " ".join(title.split()).strip(_ENDS).casefold()


def sources_of(members: Iterable[Member]) -> int:
    """Return how many sources have a story."""
    return len({member.source_id for member in members}) or 1


def message(told: AlertCard, zone: str, language: str) -> str:
    """Return the message as Telegram HTML."""
    return render.alert(told, zone=zone, language=language)[0]


def buttons(
    alert_id: int, language: str, *, story_muted: bool = False, source_muted: bool = False, kind: str = "private"
) -> Buttons:
    """Return the buttons under an alert. They carry its number; who may press is found out when they are pressed.

    A channel's readers are nobody we know, so its messages have none.
    """
    if kind == "channel":
        return ()
    return tuple(
        tuple((label, f"a:{alert_id}:{letter}") for label, letter in row)
        for row in _keyboard(language, story_muted, source_muted)
    )


@lru_cache(maxsize=100)
def _keyboard(language: str, story_muted: bool, source_muted: bool) -> tuple[tuple[tuple[str, str], ...], ...]:
    """Return the buttons' labels, each with the letter that stands for what it does: asked for once a reader."""

    def button(key: str, letter: str) -> tuple[str, str]:
        return wording.say(key, language), letter

    return (
        (button("relevant", "y"), button("not relevant", "n")),
        (
            button("unmute story", "S") if story_muted else button("mute story", "s"),
            button("unmute source", "O") if source_muted else button("mute source", "o"),
        ),
        (button("more", "m"),),
    )


def quoted(places: Sequence[Place]) -> tuple[str, ...]:
    """Return the words that matched, one for each concept, the most telling first."""
    found: dict[str, str] = {}
    for _, _, _, words, concept in places:
        found.setdefault(concept or words.casefold(), " ".join(words.split()))
    return tuple(dict.fromkeys(found.values()))[:WORDS_SHOWN]


def snippet(text: str, places: Sequence[Place]) -> Snippet | None:
    """Return the sentence of the text that says most (of several, the one with the most telling hit), its matched words
    marked; None where the text has none. Hits that `text` no longer holds are passed over."""
    inside = [place for place in places if place[0] == Field.TEXT and text[place[1] : place[2]] == place[3]]
    best: tuple[int, int] | None = None
    most = 0
    for _, start, end, _, _ in inside:
        found = _sentence(text, start, end)
        concepts = len({place[4] for place in inside if found[0] <= place[1] and place[2] <= found[1]})
        if concepts > most:
            best, most = found, concepts
    if best is None:
        return None
    start, end = best
    marks: list[tuple[int, int]] = []
    for first, last in sorted((p[1] - start, p[2] - start) for p in inside if start <= p[1] and p[2] <= end):
        if marks and first <= marks[-1][1]:
            marks[-1] = (marks[-1][0], max(last, marks[-1][1]))
        else:
            marks.append((first, last))
    return Snippet(text[start:end], tuple(marks))


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the bounds of the sentence around [start, end), at most SNIPPET_LENGTH long, cut between words."""
    reach = max(0, (SNIPPET_LENGTH - (end - start)) // 2)
    first, last = max(0, start - reach), min(len(text), end + reach)
    begin = next((at for at in range(start, first, -1) if _begins(text, at)), first)
    finish = next((at for at in range(end, last) if _ends(text, at)), last)
    if begin == first and first > 0:
        begin = next((at for at in range(first, start) if text[at - 1].isspace()), first)
    if finish == last and last < len(text):
        finish = next((at for at in range(last, end, -1) if text[at].isspace()), last)
    while begin < start and text[begin].isspace():
        begin += 1
    return begin, max(finish, end)


def _begins(text: str, at: int) -> bool:
    """Say whether a sentence ends just before the white space that `at` follows."""
    before = at - 1
    if text[before] == "\n":
        return True
    if not text[before].isspace():
        return False
    while before > 0 and (text[before].isspace() or text[before] in _CLOSING):
        before -= 1
    return _stops(text, before, at)


def _ends(text: str, at: int) -> bool:
    """Say whether a sentence ends just before `at`."""
    if text[at] == "\n":
        return True
    if not text[at].isspace():
        return False
    before = at - 1
    while before > 0 and text[before] in _CLOSING:
        before -= 1
    after = at
    while after < len(text) and text[after].isspace():
        after += 1
    return after == len(text) or _stops(text, before, after)


def _stops(text: str, mark: int, after: int) -> bool:
    """Say whether the mark ends a sentence: what follows begins one, and it is no "U.S." or "г. Алматы"."""
    if text[mark] not in _ENDS or after >= len(text):
        return False
    if not (text[after].isupper() or text[after].isdigit() or text[after] in _OPENING):
        return False
    if text[mark] != ".":
        return True
    word = mark
    while word > 0 and text[word - 1].isalpha() and mark - word < ABBREVIATION:
        word -= 1
    return mark - word >= ABBREVIATION or text[mark - 1].isdigit() or text[mark - 1] in _CLOSING
