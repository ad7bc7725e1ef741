"""Lists of sources: every row has an outcome, and what is written is read back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feeds.sourcelist import read_opml, read_yaml, write_opml, write_yaml
from bot.feeds.sourcerow import ListedRow, SourceEntry

GOOD = """\
sources:
  - name: Першая газета
    url: https://first.example/rss
    language: be
    home: first.example
    pages: false
    paused: yes
    tags: [exile, minsk]
  - https://second.example/feed
"""


def entries(rows: list[ListedRow]) -> list[SourceEntry]:
    return [row.entry for row in rows if row.entry is not None]


def test_a_list_in_yaml_is_read() -> None:
    rows = read_yaml(GOOD, "sources.yaml")
    assert entries(rows) == [
        SourceEntry(
            url="https://first.example/rss",
            name="Першая газета",
            language="be",
            home_url="https://first.example",
            fetch_pages=False,
            paused=True,
            tags=("exile", "minsk"),
        ),
        SourceEntry(url="https://second.example/feed"),
    ]
    assert [(row.file, row.line, row.problem) for row in rows] == [("sources.yaml", 2, ""), ("sources.yaml", 9, "")]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("- name: nothing else", "no feed address"),
        ("- url: javascript:alert(1)", "not a web address: javascript:alert(1)"),
        ("- url: 'http://'", "not a web address: http://"),
        ("- url: file:///etc/passwd", "not a web address: file:///etc/passwd"),
        ("- url: https://a.example/x y", "not a web address: https://a.example/x y"),
        ("- 17", "neither an address nor a mapping"),
        ("- [a, b]", "neither an address nor a mapping"),
        ("- url: [1]", "no feed address"),
        ("- url: http://www.good.example/feed/", "the same address as on line 1"),
    ],
)
def test_a_bad_row_says_where_what_and_what_to_do_and_stops_nothing(row: str, problem: str) -> None:
    rows = read_yaml(f"- https://good.example/feed\n{row}\n- https://other.example/feed\n", "s.yaml")
    assert [each.entry is not None for each in rows] == [True, False, True]
    assert (rows[1].line, rows[1].problem) == (2, problem)
    assert rows[1].remedy


@pytest.mark.parametrize(
    ("line", "word"), [("pages: maybe", "fetch_pages"), ("language: 7", "language"), ("colour: red", "colour")]
)
def test_what_is_not_understood_of_a_usable_row_is_said(line: str, word: str) -> None:
    (row,) = read_yaml(f"- url: https://good.example/feed\n  {line}\n", "s.yaml")
    assert row.entry is not None
    assert word in row.problem


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("sources:\n  - url: [\n", 3),
        ("sources: 3", 1),
        ("just words", 1),
        ("- url: a\n\t- b", 2),
        ("\x00", 1),
        ("- !!python/object:os.system x: y", 1),
        ("sources:\n- url: https://a.example\n  name: a: b\n", 3),
    ],
)
def test_a_file_that_is_no_list_is_one_outcome_with_its_line(text: str, line: int) -> None:
    (row,) = read_yaml(text, "s.yaml")
    assert row.entry is None
    assert row.line == line
    assert row.remedy


@pytest.mark.parametrize("text", ["", "sources:\n", "sources: []", "# nothing\n"])
def test_an_empty_list_is_no_row(text: str) -> None:
    assert read_yaml(text, "s.yaml") == []


def test_yaml_that_refers_to_itself_ends() -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(12)
    )
    assert read_yaml(bomb, "s.yaml")[0].entry is None
    assert read_yaml("- &a [*a]\n- url: &b https://a.example\n- url: *b\n", "s.yaml")[1].entry is not None


OPML = """<?xml version="1.0" encoding="utf-8"?>
<opml version="1.0"><head><title>A & B</title></head><body>
<outline text="Беларусь"><outline text="Эмиграция">
  <outline type="rss" text="One &amp; only" xmlUrl="https://one.example/rss?a=1&amp;b=2" htmlUrl="https://one.example/"/>
  </outline>
  <outline text="Two" title="Two" xmlurl='https://two.example/rss?a=1&b=2'></outline>
</outline>
<!-- <outline xmlUrl="https://hidden.example/"/> -->
<outline type="rss" text="no address"/>
<outline text="Three" xmlUrl="feed://three.example/a<b>">
"""


def test_opml_is_read_with_its_folders_even_where_it_is_broken() -> None:
    rows = read_opml(OPML.encode(), "export.opml")
    assert entries(rows) == [
        SourceEntry(
            "https://one.example/rss?a=1&b=2", "One & only", "", "https://one.example/", tags=("Беларусь", "Эмиграция")
        ),
        SourceEntry("https://two.example/rss?a=1&b=2", "Two", tags=("Беларусь",)),
        SourceEntry("https://three.example/a%3Cb%3E", "Three"),
    ]
    assert [(row.line, row.problem) for row in rows] == [(4, ""), (6, ""), (9, "no feed address"), (10, "")]


def test_opml_in_an_old_encoding_is_read() -> None:
    body = '<?xml version="1.0" encoding="windows-1251"?><opml><body><outline text="Новости" xmlUrl="https://a.example/"/></body></opml>'
    assert entries(read_opml(body.encode("windows-1251"), "o"))[0].name == "Новости"
    assert entries(read_opml(body.encode("utf-16"), "o"))[0].name == "Новости"


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE opml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><opml><body><outline xmlUrl="https://a.example/&b;"/></body></opml>',
        b"",
        b"hello",
        b"<html><body>no</body></html>",
        b"\x89PNG\r\n",
    ],
)
def test_bombs_and_other_files_are_refused_in_words(body: bytes) -> None:
    (row,) = read_opml(body, "o")
    assert row.entry is None
    assert row.remedy


@pytest.mark.parametrize(
    "body", [b"<outline " * 100_000, b"<outline x='" * 100_000, b"<!--" * 100_000 + b"<opml>", b"<outline>" * 100_000]
)
def test_hostile_opml_ends_quickly_with_nothing(body: bytes) -> None:
    assert entries(read_opml(body, "o")) == []


words = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=20).map(
    lambda text: " ".join(text.split())
)
sources = st.builds(
    SourceEntry,
    url=st.integers(0, 10**6).map(lambda number: f"https://paper.example/{number}?a=1&b='2'"),
    name=words.filter(str.isprintable),
    language=st.sampled_from(("", "be", "kk")),
    home_url=st.sampled_from(("", "https://paper.example/")),
    fetch_pages=st.none() | st.booleans(),
    paused=st.booleans(),
    tags=st.lists(st.sampled_from(("a", "б в", "<&>")), unique=True).map(tuple),
)


@given(st.lists(sources, max_size=5, unique_by=lambda entry: entry.url))
def test_what_is_written_is_read_back(listed: list[SourceEntry]) -> None:
    assert entries(read_opml(write_opml(listed), "o")) == listed
    assert entries(read_yaml(write_yaml(listed), "y")) == listed
