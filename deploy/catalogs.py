"""`make catalogs`: bring the translations in step with the English phrases in the code.

New phrases are added without a translation, changed ones keep their old translation marked as fuzzy (English is shown
until a translator has looked), removed ones go.
"""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

from bot.chat.texts import PHRASES as CHAT
from bot.chat.web_link import PHRASES as WEB_LINK
from bot.delivery.admin_words import PHRASES as ADMIN
from bot.delivery.digest_texts import PHRASES as DIGESTS
from bot.delivery.report_words import PHRASES as REPORT
from bot.delivery.wording import PHRASES as ALERT
from bot.texts.phrases import FOLDER, LANGUAGES, Phrases
from bot.web.texts import phrases as web_phrases

PARTS: tuple[Phrases, ...] = (CHAT, ALERT, DIGESTS, ADMIN, REPORT, WEB_LINK, web_phrases())
HEADER = """# mediawatch in PROJECT's words: what people read, by key. `make catalogs` keeps it in step with the code.
#"""
# A date of each writing would make a change of every run.
AT = datetime(2026, 11, 23, tzinfo=UTC)


def template() -> Catalog:
    """Return all phrases of the code, untranslated."""
    catalog = Catalog(project="mediawatch", charset="utf-8")
    for part in PARTS:
        for phrase in part:
            catalog.add((phrase.english, phrase.plural) if phrase.plural else phrase.english, context=phrase.context)
    return catalog


def in_step(path: Path, language: str, wanted: Catalog) -> bytes:
    """Return the catalog of a language as it should be."""
    catalog = Catalog(
        locale=language, project="mediawatch", version="1", charset="utf-8", fuzzy=False, creation_date=AT,
        revision_date=AT, header_comment=HEADER.replace("PROJECT", language), last_translator="mediawatch",
        language_team=language, msgid_bugs_address="the issues of the project",
    )  # fmt: skip
    former = {each.context: each for each in _messages(path, language)}
    for message in wanted:
        if message.id:
            _carry_over(catalog, former.get(message.context), message)
    written = io.BytesIO()
    write_po(written, catalog, sort_output=False, width=120)
    return written.getvalue()


def _messages(path: Path, language: str) -> list[Message]:
    if not path.exists():
        return []
    with path.open("rb") as file:
        return [message for message in read_po(file, locale=language) if message.id]


def _carry_over(catalog: Catalog, former: Message | None, message: Message) -> None:
    """Take over a phrase's translation by its key; one of other English words becomes fuzzy."""
    if former is None or not _is_translated(former) or former.pluralizable != message.pluralizable:
        catalog.add(message.id, context=message.context)
        return
    same = _words(former) == _words(message) and not former.fuzzy
    catalog.add(message.id, former.string, context=message.context, flags=() if same else ("fuzzy",))


def _words(message: Message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def _is_translated(message: Message) -> bool:
    said = message.string
    return bool(said) if isinstance(said, str) else bool(said) and all(said or ())


def main() -> None:
    """Write all catalogs anew and say what is left to translate."""
    wanted = template()
    for language in LANGUAGES[1:]:
        path = FOLDER / f"{language}.po"
        path.write_bytes(in_step(path, language, wanted))
        left = sum(each.fuzzy or not _is_translated(each) for each in _messages(path, language))
        sys.stdout.write(f"{path.name}: {left} of {len(wanted)} phrases want a translator\n")


if __name__ == "__main__":
    main()
