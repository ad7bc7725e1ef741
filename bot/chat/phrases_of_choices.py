"""What the chat says about what a person chooses: phrases in English, under keys, for the catalogs."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

CHOICES: Mapping[str, str | tuple[str, str]] = MappingProxyType(
    {
        "following": ("You follow {count} topic.", "You follow {count} topics."),
        "begin topics": "Which topic do you want to follow? You can add more in a moment.",
        "begin how": "You follow <b>{topic}</b> now. How shall its stories come?",
        "begin done": "All set. <b>{topics}</b> – {how}.\nYou hear of new stories from now on. /settings changes "
        "everything, /help lists what else I can do.",
        "begin hour": "Digests come at {hours}, {zone} time: <code>/digest</code> and <code>/zone Minsk</code> "
        "change that.",
        "button at once": "⚡ At once",
        "button digest": "🗞 In a digest at {hour}",
        "button digest only": "🗞 In the digest",
        "button both": "⚡🗞 Both",
        "button another": "➕ One more topic",
        "button settings": "⚙ Settings",
        "button back": "‹ Settings",
        "button topics": "📌 Topics",
        "settings": "<b>Your settings</b>",
        "settings line": "{name}: {value}",
        "name language": "Language",
        "name topics": "Topics",
        "name how": "How they come",
        "name digest": "Digests",
        "name zone": "Clock",
        "name quiet": "Quiet hours",
        "name pause": "Pause",
        "name mutes": "Muted",
        "name watch": "Own topics",
        "name extras": "Extras",
        "name mine": "My data",
        "value zone": "{zone}, now {time}",
        "value none": "none",
        "value mixed": "some at once, some in the digest",
        "extras": "What comes with your messages. A tap changes it.",
        "extra silent": "Messages make no sound",
        "extra escalate": "A story that spreads five-fold rings again",
        "extra nothing_note": "A digest with nothing new says so",
        "extra chart": "Digests come with a chart",
        "extra weekly": "The week's trends on Mondays",
        "extra on": "✅ {name}",
        "extra off": "⬜ {name}",
        "toast done": "Done.",
        "toast on now": "On: {name}",
        "toast off now": "Off: {name}",
        "languages": "In which language shall I write to you?",
        "language set": "Language: {name}.",
        "language unknown": "I write in English, Russian or Belarusian; I did not understand “{words}”.",
        "how button": "{topic}: {how}",
        "digest daily": "Every day {hour}",
        "digest workdays": "{days} {hour}",
        "digest twice": "Every day {first} and {second}",
        "digest end": "No digests",
        "digest also zone": "I took {zone} as your clock.",
        "quiet shown": "Quiet hours: {from_hour} to {to_hour}, {zone} time. Nothing rings then; what was held comes "
        "afterwards.",
        "quiet none": "You have no quiet hours.",
        "quiet usage": "Set them like this: <code>/quiet 23-7</code>; <code>/quiet off</code> ends them.",
        "quiet urgent": "Topics marked with ❗ ring in quiet hours too. A tap changes it.",
        "quiet unknown": "I did not understand “{words}” as hours. Nothing was changed.",
        "quiet button": "{from_hour}–{to_hour}",
        "quiet end": "No quiet hours",
        "urgent on": "❗ {topic}",
        "urgent off": "{topic}",
        "toast urgent": "{topic} rings in quiet hours too.",
        "toast not urgent": "{topic} waits for the end of quiet hours.",
        "pause ask": "For how long shall I be silent? What happens meanwhile stands in your next digest, if you have "
        "digest "
        "hours.",
        "pause running": "Messages are paused {until}.",
        "pause hours": ("{count} hour", "{count} hours"),
        "pause days": ("{count} day", "{count} days"),
        "pause open": "Until I say so",
        "pause end": "▶ Messages on again",
        "mutes none": "You have muted nothing. The buttons under an alert mute its story or its source; "
        "<code>/mute {slug}</code> mutes a topic, <code>/mute {slug} 3d</code> for three days, and a source's name "
        "mutes "
        "the source.",
        "mutes list": "You hear nothing of these. A tap takes it back.",
        "mutes more": ("… and {count} more", "… and {count} more"),
        "mute story": "Story: {name}",
        "mute source": "Source: {name}",
        "mute topic": "Topic: {name}",
        "mute until": "{name} (until {time})",
        "unmute button": "🔔 {name}",
        "muted": "You hear nothing of <b>{name}</b> any more. /mute takes it back.",
        "muted until": "You hear nothing of <b>{name}</b> until {time}. /mute takes it back.",
        "muted already": "<b>{name}</b> is muted already. /mute takes it back.",
        "mute unknown": "I know no topic and no source called “{words}”.",
        "mute usage": "/topics lists the topics; a source's name stands under each of its alerts.",
        "mute several": "Several sources are called something like “{words}”: {names}. Which one?",
        "toast unmuted": "You hear of this again: {name}",
        "forget button": "🗑 Forget this chat",
        "export button": "📄 Export as a file",
        "mine": "What I keep of this chat: its number, language, clock and choices, its own topics, votes, and what "
        "I sent. No "
        "names, no messages of yours.",
        "exported": "All that I know of this chat. /forget deletes it.",
        "toast exported": "The file follows.",
    }
)
