"""What a press on a button does. What it carries is checked anew: it may be old, or forged."""

from __future__ import annotations

from bot.actions import subscribe
from bot.chat import feedback
from bot.chat.texts import plain, text
from bot.chat.topics import ForgetPress, PagePress, TopicPress, read_press
from bot.chat.visit import Answer, Reply, Right, Visit, find_person, topics_reply
from storage.engine import Session
from storage.tables import SubscriberRow, SubscriberState


def press(tx: Session, visit: Visit) -> Answer:
    """Do what a pressed button asks for; the toast says what came of it."""
    if feedback.concerns(visit.ask.press):
        return feedback.press(tx, visit)
    person = find_person(tx, visit)
    language = person.language if person else visit.ask.language
    wanted = read_press(visit.ask.press)
    if wanted is None:
        return Answer(toast=plain("toast stale", language), about="press unknown")
    if visit.right is not Right.YES:
        key = "toast admins" if visit.right is Right.NO else "toast unsure"
        return Answer(toast=plain(key, language), about="press refused")
    if person is None:
        return Answer(toast=plain("toast begin", language), about="press of a stranger")
    if isinstance(wanted, ForgetPress):
        return _forget(tx, visit, person, wanted)
    if isinstance(wanted, PagePress):
        return _shown(tx, person, wanted.page, "", "page turned")
    return _toggle(tx, visit, person, wanted)


def _toggle(tx: Session, visit: Visit, person: SubscriberRow, wanted: TopicPress) -> Answer:
    language = person.language
    if person.state == SubscriberState.STOPPED.value:
        return Answer(toast=plain("toast stopped", language), about="press refused", subscriber_id=person.id)
    offered = subscribe.topics_for(tx, subscribe.number(person))
    topic = next((topic for topic in offered if topic.topic_id == wanted.topic_id), None)
    if topic is None:
        return _shown(tx, person, wanted.page, plain("toast stale", language), "press stale")
    if wanted.follow:
        subscribe.subscribe(tx, person, topic, visit.now)
    else:
        subscribe.unsubscribe(tx, person, topic, visit.now)
    toast = plain("toast on" if wanted.follow else "toast off", language, topic=topic.title(language))
    return _shown(tx, person, wanted.page, toast, "followed" if wanted.follow else "left")


def _forget(tx: Session, visit: Visit, person: SubscriberRow, wanted: ForgetPress) -> Answer:
    language, number = person.language, person.id
    if wanted.subscriber_id != number:
        old = Reply(text("question old", language))
        return Answer(toast=plain("toast stale", language), rewritten=old, about="press stale", subscriber_id=number)
    if not wanted.agreed:
        return Answer(rewritten=Reply(text("not forgotten", language)), about="not forgotten", subscriber_id=number)
    subscribe.forget(tx, person, visit.now)
    # No subscriber from here on: the last message goes to the chat alone.
    gone = Reply(text("forgotten", language))
    return Answer((gone,), rewritten=Reply(text("forget agreed", language)), about="forgotten")


def _shown(tx: Session, person: SubscriberRow, page: int, toast: str, about: str) -> Answer:
    keyboard = topics_reply(tx, person, "topics", page=page)
    return Answer(toast=toast, rewritten=keyboard, about=about, subscriber_id=person.id)
