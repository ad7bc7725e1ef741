"""What the chat says when somebody looks for news, or makes a topic of their own: phrases in English, under keys."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

FINDING: Mapping[str, str | tuple[str, str]] = MappingProxyType(
    {
        "verdict send": "told at once",
        "verdict edit": "added to a message about the same story",
        "verdict ring": "told again, for its story had spread five-fold",
        "verdict hold": "held until your quiet hours end",
        "verdict digest": "put down for your digest",
        "verdict flood": "gathered with others, for there were too many at once",
        "verdict told": "you had been told of it already",
        "verdict muted": "you had muted it",
        "verdict paused": "you had paused messages",
        "verdict suspended": "this chat did not take messages",
        "verdict baseline": "it was there before I began to read its source",
        "verdict stale": "it was published too long ago",
        "search usage": "What are you looking for? <code>/search oil pipeline</code> finds what I have read with all "
        "of these "
        "words, in any of their forms, the newest first.",
        "search found": "🔎 <b>{words}</b>",
        "search nothing": "I have read nothing with all of these words: <b>{words}</b>. Try fewer words, or only their "
        "beginnings.",
        "search no more": "Nothing older has all of these words.",
        "search nothing yet": "Nothing since {day} has all of these words: <b>{words}</b>.",
        "search so far": "Looked through back to {day}.",
        "search too long": "These words are too many for a second page: /search with fewer goes further back.",
        "search plain": "Every word must be there: quotes and OR change nothing, a minus sign leaves a word out.",
        "search older": "Older ›",
        "search newer": "‹ Newer",
        "entry": '• <a href="{link}">{title}</a>\n  {source} · {time}',
        "entry bare": "• {title}\n  {source} · {time}",
        "entry topic": " · {topic}",
        "untitled": "(no title)",
        "latest": "<b>The newest on your topics</b>",
        "latest nothing": "Nothing on your topics yet. New stories come as they happen.",
        "watch usage": "Send the words a story must have: <code>/watch kazakhstan oil pipeline</code>. I recognise "
        "them in any of "
        'their forms and with a slip of the keyboard. Quotes keep words together (<code>"oil pipeline"</code>), a '
        "comma "
        "means “or”, a minus sign leaves out (<code>-olive</code>).",
        "watch list": "Your own topics. Nobody else sees them.",
        "watch none": "You have no topics of your own yet.",
        "watch delete": "🗑 {words}",
        "watch ask delete": "Delete your topic <b>{words}</b>? Stories on it stop coming.",
        "watch deleted": "Deleted: {words}",
        "button delete": "🗑 Delete",
        "button keep": "Keep it",
        "watch limit": (
            "You have {count} topic of your own, and that is all I can keep. /watch deletes one.",
            "You have {count} topics of your own, and that is all I can keep. /watch deletes one.",
        ),
        "watch no words": "I found no words to watch for in “{words}”.",
        "watch too many": "A topic of your own has at most {limit} words or quoted phrases; yours has {count}.",
        "watch too short": "“{word}” is too short to watch for: give at least two letters.",
        "watch too long": "“{word}” is too long for a word.",
        "watch unspaced": "I can't watch for “{word}”: I tell words by the spaces between them.",
        "watch only without": "Say at least one word that a story must have.",
        "watch preview": "<b>{words}</b>\n{how}",
        "watch anywhere": "All words anywhere in an article.",
        "watch near": "The words close together, in any order.",
        "watch together": "The words side by side.",
        "watch title": "Only in titles.",
        "watch found": (
            "Of the {items} articles of the last week {count} would have come, such as:",
            "Of the {items} articles of the last week {count} would have come, such as:",
        ),
        "watch found nothing": "Of the {items} articles of the last week none would have come. That may change.",
        "watch found partly": (
            "I looked at the newest {items} articles; {count} would have come, such as:",
            "I looked at the newest {items} articles; {count} would have come, such as:",
        ),
        "watch no archive": "I have no articles of the last week to try it on.",
        "watch untried": "I could not try it on the last week's articles just now.",
        "watch broad": "That is a lot. “Tighter” narrows it.",
        "watch broken": "I can't make a topic of these words: <b>{words}</b>. Please try others.",
        "button save": "✅ Save",
        "button tighter": "🔍 Tighter",
        "button wider": "↔ Wider",
        "button cancel": "✖ Cancel",
        "watch saved": "Saved: <b>{words}</b> – {how}. You hear of new stories on it from now on; /watch lists your "
        "own "
        "topics.",
        "watch cancelled": "Not saved: <b>{words}</b>",
        "watch old": "This preview is out of date. Send /watch again.",
        "toast trying": "I try it on the last week.",
        "own topic": "🔒 {topic}",
    }
)
