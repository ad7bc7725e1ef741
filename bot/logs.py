"""Structured logs on standard error, one line per unit of work; no token ever passes, whichever library logs it."""

from __future__ import annotations

import logging
import re
import sys
from typing import IO

import structlog

# A Bot API token: the bot's number, a colon, 35 characters (https://core.telegram.org/bots/api#authorizing-your-bot).
TOKEN = re.compile(r"(?<!\d)\d{5,}:[A-Za-z0-9_-]{20,}")
QUIET = ("httpx", "httpcore", "apscheduler", "telegram", "asyncio", "uvicorn", "aiohttp.access", "alembic")


class SafeFormatter(structlog.stdlib.ProcessorFormatter):
    """Writes a record, then blanks every secret in the finished line: a traceback may quote an address."""

    secrets: tuple[str, ...] = ()

    def format(self, record: logging.LogRecord) -> str:
        """Return the finished line without secrets."""
        line = super().format(record)
        for secret in self.secrets:
            line = line.replace(secret, "[secret]")
        return TOKEN.sub("[token]", line)


def set_up_logs(level: str, style: str, *, secrets: tuple[str, ...] = (), stream: IO[str] | None = None) -> None:
    """Send all logs to `stream` (standard error) at `level`; `style` is json, text, or auto (text on a terminal)."""
    out = stream or sys.stderr
    as_text = style == "text" or (style == "auto" and out.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(
            colors=out.isatty(),
            # The default writes down every local variable: tokens, texts, and seconds of the event loop's time.
            exception_formatter=structlog.dev.plain_traceback,
        )
        if as_text
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    tail: list[structlog.typing.Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if not as_text:
        tail.append(structlog.processors.format_exc_info)
    formatter = SafeFormatter(foreign_pre_chain=shared, processors=[*tail, renderer])
    formatter.secrets = tuple(secret for secret in secrets if secret)
    handler = logging.StreamHandler(out)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.ERROR if name == "apscheduler" else logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
