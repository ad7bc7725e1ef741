"""What strangers may serve where a feed is expected: documents and answers that have hurt somebody's reader."""

from __future__ import annotations

import gzip
import json
import random
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import brotli

from bot.feeds.model import FetchFault
from tests.fakes.web import Script, answer, cut, drip, endless, head, redirect, stall

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PUBLISHED_AT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
XML, JSON, HTML = "Content-Type: application/rss+xml", "Content-Type: application/json", "Content-Type: text/html"


def entry(number: int, *, more: str = "", title: str = "", guid: str = "", link: str | None = None) -> str:
    """Return an RSS item that is fine in itself; `more` is put into it as it is."""
    address = f"https://paper.example/{number}.html" if link is None else link
    return (
        f"<item><title>{title or f'Ordinary news number {number}'}</title><link>{address}</link>"
        f"<guid>{guid or f'urn:{number}'}</guid><description>Nothing of note happened.</description>"
        f"<pubDate>{format_datetime(PUBLISHED_AT + timedelta(minutes=number))}</pubDate>{more}</item>"
    )


def rss(*items: str, head: str = "", tail: str = "</channel></rss>") -> str:
    """Return an RSS document around these items."""
    return f'{head}<rss version="2.0"><channel><title>Paper</title><link>https://paper.example/</link>{"".join(items)}{tail}'


def served(document: str | bytes, *headers: str) -> bytes:
    """Return a whole answer with a document."""
    body = document if isinstance(document, bytes) else document.encode("utf-8", "surrogatepass")
    return answer(body, "200 OK", *(headers or (XML,)))


@dataclass(frozen=True)
class Attack:
    """Something hostile: what is served, and what must come of it.

    `faults` are the ones the source may be marked with; where there are none, at least `least` items must be kept, or
    exactly `exactly`.
    """

    name: str
    scripts: tuple[Script, ...]
    faults: frozenset[FetchFault] = frozenset()
    least: int = 1
    exactly: int | None = None


def refused(name: str, script: Script, *faults: FetchFault) -> Attack:
    """Return an attack after which the source is marked with one of these faults."""
    return Attack(name, (script,), frozenset(faults))


def read(name: str, document: str | bytes, *headers: str, least: int = 1, exactly: int | None = None) -> Attack:
    """Return an attack of which something sensible is read."""
    return Attack(name, (served(document, *headers),), least=least, exactly=exactly)


def bombs() -> Iterator[Attack]:
    """Yield bodies that are small on the wire and hundreds of megabytes unpacked."""
    start = rss("<item><title>").encode()
    filler = b"A" * 4_000_000
    packers: dict[str, Callable[[bytes], bytes]] = {
        "gzip": lambda body: gzip.compress(body, 1),
        "deflate": lambda body: zlib.compress(body, 1),
        "br": lambda body: brotli.compress(body, quality=1),
        "zstd": zstd.compress,
    }
    for coding, pack in packers.items():
        yield _bomb(coding, pack(start + filler * 50))
    yield _bomb("gzip", gzip.compress(start + filler, 1) + gzip.compress(filler, 1) * 100, "of many members")
    yield _bomb("gzip, gzip", gzip.compress(gzip.compress(start + filler * 50, 1), 1), "in gzip")


def _bomb(coding: str, body: bytes, kind: str = "") -> Attack:
    name = f"{coding} bomb {kind}".strip()
    return refused(name, served(body, XML, f"Content-Encoding: {coding}"), FetchFault.TOO_LARGE, FetchFault.TOO_COSTLY)


def bodies() -> Iterator[Attack]:
    """Yield answers that do not end as they should."""
    whole = rss(*(entry(n) for n in range(30))).encode()
    packed = gzip.compress(whole)
    size = f"Content-Length: {len(packed)}"
    coded = "Content-Encoding: gzip"
    yield refused("endless body", endless(head("200 OK", XML), whole), FetchFault.TOO_LARGE)
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    yield refused(
        "endless chunks", endless(head("200 OK", XML, "Transfer-Encoding: chunked"), chunk), FetchFault.TOO_LARGE
    )
    yield refused("a header without end", served(rss(entry(1)), "ETag: " + "e" * 99_000), FetchFault.PROTOCOL)
    yield refused("endless headers", endless(b"HTTP/1.1 200 OK\r\n", b"X-More: 1\r\n" * 100), FetchFault.PROTOCOL)
    yield refused("gzip cut short", cut(head("200 OK", XML, coded) + packed[:-9]), FetchFault.TRUNCATED)
    yield refused("length cut short", cut(head("200 OK", XML, size, coded) + packed[:50]), FetchFault.TRUNCATED)
    yield refused(
        "chunks cut short", cut(head("200 OK", XML, "Transfer-Encoding: chunked") + chunk[:-700]), FetchFault.TRUNCATED
    )
    yield refused("noise as gzip", served(b"\x00\xffnoise" * 99, XML, coded), FetchFault.ENCODING, FetchFault.TRUNCATED)
    yield refused("no HTTP at all", cut(b"220 mail.example ESMTP\r\n" * 40), FetchFault.PROTOCOL)
    yield refused("hung up", cut(b""), FetchFault.PROTOCOL, FetchFault.UNREACHABLE, FetchFault.TRUNCATED)
    yield refused("not modified unasked", answer(b"", "304 Not Modified"), FetchFault.PROTOCOL)
    yield refused("server error", answer(b"<h1>no</h1>", "500 Oh"), FetchFault.HTTP)
    yield refused("unknown status", answer(b"", "999 Denied"), FetchFault.HTTP, FetchFault.PROTOCOL)
    yield refused("gone", answer(b"", "410 Gone"), FetchFault.GONE)


def slow() -> Iterator[Attack]:
    """Yield answers that take for ever. All of these take the whole of a request's time."""
    whole = rss(entry(1)).encode()
    length = f"Content-Length: {len(whole)}"
    yield refused("a byte a second", drip(head("200 OK", XML, length), whole, 1.0), FetchFault.TIMEOUT)
    yield refused("a header byte a second", drip(b"", head("200 OK", XML, length), 1.0), FetchFault.TIMEOUT)
    yield refused("silence", stall(), FetchFault.TIMEOUT)
    yield refused("silence in the middle", stall(head("200 OK", XML, length) + whole[:40]), FetchFault.TIMEOUT)


def redirects(inside: str) -> Iterator[Attack]:
    """Yield redirects that lead in circles or inside; `inside` is a local address (host:port) that is not allowed."""
    yield refused("redirect to itself", redirect("/redirect-to-itself"), FetchFault.REDIRECTS)
    yield refused("redirect without an address", answer(b"", "302 Found"), FetchFault.PROTOCOL)
    port = inside.rpartition(":")[2]
    for target in (
        f"http://{inside}/", f"http://localhost:{port}/", f"http://[::1]:{port}/", f"http://0x7f000001:{port}/",
        f"http://2130706433:{port}/", f"http://0.0.0.0:{port}/", f"http://[::ffff:127.0.0.1]:{port}/",
        f"http://127.0.0.2:{port}/", "http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/",
        "http://[64:ff9b::7f00:1]/", "http://10.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1/",
        "javascript:alert(1)", "//[::1",
    ):  # fmt: skip
        faults = (FetchFault.FORBIDDEN_ADDRESS, FetchFault.NAME)
        yield refused(f"redirect to {target}", redirect(target), *faults)


def documents() -> Iterator[Attack]:
    """Yield documents that are costly, broken or deceptive."""
    yield from large_documents()
    yield from nested_documents()
    yield from broken_letters()
    yield from deceptive_entries()
    yield from no_feeds()
    yield from json_feeds()


def large_documents() -> Iterator[Attack]:
    ordinary = entry(1)
    yield read("50,000 entries", rss(*(entry(n) for n in range(50_000))), exactly=1000)
    yield read("50,000 empty entries", rss("<item/>" * 50_000, ordinary), least=0)
    yield refused("unclosed entries", served(rss("<item>" * 200_000)), FetchFault.TOO_COSTLY, FetchFault.NOT_A_FEED)
    yield read("quadratic author", rss(entry(1, more=f"<author>{'a@' * 200_000}</author>")))
    yield read("quadratic author of another name", rss(entry(1, more=f"<dc:creator>{'(@a ' * 99_000}</dc:creator>")))
    atom = f"<author><name>{'x' * 99}</name></author>" * 9_000
    yield read(
        "9,000 authors", f'<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>T</title>{atom}</entry></feed>'
    )
    yield read("5 MB title", rss(entry(1, title="ж" * 2_500_000), entry(2)), exactly=2)
    yield read("5 MB of words as title", rss(entry(1, title="слово " * 450_000), entry(2)), exactly=2)
    yield read("5 MB guid", rss(entry(1, guid="g" * 5_000_000), entry(2)), exactly=2)
    yield read("5 MB link", rss(entry(1, link="http://paper.example/" + "l" * 5_000_000), entry(2)), exactly=2)
    yield read("5 MB attribute", rss(entry(1, more=f'<enclosure url="{"u" * 5_000_000}"/>')))
    yield read("a million attributes", rss(entry(1, more=f"<x {' '.join(f'a{n}=1' for n in range(300_000))}/>")))
    yield read("a million ampersands", rss(entry(1, more=f"<content>{'&' * 1_000_000}</content>")))
    yield read("a million references", rss(entry(1, more=f"<content>{'&amp;' * 1_000_000}</content>")))
    yield read("a million brackets", rss(entry(1, more=f"<content><![CDATA[{'<' * 1_000_000}]]></content>")))
    yield read(
        "open quotes", rss(entry(1, more=f"<content><![CDATA[{'<a href=' + chr(34)}{'<a b=' * 90_000}]]></content>"))
    )
    yield read("unclosed sections", rss(entry(1), "<![CDATA[" * 200_000))
    yield read("unclosed comments", rss(entry(1), "<!--" * 400_000))
    yield read("heaped accents", rss(entry(1, title="a" + "\u0316\u0301" * 150_000), entry(2)), least=0)
    yield read("long blanks", rss(entry(1, more=f"<content>{' ' * 2_000_000}x</content>")))
    yield read(
        "links all over", rss(entry(1, more=f"<content><![CDATA[{'<a href=/x>casino</a> ' * 20_000}]]></content>"))
    )
    yield read("one word for ever", rss(entry(1, more=f"<content>{'нефть' * 80_000}</content>")))
    yield read(
        "keywords for ever", rss(entry(1, more=f"<content>{'нефть Казахстан пошлина ЕАЭС ' * 14_000}</content>"))
    )
    yield read("lines for ever", rss(entry(1, more=f"<content><![CDATA[{'<p>читать далее' * 25_000}]]></content>")))
    yield read("junk before the feed", "<br />\n<b>Warning</b>" * 50 + rss(ordinary))
    yield read("a date for ever", rss(entry(1).replace("<pubDate>", "<pubDate>" + "Mon, " * 500_000)))
    yield read("colons for ever", rss(f"<{'x:' * 300_000}item/>", ordinary))


def nested_documents() -> Iterator[Attack]:
    lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    billion = f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY l0 "lol">{lol}]>'
    yield read("billion laughs", rss(entry(1, more="<content>&l11;</content>"), head=billion))
    blowup = f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "{"x" * 100_000}">]>'
    yield read("quadratic blowup", rss(entry(1, more=f"<content>{'&a;' * 100_000}</content>"), head=blowup))
    outside = '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY % p SYSTEM "http://127.0.0.1/">%p;]>'
    yield read("an entity from outside", rss(entry(1, title="News &x; of today"), head=outside))
    yield refused(
        "an unfinished DOCTYPE", served(f"<!DOCTYPE rss [<!ENTITY x 'y{rss(entry(1))}"), FetchFault.NOT_A_FEED
    )
    faults = frozenset({FetchFault.TOO_COSTLY, FetchFault.NOT_A_FEED})
    for depth in (300, 5_000, 300_000):
        deep = rss(entry(1), "<a>" * depth, "</a>" * depth)
        yield Attack(f"{depth} levels", (served(deep),), faults, least=0)
        broken = rss(entry(1), "<a>" * depth)
        yield Attack(f"{depth} levels left open", (served(broken),), faults, least=0)
    inside = f"<![CDATA[{'<div>' * 60_000}deep]]>"
    yield read("deep HTML in an entry", rss(entry(1, more=f"<content>{inside}</content>")))
    yield read("deep quotes in an entry", rss(entry(1, more=f"<content>{'&lt;b&gt;' * 40_000}</content>")))
    twice = "&lt;p&gt;text".replace("&", "&amp;" * 1)
    for _ in range(12):
        twice = twice.replace("&", "&amp;")
    yield read("escaped many times", rss(entry(1, more=f"<content>{twice}</content>")))


def broken_letters() -> Iterator[Attack]:
    cyrillic = rss(entry(1, title="Президент принял послов")).encode("windows-1251")
    yield read("another encoding than said", b'<?xml version="1.0" encoding="utf-8"?>' + cyrillic, exactly=1)
    yield read("an encoding that nobody knows", b'<?xml version="1.0" encoding="x-klingon"?>' + cyrillic, exactly=1)
    yield read("an encoding that is none", b'<?xml version="1.0" encoding="zlib_codec"?>' + cyrillic, exactly=1)
    yield read("UTF-16 without saying so", rss(entry(1)).encode("utf-16-le"), exactly=1)
    yield read("UTF-7", b'<?xml version="1.0" encoding="utf-7"?>' + rss(entry(1)).encode(), exactly=1)
    yield read(
        "impossible references", rss(entry(1, title="Rain &#xD800; &#0; &#x110000; &#99999999999; &#; &#x; &#xFFFE;"))
    )
    yield read("references within links", rss(entry(1, link="https://paper.example/&#xD800;&#0;x")))
    yield read(
        "lone surrogates",
        rss(entry(1, title="half \ud800 a \udfff pair", guid="\udc00", link="http://p.example/\ud83d")),
    )
    yield read(
        "NULs", rss(entry(1, title="a\0b", guid="\0", link="https://paper.example/\0x")).replace("News", "N\0ws")
    )
    yield read("controls", rss(entry(1, title="".join(map(chr, range(1, 32))) + "\x7f\x85\ufffe\uffff\U0010ffff end")))
    yield read(
        "overlong letters", rss(entry(1, title="XX")).encode().replace(b"XX", b"\xc0\xaf\xf8\x88\x80\x80\x80\xff")
    )
    yield read("turned writing", rss(entry(1, title="\u202eflesruoy od\u202c \u2066\u2069\u200b\u00ad")))


def deceptive_entries() -> Iterator[Attack]:
    ten = range(10)
    yield read(
        "one guid for all",
        rss(*(entry(n, guid="same", title=f"Story {n} {'abcdefghij'[n] * 5}") for n in ten)),
        exactly=10,
    )
    yield read(
        "one link for all", rss(*(entry(n, link="https://paper.example/a", title=f"Story {n}") for n in ten)), least=1
    )
    yield read("one entry many times", rss(entry(1) * 500), exactly=1)
    yield read("no guid, no link", rss(*(f"<item><title>Report number {n}</title></item>" for n in ten)), exactly=10)
    future = (
        "Fri, 01 Jan 2100 00:00:00 GMT", "9999-12-31T23:59:59-14:00", "Thu, 32 Foo 20260 25:61:61 XYZ", "0000-00-00",
        "0001-01-01T00:00:00+14:00", "-1", "99999999999999999999", "1e999", "２０２６-０３-０１",
    )  # fmt: skip
    dated = (entry(n).replace("<pubDate>", f"<pubDate>{date}</pubDate><pubDate>") for n, date in enumerate(future))
    yield read("dates from nowhere", rss(*dated), exactly=len(future))
    hosts = "m." * 985
    links = (
        "javascript:alert(1)", "JaVa\tScRiPt:alert(1)", "data:text/html,&lt;script&gt;", "file:///etc/passwd", "//",
        "http://", "http://[::1", "http://a:99999999/", "http://a:b/", "https://user:pass@paper.example:443/x",
        "http://xn--/", "http://\u0660\u0661.example/", "http://a..b/", f"http://{'a' * 300}.example/",
        f"http://{'ä' * 400}.example/", f"http://{hosts}example.com/", "http://%00/", "mailto:a@b", "\\\\host\\share",
        f"https://google.com/url?q={'https://google.com/url?q=' * 60}", "http://paper.example/%ff%fe%zz", "?", "#",
        f"http://{'www.' * 490}com/", "http://\u2100.example/", "http://a/b" + "/.." * 600, "://", ":",
    )  # fmt: skip
    pointing = (entry(n, link=link.replace("&", "&amp;"), title=f"Headline {n}") for n, link in enumerate(links))
    yield read("links to nowhere", rss(*pointing), least=len(links))
    yield read(
        "markup as title", rss(*(entry(1, title=f"<![CDATA[{t}]]>") for t in ("<script>alert(1)</script>", "<b>x")))
    )
    yield read("a feed that never changes its ttl", rss(entry(1)).replace("<item>", f"<ttl>{'9' * 400}</ttl><item>", 1))
    headers = (XML, "Retry-After: 99999999999999999999", "Cache-Control: max-age=1e99, max-age=99999999999999999999")
    yield read("headers out of all measure", rss(entry(1)), *headers, "ETag: " + "e" * 8_000, "Last-Modified: never")


def no_feeds() -> Iterator[Attack]:
    page = "<!doctype html><html><head><title>Paper</title></head><body><p>Welcome</p></body></html>"
    links = "".join(f"<link rel=alternate type=application/rss+xml href='/{n}'>" for n in range(20_000))
    opml = "<opml version='2.0'><body><outline xmlUrl='https://paper.example/feed' text='x'/></body></opml>"
    no_feed, html = FetchFault.NOT_A_FEED, FetchFault.HTML
    yield refused("zero bytes", served(b""), no_feed)
    yield refused("blanks", served(b" \n\t\0" * 1000), no_feed)
    yield refused("an OPML list", served(opml), no_feed)
    yield refused("plain text", served("Sorry, no feed today.", "Content-Type: text/plain"), no_feed)
    yield refused("a picture", served(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 99), no_feed)
    yield refused("a sitemap", served("<urlset><url><loc>https://paper.example/</loc></url></urlset>"), no_feed)
    yield refused("one long tag", served("<" + "a" * 3_000_000), no_feed, html)
    yield refused("brackets", served("<" * 3_000_000), no_feed, html)
    yield refused("declarations", served("<?xml?>" * 400_000), no_feed, FetchFault.TOO_COSTLY)
    yield Attack("a page", (served(page, HTML), served(page, HTML)), frozenset({html, FetchFault.HTTP}))
    yield Attack("a page with 20,000 feeds", (served(page + links, HTML),), frozenset({html, FetchFault.HTTP}))


def json_feeds() -> Iterator[Attack]:
    no_feed = FetchFault.NOT_A_FEED
    wrong: list[object] = [
        None, True, 7, "x", [], {}, [[]],
        {"id": {}, "url": [], "title": 7, "content_html": {}, "date_published": 1e300},
        {"id": 2**80, "url": None, "title": ["x"], "authors": 5, "date_published": -1, "attachments": {"url": "x"}},
        {"id": float("inf"), "title": "Infinite", "attachments": [None, {"url": {}}], "language": ["ru"]},
        {"id": True, "url": "javascript:alert(1)", "title": "\ud800 half a pair", "content_text": "\udfff\0"},
        {"id": "ok", "url": "https://paper.example/1", "title": "Ordinary news", "tags": [None], "summary": 9**99},
    ]  # fmt: skip
    yield read("JSON of wrong types", _json(wrong), JSON)
    yield read("JSON as XML", _json(wrong), XML)
    yield read(
        "20,000 JSON items", _json({"id": str(n), "title": f"Report {n}"} for n in range(20_000)), JSON, exactly=1000
    )
    yield refused("items that are none", served('{"items": "abc"}', JSON), no_feed)
    yield refused("no items", served('{"version": "https://jsonfeed.org/version/1"}', JSON), no_feed)
    yield refused("JSON cut short", served(_json(wrong)[:-20], JSON), no_feed)
    yield refused("deep JSON", served('{"items":' + "[" * 200_000, JSON), no_feed)
    yield refused("a JSON list", served("[1, 2]", JSON), no_feed)
    yield refused("a number for ever", served('{"items": [' + "9" * 100_000 + "]}", JSON), no_feed)
    yield Attack("endless keys", (served("{" + '"a":{' * 90_000, JSON),), frozenset({no_feed}))


def _json(items: Iterable[object]) -> str:
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "Paper", "items": list(items)})


def mutations(seed: int, count: int) -> Iterator[bytes]:
    """Yield `count` damaged copies of a feed: bytes turned, cut out, doubled and put elsewhere."""
    rng = random.Random(seed)
    whole = rss(*(entry(n, more="<category>x</category><content><![CDATA[<p>a&b</p>]]></content>") for n in range(5)))
    for _ in range(count):
        body = bytearray(('<?xml version="1.0" encoding="utf-8"?>' + whole).encode())
        for _ in range(rng.randint(1, 12)):
            at, size = rng.randrange(len(body)), rng.randint(1, 40)
            match rng.randrange(4):
                case 0:
                    body[at] = rng.randrange(256)
                case 1:
                    del body[at : at + size]
                case 2:
                    body[at:at] = body[at : at + size] * rng.randint(1, 9)
                case _:
                    body[at:at] = bytes(rng.choices(b"<>&;![]\"'/=\0\xff-?x ", k=size))
        yield bytes(body)
