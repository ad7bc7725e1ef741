"""Settings: what an operator may say, and what is said back."""

from __future__ import annotations

import pytest

from bot.settings import PREFIX, SettingsError, read_settings

TOKEN = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"


def test_defaults_are_usable() -> None:
    settings = read_settings()
    assert settings.poll_min_s <= settings.poll_max_s
    assert settings.allow_private_hosts == frozenset()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("POLL_MIN_S", "soon"),
        ("POLL_MIN_S", "0.2"),
        ("HOST_CONNECTIONS", "0"),
        ("TELEGRAM_BASE_URL", "api.telegram.org"),
        ("HTTP_BIND", "8787"),
        ("HTTP_BIND", "127.0.0.1:99999"),
        ("FETCH_PAGES", "perhaps"),
        ("LOG_LEVEL", "loud"),
        ("ZONE", "Mars/Olympus"),
    ],
)
def test_a_wrong_value_is_named_with_its_variable(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(PREFIX + name, value)
    with pytest.raises(SettingsError, match=PREFIX + name):
        read_settings()


def test_all_wrong_values_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDIAWATCH_POLL_MIN_S", "x")
    monkeypatch.setenv("MEDIAWATCH_WORKERS", "y")
    with pytest.raises(SettingsError) as caught:
        read_settings()
    assert len(str(caught.value).splitlines()) == 2


def test_limits_that_contradict_each_other_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDIAWATCH_POLL_MIN_S", "600")
    monkeypatch.setenv("MEDIAWATCH_POLL_MAX_S", "60")
    with pytest.raises(SettingsError, match="MEDIAWATCH_POLL_MIN_S"):
        read_settings()


def test_the_token_is_masked_wherever_settings_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDIAWATCH_TELEGRAM_TOKEN", TOKEN)
    settings = read_settings()
    assert settings.token == TOKEN
    assert TOKEN not in repr(settings)
    assert TOKEN not in str(settings.model_dump())


def test_a_wrong_secret_is_not_repeated_in_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDIAWATCH_TELEGRAM_TOKEN", "my secret, pasted with spaces")
    with pytest.raises(SettingsError) as caught:
        read_settings()
    assert "MEDIAWATCH_TELEGRAM_TOKEN" in str(caught.value)
    assert "my secret" not in str(caught.value)


def test_allowed_hosts_are_a_list_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDIAWATCH_ALLOW_PRIVATE_HOSTS", "127.0.0.1, News.Local:8080 ,,*")
    assert read_settings().allow_private_hosts == {"127.0.0.1", "news.local:8080", "*"}


def test_an_empty_variable_is_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDIAWATCH_TELEGRAM_TOKEN", "")
    assert read_settings().token == ""
