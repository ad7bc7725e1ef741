"""Reading feeds: every format, every way sites get it wrong, and documents made to do harm."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from bot.feeds.dates import clamp, parse_date
from bot.feeds.links import web_address
from bot.feeds.model import Entry, FetchError, FetchFault, ParsedFeed
from bot.feeds.parse import parse_feed
from bot.workers import Workers

URL = "https://paper.example/feed/"
ITEM = "<item><title>Паводак у Гомелі</title><link>https://paper.example/1</link><guid>1</guid></item>"


def read(document: str | bytes, content_type: str = "application/rss+xml", most: int = 1000) -> ParsedFeed:
    return parse_feed(document.encode() if isinstance(document, str) else document, content_type, URL, most)


def rss(items: str, *, head: str = '<?xml version="1.0"?>', attributes: str = "") -> str:
    return f'{head}<rss version="2.0" {attributes}><channel><title>Paper</title><link>/</link>{items}</channel></rss>'


def item(**fields: str) -> str:
    return "<item>" + "".join(f"<{name}>{value}</{name}>" for name, value in fields.items()) + "</item>"


def only(document: str | bytes, content_type: str = "application/rss+xml") -> Entry:
    (entry,) = read(document, content_type).entries
    return entry


def test_rss_2_is_read_whole() -> None:
    feed = read(
        rss(
            "<language>be-BY</language><ttl>30</ttl>"
            + item(
                title="Flood in &lt;b&gt;Homiel&lt;/b&gt;",
                link="/news/1?a=1&amp;b=2",
                guid="tag:1",
                pubDate="Mon, 23 Nov 2026 10:00:00 +0300",
                description="&lt;p&gt;Water rose.&lt;/p&gt;&lt;p&gt;People left.&lt;/p&gt;",
            )
        )
    )
    assert (feed.title, feed.home_url, feed.language, feed.kind) == ("Paper", "https://paper.example/", "be", "rss")
    assert (feed.ttl, feed.problem, feed.dropped) == (timedelta(minutes=30), "", 0)
    assert feed.entries == (
        Entry(
            guid="tag:1",
            link="https://paper.example/news/1?a=1&b=2",
            title="Flood in Homiel",
            text="Water rose.\nPeople left.",
            published_at=datetime(2026, 11, 23, 7, tzinfo=UTC),
        ),
    )


def test_atom_prefers_the_alternate_link_and_its_content() -> None:
    entry = only(
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://paper.example/kk/"><title>Газет</title>'
        '<entry xml:lang="kk-KZ"><id>urn:1</id><title type="html">Су &amp;amp; тасқын</title>'
        '<link rel="self" href="/self"/>'
        '<link rel="alternate" type="text/html" href="news/1"/><published>2026-11-23T10:00:00+05:00</published>'
        "<updated>2026-11-24T10:00:00Z</updated><summary>Қысқаша</summary>"
        '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Су көтерілді.</p>'
        "<p>Халық көшті.</p></div></content>"
        "</entry></feed>",
        "application/atom+xml",
    )
    assert (entry.link, entry.title) == ("https://paper.example/kk/news/1", "Су & тасқын")
    assert (entry.text, entry.full, entry.language) == ("Су көтерілді.\nХалық көшті.", True, "kk")
    assert entry.published_at == datetime(2026, 11, 23, 5, tzinfo=UTC)


def test_rss_1_and_rss_0_91_are_read() -> None:
    rdf = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="/"><title>T</title></channel>'
        '<item rdf:about="https://paper.example/1"><title>One</title><link>https://paper.example/1</link>'
        "<dc:date>2026-11-23T10:00:00+02:00</dc:date></item></rdf:RDF>"
    )
    assert only(rdf).published_at == datetime(2026, 11, 23, 8, tzinfo=UTC)
    old = (
        '<!DOCTYPE rss SYSTEM "http://example.com/rss-0.91.dtd"><rss version="0.91"><channel>'
        + ITEM
        + "</channel></rss>"
    )
    assert only(old).title == "Паводак у Гомелі"


@pytest.mark.parametrize("version", ["https://jsonfeed.org/version/1", "https://jsonfeed.org/version/1.1", None])
def test_json_feeds_are_read(version: str | None) -> None:
    document = {
        "version": version,
        "title": "Paper",
        "home_page_url": "https://paper.example/",
        "language": "uk-UA",
        "items": [
            {
                "id": 7,
                "url": "/1",
                "title": "Повінь",
                "content_html": "<p>Вода.</p>",
                "date_published": "2026-11-23T10:00:00Z",
            },
            {"id": "8", "external_url": "https://other.example/2", "content_text": "Рядок < один\nдругий", "tags": 3},
            "nonsense",
        ],
    }
    feed = read(json.dumps(document), "text/plain")
    assert (feed.kind, feed.language, len(feed.entries)) == ("json", "uk", 2)
    assert (feed.entries[0].guid, feed.entries[0].link, feed.entries[0].text) == (
        "7",
        "https://paper.example/1",
        "Вода.",
    )
    assert (feed.entries[1].title, feed.entries[1].text) == ("Рядок < один", "Рядок < один\nдругий")


@pytest.mark.parametrize(
    ("encoding", "declared", "content_type"),
    [
        ("windows-1251", "windows-1251", "text/xml"),
        ("windows-1251", "utf-8", "text/xml; charset=utf-8"),
        ("windows-1251", "", "text/xml; charset=windows-1251"),
        ("windows-1251", "", "text/xml"),
        ("windows-1251", "iso-8859-1", "text/xml"),
        ("koi8-u", "koi8-u", "text/xml; charset=utf-8"),
        ("koi8-u", "", "text/xml"),
        ("utf-8", "windows-1251", "text/xml; charset=iso-8859-1"),
        ("utf-8-sig", "", ""),
        ("utf-16", "utf-16", "text/xml"),
        ("utf-16-le", "utf-16", "text/xml"),
        ("utf-16-be", "", "text/xml; charset=utf-8"),
        ("utf-32", "", "text/xml"),
    ],
)
def test_the_letters_come_through_whatever_is_declared(encoding: str, declared: str, content_type: str) -> None:
    head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    title = "Президент принял послов, сообщает агентство"
    document = rss(item(title=title, guid="1", description="Новости дня: погода, спорт и культура"), head=head)
    assert only(document.encode(encoding), content_type).title == title


def test_a_sentence_cut_within_a_letter_does_not_change_the_encoding() -> None:
    document = rss(item(title="Паводак у Гомелі", guid="1", description="ВОДА")).encode()
    document = document.replace("ВОДА".encode(), "Вада паднялася ў раке".encode()[:-1])
    assert only(document).text == "Вада паднялася ў рак"


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("AT&amp;amp;T &amp;lt;b&amp;gt;grows&amp;lt;/b&amp;gt;", "AT&T grows"),
        ("<![CDATA[AT&T grows]]>", "AT&T grows"),
        ("AT&T grows", "AT&T grows"),
        ("one&nbsp;two &mdash; three", "one two — three"),
        ("5 &lt; 6 and a &gt; b", "5 < 6 and a > b"),
        ("so\u00adft\u200b hy\u2060phens \u202eesrever\u202c", "soft hyphens esrever"),
        ("e\u0301te\u0301 и\u0306", "été й"),
        ("one&#xD800; &#99999999999;two&#0;&#x1F600;", "one two😀"),
        ("&#55357;&#56832; pairs", "😀 pairs"),
        ("a\x00b\x0bc\x1f", "abc"),
        ("&#150; dash", "– dash"),
        ("  many \n\t blanks ", "many blanks"),
        ("<![CDATA[<script>alert(1)</script>Title<!-- x -->]]>", "Title"),
    ],
)
def test_titles_are_plain(written: str, read_as: str) -> None:
    assert only(rss(item(title=written, guid="1"))).title == read_as


@pytest.mark.parametrize(
    "prefix",
    [
        "\n\n  ",
        "\ufeff\ufeff",
        "<br />\n<b>Warning</b>: mysql() in <b>/x.php</b> on line <b>3</b><br />\n",
        "<!-- <rss> -->",
        "junk ",
    ],
)
def test_what_a_site_prints_before_its_feed_is_passed_over(prefix: str) -> None:
    assert only(prefix + rss(ITEM)).title == "Паводак у Гомелі"


@pytest.mark.parametrize("suffix", ["<!-- cached -->", "\n\n<script>count()</script>", "\x00"])
def test_what_a_site_prints_after_its_feed_is_passed_over(suffix: str) -> None:
    assert only(rss(ITEM) + suffix).title == "Паводак у Гомелі"


def test_a_cut_off_document_gives_its_whole_entries_and_says_so() -> None:
    feed = read(rss(ITEM * 3).replace("</channel></rss>", "<item><title>Ha"))
    assert len(feed.entries) >= 3
    assert feed.problem


def test_an_undeclared_prefix_or_crossed_tags_do_not_stop_the_reading() -> None:
    assert only(rss(item(title="One", **{"x:y": "z"}, guid="1"))).title == "One"
    assert only(rss("<item><title>One</title><guid>1</guid><a><b></a></b></item>")).title == "One"


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        ("<!DOCTYPE html><html><body>Please log in</body></html>", FetchFault.HTML),
        ("<html><head><title>x</title></head></html>", FetchFault.HTML),
        ("\n<div>Not here</div>", FetchFault.HTML),
        ('<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0"><html/>', FetchFault.HTML),
        ("", FetchFault.NOT_A_FEED),
        ("   ", FetchFault.NOT_A_FEED),
        ("hello", FetchFault.NOT_A_FEED),
        ("/etc/hostname", FetchFault.NOT_A_FEED),
        ('<?xml version="1.0"?><opml version="2.0"><body/></opml>', FetchFault.NOT_A_FEED),
        ("<urlset><url/></urlset>", FetchFault.NOT_A_FEED),
        ('{"error": "no"}', FetchFault.NOT_A_FEED),
        ('{"items": [', FetchFault.NOT_A_FEED),
        ('{"items":' + "[" * 100_000, FetchFault.NOT_A_FEED),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), FetchFault.NOT_A_FEED),
        ("<" * 100_000, FetchFault.NOT_A_FEED),
        ("<!--" * 100_000, FetchFault.NOT_A_FEED),
        ("<!DOCTYPE rss [" + "<!--'\"" * 50_000, FetchFault.NOT_A_FEED),
    ],
)
def test_what_is_no_feed_is_refused_with_its_kind(document: str | bytes, fault: FetchFault) -> None:
    with pytest.raises(FetchError) as caught:
        read(document, "text/html")
    assert caught.value.fault is fault
    assert caught.value.url == URL


@pytest.mark.parametrize(
    "document",
    [
        rss(""),
        '<feed xmlns="http://www.w3.org/2005/Atom"/>',
        '<feed xmlns="http://www.w3.org/2005/Atom"></feed>',
        '{"items": []}',
    ],
)
def test_an_empty_feed_is_a_feed(document: str) -> None:
    feed = read(document)
    assert feed.entries == ()


def test_entities_of_the_document_are_never_expanded() -> None:
    lol = "".join(f'<!ENTITY lol{n} "{f"&lol{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY lol0 "ha]>ha">{lol}<!ENTITY file SYSTEM "file:///etc/passwd">]>'
    entry = only(rss(item(title="x &lol11; y &file; z", guid="1"), head=bomb))
    assert len(entry.title) < 40
    assert "root:" not in entry.title


def dated(number: int, moment: datetime) -> str:
    return item(title=f"Title {number}", guid=str(number), pubDate=moment.strftime("%a, %d %b %Y %H:%M:%S +0000"))


@pytest.mark.parametrize("oldest_first", [False, True])
def test_of_too_many_entries_the_newest_are_kept(oldest_first: bool) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    items = [dated(number, start + timedelta(hours=number)) for number in range(3_000)]
    feed = read(rss("".join(items if oldest_first else items[::-1])), most=1_000)
    assert (len(feed.entries), feed.dropped) == (1_000, 2_000)
    assert {entry.guid for entry in feed.entries} == {str(number) for number in range(2_000, 3_000)}


def test_closing_tags_within_cdata_do_not_confuse_the_cut() -> None:
    tricky = item(title="<![CDATA[</item><item>]]>x", guid="{}")
    feed = read(rss("".join(tricky.replace("{}", str(n)) for n in range(30))), most=10)
    assert [entry.guid for entry in feed.entries] == [str(n) for n in range(10)]
    assert feed.dropped == 20


def test_fields_are_capped() -> None:
    document = rss(
        item(
            title="т" * 700_000,
            guid="g" * 5_000,
            link="https://a.example/" + "x" * 3_000,
            description="слово " * 200_000,
        )
    )
    entry = only(document)
    assert len(entry.title) == 500
    assert entry.guid.startswith("sha256:")
    assert entry.link == ""
    assert 90_000 < len(entry.text) <= 100_000


def test_a_thousand_long_articles_stay_within_reason() -> None:
    feed = read(rss("".join(item(guid=str(n), description=f"{n} " + "слово " * 5_000) for n in range(400))))
    assert len(feed.entries) == 400
    assert sum(len(entry.text) for entry in feed.entries) < 6_000_000


@pytest.mark.parametrize(
    "body",
    [
        "<author>" + "a@a." * 100_000 + "</author>",
        "<author>" * 50_000 + "</author>",
        '<dc:creator xmlns:dc="http://purl.org/dc/elements/1.1/">' + "a." * 200_000 + "</dc:creator>",
        "<category>x</category>" * 20_000,
        "<enclosure url='" + "x" * 1_000_000 + "'/>",
        "<description><![CDATA[" + "<div>" * 30_000 + "]]></description>",
        "<description>" + "&amp;amp;" * 50_000 + "</description>",
        "<description>" + "continue reading " * 20_000 + "</description>",
        "<description><![CDATA[" + "<a href='http://x.example'>casino</a> " * 5_000 + "]]></description>",
    ],
)
async def test_costly_fields_are_read_within_the_limits_of_a_worker(body: str) -> None:
    workers = Workers(size=1)
    await workers.start()
    try:
        document = rss(f"<item><title>One</title><guid>1</guid>{body}</item>").encode()
        feed = await workers.run("bot.feeds.parse:parse_feed", document, "text/xml", URL, cpu_s=4)
    finally:
        await workers.stop()
    assert [entry.title for entry in feed.entries] == ["One"]


@pytest.mark.parametrize(
    ("fields", "link"),
    [
        ({"guid": "https://paper.example/permanent"}, "https://paper.example/permanent"),
        ({"link": "javascript:alert(1)", "guid": "1"}, ""),
        ({"link": "data:text/html,x", "guid": "1"}, ""),
        ({"link": "  https://paper.example/a b\n ", "guid": "1"}, "https://paper.example/a%20b"),
        ({"link": "<![CDATA[https://paper.example/?a=1&b=2]]>", "guid": "1"}, "https://paper.example/?a=1&b=2"),
        ({"link": "//cdn.example/x", "guid": "1"}, "https://cdn.example/x"),
        (
            {"link": "https://www.google.com/url?rct=j&amp;url=https://paper.example/9%3Fx%3D1&amp;ct=ga", "guid": "1"},
            "https://paper.example/9?x=1",
        ),
    ],
)
def test_the_link_is_the_articles_own_address(fields: dict[str, str], link: str) -> None:
    assert only(rss(item(title="One", **fields))).link == link


def test_feedburners_original_link_and_a_lone_enclosure_serve_as_links() -> None:
    burnt = "<item><title>One</title><link>http://feedproxy.example/1</link><fb:origLink>https://paper.example/1</fb:origLink></item>"
    space = 'xmlns:fb="http://rssnamespace.org/feedburner/ext/1.0"'
    assert only(rss(burnt, attributes=space)).link == "https://paper.example/1"
    pod = only(
        rss('<item><guid isPermaLink="false">7</guid><enclosure url="/talk-of-the-day.mp3" type="audio/mpeg"/></item>')
    )
    assert (pod.link, pod.title) == ("https://paper.example/talk-of-the-day.mp3", "talk-of-the-day.mp3")


def test_an_entry_without_a_title_is_named_after_its_first_words() -> None:
    assert only(rss(item(guid="1", description="Вада паднялася. " * 20))).title.startswith("Вада паднялася. Вада")
    assert read(rss("<item></item>" + ITEM)).entries[0].guid == "1"


def test_full_text_beats_the_summary_unless_it_is_shorter() -> None:
    space = 'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    both = "<item><guid>1</guid><description>{}</description><content:encoded>{}</content:encoded></item>"
    whole = only(rss(both.format("Short.", "The whole story, at length."), attributes=space))
    assert (whole.text, whole.full) == ("The whole story, at length.", True)
    stub = only(rss(both.format("A summary that says it all.", "&lt;img src=x&gt;"), attributes=space))
    assert (stub.text, stub.full) == ("A summary that says it all.", False)


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        ("Mon, 23 Nov 2026 10:00:00 MSK", "2026-11-23T07:00"),
        ("Mon, 23 Nov 2026 10:00:00 EET", "2026-11-23T08:00"),
        ("Sun, 23 Aug 2026 10:00:00 EEST", "2026-08-23T07:00"),
        ("Mon, 23 Nov 2026 10:00:00 ALMT", "2026-11-23T05:00"),
        ("Mon, 23 Nov 26 10:00 GMT", "2026-11-23T10:00"),
        ("Mon, 23-Nov-2026 10:00:00 GMT", "2026-11-23T10:00"),
        ("23 Nov 2026 10:00:00 GMT+3", "2026-11-23T07:00"),
        ("Пн, 23 ноя 2026 10:00:00 +0300", "2026-11-23T07:00"),
        ("23 ноября 2026, 10:00", "2026-11-23T10:00"),
        ("середа, 25 листопада 2026 10:15", "2026-11-25T10:15"),
        ("23 лістапада 2026 10:00", "2026-11-23T10:00"),
        ("2026 жылғы 23 қараша, 10:00", "2026-11-23T10:00"),
        ("Seg, 24 Set 2018 19:42:40 -0300", "2018-09-24T22:42"),
        ("23.11.2026 10:00", "2026-11-23T10:00"),
        ("01.02.2026", "2026-02-01T00:00"),
        ("Mon Nov 23 10:00:00 2026", "2026-11-23T10:00"),
        ("Nov 23, 2026 10:00 PM", "2026-11-23T22:00"),
        ("2026-11-23T10:00:00.123+06:00", "2026-11-23T04:00"),
        ("2026-11-23 10:00", "2026-11-23T10:00"),
        ("20261123T100000Z", "2026-11-23T10:00"),
        ("2026-11-23T24:00:00Z", "2026-11-24T00:00"),
        ("Mon, 23 Nov 2026 10:00:00 Europe/Minsk", "2026-11-23T07:00"),
        ("1795428000", "2026-11-23T10:00"),
    ],
)
def test_dates_as_sites_write_them(said: str, moment: str) -> None:
    read_as = parse_date(said)
    assert read_as is not None
    assert read_as.replace(second=0, microsecond=0) == datetime.fromisoformat(moment).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "said",
    ["", "yesterday", "0000-00-00T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT", "Mon, 23 Nov 9999 10:00 GMT",
     "2026-13-45",
     "99999999999999", "1e400", "31 Feb 2026 10:00", "x" * 100_000, "1" * 100_000, "10:99"],
)  # fmt: skip
def test_what_is_no_date_is_none(said: str) -> None:
    assert parse_date(said) is None


def test_an_entry_without_a_usable_date_has_none_and_a_future_one_is_clamped() -> None:
    assert only(rss(item(title="x", guid="1", pubDate="soon"))).published_at is None
    now = datetime(2026, 11, 23, tzinfo=UTC)
    assert clamp(datetime(2027, 1, 1, tzinfo=UTC), now) == now
    assert clamp(datetime(2026, 1, 1, tzinfo=UTC), now) == datetime(2026, 1, 1, tzinfo=UTC)
    assert clamp(None, now) is None


@pytest.mark.parametrize(
    "link", ["http://", "http:///x", "http://[", "http://a:99999999/", "ftp://a.example/", "x" * 9_000, "mailto:a@b"]
)
def test_what_is_no_web_address_is_none(link: str) -> None:
    assert web_address(link) == ""
