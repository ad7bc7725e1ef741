"""Messages in the terminal."""

from __future__ import annotations

import io

from rich.console import Console

from bot.delivery import render
from bot.delivery.console import ConsoleSender, as_rich
from bot.delivery.model import AlertCard, NotSent, Outgoing, Sent


def console(*, colour: bool = False, encoding: str = "utf-8") -> tuple[Console, io.TextIOWrapper]:
    out = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="")
    return Console(file=out, width=80, force_terminal=colour, color_system="standard" if colour else None), out


def printed(out: io.TextIOWrapper) -> str:
    out.flush()
    raw = out.buffer.getvalue()  # type: ignore[attr-defined]
    return str(raw.decode(out.encoding))


async def test_a_message_is_shown_in_a_box_with_its_address() -> None:
    terminal, out = console()
    [text] = render.alert(AlertCard(title="Flood in Aktobe", link="https://a.example/1", source_name="Agency"))
    assert await ConsoleSender(terminal).send(Outgoing(5, 0, text)) == Sent(5)
    shown = printed(out)
    assert "│ Flood in Aktobe" in shown
    assert "https://a.example/1" in shown
    assert "\x1b" not in shown


async def test_colour_comes_only_on_a_terminal() -> None:
    terminal, out = console(colour=True)
    await ConsoleSender(terminal).send(Outgoing(5, 0, "<b>news</b>"))
    assert "\x1b[1m" in printed(out)


async def test_a_title_can_neither_style_nor_steer_the_terminal() -> None:
    terminal, out = console(colour=True)
    [text] = render.alert(
        AlertCard(title="[red]x[/red] [link=http://evil.example]y \x1b[2J\x1b]0;t\x07 :smile: \u202e")
    )
    await ConsoleSender(terminal).send(Outgoing(5, 0, text))
    shown = printed(out)
    assert "[red]x[/red] [link=http://evil.example]y" in shown
    assert "\x1b[2J" not in shown
    assert "\x07" not in shown
    assert ":smile:" in shown
    assert "\u202e" not in shown


async def test_letters_that_the_terminal_lacks_are_replaced() -> None:
    terminal, out = console(encoding="ascii")
    await ConsoleSender(terminal).send(Outgoing(5, 0, "нафта &amp; oil"))
    assert "????? & oil" in printed(out)


async def test_an_edit_says_that_it_is_one() -> None:
    terminal, out = console()
    assert await ConsoleSender(terminal).edit(Outgoing(6, 0, "flood, 2 sources", message_id=5)) == Sent(5)
    assert "edited" in printed(out)


async def test_a_terminal_that_is_full_keeps_the_message() -> None:
    class Full(io.StringIO):
        def write(self, _text: str) -> int:
            raise OSError(28, "No space left on device")

    outcome = await ConsoleSender(Console(file=Full(), width=80)).send(Outgoing(5, 0, "news"))
    assert isinstance(outcome, NotSent)


def test_styles_follow_the_tags() -> None:
    text = as_rich('<b>head</b> tail &lt;b&gt; <a href="https://a.example/?x=1&amp;y=2">here</a>')
    assert text.plain == "head tail <b> here\nhttps://a.example/?x=1&y=2"
    assert [(span.start, span.end) for span in text.spans if str(span.style) == "bold"] == [(0, 4)]
