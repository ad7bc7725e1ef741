"""What the chat says about beginning, topics, hours and leaving: phrases in English, under keys, for the catalogs."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

BASIC: Mapping[str, str | tuple[str, str]] = MappingProxyType(
    {
        "welcome": "<b>Hello!</b> I watch the news in several languages and tell you once about each story on the "
        "topics "
        "you follow.\nIn which language shall I write to you?",
        "welcome back": "Messages are on again. These are your topics; tap to change.",
        "topics": "Your topics. Tap one to follow it, tap it again to leave it.",
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
        "how set": ("Done: {count} topic now comes {how}.", "Done: {count} topics now come {how}."),
        "how set one": "Done: <b>{topic}</b> now comes {how}.",
        "how hour made": "You had no digest hour yet, so I set one: {hours}. /digest changes it.",
        "how list": "This is how your topics come:",
        "how line": "• <b>{topic}</b>: {how}",
        "how usage": "Say <code>/how at once</code>, <code>/how digest</code> or <code>/how both</code> for all topics,"
        " or add a topic: <code>/how digest {slug}</code>.",
        "how unknown": "I can send topics “at once”, as a “digest”, or “both”; I did not understand “{words}”.",
        "nothing followed": "You follow no topic yet. /topics shows them.",
        "digest hours": "Digests come at {hours} ({zone} time). The next ones:\n{next}",
        "digest none": "You have no digest hours.",
        "digest usage": "Set them by the buttons, or like this: <code>/digest mon-fri 9:00 18:30, sat 11:00</code>; "
        "<code>/digest off</code> ends digests. Your clock is {zone}; <code>/zone Minsk</code> changes it.",
        "digest both": "Your topics keep coming at once, and the digest sums them up; "
        "<code>/how digest</code> leaves only the digest.",
        "digest off": "Digests are off. Your topics come at once.",
        "digest was off": "Digests are off already. Your topics come at once.",
        "digest not a time": "I did not understand “{words}” as a time. Nothing was changed.",
        "digest too many": "That is more than {limit} digests a day. Nothing was changed.",
        "zone set": "Your clock is now {zone}: it is {time} there.",
        "zone shown": "Your clock is {zone}: it is {time} there. Change it by a city, <code>/zone Minsk</code>, or "
        "send me "
        "your location in the private chat: I look the zone up and keep only that.",
        "zone unknown": "I don't know a city or time zone called “{words}”. Try a larger city nearby, or continent "
        "and city: "
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
        "/watch oil pipeline – a topic of your own words\n"
        "/latest – the newest stories on your topics\n"
        "/search words – look through everything I have read\n"
        "/why link – why an article was sent to you or not\n\n"
        "/settings – everything below, by buttons\n"
        "/how – at once, in a digest, or both\n"
        "/digest mon-fri 9:00 18:30 – when digests come (/digest off ends them)\n"
        "/zone Minsk – your clock\n"
        "/quiet 23-7 – hours in which nothing rings\n"
        "/mute – what you don't want to hear of\n"
        "/pause 3d – silence for a while (/pause alone: until /resume)\n"
        "/language – English, Russian, Belarusian\n\n"
        "/export – all I know of this chat, as a file\n"
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
        "menu settings": "Everything you can choose, by buttons",
        "menu watch": "A topic of your own words",
        "menu latest": "The newest stories on your topics",
        "menu search": "Look through everything I have read",
        "menu quiet": "Hours in which nothing rings",
        "menu mute": "What you don't want to hear of",
        "menu language": "In which language I write",
        "menu export": "All I know of this chat, as a file",
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
