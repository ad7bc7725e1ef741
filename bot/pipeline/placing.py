"""An item's place among the stories: exact keys first, then the items that share rare clues, compared one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rules.model import Match
from rules.stories import story_keys
from rules.stories.likeness import WINDOW, Rarity
from rules.stories.placing import Candidate, Placing, medoid, place
from rules.stories.sketch import EDITION, Sketch, from_plain, marks, plain, sketch
from storage import sketches, stories
from storage.engine import Session
from storage.items import Unread
from storage.sketches import Kept

COMPARED_MOST = 10  # sixteen found no story more on the labelled set
SHARED_LEAST = 5.0  # the summed weight of shared clues under which no item was ever one of the same event
SHARED_MOST = 2_000  # clue rows that one question may read
COUNTED_LEAST = 200  # a clue is counted up to this, or to a quarter of the window
CORE_AT_SIZES = frozenset({3, 6, 12})  # the core is chosen anew while a story is young, then it stays
CORE_OF = 8


@dataclass(frozen=True, slots=True)
class Placed:
    """Where an item was put: its story, whether that was opened for it, and stories that it proved to be one with."""

    story_id: int
    opened: bool
    merged: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Look:
    """An item that looks for its story."""

    item_id: int
    sketch: Sketch
    marks: dict[str, int]
    hours: sketches.Hours


def settle(tx: Session, item: Unread, found: Sequence[Match], now: datetime) -> Placed:
    """Put a matched item into its story, in the commit of its matches; write its sketch, keys, and any late merge."""
    at = item.published_at or item.first_seen_at
    keys = story_keys(item.title, item.link, at.date())
    concepts = {f"{match.topic}/{hit.concept}" for match in found for hit in match.hits if hit.concept}
    drawn = sketch(item.title, item.text, item.language, at, concepts)
    look = _Look(item.item_id, drawn, marks(drawn), sketches.around(at, WINDOW))
    standing = item.story_id
    if standing is None:
        standing = next(iter(stories.by_keys(tx, keys, now - WINDOW)), None)
    placing = _choose(tx, look, standing)
    again = item.story_id is not None
    sketches.keep(tx, item.item_id, at, EDITION, plain(drawn), look.marks.values(), again=again)
    if placing.story_id is None:
        story_id = stories.open_story(tx, item.item_id, item.title, now)
        stories.join(tx, story_id, keys, now)
        return Placed(story_id, opened=True)
    story_id = min(placing.story_id, *placing.merges) if placing.merges else placing.story_id
    merged = tuple(sorted({placing.story_id, *placing.merges} - {story_id}))
    for newer in merged:
        stories.merge(tx, story_id, newer, now)
    stories.join(tx, story_id, keys, now)
    return Placed(story_id, opened=False, merged=merged)


def _choose(tx: Session, look: _Look, standing: int | None) -> Placing:
    """Return where the item belongs, by comparing it with what shares the rarest clues with it."""
    window = sketches.how_many(tx, look.hours)
    most = max(COUNTED_LEAST, window // 4)
    numbered = sketches.counts(tx, look.marks.values(), look.hours, most)
    known = {clue: numbered.get(number, 0) for clue, number in look.marks.items()}
    rarity = Rarity(known, window)
    asked = _asked(look, known, rarity, most)
    near = sketches.sharing(tx, asked, look.hours, look.item_id, least=SHARED_LEAST, limit=COMPARED_MOST)
    kept = [each for each in sketches.load(tx, near, EDITION) if each.item_id != look.item_id]
    return place(look.sketch, [_candidate(each) for each in kept], rarity, standing)


def _asked(look: _Look, known: dict[str, int], rarity: Rarity, most: int) -> dict[int, float]:
    """Return the clues to look for, the rarest first, at most SHARED_MOST rows' worth, with what sharing them says."""
    asked: dict[int, float] = {}
    rows = 0
    for clue, count in sorted(known.items(), key=lambda pair: (pair[1], pair[0])):
        if not 0 < count < most:
            continue
        rows += count
        if rows > SHARED_MOST:
            break
        asked[look.marks[clue]] = rarity.of(clue, name=clue in look.sketch.names)
    return asked


def _candidate(kept: Kept) -> Candidate:
    return Candidate(kept.item_id, kept.story_id, kept.core, from_plain(kept.sketch))


def renew_core(tx: Session, story_id: int) -> None:
    """Choose anew which item is most like all others of its story, where the story's new size asks for it.

    To be called once the item's row says that it stands in the story.
    """
    if stories.size(tx, story_id) not in CORE_AT_SIZES:
        return
    members = sketches.members(tx, story_id, EDITION, CORE_OF)
    if len(members) > 2:
        at = medoid([from_plain(each.sketch) for each in members], Rarity())
        stories.set_core(tx, story_id, members[at].item_id)
