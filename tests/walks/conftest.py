"""A shell for walks through the commands."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog
from typer.testing import CliRunner

from bot.cli.commands import app
from tests.newsroom import FLOODS


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it wrote where."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Return the JSON lines of standard output, of which there must be nothing else."""
        return [json.loads(line) for line in self.out.splitlines()]


Shell = Callable[..., Ended]


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    """Run a command in a folder of its own; it must never end in a traceback."""
    (tmp_path / "topics").mkdir()
    (tmp_path / "topics" / "floods.yaml").write_text(FLOODS)
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'news.sqlite3'}", "RULES": str(tmp_path / "topics"), "WORKERS": "1",
        "ALLOW_PRIVATE_HOSTS": "127.0.0.1", "HOST_DELAY_S": "0", "FETCH_PAGES": "false", "FETCH_TIMEOUT_S": "20",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"MEDIAWATCH_{name}", value)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def run(*arguments: str, stdin: str | bytes | None = None) -> Ended:
        result = CliRunner().invoke(app, list(arguments), input=stdin)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
        assert "Traceback" not in result.stderr + result.stdout
        return Ended(result.exit_code, result.stdout, result.stderr)

    yield run
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
