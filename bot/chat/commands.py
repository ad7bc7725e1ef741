"""What each command does, inside the transaction that takes its update. Unknown input gets a helpful answer."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from bot.actions import subscribe
from bot.chat import hours, presses, why
from bot.chat.texts import Html, lines, plain, text
from bot.chat.topics import find_topic, forget_question, topic_list
from bot.chat.updates import Wish
from bot.chat.visit import Answer, Reply, Right, Visit, find_person, followed, join, says, topics_reply
from storage.engine import Session
from storage.rulebook import Topic
from storage.tables import How, SubscriberRow, SubscriberState

Handler = Callable[[Session, Visit], Answer]

_AT_ONCE = frozenset({"at once", "once", "now", "immediately", "atonce", "at-once", "alert", "alerts"})
_DIGEST = frozenset({"digest", "digests", "in digest", "in the digest"})
_BOTH = frozenset({"both", "at once and digest", "at once and in the digest"})
_OPEN_TO_ALL = frozenset({"help", "why", "topics"})
# To begin is harmless and easily undone: where Telegram does not say who is an admin, a group may still begin.
_OPEN_WHEN_UNSURE = frozenset({"start"})


def answer(tx: Session, visit: Visit) -> Answer:
    """Do what an update asks for and return what is to be said. Never touches the network."""
    ask = visit.ask
    if ask.wish is Wish.PRESS:
        return presses.press(tx, visit)
    if ask.wish is Wish.PRESENCE:
        return _presence(tx, visit)
    if ask.wish is Wish.MOVE:
        subscribe.move(tx, ask.old_chat_id, ask.new_chat_id, visit.now)
        return Answer(about="chat moved")
    if ask.wish in (Wish.COMMAND, Wish.WORDS):
        # Who writes to us lets us write: a suspension is over. Who stopped stays stopped until /start.
        subscribe.let_back(tx, ask.chat_id, visit.now)
        return _command(tx, visit) if ask.wish is Wish.COMMAND else _words(tx, visit)
    return Answer(about="passed over")


def changes(visit_command: str) -> bool:
    """Say whether a command may change what a chat follows, so that in a group only its admins may send it."""
    return visit_command in COMMANDS and visit_command not in _OPEN_TO_ALL


def _command(tx: Session, visit: Visit) -> Answer:
    command, language = visit.ask.command, _language(tx, visit)
    handler = COMMANDS.get(command)
    if handler is None:
        return _unknown_command(visit, language)
    unsure_is_enough = visit.right is Right.UNSURE and command in _OPEN_WHEN_UNSURE
    if changes(command) and visit.right is not Right.YES and not unsure_is_enough:
        return says(text("admins only" if visit.right is Right.NO else "admins unsure", language))
    done = handler(tx, visit)
    return done if done.about else _named(done, command)


def _named(done: Answer, about: str) -> Answer:
    return replace(done, about=about)


def _unknown_command(visit: Visit, language: str) -> Answer:
    # In a group a command without our name is most likely another bot's.
    if not visit.ask.addressed:
        return Answer(about="passed over")
    near = difflib.get_close_matches(visit.ask.command, list(COMMANDS), n=1, cutoff=0.5)
    nearest = text("command nearest", language, command=near[0]) if near else ""
    return says(
        lines(text("command unknown", language, command=visit.ask.command), nearest, text("see help", language))
    )


def _words(tx: Session, visit: Visit) -> Answer:
    """Answer what is no command: the link of an article is a question why, a topic's name a wish to follow it."""
    person, language = find_person(tx, visit), _language(tx, visit)
    if visit.ask.links:
        return why.answer(tx, visit, person, language)
    topic = find_topic(_topics(tx, person), visit.ask.argument)
    if topic is not None:
        shown = text("words topic", language, topic=topic.title(language), slug=topic.slug)
        return says(shown, person=person)
    return says(text("words unknown", language), person=person)


def _start(tx: Session, visit: Visit) -> Answer:
    """Begin, or come back; with a topic, follow it at once with no further tap."""
    known = find_person(tx, visit)
    was_off = known is not None and known.state != SubscriberState.ACTIVE.value
    person = join(tx, visit)
    if not visit.ask.argument:
        shown = topics_reply(tx, person, "welcome back" if was_off else "welcome", _paused_note(person, visit))
        return says(shown, person=person)
    topics = _topics(tx, person)
    topic = find_topic(topics, visit.ask.argument)
    if topic is None:
        asked = text("topic unknown", person.language, topic=visit.ask.argument)
        return says(topics_reply(tx, person, "topics", asked, *topic_list(topics, person.language)), person=person)
    return _follow(tx, visit, person, topic)


def _follow(tx: Session, visit: Visit, person: SubscriberRow, topic: Topic) -> Answer:
    new = subscribe.subscribe(tx, person, topic, visit.now)
    how = subscribe.how_of(tx, person, topic.topic_id)
    said = text(
        "subscribed" if new else "already subscribed",
        person.language,
        topic=topic.title(person.language),
        how=plain(f"how {how}", person.language),
    )
    return says(lines(said, _paused_note(person, visit)), person=person)


def _show_topics(tx: Session, visit: Visit) -> Answer:
    person = find_person(tx, visit)
    if person is None or person.state == SubscriberState.STOPPED.value:
        return _start(tx, visit)
    return says(topics_reply(tx, person, "topics"), person=person)


def _how(tx: Session, visit: Visit) -> Answer:
    """Show or set how topics come: all of them, or the one that is named."""
    person = find_person(tx, visit)
    if person is None:
        return _begin_first(visit)
    mine = set(followed(tx, person))
    topics = [topic for topic in _topics(tx, person) if topic.topic_id in mine]
    if not topics:
        return says(text("nothing followed", person.language), person=person)
    words = visit.ask.argument
    if not words:
        return says(*_how_shown(tx, person, topics), person=person)
    how, named = read_how(words)
    chosen = [find_topic(topics, named)] if named else topics
    if how is None or chosen[0] is None:
        failed = text("how unknown", person.language, words=words)
        return says(lines(failed, _how_usage(person, topics)), person=person)
    wanted = [topic for topic in chosen if topic]
    return says(_set_how(tx, visit, person, wanted, how, one=bool(named)), person=person)


def _set_how(tx: Session, visit: Visit, person: SubscriberRow, topics: list[Topic], how: How, *, one: bool) -> Html:
    language = person.language
    before = hours.minutes(tx, person)
    if how is not How.AT_ONCE and not before:
        subscribe.set_hours(tx, person, [subscribe.DEFAULT_MINUTE], visit.now)
    subscribe.set_how(tx, person, [topic.topic_id for topic in topics], how, visit.now)
    shown = plain(f"how {how.value}", language)
    said = (
        text("how set one", language, topic=topics[0].title(language), how=shown)
        if one
        else text("how set", language, count=len(topics), how=shown)
    )
    made = hours.minutes(tx, person) if not before else []
    return lines(said, text("how hour made", language, hours=hours.shown(made)) if made else "")


def _how_shown(tx: Session, person: SubscriberRow, topics: list[Topic]) -> list[Html]:
    ways = {topic.topic_id: subscribe.how_of(tx, person, topic.topic_id) for topic in topics}
    told = [
        text(
            "how line",
            person.language,
            topic=topic.title(person.language),
            how=plain(f"how {ways[topic.topic_id]}", person.language),
        )
        for topic in topics
    ]
    return [lines(text("how list", person.language), *told, _how_usage(person, topics))]


def _how_usage(person: SubscriberRow, topics: list[Topic]) -> Html:
    return text("how usage", person.language, slug=topics[0].slug)


def read_how(words: str) -> tuple[How | None, str]:
    """Return how topics should come, and the topic named before or after that ("" for none); None for other words."""
    said = " ".join(words.casefold().split())
    for how, names in ((How.BOTH, _BOTH), (How.DIGEST, _DIGEST), (How.AT_ONCE, _AT_ONCE)):
        for name in sorted(names, key=len, reverse=True):
            if said == name:
                return how, ""
            if said.startswith(name + " "):
                return how, said.removeprefix(name + " ")
            if said.endswith(" " + name):
                return how, said.removesuffix(" " + name)
    return None, ""


def _stop(tx: Session, visit: Visit) -> Answer:
    person = find_person(tx, visit)
    if person is None:
        return _begin_first(visit)
    ended = subscribe.stop(tx, person, visit.now)
    return says(text("stopped" if ended else "already stopped", person.language), person=person)


def _forget(tx: Session, visit: Visit) -> Answer:
    person = find_person(tx, visit)
    if person is None:
        return says(text("nothing to forget", visit.ask.language))
    asked = forget_question(subscribe.number(person), person.language)
    return says(Reply(text("forget ask", person.language), asked), person=person)


def _help(tx: Session, visit: Visit) -> Answer:
    return says(text("help", _language(tx, visit)), person=find_person(tx, visit))


def _why(tx: Session, visit: Visit) -> Answer:
    return why.answer(tx, visit, find_person(tx, visit), _language(tx, visit))


def _presence(tx: Session, visit: Visit) -> Answer:
    chat_id = visit.ask.chat_id
    if visit.ask.present:
        subscribe.let_back(tx, chat_id, visit.now)
        return Answer(about="let in")
    subscribe.leave(tx, chat_id, "blocked or removed there", visit.now)
    return Answer(about="shut out")


def _begin_first(visit: Visit) -> Answer:
    return says(text("begin first", visit.ask.language))


def _paused_note(person: SubscriberRow, visit: Visit) -> Html:
    if person.paused_until is None or person.paused_until <= visit.now:
        return Html("")
    return text("still paused", person.language, until=hours.until(person, person.paused_until))


def _topics(tx: Session, person: SubscriberRow | None) -> list[Topic]:
    return subscribe.topics_for(tx, subscribe.number(person) if person else 0)


def _language(tx: Session, visit: Visit) -> str:
    person = find_person(tx, visit)
    return person.language if person else visit.ask.language


COMMANDS: Mapping[str, Handler] = MappingProxyType(
    {
        "start": _start,
        "topics": _show_topics,
        "how": _how,
        "digest": hours.digest,
        "zone": hours.zone,
        "pause": hours.pause,
        "resume": hours.resume,
        "why": _why,
        "stop": _stop,
        "forget": _forget,
        "help": _help,
    }
)
