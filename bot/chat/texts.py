"""Every word that subscribers read in the chat, by key, in English; `bot.texts` translates.

`text` gives Telegram HTML and escapes every value on the way in, so that no title, argument or link can become markup;
`plain` gives bare text for the places where Telegram knows no HTML (buttons and the notes that follow a press).
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from bot.delivery.text import clean, cut, units
from bot.texts.phrases import Phrases

VALUE_LIMIT = 600
# Telegram counts 4096 UTF-16 units after reading the markup; counting the markup too keeps a margin.
MESSAGE_LIMIT = 4_000


class Html(str):
    """Finished Telegram HTML: passes into another text as it is."""

    __slots__ = ()


_ENGLISH: Mapping[str, str] = MappingProxyType(
    {
        "welcome": "<b>Hello!</b> I watch the news and tell you once about each story on the topics you follow.\n"
        "Tap a topic to follow it, tap it again to leave it. /help shows what else I can do.",
        "welcome back": "Messages are on again. These are your topics; tap to change.",
        "topics": "Your topics. Tap one to follow it, tap it again to leave it.",
        "following": "You follow {count} now.",
        "no topics": "There is no topic to follow yet. Please come back later.",
        "subscribed": "You now follow <b>{topic}</b>: {how}. You will hear of new stories from now on.\n"
        "/topics shows all topics, /digest sets digest hours, /help the rest.",
        "already subscribed": "You already follow <b>{topic}</b>: {how}. /topics shows all topics.",
        "still paused": "You paused me {until}; /resume starts messages again.",
        "topic unknown": "I don't know a topic called “{topic}”. These are the topics:",
        "topic line": "• <b>{topic}</b>: /start {slug}",
        "topic mark": "✓ {topic}",
        "page": "{arrow} page {page}",
        "question old": "This question is out of date.",
        "toast on": "You follow: {topic}",
        "toast off": "No longer followed: {topic}",
        "toast stale": "This button is out of date. Send /topics for a fresh list.",
        "toast begin": "Send /start first, then choose.",
        "toast stopped": "Messages are off. Send /start to turn them on again.",
        "toast admins": "Only admins of this chat may change what it follows.",
        "toast unsure": "I could not check whether you are an admin here. Please try again in a minute.",
        "toast error": "Something went wrong. Please try again.",
        "admins only": "Only admins of this chat may change what it follows.",
        "admins unsure": "I could not check whether you are an admin here. Please try again in a minute.",
        "begin first": "I don't know this chat yet. Send /start, and I will show you the topics.",
        "how at once": "at once",
        "how digest": "in the digest",
        "how both": "at once and in the digest",
        "how set": "Done: {count} of your topics now come {how}.",
        "how set one": "Done: <b>{topic}</b> now comes {how}.",
        "how hour made": "You had no digest hour yet, so I set one: {hours}. /digest changes it.",
        "how list": "This is how your topics come:",
        "how line": "• <b>{topic}</b>: {how}",
        "how usage": "Say <code>/how at once</code>, <code>/how digest</code> or <code>/how both</code> for all topics,"
        " or add a topic: <code>/how digest {slug}</code>.",
        "how unknown": "I can send topics “at once”, as a “digest”, or “both”; I did not understand “{words}”.",
        "nothing followed": "You follow no topic yet. /topics shows them.",
        "digest hours": "Digests come at {hours} ({zone} time). The next one: {next}.",
        "digest none": "You have no digest hours.",
        "digest usage": "Set them like this: <code>/digest 9:00 18:30</code>; <code>/digest off</code> ends digests. "
        "Your clock is {zone}; <code>/zone Europe/Berlin</code> changes it.",
        "digest both": "Your topics keep coming at once, and the digest sums them up; "
        "<code>/how digest</code> leaves only the digest.",
        "digest off": "Digests are off. Your topics come at once.",
        "digest was off": "Digests are off already. Your topics come at once.",
        "digest not a time": "I did not understand “{words}” as a time. Nothing was changed.",
        "digest too many": "That is more than {limit} digests a day. Nothing was changed.",
        "zone set": "Your clock is now {zone}: it is {time} there.",
        "zone shown": "Your clock is {zone}: it is {time} there. "
        "Change it like this: <code>/zone Europe/Berlin</code>.",
        "zone unknown": "I don't know a time zone called “{words}”. Give it as continent and city: "
        "<code>/zone Europe/Berlin</code>.",
        "zone nearest": "Did you mean <code>/zone {zone}</code>?",
        "paused": "Paused {until}. /resume starts messages again. {later}",
        "paused later digest": "What happens meanwhile will stand in your first digest after the pause.",
        "paused later nothing": "What happens meanwhile will not be sent later.",
        "until resumed": "until you send /resume",
        "until time": "until {time}",
        "pause unknown": "I did not understand “{words}” as a length of time. Say <code>/pause 3d</code>, "
        "<code>/pause 2h</code> or just /pause.",
        "resumed": "Messages are on again.",
        "not paused": "You had not paused me. Messages are on.",
        "not paused stopped": "Messages are off since you sent /stop. /start turns them on again.",
        "stopped": "Messages are off, and what was still waiting is dropped. I keep your topics and hours: "
        "/start brings everything back. /forget deletes all I know of you.",
        "already stopped": "Messages are off already. /start brings them back, /forget deletes all I know of you.",
        "forget ask": "This deletes everything I know of this chat: its topics, hours and what I sent. "
        "It can't be undone. Shall I?",
        "forget yes": "Yes, forget this chat",
        "forget no": "No, keep it",
        "forget agreed": "You asked me to forget this chat.",
        "forgotten": "Done: I have forgotten this chat. /start begins anew.",
        "not forgotten": "Nothing was deleted.",
        "nothing to forget": "I know nothing of this chat, so there is nothing to delete.",
        "help": "I watch news sources in several languages and tell you once about each story on your topics.\n\n"
        "/topics – choose what to follow\n"
        "/how – at once, in a digest, or both\n"
        "/digest 9:00 18:30 – when digests come (/digest off ends them)\n"
        "/zone Europe/Berlin – your clock\n"
        "/pause 3d – silence for a while (/pause alone: until /resume)\n"
        "/why link – why an article was sent to you or not\n"
        "/stop – no more messages, your choices are kept\n"
        "/forget – delete all I know of this chat\n"
        "/help – this list",
        "command unknown": "I don't know the command /{command}.",
        "command nearest": "Did you mean /{command}?",
        "see help": "/help lists what I can do.",
        "words unknown": "I only understand commands. /topics shows what you can follow, /help lists everything. "
        "Send me the link of an article, and I tell you why it was sent or not.",
        "words topic": "To follow <b>{topic}</b>, send <code>/start {slug}</code>.",
        "error": "Something went wrong on my side, and it has been noted. Please try again.",
        "why usage": "Send the article's link after the command: <code>/why https://example.org/article</code>, "
        "or answer one of my messages with /why.",
        "why unknown": "None of my sources has listed this link: {link}\n"
        "Either I don't read that source, or the link is written differently there. Try the link as the outlet's own "
        "page shows it, or ask whoever runs this service to add the source.",
        "why unknown answer": "I can't tell which article that message is about. Send /why with the article's link.",
        "why item": "<b>{title}</b>\n{source} · first seen {time}",
        "why unread": "I have not read this article yet. Ask me again in a minute.",
        "why matched": "✓ <b>{topic}</b>: {because}",
        "why words": "   found: {words}",
        "why vanished": "✗ <b>{topic}</b>: it matched once, but the article's present text no longer does.",
        "why not matched": "✗ <b>{topic}</b>: no match",
        "why not followed": " (you don't follow this topic)",
        "why baseline": "It was there before I began to read this source, so nobody was alerted.",
        "why verdict": "What I did about it for you: {verdict} ({topic}, {time}).",
        "why no verdict": "I told you nothing about it.",
        "line": "{line}",
        "menu start": "Begin, or come back",
        "menu topics": "Choose what to follow",
        "menu how": "At once, in a digest, or both",
        "menu digest": "When digests come",
        "menu zone": "Your clock",
        "menu pause": "Silence for a while",
        "menu resume": "End a pause",
        "menu why": "Why an article was sent or not",
        "menu stop": "No more messages",
        "menu forget": "Delete all I know of this chat",
        "menu help": "What I can do",
        "why account": "What the rules say, in full:",
        "why no account": "The full account can't be given right now. Please ask again in a minute.",
    }
)


PHRASES = Phrases("chat", _ENGLISH)


def plain(key: str, language: str, **values: object) -> str:
    """Return the text of this key as bare text. `language` is a language tag; unknown ones read English."""
    return PHRASES.say(key, language).format(**{name: _short(str(value)) for name, value in values.items()})


def text(key: str, language: str, **values: object) -> Html:
    """Return the text of this key as Telegram HTML; every value is escaped unless it is `Html` already."""
    ready = {name: v if isinstance(v, Html) else html.escape(_short(str(v)), quote=False) for name, v in values.items()}
    return Html(PHRASES.say(key, language).format(**ready))


def lines(*parts: str) -> Html:
    """Return finished texts one under the other, empty ones left out."""
    return Html("\n".join(part for part in parts if part))


def keys() -> frozenset[str]:
    """Return every key there is."""
    return PHRASES.keys()


def messages(parts: Iterable[str], limit: int = MESSAGE_LIMIT) -> list[Html]:
    """Return finished texts as messages of at most `limit` UTF-16 units, broken only between parts."""
    found: list[list[str]] = [[]]
    size = 0
    for part in parts:
        length = units(part) + 1
        if found[-1] and size + length > limit:
            found.append([])
            size = 0
        found[-1].append(part)
        size += length
    return [lines(*message) for message in found if any(message)]


def _short(value: str) -> str:
    return cut(clean(value), VALUE_LIMIT)
