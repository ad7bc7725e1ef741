"""The commands as other programs use them: what goes in and comes out, and one clear line where something is wrong."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.hostile import HTML, entry, rss, served
from tests.fakes.web import FakeWeb, answer, redirect
from tests.newsroom import FLOODS
from tests.walks.conftest import Shell

EXPORTED = ["source_url", "guid", "link", "title", "lang", "published_at", "first_seen_at", "topics", "story"]


@pytest.fixture
def web() -> Iterator[FakeWeb]:
    """Serve on loopback while commands run loops of their own."""
    loop, fake = asyncio.new_event_loop(), FakeWeb()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(fake.__aenter__(), loop).result(20)
    yield fake
    asyncio.run_coroutine_threadsafe(fake.__aexit__(None, None, None), loop).result(20)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(20)
    loop.close()


def write_lines(path: Path, *rows: object) -> str:
    """Write rows as JSON lines (text as it is) and return the path."""
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows))
    return str(path)


def test_an_opml_import_tells_each_row_and_stops_at_none(shell: Shell, tmp_path: Path) -> None:
    rows = (
        '<outline text="One" xmlUrl="https://one.example/feed"/><outline text="Group"><outline title="Two" '
        'type="rss" xmlUrl="https://two.example/rss?a=1&amp;b=2"/></outline><outline text="Bad" xmlUrl="ftp://x"/>'
        '<outline text="Again" xmlUrl="http://www.one.example/feed/"/><outline text="Blank" xmlUrl=" "/>'
    )
    (tmp_path / "list.opml").write_text(f'<opml version="2.0"><head/><body>\n{rows}</body></opml>')
    ended = shell("sources", "import", "list.opml", "--json")
    told = {row["url"]: row["outcome"] for row in ended.rows}
    assert ended.code == 0
    assert told["https://one.example/feed"] == told["https://two.example/rss?a=1&b=2"] == "added"
    assert [row["outcome"] for row in ended.rows].count("can't be used") == 3
    assert [row["line"] for row in ended.rows] == sorted(row["line"] for row in ended.rows)
    assert all(row["detail"] for row in ended.rows if row["outcome"] == "can't be used")
    listed = shell("sources", "list", "--json").rows
    assert {row["imported_url"] for row in listed} == {"https://one.example/feed", "https://two.example/rss?a=1&b=2"}
    again = shell("sources", "import", "list.opml", "--json")
    assert "added" not in {row["outcome"] for row in again.rows}


@pytest.mark.parametrize("suffix", ["yaml", "opml"])
def test_what_was_exported_is_imported_the_same(
    shell: Shell, tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in.yaml").write_text(
        "sources:\n"
        "  - {url: 'https://one.example/feed?a=1&b=2', name: 'Первая & «газета» <b>', language: ru, pages: false}\n"
        "  - {url: 'https://two.example/feed', name: 'Two: a #1', language: kk, tags: [energy, press], paused: true}\n"
        "  - https://three.example/feed\n"
        "  - {name: no address}\n"
        "  - {url: 'https://one.example/feed?a=1&b=2'}\n"
    )
    assert shell("sources", "import", "in.yaml").code == 0
    assert shell("sources", "export", f"out.{suffix}").code == 0
    first = shell("sources", "list", "--json").rows
    monkeypatch.setenv("MEDIAWATCH_DATABASE_URL", f"sqlite:///{tmp_path / 'other.sqlite3'}")
    assert shell("sources", "import", f"out.{suffix}").code == 0
    second = shell("sources", "list", "--json").rows

    def told(rows: list[dict[str, Any]]) -> list[tuple[object, ...]]:
        return sorted((row["imported_url"], row["name"], row["language"], row["state"]) for row in rows)

    assert len(first) == 3
    assert told(first) == told(second)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("list.opml", b"<opml><body><outline"),
        ("list.opml", b""),
        ("list.yaml", b"sources: [}"),
        ("list.yaml", b"\xff\xfe\x00nonsense"),
        ("list.yaml", b"just a word"),
        ("list.txt", b"<html><body>not found</body></html>"),
        ("list.opml", b"<!DOCTYPE o [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]><opml><body>&b;</body></opml>"),
    ],
)
def test_a_list_that_cannot_be_read_is_told_in_a_line(shell: Shell, tmp_path: Path, name: str, body: bytes) -> None:
    (tmp_path / name).write_bytes(body)
    ended = shell("sources", "import", name)
    assert ended.out == ""
    assert 1 <= len(ended.err.strip().splitlines()) <= 4
    assert shell("sources", "list", "--json").rows == []


def test_a_list_that_is_not_there_is_an_error(shell: Shell) -> None:
    for command in ("import", "list"):
        ended = shell("sources", command, *(["nowhere.opml"] if command == "import" else []))
        assert (ended.code, ended.out) == (1 if command == "import" else 0, "")
    assert "nowhere.opml" in shell("sources", "import", "nowhere.opml").err


def test_a_home_page_is_followed_to_its_feed(shell: Shell, web: FakeWeb) -> None:
    page = "<!doctype html><html><head><link rel=alternate type='application/rss+xml' href='/rss.xml'></head></html>"
    home = web.on("/", served(page, HTML))
    web.on("/rss.xml", served(rss(entry(1))))
    ended = shell("sources", "add", home, "--language", "ru")
    assert ended.code == 0, ended.err
    (row,) = shell("sources", "list", "--json").rows
    assert (row["url"], row["language"], row["name"]) == (web.url("/rss.xml"), "ru", "Paper")


def test_a_source_that_does_not_answer_is_not_added_unasked(shell: Shell, web: FakeWeb) -> None:
    url = web.on("/broken", answer(b"no", "500 Broken"))
    ended = shell("sources", "add", url)
    assert (ended.code, ended.out) == (1, "")
    assert "--no-check" in ended.err
    assert shell("sources", "add", url, "--no-check").code == 0
    assert len(shell("sources", "list", "--json").rows) == 1


def test_check_tells_which_sources_answer(shell: Shell, web: FakeWeb) -> None:
    good, gone = web.on("/good", served(rss(entry(1), entry(2)))), web.on("/gone", answer(b"", "410 Gone"))
    page = web.on("/page", served("<!doctype html><p>no feed here</p>", HTML))
    inside = web.on("/inside", redirect("http://169.254.169.254/"))
    ended = shell("sources", "check", good, gone, page, inside, "--json")
    rows = {row["url"]: row for row in ended.rows}
    assert ended.code == 1
    assert (rows[good]["entries"], rows[good]["problem"]) == (2, "")
    assert "410" in rows[gone]["problem"]
    assert all(rows[url]["problem"] for url in (gone, page, inside))
    assert shell("sources", "check", good).code == 0


def test_pause_resume_and_remove_take_number_name_or_address(shell: Shell) -> None:
    for name in ("one", "two", "three"):
        assert shell("sources", "add", f"https://{name}.example/feed", "--name", name, "--no-check").code == 0
    assert shell("sources", "pause", "1").code == 0
    assert shell("sources", "pause", "two").code == 0
    assert shell("sources", "remove", "https://three.example/feed").code == 0
    states = {row["name"]: row["state"] for row in shell("sources", "list", "--json").rows}
    assert states == {"one": "paused", "two": "paused"}
    assert shell("sources", "resume", "https://one.example/feed").code == 0
    assert {row["name"]: row["state"] for row in shell("sources", "list", "--json").rows}["one"] == "active"
    for wanted in ("four", "99", "99999999999999999999999999", "three", "²"):
        ended = shell("sources", "pause", wanted)
        assert ended.code == 1
        assert ended.err.startswith("error: no source")


def test_a_round_of_polls_ends_in_one_line_of_json(shell: Shell, web: FakeWeb, tmp_path: Path) -> None:
    first = web.on("/one", served(rss(entry(1, title="Flood in Aktobe"), entry(2))))
    web.on("/two", answer(b"", "500 Broken"))
    outlines = "".join(f'<outline text="{url[-3:]}" xmlUrl="{url}"/>' for url in (first, web.url("/two")))
    (tmp_path / "list.opml").write_text(f"<opml><body>{outlines}</body></opml>")
    assert shell("sources", "import", "list.opml").code == 0
    ended = shell("poll", "--all", "--json")
    (summary,) = ended.rows
    assert (ended.code, ended.err) == (0, "")
    assert {"polled": 2, "new": 2, "failed": 1, "gaps": 0, "matched": 1, "stories": 1}.items() <= summary.items()
    (again,) = shell("poll", "--all", "--json").rows
    assert (again["polled"], again["new"], again["matched"]) == (2, 0, 0)
    exported = shell("items", "export").rows
    assert [list(row) for row in exported] == [EXPORTED, EXPORTED]
    flood = next(row for row in exported if row["topics"])
    assert (flood["source_url"], flood["guid"], flood["topics"]) == (first, "urn:1", ["floods"])
    assert flood["story"] is not None
    assert re.fullmatch(r"2026-03-01T08:01:00\+00:00", flood["published_at"])
    assert all(re.search(r"(\+00:00|Z)$", row["first_seen_at"]) for row in exported)


def test_polling_without_json_shows_a_table_and_no_progress_in_a_pipe(shell: Shell, web: FakeWeb) -> None:
    assert shell("sources", "add", web.on("/one", served(rss(entry(1)))), "--no-check").code == 0
    ended = shell("poll", "--all")
    assert (ended.code, ended.err) == (0, "")
    assert "polled" in ended.out


def test_exported_items_name_the_address_as_it_was_imported(shell: Shell, web: FakeWeb) -> None:
    web.on("/new", served(rss(entry(1))))
    page = "<!doctype html><html><head><link rel=alternate type='application/rss+xml' href='/new'></head></html>"
    home = web.on("/home", served(page, HTML))
    assert shell("sources", "add", home, "--no-check").code == 0
    assert shell("poll", "--all", "--json").rows[0]["new"] == 1
    (item,) = shell("items", "export").rows
    assert item["source_url"] == home


def test_texts_are_matched_in_their_order_whatever_is_missing(shell: Shell, tmp_path: Path) -> None:
    rows = [
        {"id": 7, "title": "Flood in Aktobe", "text": "", "lang": "en"}, {"id": "x"}, "", {"title": None, "text": 5},
        {"id": None, "title": "Наводнение в Актобе"}, {"id": [1], "title": {"a": 1}, "text": ["flood"], "lang": 3},
        {"id": "\ud800", "title": "\ud800 flood \0", "lang": "xx"}, {"id": 9, "text": "no such thing", "more": 1},
    ]  # fmt: skip
    ended = shell("rules", "match", write_lines(tmp_path / "in.jsonl", *(json.dumps(r) if r else "" for r in rows)))
    assert ended.code == 0, ended.err
    assert [row["id"] for row in ended.rows] == [7, "x", None, None, [1], "\ud800", 9]
    assert [row["topics"] for row in ended.rows if row["id"] in (7, "\ud800", 9, "x")] == [
        ["floods"],
        [],
        ["floods"],
        [],
    ]
    assert ended.rows[3]["topics"] == ["floods"]
    assert all(list(row) == ["id", "topics", "why"] and set(row["why"]) == set(row["topics"]) for row in ended.rows)


@pytest.mark.parametrize("line", ['{"id": 1,', "[1]", "7", "null", '"flood"', "\x00", "{'id': 1}", "{" * 99_999])
def test_a_line_that_is_no_object_is_named(shell: Shell, tmp_path: Path, line: str) -> None:
    path = write_lines(tmp_path / "in.jsonl", {"id": 1, "title": "Flood"}, line, {"id": 3})
    ended = shell("rules", "match", path)
    assert ended.code == 1
    assert f"{path}:2:" in ended.err
    assert len(ended.err) < 500
    assert [row["id"] for row in ended.rows] == [1, 3], "the good lines are matched all the same"


def test_no_lines_match_nothing_and_standard_input_serves_too(shell: Shell, tmp_path: Path) -> None:
    ended = shell("rules", "match", write_lines(tmp_path / "in.jsonl"))
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    ended = shell("rules", "match", "-", stdin='\ufeff{"id": 1, "title": "Flood"}\r\n\r\n{"id": 2}')
    assert [(row["id"], row["topics"]) for row in ended.rows] == [(1, ["floods"]), (2, [])]
    ended = shell("rules", "match", "nowhere.jsonl")
    assert (ended.code, ended.out) == (1, "")
    assert "nowhere.jsonl" in ended.err
    assert shell("rules", "match", str(tmp_path)).code == 1


def test_five_thousand_lines_come_back_in_their_order(shell: Shell, tmp_path: Path) -> None:
    rows = [{"id": n, "title": "Flood" if n % 7 == 0 else "Sun", "text": "In town. " * 20} for n in range(5_000)]
    ended = shell("rules", "match", write_lines(tmp_path / "in.jsonl", *rows))
    assert [row["id"] for row in ended.rows] == list(range(5_000))
    assert all((row["topics"] == ["floods"]) == (row["id"] % 7 == 0) for row in ended.rows)


def test_a_text_that_the_rules_cannot_take_costs_itself_only(shell: Shell, tmp_path: Path) -> None:
    huge = {"id": 2, "title": "Flood", "text": "flood " * 2_000_000}
    ended = shell("rules", "match", write_lines(tmp_path / "in.jsonl", {"id": 1, "title": "Flood"}, huge, {"id": 3}))
    assert ended.code == 0, ended.err
    assert [row["id"] for row in ended.rows] == [1, 2, 3]


def test_a_rule_with_a_mistake_is_named_by_file_line_and_column(shell: Shell, tmp_path: Path) -> None:
    assert shell("rules", "check").code == 0
    bad = tmp_path / "topics" / "bad.yaml"
    bad.write_text(FLOODS.replace("topic: floods", "topic: bad").replace("  flood\nexamples", "  flood AND\nexamples"))
    for arguments in (("rules", "check"), ("rules", "check", str(bad)), ("rules", "match", "-")):
        ended = shell(*arguments, stdin="{}")
        assert ended.code == 1
        assert re.search(r"bad\.yaml:\d+:\d+", ended.err), ended.err
    bad.write_text(FLOODS.replace("topic: floods", "topic: bad").replace("Sun in Aktobe", "Flood of tears"))
    assert "bad.yaml" in shell("rules", "check", str(bad)).err
    assert shell("rules", "check", "nowhere.yaml").code == 1


def test_forms_and_test_show_how_a_rule_reads(shell: Shell) -> None:
    forms = shell("rules", "forms", "floods")
    assert forms.code == 0
    assert "наводнением" in forms.out
    ended = shell("rules", "forms", "nothing")
    assert ended.code == 1
    assert "floods" in ended.err
    tried = shell("rules", "test", "Потоп? Наводнения [нет]", "--lang", "ru")
    assert tried.code == 0
    assert "floods: matches" in tried.out


def test_the_doctor_looks_at_everything(shell: Shell, tmp_path: Path) -> None:
    ended = shell("doctor", "--json")
    findings = {row["what"]: row["ok"] for row in ended.rows}
    assert {"settings", "clock", "database", "sources", "rule floods", "Telegram"} <= findings.keys()
    assert ended.code == (0 if all(findings.values()) else 1)
    (tmp_path / "news.sqlite3").write_bytes(b"this is no database" * 999)
    for leftover in tmp_path.glob("news.sqlite3-*"):
        leftover.unlink()
    ended = shell("doctor", "--json")
    assert ended.code == 1
    assert not {row["what"]: row["ok"] for row in ended.rows}["database"]


@pytest.mark.parametrize("command", ["sources list", "items export", "poll --all --json", "sources export", "run"])
def test_a_file_that_is_no_database_is_told_in_a_line(shell: Shell, tmp_path: Path, command: str) -> None:
    (tmp_path / "news.sqlite3").write_bytes(b"this is no database" * 999)
    ended = shell(*command.split())
    assert (ended.code, ended.out) == (1, "")
    assert "database" in ended.err
    assert len(ended.err.splitlines()) <= 3


@pytest.mark.parametrize(
    "command", ["sources list", "items export", "rules match -", "rules check", "doctor", "health"]
)
def test_a_wrong_setting_is_named_by_every_command(shell: Shell, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDIAWATCH_POLL_MIN_S", "soon")
    ended = shell(*command.split(), stdin="")
    assert ended.code in (1, 2)
    assert ended.err.startswith("error: MEDIAWATCH_POLL_MIN_S: ")
    assert ended.out == ""


def test_health_says_where_nothing_answers(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDIAWATCH_HTTP_BIND", "127.0.0.1:9")
    ended = shell("health")
    assert (ended.code, ended.out) == (1, "")
    assert "127.0.0.1:9" in ended.err


def test_the_demo_ends_in_one_line_of_json(shell: Shell) -> None:
    ended = shell("demo", "--json")
    (summary,) = ended.rows
    assert ended.code == 0
    assert list(summary) == ["polled", "new", "matched", "stories", "alerts", "digests", "seconds"]
    assert all(summary[name] > 0 for name in summary)
