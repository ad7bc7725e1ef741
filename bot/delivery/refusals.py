"""What Telegram means where it says no (400): its words are the only sign that tells one refusal from another."""

from __future__ import annotations

from bot.delivery.model import (
    BadButtons,
    Gone,
    Malformed,
    NoAttachment,
    NotEditable,
    NoThread,
    Outcome,
    Refused,
    Sent,
    TooLong,
)

# What Telegram says in a 400 (lower case), and what that is to us; the first that fits counts.
_MEANINGS = (
    ("message is not modified", Sent),
    ("message thread not found", NoThread),
    ("topic_closed", NoThread),
    ("topic_deleted", NoThread),
    ("topic closed", NoThread),
    ("message to edit not found", NotEditable),
    ("message can't be edited", NotEditable),
    ("message_id_invalid", NotEditable),
    ("message identifier is not specified", NotEditable),
    ("message is too long", TooLong),
    ("message_too_long", TooLong),
    ("text is too long", TooLong),
    ("entities_too_long", TooLong),
    ("can't parse entities", Malformed),
    ("can't find end", Malformed),
    ("unsupported start tag", Malformed),
    ("entity_bounds_invalid", Malformed),
    ("button", BadButtons),
    ("reply markup", BadButtons),
    ("chat not found", Gone),
    ("peer_id_invalid", Gone),
    ("user not found", Gone),
    ("user_is_blocked", Gone),
    ("user_deactivated", Gone),
    ("user is deactivated", Gone),
    ("group chat was deactivated", Gone),
    ("not enough rights", Gone),
    ("have no rights", Gone),
    ("need administrator rights", Gone),
    ("chat_write_forbidden", Gone),
    ("chat_restricted", Gone),
    ("chat_admin_required", Gone),
    ("chat_send_plain_forbidden", Gone),
    ("channel_private", Gone),
    ("bot is not a member", Gone),
    ("bot was kicked", Gone),
    ("can't initiate conversation", Gone),
)

# Words of a refusal that speak of what is attached, not of the chat or the text.
_OF_ATTACHMENTS = (
    *("photo", "image", "media", "document", "file", "caption", "wrong type", "dimensions"),
    *("too long", "too_long", "too large", "too big", "entity too large"),
)


def attachment_refusal(reason: str) -> NoAttachment | None:
    """Return that a refusal is about the picture or document that came along, None where it is about the rest."""
    folded = reason.lower()
    return NoAttachment(reason) if any(words in folded for words in _OF_ATTACHMENTS) else None


def refusal(reason: str, known_id: int) -> Outcome:
    """Return what a refusal is to us; `known_id` is the message that an edit was about."""
    folded = reason.lower()
    for words, meaning in _MEANINGS:
        if words in folded:
            return Sent(known_id) if meaning is Sent else meaning(reason)  # type: ignore[arg-type]
    return Refused(reason)
