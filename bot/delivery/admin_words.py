"""What admins read: answers to their commands, by key, in English; `bot.texts` translates.

`say` and `count` give Telegram HTML and escape every value; `bare` gives plain text for buttons and toasts.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from bot.delivery.text import clean, cut
from bot.texts import figures
from bot.texts.phrases import Phrases

VALUE_MOST = 300

_ENGLISH: Mapping[str, str | tuple[str, str]] = MappingProxyType(
    {
        "help": "<b>For admins</b>\n"
        "/health how the service is\n"
        "/sources which sources want a look; with words: how those sources are\n"
        "/subscribers how many there are, and what they chose\n"
        "/report your daily report: <code>/report 8:30</code>, <code>/report now</code>, <code>/report off</code>\n"
        "/proposals changes to rules that votes speak for\n"
        "/broadcast and a text: a message to all subscribers, shown to you first\n"
        "/invite a link that makes one more admin\n"
        "/admins who they are, and taking the role away",
        "title": "<b>{words}</b>",
        "health": "Health",
        "health well": "All is well.",
        "health up": "Running since {at}.",
        "health sources": "Sources: {active} polled, {failing} failing, {silent} silent, {paused} paused. "
        "The last poll: {polled}.",
        "health items": "Items in the last 24 hours: {items}, {matched} of them matched.",
        "health unread": "{number} items are not yet read by the rules, the oldest since {since}.",
        "health waiting": "{number} messages wait to be sent, the oldest since {since}.",
        "health idle": "Nothing waits to be sent.",
        "health sent": "Sending in the last 24 hours: {attempts}.",
        "health no sends": "Nothing was sent in the last 24 hours.",
        "health suspended": ("{number} chat refuses us.", "{number} chats refuse us."),
        "health notices": "Not over yet:",
        "never": "never",
        "sources": "Sources that want a look: {number} of {all}",
        "sources well": ("The one source is well.", "All {number} sources are well."),
        "sources found": "Sources with “{words}”: {number}",
        "sources none": "No source has “{words}” in its name or address.",
        "sources no": "There are no sources yet: <code>mediawatch sources add ADDRESS</code> on the server.",
        "source line": "<b>{name}</b> ({number}): ",
        "source well": "well; the last item {last}, asked every {minutes} min",
        "source new": "not polled yet",
        "source person": "paused by a person",
        "source failing": "failing since {since}: {detail}",
        "source html": "since {since} a web page comes instead of a feed",
        "source paused": "paused by itself: {detail}",
        "source our network": "not to blame: our own network fails",
        "source never": "has not answered once since {since}: {detail}",
        "source silent": "silent against its usual pace since {since}",
        "source moved": "moves to {detail} (on trial since {since})",
        "source gaps": "items may have been missed at {since}: it lists fewer than come between two polls",
        "note": " ★",
        "note said": "★ brought matches in the last 30 days",
        "page": "{arrow} page {page}",
        "subscribers": "Subscribers",
        "subscribers states": "{all} in all: {active} active, {stopped} stopped, {suspended} suspended.",
        "subscribers private": ("{number} person", "{number} persons"),
        "subscribers group": ("{number} group", "{number} groups"),
        "subscribers channel": ("{number} channel", "{number} channels"),
        "subscribers languages": "Languages: {languages}.",
        "subscribers choices": "{digest} have digest hours, {paused} have paused, {quiet} have quiet hours, "
        "{muting} have muted something.",
        "subscribers topics": "Followers by topic:",
        "subscribers topic": "• {topic}: {number}",
        "subscribers own": ("{number} topic is a person's own.", "{number} topics are people's own."),
        "subscribers suspended": "Suspended (local numbers): {listed}",
        "report set": "Your report comes every day at {time} ({zone} time). The next one: {next}.",
        "report off": "You get no daily report. <code>/report 9:00</code> brings it back.",
        "report now": "It follows in a moment, and covers the time since your last one.",
        "report usage": "Say <code>/report 8:30</code>, <code>/report now</code> or <code>/report off</code>.",
        "report not a time": "I did not understand “{words}” as a time. Nothing was changed.",
        "admins": "Admins",
        "admin line": "• number {number}: {how}",
        "admin you": " (you)",
        "admin named": "named in the settings",
        "admin invited": "invited",
        "admin refuses": ", refuses us",
        "admin stopped": ", has stopped me",
        "admin invites": ("{number} invitation is open.", "{number} invitations are open."),
        "admin remove": "Remove {number}",
        "admin withdraw": "Withdraw open invitations",
        "admin remove usage": "<code>/admins remove NUMBER</code> does the same.",
        "admin unknown": "There is no admin number {number}.",
        "admin fixed": "Number {number} stands in MEDIAWATCH_ADMINS: only a change of that setting removes it.",
        "admin removed": "Number {number} is no admin any more.",
        "admin withdrawn": ("{number} invitation was withdrawn.", "{number} invitations were withdrawn."),
        "admin ended": "You are no admin of mediawatch any more.",
        "invite": "This link makes one person an admin. It works once, until {until}:\n{link}\n"
        "Forward it only to that person.",
        "invite many": "{number} invitations are open already; /admins can withdraw them.",
        "invite private": "Invitations are made in a private chat with me: a group would see the link.",
        "invited": "<b>You are an admin now</b>, number {number}. A report of each day comes at {time}.",
        "invited already": "You are an admin already; the invitation is still good for another person.",
        "invite spent": "This invitation is not valid: it was used, withdrawn, or its day is over. "
        "Ask an admin for a new one.",
        "invite alone": "An invitation works only in a private chat with me.",
        "invite used": "An invitation was used: number {number} is an admin now.",
        "broadcast usage": "Write the message after the command: <code>/broadcast The bot moves on Sunday.</code> "
        "You see it first; nothing is sent before you agree.",
        "broadcast long": "That is {number} characters; a message holds at most {most}.",
        "broadcast preview": ("This goes to {number} chat:", "This goes to {number} chats:"),
        "broadcast nobody": "There is nobody to send it to.",
        "broadcast yes": "Send to {number}",
        "broadcast no": "Do not send",
        "broadcast sent": ("On its way to {number} chat.", "On its way to {number} chats."),
        "broadcast dropped": "Not sent.",
        "broadcast done": "This was decided already.",
        "broadcast old": "This preview is more than a day old. Send /broadcast again.",
        "broadcast other": "Only the admin who wrote it may send it.",
        "notice new": "Please look",
        "notice over": "Over",
        "notice more": "… and {number} more: /sources",
        "notice polling": "nothing was polled since {since}, although sources are due",
        "notice polling over": "polling goes on; it had stood still since {since}",
        "notice network": "our own network fails since {since}: hardly any source can be reached",
        "notice network over": "sources can be reached again; our network failed since {since}",
        "notice telegram": "Telegram takes none of our messages since {since}: {detail}",
        "notice telegram over": "Telegram took none of our messages from {since} to {until} ({detail}); "
        "what waited is being sent",
        "notice updates": "no commands and presses reach us since {since}: {detail}",
        "notice updates over": "commands and presses reach us again; they did not since {since}",
        "notice unread": "{detail} items wait for the rules, the oldest since {since}",
        "notice unread over": "the rules have read what waited since {since}",
        "notice source over": "answers again; it failed since {since}",
        "notice source left": "is not polled any more; it failed since {since}",
        "notice source gone": "a source that is gone by now",
        "toast stale": "This button is out of date.",
        "toast no admin": "Only admins may do this.",
    }
)

PHRASES = Phrases("admin", _ENGLISH)


def escaped(value: object, most: int = VALUE_MOST) -> str:
    """Return a value as it may stand in Telegram HTML, cut to about `most` units."""
    return html.escape(cut(clean(str(value)), most), quote=False)


def say(key: str, language: str, **values: object) -> str:
    """Return a phrase as HTML with its values escaped. Raises KeyError for an unknown key."""
    return PHRASES.say(key, language).format(**{name: escaped(value) for name, value in values.items()})


def count(key: str, language: str, number: int, **values: object) -> str:
    """Return the phrase for this many as HTML, the number in it."""
    shown = {name: escaped(value) for name, value in values.items()}
    return PHRASES.count(key, language, number).format(number=figures.number(number, language), **shown)


def bare(key: str, language: str, **values: object) -> str:
    """Return a phrase as plain text, for a button or a toast."""
    return html.unescape(say(key, language, **values))


def moment(at: datetime | None, zone: str, language: str) -> str:
    """Return a time on the reader's clock, or "never"."""
    return figures.moment(at, zone, language) if at is not None else say("never", language)
