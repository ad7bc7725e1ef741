"""The editor of a rule: its text beside what the text would do, from the first letter to the published version."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from markupsafe import Markup
from starlette.responses import JSONResponse, Response

from bot.actions import keep_draft
from bot.actions.edit_rules import RulesError
from bot.actions.keep_draft import LONGEST_TEXT, Typed
from bot.actions.publish_rules import Order, drop_draft, publish
from bot.web.door import Refused
from bot.web.marking import marked, snippet, spans_of
from bot.web.previews import BUDGET_S, Changed, Preview
from bot.web.roles import Page, Role
from bot.web.rules import MEASURED, house_topic, standing_text
from bot.web.visit import Visit
from bot.workers import WorkerFault
from rules.model import Account, Field, RuleError, RuleText
from storage import drafts, proposals, versions, votes
from storage.drafts import DraftTakenError
from storage.engine import Session, StorageError
from storage.tables import DraftRow, ProposalRow, TopicRow
from storage.versions import OvertakenError
from storage.votes import Votes

SHOWN = 25
PATIENT_S = 20.0
SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
NO_VOTES = Votes()
FIRST_TEXT = """topic: {slug}
title: {{en: {title}}}

concepts:
  # a concept is what can be said in many words; name it as you like
  subject:
    en: [word, two words]
    ru: [слово]

when: |
  subject

examples:
  match:
    - A headline with the word that should be found
  ignore:
    - A headline about something else
"""


@dataclass(frozen=True, slots=True)
class Editing:
    """What an editor opens: the topic, the text to go on with, the draft that it is (None: the version in force)."""

    topic: TopicRow
    text: str
    number: int
    draft: DraftRow | None
    standing: RuleText | None
    proposals: tuple[ProposalRow, ...]

    @property
    def based_on(self) -> int:
        """The version that the text was made from."""
        return self.draft.based_on if self.draft is not None else self.number

    @property
    def overtaken(self) -> bool:
        """Whether somebody published since the draft was begun."""
        return self.draft is not None and self.draft.based_on != self.number


def opened(tx: Session, slug: str) -> Editing:
    """Return what stands there to be edited. Raises Refused where there is no such topic."""
    topic = house_topic(tx, slug)
    current, draft = versions.in_force(tx, topic), drafts.find(tx, topic.id or 0)
    text = draft.text if draft is not None else current.text if current is not None else ""
    offered = tuple(row for row, owner in proposals.standing(tx) if owner.id == topic.id)
    number = current.number if current is not None else 0
    return Editing(topic, text, number, draft, standing_text(tx, topic), offered)


async def edit(visit: Visit) -> Response:
    """Show the editor."""
    slug = visit.path("slug")
    editing = await visit.read(lambda tx: opened(tx, slug))
    return visit.page("editor.html", editing=editing, slug=slug)


async def begin(visit: Visit) -> Response:
    """Make a topic of a name, with a first text to go on from."""
    slug = visit.form.get("slug", "").strip().lower()
    title = visit.form.get("title", "").strip()[:100] or slug
    if not SLUG.fullmatch(slug):
        raise Refused(422, "A short name has small letters, digits and hyphens.")
    text = FIRST_TEXT.format(slug=slug, title=_quoted(title))
    change = partial(keep_draft.begin, slug=slug, text=text, author=visit.name, who=visit.who, now=visit.now)
    try:
        await visit.write(change)
    except RulesError as error:
        raise Refused(409, "There is a topic of this name already.") from error
    return visit.go(f"/rules/{slug}")


def _quoted(title: str) -> str:
    return '"' + title.replace("\\", " ").replace('"', "'").replace("\n", " ") + '"'


@dataclass(frozen=True, slots=True)
class Shown:
    """An item of the preview: its words with the marks, why, what people said of it, and for a dropped one what the
    draft lacks."""

    change: Changed
    title: Markup
    snippet: Markup
    votes: Votes
    lacks: str = ""


async def preview(visit: Visit) -> Response:
    """Show what the text as typed would do."""
    slug = visit.path("slug")
    text = typed_text(visit)
    topic = await visit.read(lambda tx: house_topic(tx, slug))
    standing = await visit.read(lambda tx: standing_text(tx, topic))
    budget_s = PATIENT_S if visit.form.get("patient") == "1" else BUDGET_S
    desk, rule = visit.console.desk, RuleText(slug, text, "draft", "the draft")
    try:
        found = await desk.preview(visit.csrf, rule, standing, budget_s=budget_s)
        if found is None:
            return Response(status_code=204)
        dropped = found.dropped[:SHOWN]
        lacks = await desk.accounts(found.laid, rule, [one.place for one in dropped]) if found.laid else []
    except (WorkerFault, RuleError) as fault:
        return visit.page("preview_failed.html", 503, fault=str(fault))
    said = await visit.read(lambda tx: _votes(tx, topic.id or 0, found))
    return visit.page(
        "preview.html", preview=found, troubles=[_trouble(one) for one in found.draft.troubles],
        said=_sides(found, said),
        added=_shown(found.added, said), dropped=_shown(dropped, said, lacks), kept=_shown(found.kept, said),
    )  # fmt: skip


def typed_text(visit: Visit) -> str:
    text = visit.form.get("text", "")
    if len(text) > LONGEST_TEXT:
        raise Refused(413, "This text is too long for a rule.")
    return text


def _trouble(one: object) -> dict[str, object]:
    return {name: getattr(one, name) for name in ("line", "column", "message", "error")}


def _votes(tx: Session, topic_id: int, found: Preview) -> dict[int, Votes]:
    changed = [one.item.item_id for one in (*found.added, *found.dropped)]
    shown = [*changed[:900], *(one.item.item_id for one in found.kept[:SHOWN])]
    return votes.of_items(tx, topic_id, shown)


def _sides(found: Preview, said: dict[int, Votes]) -> dict[str, tuple[int, int]]:
    """Return of the added and the dropped items how many people called relevant, and how many not."""
    sides = {}
    for name, changes in (("added", found.added), ("dropped", found.dropped)):
        told = [said.get(one.item.item_id, NO_VOTES) for one in changes]
        good = sum(one.relevant > one.not_relevant for one in told)
        sides[name] = (good, sum(one.not_relevant > one.relevant for one in told))
    return sides


def _shown(changes: Sequence[Changed], said: dict[int, Votes], lacks: Sequence[Account] = ()) -> list[Shown]:
    shown = []
    for number, change in enumerate(changes[:SHOWN]):
        item, hits = change.item, change.found.hits
        lack = next(iter((*lacks[number].excluded, *lacks[number].missing)), "") if number < len(lacks) else ""
        shown.append(
            Shown(
                change, marked(item.title, spans_of(hits, Field.TITLE)), snippet(item.text, spans_of(hits, Field.TEXT)),
                said.get(item.item_id, NO_VOTES), lack,
            )
        )  # fmt: skip
    return shown


async def keep(visit: Visit) -> Response:
    """Keep the text as typed as the topic's draft; two editors of one draft are told of each other."""
    typed = Typed(
        visit.path("slug"), typed_text(visit), visit.name, _number(visit, "revision"), _number(visit, "based_on")
    )
    try:
        kept = await visit.write(lambda tx: keep_draft.keep(tx, typed, visit.who, visit.now))
    except DraftTakenError as taken:
        return JSONResponse({"author": taken.author, "revision": taken.revision}, 409)
    except (RulesError, StorageError) as error:
        return JSONResponse({"message": str(error)}, 409)
    return JSONResponse({"revision": kept.revision, "saved_at": kept.saved_at.isoformat()})


def _number(visit: Visit, name: str) -> int:
    said = visit.form.get(name, "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 12 else 0


async def put_in_force(visit: Visit) -> Response:
    """Publish the text as typed, with a reason."""
    slug, text = visit.path("slug"), typed_text(visit)
    await visit.read(lambda tx: house_topic(tx, slug))
    order = Order(
        RuleText(slug, text, "draft", slug), visit.name, visit.form.get("reason", ""), _number(visit, "based_on"),
        _number(visit, "revision"), visit.form.get("anyway") == "1", visit.now - MEASURED,
    )  # fmt: skip
    console = visit.console
    try:
        done = await publish(console.db, console.judges, order, console.now, lambda done, of: None)
    except OvertakenError as error:
        return visit.page("publish_refused.html", 409, problem="", overtaken=error, slug=slug)
    except (RulesError, StorageError, WorkerFault) as error:
        return visit.page("publish_refused.html", 422, problem=str(error), overtaken=None, slug=slug)
    return visit.page("published.html", done=done, slug=slug)


async def discard(visit: Visit) -> Response:
    """Throw the draft away."""
    slug = visit.path("slug")
    topic = await visit.read(lambda tx: house_topic(tx, slug))
    await drop_draft(visit.console.db, slug, visit.name, visit.now)
    return visit.go(f"/rules/{slug}" if topic.published_id else "/rules", "The draft is gone.")


PAGES = (
    Page("POST", "/rules", Role.EDITOR, begin),
    Page("GET", "/rules/{slug}", Role.READER, edit),
    Page("POST", "/rules/{slug}/preview", Role.EDITOR, preview),
    Page("POST", "/rules/{slug}/draft", Role.EDITOR, keep),
    Page("POST", "/rules/{slug}/publish", Role.EDITOR, put_in_force),
    Page("POST", "/rules/{slug}/discard", Role.EDITOR, discard),
)
