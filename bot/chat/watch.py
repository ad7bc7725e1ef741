"""/watch: a topic of one's own words, tried on the last week before it is saved, and the list of such topics.

The words wait as a draft; what they find is shown by `preview` a moment later, for that takes the judge's time.
"""

from __future__ import annotations

import html
import re
from datetime import timedelta
from types import MappingProxyType

from bot.actions import subscribe
from bot.actions.rehearse import WEEK, Rehearsal
from bot.actions.watch import TOPICS_AT_MOST, Tightness, Wanted, WordsError, compose, read_words
from bot.chat.texts import Html, counted, lines, plain, text
from bot.chat.topics import settings_row
from bot.chat.visit import Answer, Buttons, Reply, Visit, find_person, join, says
from bot.delivery.text import clean, cut, link
from bot.texts import figures
from storage import audit, rulebook, watches
from storage.archive import Archived
from storage.engine import Session
from storage.tables import SubscriberRow, SubscriberState
from storage.watches import Waiting

WORDS = 200
LABEL = 40
TITLE = 160
# More than this share of the week's items, and more than so many a day, is nothing that one reads.
BROAD_SHARE, BROAD_A_DAY = 0.2, 30
KEYS = MappingProxyType(
    {
        Tightness.ANYWHERE: "watch anywhere",
        Tightness.NEAR: "watch near",
        Tightness.TOGETHER: "watch together",
    }
)


def command(tx: Session, visit: Visit) -> Answer:
    """Show one's own topics, or try words as a new one."""
    typed = visit.ask.argument.strip()
    person = find_person(tx, visit)
    if person is None or (typed and person.state != SubscriberState.ACTIVE.value):
        person = join(tx, visit)
    if not typed:
        return says(screen(tx, person), person=person)
    known = watches.count(tx, subscribe.number(person))
    if known >= TOPICS_AT_MOST:
        shown = Reply(counted("watch limit", person.language, known), screen(tx, person).buttons)
        return says(shown, person=person)
    try:
        wanted = read_words(typed)
    except WordsError as error:
        return says(
            lines(text(error.key, person.language, **error.values), text("watch usage", person.language)), person=person
        )
    watches.put(tx, subscribe.number(person), cut(clean(typed), WORDS), compose(wanted, Tightness.ANYWHERE), visit.now)
    # No message yet: the preview is the answer, and follows at once.
    return Answer(about="watch asked", subscriber_id=person.id)


def screen(tx: Session, person: SubscriberRow) -> Reply:
    """Return a person's own topics, each with the button that deletes it."""
    language = person.language
    mine = sorted(rulebook.topics(tx, subscribe.number(person)), key=lambda one: one.topic_id) if person.id else []
    rows: Buttons = tuple(
        ((plain("watch delete", language, words=cut(one.title(language), LABEL)), f"w:{one.topic_id}:ask"),)
        for one in mine
    )
    told = [text("line", language, line=f"• {cut(clean(one.title(language)), WORDS)}") for one in mine]
    head = text("watch list" if mine else "watch none", language)
    return Reply(lines(head, *told, text("watch usage", language)), (*rows, settings_row(language)))


def preview(waiting: Waiting, person: SubscriberRow, tried: Rehearsal) -> Reply:
    """Return what a waiting topic finds, with the buttons to save it, to have it tighter, or not at all."""
    language, words = person.language, waiting.words
    if tried.broken:
        return Reply(text("watch broken", language, words=words))
    try:
        wanted = read_words(words)
    except WordsError as error:
        return Reply(text(error.key, language, **error.values))
    level = _level(wanted, waiting.text)
    head = _head(words, wanted, level, language)
    told = [_title(item, person) for item in tried.titles]
    broad = tried.found > max(BROAD_SHARE * tried.items, BROAD_A_DAY * (WEEK / timedelta(days=1)))
    note = text("watch broad", language) if broad else Html("")
    return Reply(
        lines(head, Html(""), _counts(tried, language), *told, note), _choices(waiting, wanted, level, language)
    )


def pressed(tx: Session, visit: Visit, person: SubscriberRow, found: re.Match[str]) -> Answer:
    """Save, tighten, widen or drop a topic that waits, as its button says."""
    waiting = watches.find(tx, int(found[1]), subscribe.number(person))
    language, number = person.language, person.id
    if waiting is None or waiting.revision != int(found[2]):
        old = Reply(text("watch old", language))
        return Answer(toast=plain("watch old", language), rewritten=old, about="press stale", subscriber_id=number)
    if found[3] == "save":
        return _save(tx, visit, person, waiting)
    if found[3] == "no":
        watches.drop_waiting(tx, waiting.owner_id, visit.now)
        gone = Reply(text("watch cancelled", language, words=waiting.words))
        return Answer(rewritten=gone, about="watch cancelled", subscriber_id=number)
    wanted, level = read_words(waiting.words), Tightness(int(found[3]))
    if level in wanted.levels:
        watches.change(tx, waiting, compose(wanted, level), visit.now)
    # The new preview comes as a message of its own; this one is of the past.
    past = Reply(_head(waiting.words, wanted, level, language))
    return Answer(toast=plain("toast trying", language), rewritten=past, about="watch asked", subscriber_id=number)


def delete_asked(tx: Session, visit: Visit, person: SubscriberRow, found: re.Match[str]) -> Answer:
    """Ask whether to delete a topic of one's own."""
    language = person.language
    topic = next((t for t in rulebook.topics(tx, person.id or -1) if t.topic_id == int(found[1])), None)
    if topic is None:
        return _listed(tx, person, plain("toast stale", language), "press stale")
    rows: Buttons = (
        (
            (plain("button delete", language), f"w:{topic.topic_id}:del"),
            (plain("button keep", language), "s:watch"),
        ),
    )
    asked = Reply(text("watch ask delete", language, words=topic.title(language)), rows)
    return Answer(rewritten=asked, about="watch delete asked", subscriber_id=person.id)


def deleted(tx: Session, visit: Visit, person: SubscriberRow, found: re.Match[str]) -> Answer:
    """Delete a topic of one's own."""
    number = subscribe.number(person)
    topic = next((t for t in rulebook.topics(tx, number or -1) if t.topic_id == int(found[1])), None)
    if topic is None or not watches.remove(tx, topic.topic_id, number, visit.now):
        return _listed(tx, person, plain("toast stale", person.language), "press stale")
    _record(tx, person, "deleted own topic", topic.topic_id, visit)
    title = cut(clean(topic.title(person.language)), LABEL)
    return _listed(tx, person, plain("watch deleted", person.language, words=title), "watch deleted")


def _listed(tx: Session, person: SubscriberRow, toast: str, about: str) -> Answer:
    return Answer(toast=toast, rewritten=screen(tx, person), about=about, subscriber_id=person.id)


def _save(tx: Session, visit: Visit, person: SubscriberRow, waiting: Waiting) -> Answer:
    language, number = person.language, subscribe.number(person)
    known = watches.count(tx, number)
    if known >= TOPICS_AT_MOST:
        full = Reply(counted("watch limit", language, known))
        return Answer(rewritten=full, about="watch refused", subscriber_id=person.id)
    topic = watches.save(tx, waiting, visit.now)
    if topic is None:
        old = Reply(text("watch old", language))
        return Answer(toast=plain("watch old", language), rewritten=old, about="press stale", subscriber_id=person.id)
    subscribe.subscribe(tx, person, topic, visit.now)
    _record(tx, person, "saved own topic", topic.topic_id, visit)
    way = plain(f"how {subscribe.how_of(tx, person, topic.topic_id)}", language)
    done = Reply(text("watch saved", language, words=waiting.words, how=way), (settings_row(language),))
    return Answer(toast=plain("toast done", language), rewritten=done, about="watch saved", subscriber_id=person.id)


def _head(words: str, wanted: Wanted, level: Tightness, language: str) -> Html:
    single = Tightness.NEAR not in wanted.levels
    key = "watch title" if single and level is Tightness.TOGETHER else KEYS[level]
    return text("watch preview", language, words=words, how=text(key, language))


def _choices(waiting: Waiting, wanted: Wanted, level: Tightness, language: str) -> Buttons:
    carried = f"w:{waiting.topic_id}:{waiting.revision}"
    levels, at = wanted.levels, wanted.levels.index(level)
    around = []
    if at:
        around.append((plain("button wider", language), f"{carried}:{levels[at - 1].value}"))
    if at + 1 < len(levels):
        around.append((plain("button tighter", language), f"{carried}:{levels[at + 1].value}"))
    ends = ((plain("button save", language), f"{carried}:save"), (plain("button cancel", language), f"{carried}:no"))
    return ends[:1], tuple(around), ends[1:]


def _level(wanted: Wanted, composed: str) -> Tightness:
    return next((one for one in wanted.levels if compose(wanted, one) == composed), Tightness.ANYWHERE)


def _counts(tried: Rehearsal, language: str) -> Html:
    items = figures.number(tried.items, language)
    if tried.untried:
        return text("watch untried", language)
    if not tried.items:
        return text("watch no archive", language)
    if not tried.whole:
        return counted("watch found partly", language, tried.found, items=items)
    if not tried.found:
        return text("watch found nothing", language, items=items)
    return counted("watch found", language, tried.found, items=items)


def _title(item: Archived, person: SubscriberRow) -> Html:
    address = link(item.link)
    key = "entry" if address else "entry bare"
    title = cut(clean(item.title), TITLE) or plain("untitled", person.language)
    when = figures.moment(item.first_seen_at, person.zone, person.language)
    return text(key, person.language, title=title, source=item.source, time=when, link=Html(html.escape(address)))


def _record(tx: Session, person: SubscriberRow, action: str, topic_id: int, visit: Visit) -> None:
    audit.record(tx, who=f"subscriber {person.id}", action=action, subject=f"topic {topic_id}", now=visit.now)
