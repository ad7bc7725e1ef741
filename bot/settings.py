"""Every setting, read once from the environment (prefix MEDIAWATCH_) and passed on as one frozen value.

docs/settings.md describes each; `tests/test_docs.py` holds the two together.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX = "MEDIAWATCH_"
UNPREFIXED = frozenset({"NOTIFY_SOCKET", "WATCHDOG_USEC", "EDITOR"})


class SettingsError(Exception):
    """A setting has a value that can't be used. The message names the variable, what was expected, and never the
    value of a secret."""


class Settings(BaseSettings):
    """All settings of a running mediawatch. Times ending in `_s` are seconds."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="ignore", env_ignore_empty=True, hide_input_in_errors=True
    )

    database_url: str = "sqlite:///mediawatch.sqlite3"
    sources: Path = Path("sources.yaml")
    rules: Path | None = None
    http_bind: str = "127.0.0.1:8787"
    http_token: SecretStr | None = None
    http_url: str = ""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["auto", "json", "text"] = "auto"

    telegram_token: SecretStr | None = None
    telegram_base_url: str = "https://api.telegram.org/bot"
    telegram_timeout_s: float = Field(default=20.0, gt=0, le=300)
    telegram_poll_s: float = Field(default=25.0, ge=0, le=50)
    telegram_parallel: int = Field(default=16, ge=1, le=100)

    poll_min_s: float = Field(default=120.0, ge=1, le=86_400)
    poll_max_s: float = Field(default=3_600.0, ge=1, le=86_400)
    host_delay_s: float = Field(default=1.0, ge=0, le=600)
    host_connections: int = Field(default=2, ge=1, le=100)
    fetch_parallel: int = Field(default=50, ge=1, le=500)
    fetch_timeout_s: float = Field(default=25.0, gt=0, le=300)
    fetch_max_mb: int = Field(default=20, ge=1, le=200)
    allow_private_hosts: Annotated[frozenset[str], NoDecode] = frozenset()
    fetch_pages: bool = True
    workers: int = Field(default=2, ge=1, le=32)

    admins: Annotated[frozenset[int], NoDecode] = frozenset()
    notice_after_s: float = Field(default=10_800.0, ge=1, le=604_800)

    zone: str = "Europe/Minsk"
    edit_every_s: float = Field(default=60.0, ge=0, le=86_400)
    flood_limit: int = Field(default=20, ge=1, le=1_000)
    keep_unmatched_text_days: int = Field(default=30, ge=1, le=36_500)
    keep_matched_text_days: int = Field(default=365, ge=1, le=36_500)
    keep_deliveries_days: int = Field(default=90, ge=1, le=36_500)
    keep_entries_days: int = Field(default=90, ge=7, le=36_500)

    # Set by systemd for Type=notify, hence without our prefix (sd_notify(3), sd_watchdog_enabled(3)).
    notify_socket: str = Field(default="", validation_alias="NOTIFY_SOCKET")
    watchdog_usec: int = Field(default=0, ge=0, validation_alias="WATCHDOG_USEC")
    # The usual variable of a Unix shell.
    editor: str = Field(default="vi", validation_alias="EDITOR")

    @field_validator("allow_private_hosts", mode="before")
    @classmethod
    def _split_hosts(cls, value: object) -> object:
        if isinstance(value, str):
            return frozenset(part.strip().lower() for part in value.split(",") if part.strip())
        return value

    @field_validator("admins", mode="before")
    @classmethod
    def _split_chats(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        parts = [part for part in re.split(r"[,;\s]+", value) if part]
        if not all(re.fullmatch(r"-?[1-9][0-9]{0,18}", part, re.ASCII) for part in parts):
            raise ValueError("expected numbers of Telegram chats, comma-separated, like 4815162342")
        return frozenset(int(part) for part in parts)

    @field_validator("telegram_base_url")
    @classmethod
    def _is_http(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("expected an address that starts with http:// or https://, like http://127.0.0.1:8081/bot")
        return value.rstrip("/")

    @field_validator("http_url")
    @classmethod
    def _is_web_address(cls, value: str) -> str:
        if value and not re.fullmatch(r"https?://[^\s/?#@]+(/)?", value):
            raise ValueError("expected the address of the console without a path, like https://news.example.org")
        return value.rstrip("/").lower()

    @field_validator("telegram_token")
    @classmethod
    def _is_token(cls, value: SecretStr | None) -> SecretStr | None:
        token = value.get_secret_value().strip() if value else ""
        if token and not re.fullmatch(r"[\x21-\x7e]+", token):
            raise ValueError("not a Telegram token; BotFather gives one like 123456:ABC-DEF")
        return value

    @field_validator("zone")
    @classmethod
    def _is_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("not a time zone; expected a name like Europe/Minsk")
        return value

    @field_validator("http_bind")
    @classmethod
    def _is_bind(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if not host or not port.isdigit() or int(port) > 65_535:
            raise ValueError("expected HOST:PORT, like 127.0.0.1:8787")
        return value

    @model_validator(mode="after")
    def _limits_in_order(self) -> Settings:
        if self.poll_min_s > self.poll_max_s:
            raise ValueError(f"{PREFIX}POLL_MIN_S ({self.poll_min_s:g}) is larger than {PREFIX}POLL_MAX_S")
        return self

    @property
    def console_url(self) -> str:
        """The address at which people reach the console: the one set, else where it listens."""
        if self.http_url:
            return self.http_url
        host, _, port = self.http_bind.rpartition(":")
        here = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}.get(host, host)
        return f"http://{here}:{port}"

    @property
    def token(self) -> str:
        """The Telegram token in the clear, "" where none is set. For the client alone; never log it."""
        return self.telegram_token.get_secret_value().strip() if self.telegram_token else ""


def read_settings(**overrides: object) -> Settings:
    """Return the settings of this environment, with `overrides` on top (as the demo does).

    Raises SettingsError with one line for each wrong variable.
    """
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        lines = []
        for fault in error.errors(include_url=False, include_input=False):
            name = str(fault["loc"][0]).upper() if fault["loc"] else "settings"
            name = name if name in UNPREFIXED or not fault["loc"] else PREFIX + name
            lines.append(f"{name}: {fault['msg'].removeprefix('Value error, ')}")
        raise SettingsError("\n".join(lines)) from error
