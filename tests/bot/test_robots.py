"""What robots.txt asks of us."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feeds.model import Fetched, FetchError, FetchFault
from bot.feeds.robots import ASKED_AGAIN_AFTER, KEPT_FOR, Robots, read_robots

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "path", "allowed"),
    [
        ("", "/a", True),
        ("User-agent: *\nDisallow: /", "/a", False),
        ("User-agent: *\nDisallow: /", "/robots.txt", True),
        ("User-agent: *\nDisallow:", "/a", True),
        ("user-AGENT : *\r\ndisallow : /a # here", "/ab", False),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", True),
        ("User-agent: *\nAllow: /a/b\nDisallow: /a", "/a/c", False),
        ("User-agent: *\nDisallow: /a\nAllow: /a", "/a", True),
        ("User-agent: *\nDisallow: /*.php$", "/x/y.php", False),
        ("User-agent: *\nDisallow: /*.php$", "/x/y.php?a=1", True),
        ("User-agent: *\nDisallow: /a*b*c", "/axxbyyc", False),
        ("User-agent: *\nDisallow: /a*b*c", "/axxcyyb", True),
        ("User-agent: *\nDisallow: /aa*aa$", "/aaa", True),
        ("User-agent: *\nDisallow: /$", "/", False),
        ("User-agent: *\nDisallow: /$", "/a", True),
        ("User-agent: *\nDisallow: *?print=", "/a?print=1", False),
        ("User-agent: *\nDisallow: /новости", "/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D0%B8/1", False),
        ("User-agent: *\nDisallow: /%7ejoe", "/~joe/a", False),
        ("User-agent: *\nDisallow: /a%2fb", "/a/b", True),
        ("User-agent: *\nDisallow: /a%2fb", "/a%2Fb", False),
        ("User-agent: MediaWatch\nDisallow: /\nUser-agent: *\nDisallow: /b", "/a", False),
        ("User-agent: mediawatch/0.1\nDisallow: /b\n\nUser-agent: *\nDisallow: /", "/a", True),
        ("User-agent: other\nUser-agent: mediawatch\nDisallow: /", "/a", False),
        ("User-agent: mediawatch\nDisallow: /a\nUser-agent: x\nUser-agent: mediawatch\nDisallow: /b", "/b", False),
        ("User-agent: mediawatcher\nDisallow: /", "/a", True),
        ("User-agent: GPTBot\nDisallow: /\n", "/a", True),
        ("\ufeffUser-agent: *\nDisallow: /", "/a", False),
        ("Disallow: /", "/a", True),
        ("User-agent: *\nCrawl-delay: 5\nSitemap: https://a.test/s.xml\nDisallow: /a", "/a", False),
        ("User-agent: *\nDisallow: https://a.test/", "/a", True),
        ("<!doctype html><html><title>404: not found</title></html>", "/a", True),
    ],
)
def test_the_longest_rule_for_us_decides(text: str, path: str, allowed: bool) -> None:
    assert read_robots(text).allow(path) is allowed


@given(st.text(max_size=400), st.text(max_size=100))
def test_any_text_can_be_read(text: str, path: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    rules = read_robots(f"User-agent: *\nDisallow: /{text}\n{text}")
    assert rules.allow("/" + path.encode("utf-8", "replace").decode()) in (True, False)


def test_rules_and_stars_are_bounded() -> None:
    text = "User-agent: *\n" + "Disallow: /a\n" * 50_000 + "Disallow: /" + "a*" * 5000 + "b\n"
    rules = read_robots(text)
    assert len(rules.rules) == 2000
    assert all(len(rule.parts) <= 17 for rule in rules.rules)


class FakeFetcher:
    """Answers for robots.txt, and counts the questions."""

    def __init__(self, answer: Callable[[], bytes]) -> None:
        self.answer = answer
        self.asked: list[str] = []

    async def get(self, url: str, *, accept: str = "", max_bytes: int | None = None) -> Fetched:
        self.asked.append(url)
        await asyncio.sleep(0)
        return Fetched(url=url, status=200, body=self.answer())


def broken(fault: FetchFault, status: int | None = None) -> Callable[[], bytes]:
    def answer() -> bytes:
        raise FetchError(fault, status=status)

    return answer


async def test_a_host_is_asked_once_a_day_and_once_for_all_who_wait() -> None:
    fetcher = FakeFetcher(lambda: b"User-agent: *\nDisallow: /private")
    clock = [NOON]
    robots = Robots(fetcher, now=lambda: clock[0])
    answers = await asyncio.gather(
        *(robots.allowed(url) for url in ("https://a.test/x", "https://A.test/private/y", "https://a.test:443/z?q=1"))
    )
    assert answers == [True, False, True]
    assert fetcher.asked == ["https://a.test/robots.txt"]
    clock[0] += KEPT_FOR - timedelta(seconds=1)
    await robots.allowed("https://a.test/x")
    assert len(fetcher.asked) == 1
    clock[0] += timedelta(seconds=2)
    await robots.allowed("https://a.test/x")
    assert len(fetcher.asked) == 2


async def test_every_scheme_and_port_has_its_own_rules() -> None:
    fetcher = FakeFetcher(lambda: b"")
    robots = Robots(fetcher, now=lambda: NOON)
    for url in ("https://a.test/", "http://a.test/", "http://a.test:8080/"):
        assert await robots.allowed(url)
    assert fetcher.asked == [
        "https://a.test/robots.txt",
        "http://a.test/robots.txt",
        "http://a.test:8080/robots.txt",
    ]


@pytest.mark.parametrize(
    ("fault", "status", "allowed"),
    [
        (FetchFault.HTTP, 404, True),
        (FetchFault.HTTP, 403, True),
        (FetchFault.GONE, 410, True),
        (FetchFault.REDIRECTS, None, True),
        (FetchFault.HTTP, 503, False),
        (FetchFault.RATE_LIMITED, 429, False),
        (FetchFault.UNREACHABLE, None, False),
        (FetchFault.TIMEOUT, None, False),
    ],
)
async def test_no_robots_txt_allows_all_and_a_failing_one_nothing_for_now(
    fault: FetchFault, status: int | None, allowed: bool
) -> None:
    fetcher = FakeFetcher(broken(fault, status))
    clock = [NOON]
    robots = Robots(fetcher, now=lambda: clock[0])
    assert await robots.allowed("https://a.test/x") is allowed
    clock[0] += ASKED_AGAIN_AFTER
    await robots.allowed("https://a.test/x")
    assert len(fetcher.asked) == (1 if allowed else 2)


async def test_an_address_that_cannot_be_asked_is_not_allowed() -> None:
    fetcher = FakeFetcher(lambda: b"")
    assert not await Robots(fetcher, now=lambda: NOON).allowed("javascript:alert(1)")
    assert fetcher.asked == []


async def test_who_gives_up_does_not_take_the_answer_from_the_others() -> None:
    fetcher = FakeFetcher(lambda: b"")
    robots = Robots(fetcher, now=lambda: NOON)
    first = asyncio.create_task(robots.allowed("https://a.test/x"))
    second = asyncio.create_task(robots.allowed("https://a.test/y"))
    await asyncio.sleep(0)
    first.cancel()
    assert await second
    assert len(fetcher.asked) == 1


async def test_hosts_are_forgotten_when_there_are_too_many() -> None:
    fetcher = FakeFetcher(lambda: b"")
    robots = Robots(fetcher, now=lambda: NOON)
    for number in range(2100):
        await robots.allowed(f"https://h{number}.test/")
    assert len(robots._kept) == 2000
    await robots.allowed("https://h2099.test/")
    assert len(fetcher.asked) == 2100
