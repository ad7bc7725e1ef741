"""The door for the shell: `mediawatch`, or `python -m bot`."""

from __future__ import annotations

from bot.cli.commands import app


def main() -> None:
    """Run the command line."""
    app(prog_name="mediawatch")


if __name__ == "__main__":
    main()
