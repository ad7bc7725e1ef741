"""What keeps the token, texts and chats out of every log."""

from __future__ import annotations

import logging
from types import MappingProxyType

_QUIET = MappingProxyType({"httpx": logging.WARNING, "httpcore": logging.WARNING, "telegram": logging.INFO})


class RedactToken(logging.Filter):
    """Takes the token out of whatever passes; put it on every handler."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self._token = token

    def filter(self, record: logging.LogRecord) -> bool:
        """Let the record pass, without the token."""
        if self._token and self._token in (said := record.getMessage()):
            record.msg, record.args = said.replace(self._token, "***"), ()
        return True


def hush_libraries() -> None:
    """Keep the libraries from logging addresses (the token is part of each), texts and chats, at any level of ours."""
    for name, level in _QUIET.items():
        logging.getLogger(name).setLevel(level)
