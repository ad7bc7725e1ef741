"""A loopback server of made-up feeds, in a process of its own: `python -m bench.serve FEEDS ENTRIES`.

It prints its port on the first line. `/feed/N` is feed N with ETag and Last-Modified; `/control/publish` gives every
twentieth feed two new entries (each time other feeds); `/control/counts` says, as JSON, what was asked since the last
time. The same counts go to its log, on standard error.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

ENTRIES_PUBLISHED = 2
FEEDS_PER_PUBLISHING = 20
_BEGAN_AT = datetime(2026, 11, 1, 6, tzinfo=UTC)
_BETWEEN_ENTRIES = timedelta(minutes=37)
_LATIN = ("an", "ber", "co", "den", "el", "for", "gra", "hin", "kor", "lan", "min", "no", "pol", "ra", "ster", "tu")
_CYRILLIC = ("ан", "бо", "вер", "го", "да", "ен", "жи", "ка", "ло", "мин", "на", "ров", "ство", "та", "ция", "шен")


def _words(rng: random.Random, syllables: tuple[str, ...]) -> list[str]:
    return ["".join(rng.choices(syllables, k=rng.randint(1, 4))) for _ in range(1_500)]


class Newsroom:
    """Writes the feeds: three in four RSS, the others Atom; every other one in Cyrillic; the same on each run."""

    def __init__(self, feeds: int, entries: int) -> None:
        rng = random.Random(1)
        self._vocabularies = (_words(rng, _LATIN), _words(rng, _CYRILLIC))
        self._entries = entries
        self._versions = [0] * feeds
        self._published = 0
        self._answers = [self._answer(number) for number in range(feeds)]

    def publish(self) -> int:
        """Give every twentieth feed two new entries; return how many feeds that were."""
        first = self._published % FEEDS_PER_PUBLISHING
        self._published += 1
        changed = range(first, len(self._versions), FEEDS_PER_PUBLISHING)
        for number in changed:
            self._versions[number] += 1
            self._answers[number] = self._answer(number)
        return len(changed)

    def answer(self, number: int) -> tuple[str, str, bytes]:
        """Return a feed's ETag, its headers (without the length) and its document."""
        return self._answers[number]

    def _answer(self, number: int) -> tuple[str, str, bytes]:
        newest = self._entries + ENTRIES_PUBLISHED * self._versions[number]
        numbers = range(newest - 1, newest - self._entries - 1, -1)
        atom = number % 4 == 3
        document = (self._atom if atom else self._rss)(number, numbers).encode()
        changed_at = format_datetime(_BEGAN_AT + _BETWEEN_ENTRIES * newest, usegmt=True)
        kind = "atom" if atom else "rss"
        etag = f'"{number:x}-{newest:x}"'
        validators = f"ETag: {etag}\r\nLast-Modified: {changed_at}\r\n"
        return etag, f"Content-Type: application/{kind}+xml; charset=utf-8\r\n{validators}", document

    def _rss(self, feed: int, numbers: range) -> str:
        entries = "".join(self._rss_entry(feed, number) for number in numbers)
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" '
            'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
            f"<title>Wire {feed}</title><link>https://wire{feed}.example/</link><description>News</description>"
            f"<language>en</language>{entries}</channel></rss>"
        )

    def _rss_entry(self, feed: int, number: int) -> str:
        title, summary, article = self._text(feed, number)
        full = f"<content:encoded><![CDATA[{article}]]></content:encoded>" if article else ""
        return (
            f"<item><title>{title}</title><link>https://wire{feed}.example/{number}/{title.split()[0]}.html</link>"
            f'<guid isPermaLink="false">wire{feed}-{number}</guid>'
            f"<pubDate>{format_datetime(_BEGAN_AT + _BETWEEN_ENTRIES * number)}</pubDate>"
            f"<dc:creator>Desk {feed % 7}</dc:creator><category>World</category><category>Economy</category>"
            f"<description><![CDATA[<p>{summary}</p>]]></description>{full}</item>\n"
        )

    def _atom(self, feed: int, numbers: range) -> str:
        entries = "".join(self._atom_entry(feed, number) for number in numbers)
        newest = (_BEGAN_AT + _BETWEEN_ENTRIES * numbers[0]).isoformat()
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">'
            f'<title>Wire {feed}</title><id>urn:wire:{feed}</id><link href="https://wire{feed}.example/"/>'
            f"<updated>{newest}</updated>{entries}</feed>"
        )

    def _atom_entry(self, feed: int, number: int) -> str:
        title, summary, article = self._text(feed, number)
        at = (_BEGAN_AT + _BETWEEN_ENTRIES * number).isoformat()
        full = f'<content type="html"><![CDATA[{article}]]></content>' if article else ""
        return (
            f"<entry><title>{title}</title><id>urn:wire:{feed}:{number}</id><published>{at}</published>"
            f'<updated>{at}</updated><link href="https://wire{feed}.example/{number}/{title.split()[0]}.html"/>'
            f"<author><name>Desk {feed % 7}</name></author>"
            f'<summary type="html">&lt;p&gt;{summary}&lt;/p&gt;</summary>{full}</entry>\n'
        )

    def _text(self, feed: int, number: int) -> tuple[str, str, str]:
        """Return an entry's title, its summary of 55 words, and for every fourth entry an article of 300."""
        rng = random.Random(feed * 100_003 + number)
        words = rng.choices(self._vocabularies[feed % 2], k=365 if number % 4 == 0 else 65)
        title, summary = " ".join(words[:10]).capitalize(), " ".join(words[10:65])
        link = f'<a href="https://wire{feed}.example/tag/{words[3]}">{words[4]}</a>'
        paragraphs = (" ".join(words[start : start + 60]) for start in range(65, len(words), 60))
        return title, f"{summary} {link}.", "".join(f"<p>{paragraph}.</p>" for paragraph in paragraphs)


class Door(asyncio.Protocol):
    """Answers one connection: GET only, connections kept open unless the asker closes them."""

    def __init__(self, newsroom: Newsroom, counts: dict[str, int]) -> None:
        self._newsroom = newsroom
        self._counts = counts
        self._transport: asyncio.Transport | None = None
        self._asked = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each complete question."""
        self._asked += data
        while (end := self._asked.find(b"\r\n\r\n")) >= 0 and self._transport is not None:
            first, *lines = self._asked[:end].decode("latin-1").split("\r\n")
            self._asked = self._asked[end + 4 :]
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            self._transport.write(self._answer(first.split(" ")[1], headers))
            if headers.get("connection", "").lower() == "close":
                self._transport.close()

    def _answer(self, path: str, headers: dict[str, str]) -> bytes:
        if path.startswith("/feed/"):
            return self._feed(int(path.removeprefix("/feed/")), headers.get("if-none-match", ""))
        if path == "/control/publish":
            return _whole("200 OK", "", json.dumps(self._newsroom.publish()).encode())
        counts = json.dumps(self._counts)
        print(f"since the last line: {counts}", file=sys.stderr, flush=True)
        self._counts.update(dict.fromkeys(self._counts, 0))
        return _whole("200 OK", "", counts.encode())

    def _feed(self, number: int, known_etag: str) -> bytes:
        etag, headers, document = self._newsroom.answer(number)
        self._counts["requests"] += 1
        if known_etag == etag:
            self._counts["not_modified"] += 1
            return _whole("304 Not Modified", headers, b"", length=False)
        return _whole("200 OK", headers, document)


def _whole(status: str, headers: str, body: bytes, *, length: bool = True) -> bytes:
    sized = f"Content-Length: {len(body)}\r\n" if length else ""
    return f"HTTP/1.1 {status}\r\nServer: bench\r\n{headers}{sized}\r\n".encode() + body


async def serve(feeds: int, entries: int) -> None:
    """Serve until the process is ended; print the port first."""
    newsroom, counts = Newsroom(feeds, entries), {"requests": 0, "not_modified": 0}
    server = await asyncio.get_running_loop().create_server(lambda: Door(newsroom, counts), "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2])))
