"""The chat's wording: every key reads, no value becomes markup, nothing is longer than Telegram takes."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.actions.choose import Choice
from bot.chat import commands, overview, texts
from bot.chat.presses import PRESSES
from bot.chat.texts import Html, lines, messages, plain, text
from bot.chat.topics import TOGGLE, keyboard
from rules.alerts import Verdict
from storage.mutes import Muted
from storage.rulebook import Topic
from tests.fakes.telegram_html import read, units

CHAT = Path(inspect.getfile(texts)).parent
HOSTILE = (
    "<b>",
    "&amp;",
    "</i><a href='x'>",
    "{topic}",
    "🜁" * 5_000,
    "\u202eabc",
    "a\nb",
    "\ud83d",
    "\0",
    "",
    "&" * 5_000,
)


def values(key: str, value: str) -> dict[str, str]:
    return dict.fromkeys(re.findall(r"{(\w+)}", texts.PHRASES.say(key, "en")), value)


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_no_value_becomes_markup_or_outgrows_a_message(hostile: str) -> None:
    for key in texts.keys():  # noqa: SIM118 - a function of the module
        shown = read(text(key, "en", **values(key, hostile)))
        assert units(shown) <= 4_096, key
        assert not {"\u202e", "\0"} & set(shown), key


def test_every_key_that_the_chat_uses_exists_and_none_is_unused() -> None:
    used: set[str] = set()
    for path in (*CHAT.glob("*.py"), CHAT.parent / "actions" / "watch.py"):
        if path.name != "texts.py" and not path.name.startswith("phrases"):
            constants = (n.value for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Constant))
            used |= {value for value in constants if isinstance(value, str)}
    made = {f"menu {name}" for name in commands.COMMANDS} | {f"how {how}" for how in ("at once", "digest", "both")}
    made |= {f"extra {choice.value}" for choice in Choice} | {f"mute {kind.value}" for kind in Muted}
    made |= {f"verdict {verdict.name.lower()}" for verdict in Verdict}
    made |= {f"name {name}" for name in overview.SCREENS}
    assert texts.keys() - used - made == set()


def test_help_names_every_command() -> None:
    shown = read(text("help", "en"))
    unnamed = {"start", "resume", "help"}
    assert [name for name in commands.COMMANDS if f"/{name}" not in shown and name not in unnamed] == []


def test_finished_html_passes_and_bare_text_does_not() -> None:
    assert text("how line", "en", topic=Html("<i>x</i>"), how="<i>y</i>") == "• <b><i>x</i></b>: &lt;i&gt;y&lt;/i&gt;"
    assert plain("toast on", "en", topic="A & <b>") == "You follow: A & <b>"


@given(st.lists(st.text(max_size=300), max_size=60), st.integers(400, 4_000))
def test_messages_keep_every_part_whole_and_in_order(parts: list[str], limit: int) -> None:
    finished = [text("line", "en", line=part) for part in parts]
    found = messages(finished, limit)
    assert "\n".join(found) == lines(*finished)
    assert all(units(message) <= max(limit, max(units(part) for part in finished)) for message in found)


def test_a_long_list_of_topics_has_pages_and_labels_that_fit() -> None:
    many = [Topic(n, f"t{n}", {"en": "Title " * 50}, 1) for n in range(1, 101)]
    shown: list[str] = []
    for page in range(-1, 9):
        rows = keyboard(many, [1, 2], "en", page, carries=TOGGLE, turns="p")
        assert sum(len(row) for row in rows) <= 100
        for label, carried in (button for row in rows for button in row):
            assert 0 < len(label) <= 64
            assert len(carried.encode()) <= 64
            assert [pattern for pattern in PRESSES if re.fullmatch(pattern, carried)]
        if 0 <= page < 4:
            shown += [row[0][1] for row in rows if row[0][1].startswith("t:")]
    assert len(set(shown)) == 100
