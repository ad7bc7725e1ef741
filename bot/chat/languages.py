"""In which language a chat is answered: taken from Telegram at first, changed by a word or a button."""

from __future__ import annotations

import re
from dataclasses import replace
from types import MappingProxyType

from bot.actions import choose
from bot.chat.texts import plain, text
from bot.chat.topics import settings_row
from bot.chat.visit import Answer, Buttons, Reply, Visit, begin_first, find_person, says
from bot.texts.phrases import LANGUAGES
from storage.engine import Session
from storage.tables import SubscriberRow

# Each in its own language, whoever reads the list.
NAMES = MappingProxyType({"en": "English", "ru": "Русский", "be": "Беларуская"})
_SPOKEN = MappingProxyType(
    {
        "en": ("en", "eng", "english", "английский", "англійская", "англійская мова"),
        "ru": ("ru", "rus", "russian", "русский", "по-русски", "руская", "расейская", "російська"),
        "be": ("be", "bel", "belarusian", "белорусский", "беларуская", "па-беларуску", "мова", "білоруська"),
    }
)


def command(tx: Session, visit: Visit) -> Answer:
    """Show or set the language."""
    person = find_person(tx, visit)
    if person is None:
        return begin_first(visit)
    words = visit.ask.argument.strip()
    if not words:
        return says(screen(person), person=person)
    language = read_language(words)
    if language is None:
        shown = screen(person)
        return says(replace(shown, text=text("language unknown", person.language, words=words)), person=person)
    choose.set_language(tx, person, language, visit.now)
    done = says(text("language set", language, name=NAMES[language]), person=person)
    return replace(done, menu_language=language)


def chosen(tx: Session, visit: Visit, person: SubscriberRow, found: re.Match[str]) -> Answer:
    """Set the language by a button."""
    choose.set_language(tx, person, found[1], visit.now)
    said = plain("language set", found[1], name=NAMES[found[1]])
    return Answer(
        toast=said, rewritten=screen(person), about="language set", subscriber_id=person.id, menu_language=found[1]
    )


def screen(person: SubscriberRow) -> Reply:
    """Return the question in which language to write."""
    rows = buttons(person, "l:{language}", marked=True)
    return Reply(text("languages", person.language), (*rows, settings_row(person.language)))


def buttons(person: SubscriberRow, carries: str, *, marked: bool) -> Buttons:
    """Return the languages as buttons, the present one with a ✓ where `marked`."""
    shown = [
        (f"✓ {NAMES[language]}" if marked and language == person.language else NAMES[language], language)
        for language in LANGUAGES
    ]
    return tuple(((name, carries.format(language=language)),) for name, language in shown)


def read_language(words: str) -> str | None:
    """Return the language that is named, in its own words or another's; None for any other."""
    said = " ".join(words.casefold().split())
    return next((language for language, names in _SPOKEN.items() if said in names), None)
