"""The words of the admins' daily report, of its label sheets and of proposals, by key, in English."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.delivery.admin_words import escaped
from bot.texts import figures
from bot.texts.phrases import Phrases

_ENGLISH: Mapping[str, str | tuple[str, str]] = MappingProxyType(
    {
        "title": "Report · {day}",
        "covers": "From {since} to {until}.",
        "seen": "<b>Items</b>: {seen} seen = {matched} matched + {not_matched} not matched",
        "unread": " + {number} not yet read",
        "matched": "<b>Matched</b>: {matched} = {sent} sent + {merged} merged + {held} held + "
        "{suppressed} suppressed + {failed} failed",
        "reason": "   suppressed: {number} × {reason}",
        "late": "Besides, {number} older items matched only now (their page came): {classes}",
        "late class": "{number} {name}",
        "sent": "sent",
        "merged": "merged",
        "held": "held",
        "suppressed": "suppressed",
        "failed": "failed",
        "difference": "⚠ The sum of “{name}” does not come out: {whole} in all, {parts} in its parts. "
        "This is an error of mediawatch.",
        "unexplained": "⚠ {number} matched items have no decision although somebody follows their topic: "
        "items {listed}. This is an error of mediawatch.",
        "messages": "<b>Messages</b>: {all} put down = {sent} sent + {waiting} waiting + {replaced} replaced by newer "
        "words + {failed} failed + {unknown} without an answer + {dropped} dropped",
        "no messages": "<b>Messages</b>: none put down.",
        "failure": "   failed for number {number}: {reason}",
        "failure stranger": "   failed for a chat that is not kept: {reason}",
        "suspended": "Suspended chats, {number} in all:",
        "suspended one": "number {number} ({reason})",
        "sources": "<b>Sources</b>: {all} = {well} well + {failing} failing + {silent} silent + {other} other + "
        "{paused} paused",
        "more": "… and {number} more: /sources",
        "reason baseline": "the source's first poll",
        "reason nobody": "nobody follows its topic",
        "reason topic gone": "its topic was removed",
        "reason let go": "told or muted before it could be sent",
        "reason stopped": "the chat stopped or refuses us",
        "reason muted": "muted by the subscriber",
        "reason paused": "the subscriber paused",
        "reason suspended": "the chat takes no messages",
        "reason stale": "published too long ago",
        "sheet": "To label: are these about the topic?",
        "sheet near": "nearly matched",
        "sheet random": "taken at random",
        "sheet entry": "<b>{place}.</b> {topic}: {title}",
        "sheet source": "{source} · {kind}",
        "sheet why": "   <i>{why}</i>",
        "sheet yes": "   ✓ about it",
        "sheet no": "   ✗ not about it",
        "sheet gone": "(the item is gone)",
        "button yes": "{place} ✓",
        "button no": "{place} ✗",
        "labelled yes": "Noted: about the topic. Labels weigh drafts and make proposals.",
        "labelled no": "Noted: not about the topic. Labels weigh drafts and make proposals.",
        "proposals": "Proposals from votes",
        "no proposals": "There "
        "is no open proposal. They come from votes: at least {least} that say “not relevant” of one topic.",
        "proposal": "<b>{topic}</b>: {hits} of {rejected} rejected items contain “{word}” "
        "({kept} of {relevant} relevant ones do): {change} would lift precision {before} → {after}, recall {recall}.",
        "proposal points": "{points} points",
        "proposal not": "leaving such items out",
        "recall unchanged": "unchanged",
        "recall changed": "{before} → {after}",
        "proposal archive": "In the archive: {added} items more, {dropped} fewer, of {items}.",
        "proposal accept": "Accept into a draft: {word}",
        "proposal decline": "Decline: {word}",
        "accepted": "Accepted. The draft of {topic} has it now: <code>mediawatch rules diff {topic} --draft</code> "
        "shows its effect, <code>rules publish</code> puts it in force.",
        "declined": "Declined. It is not proposed again for this version of the rule.",
        "outdated": "The rule has changed since: this proposal is out of date.",
        "draft there": "{topic} has a draft already, by {author}. Publish or drop it first.",
        "decided": "This was decided already.",
    }
)

PHRASES = Phrases("report", _ENGLISH)


def say(key: str, language: str, **values: object) -> str:
    """Return a phrase as HTML with its values escaped, numbers written as the language does. KeyError if unknown."""
    shown = {
        name: figures.number(value, language) if isinstance(value, int) else escaped(value)
        for name, value in values.items()
    }
    return PHRASES.say(key, language).format(**shown)
