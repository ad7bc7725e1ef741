"""An editor at the terminal: drafts, effects, versions, scores, and a clear line where something is refused."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from storage import items, rulebook, sources
from storage.engine import open_engine, writing
from storage.items import NewItem
from storage.migrate import upgrade
from storage.tables import MatchRow, SourceRow
from tests.newsroom import BEGAN_AT, FLOODS
from tests.walks.conftest import Shell

WIDER = FLOODS.replace("floods ~0]", "floods ~0, deluge ~0]")
HERE = ("--as", "anna")


def keep(tmp_path: Path, *titles: str) -> list[int]:
    """Keep items in the shell's database, seen just now; return their numbers."""
    engine = open_engine(f"sqlite:///{tmp_path / 'news.sqlite3'}")
    upgrade(engine)
    with writing(engine) as tx:
        source = SourceRow(name="Paper", url="u", imported_url="u", language="en", added_at=BEGAN_AT)
        sources.add(tx, source)
        new = [NewItem((title,), title, "", "", title, "Text.", "en", None, f"hash {title}") for title in titles]
        ids = items.keep_new(tx, source.id or 0, new, baseline=False, now=BEGAN_AT)
    engine.dispose()
    return list(ids.values())


@pytest.fixture
def wider(tmp_path: Path) -> str:
    """Return a file with a wider rule for floods."""
    path = tmp_path / "wider.yaml"
    path.write_text(WIDER)
    return str(path)


def test_a_rule_is_published_from_a_file_and_taken_back(shell: Shell, tmp_path: Path, wider: str) -> None:
    keep(tmp_path, "Deluge in Aktobe", "Flood in Astana", "Sun")
    done = shell("rules", "publish", wider, "--reason", "deluges too", "--since", "all", "--json", *HERE)
    assert done.code == 0, done.err
    (version,) = done.rows
    assert (version["version"], version["author"], version["reason"]) == (2, "anna", "deluges too")
    assert {"items": 3, "added": 1, "dropped": 0, "before": 1, "after": 2}.items() <= version["figures"].items()
    back = shell("rules", "rollback", "floods", "--reason", "too wide", "--json", *HERE)
    assert back.rows[0]["version"] == 3
    kept = shell("rules", "history", "floods", "--json").rows
    assert [(row["version"], row["in_force"], row["author"]) for row in kept] == [
        (3, True, "anna"), (2, False, "anna"), (1, False, "file"),
    ]  # fmt: skip
    assert kept[1]["figures"]["added"] == 1
    told = shell("rules", "history", "floods").out
    assert "too wide" in told
    assert "+1" in told
    difference = shell("rules", "history", "floods", "--diff", "1", "2").out
    assert "+  flood: {en: [flood ~0, floods ~0, deluge ~0], ru: [наводнение]}" in difference
    assert shell("rules", "export", "floods").out == FLOODS
    assert shell("rules", "export", "floods", "--version", "2").out == WIDER
    assert shell("rules", "export", "--all", "out").code == 0
    assert (tmp_path / "out" / "floods.yaml").read_text() == FLOODS


def test_a_draft_shows_its_effect_before_it_is_published(shell: Shell, tmp_path: Path, wider: str) -> None:
    keep(tmp_path, "Deluge in Aktobe", "Flood in Astana")
    saved = shell("rules", "draft", "floods", "--file", wider, *HERE)
    assert saved.code == 0, saved.err
    assert "revision 1, based on version 1" in saved.err
    (effect,) = shell("rules", "diff", "floods", "--draft", "--since", "all", "--json").rows
    (change,) = effect["changes"]
    assert (change["change"], change["title"], change["source"]) == ("added", "Deluge in Aktobe", "Paper")
    assert "“Deluge”" in change["why"]
    assert (effect["items"], effect["added"], effect["languages"]) == (2, 1, {"en": {"added": 1, "dropped": 0}})
    told = shell("rules", "diff", wider, "--since", "all").out
    assert "Deluge in Aktobe" in told
    assert "expected a day" in told
    other = shell("rules", "draft", "floods", "--file", wider, "--as", "boris")
    assert (other.code, "anna saved revision 1" in other.err) == (1, True)
    shown = shell("rules", "draft", "floods")
    assert shown.out == WIDER
    assert "by anna" in shown.err
    done = shell("rules", "publish", "floods", "--reason", "deluges too", *HERE)
    assert (done.code, "version 2 is in force" in done.err) == (0, True)
    assert shell("rules", "draft", "floods").code == 1
    assert shell("rules", "publish", "floods", "--reason", "again", *HERE).code == 1


def test_a_publish_over_another_editors_version_names_her(shell: Shell, tmp_path: Path, wider: str) -> None:
    assert shell("rules", "publish", wider, "--reason", "r", *HERE).code == 0
    (tmp_path / "mine.yaml").write_text(WIDER + "\n")
    refused = shell("rules", "publish", "mine.yaml", "--reason", "r", "--as", "boris")
    assert (refused.code, "anna published version 2" in refused.err) == (1, True)
    assert "--anyway" in refused.err
    assert shell("rules", "publish", "mine.yaml", "--reason", "r", "--as", "boris", "--anyway").code == 0
    same = shell("rules", "publish", "mine.yaml", "--reason", "r", "--as", "boris")
    assert (same.code, "very text" in same.err) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("publish", "wider.yaml"), 2, "--reason"),
        (("publish", "wider.yaml", "--reason", " "), 1, "--reason"),
        (("publish", "nowhere.yaml", "--reason", "r"), 1, "nowhere.yaml"),
        (("publish", "bad.yaml", "--reason", "r"), 1, "bad.yaml:7:3: there is no"),
        (("publish", "flods", "--reason", "r"), 1, "there are: floods"),
        (("publish", "wider.yaml", "--reason", "r", "--as", "file"), 1, "--as NAME"),
        (("publish", "wider.yaml", "--reason", "r", "--since", "soon"), 2, "30d"),
        (("rollback", "floods", "--reason", "r"), 1, "version 1 is its first"),
        (("forms", "wider.yaml"), 1, "--rule wider.yaml"),
        (("test", "Flood", "--topic", "wider.yaml"), 1, "--rule wider.yaml"),
        (("rollback", "floods", "--to", "7", "--reason", "r"), 1, "it has 1 to 1"),
        (("history", "flods"), 1, "there are: floods"),
        (("history", "floods", "--diff", "1", "9"), 1, "no version 9"),
        (("export",), 2, "--all DIR"),
        (("export", "floods", "--version", "9"), 1, "no version 9"),
        (("draft", "floods"), 1, "no draft"),
        (("draft", "other", "--file", "wider.yaml"), 1, 'its topic is "floods"'),
        (("draft", "floods", "--drop", "--file", "wider.yaml"), 2, "exclude"),
        (("diff", "floods", "--draft"), 1, "no draft"),
        (("diff", "bad.yaml"), 1, "bad.yaml:7:3: there is no"),
        (("test",), 2, "TEXT"),
        (("test", "Flood", "--item", "1"), 2, "TEXT"),
        (("test", "--item", "99"), 1, "no item 99"),
        (("test", "--file", "nowhere.txt"), 1, "nowhere.txt"),
        (("test", "Flood", "--topic", "flods"), 1, "there are: floods"),
        (("forms", "floods", "--concept", "x"), 1, "there are: flood"),
        (("score", "--gold", "nowhere.jsonl"), 1, "nowhere.jsonl"),
        (("score", "--gold", "gold.jsonl"), 1, "gold.jsonl:2: the label"),
        (("score", "--label", "T1"), 2, "LABEL=TOPIC"),
    ],
)
def test_what_is_refused_is_told_in_a_line_with_the_remedy(
    shell: Shell, tmp_path: Path, wider: str, arguments: tuple[str, ...], code: int, said: str
) -> None:
    (tmp_path / "bad.yaml").write_text(FLOODS.replace("when: |\n  flood", "when: |\n  flod"))
    rows = [{"id": "a", "title": "Flood", "labels": ["floods"]}, {"id": "b", "title": "Flood", "labels": ["T1"]}]
    (tmp_path / "gold.jsonl").write_text("\n".join(map(json.dumps, rows)))
    ended = shell("rules", *arguments)
    assert ended.code == code, ended.err
    assert said in ended.err
    assert len(ended.err.splitlines()) <= 6


def test_an_editor_program_opens_the_draft_and_its_text_is_kept_where_saving_fails(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "editor"
    script.write_text("#!/bin/sh\nsed -i 's/floods ~0]/floods ~0, deluge ~0]/' \"$1\"\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("EDITOR", str(script))
    edited = shell("rules", "edit", "floods", *HERE)
    assert edited.code == 0, edited.err
    assert shell("rules", "draft", "floods").out == WIDER
    again = shell("rules", "edit", "floods", *HERE)
    assert "nothing changed" in again.err
    monkeypatch.setenv("EDITOR", "no-such-editor")
    failed = shell("rules", "edit", "floods", *HERE)
    assert (failed.code, "set EDITOR" in failed.err) == (1, True)


def test_a_text_is_tried_with_places_and_lines(shell: Shell, tmp_path: Path, wider: str) -> None:
    (told,) = shell("rules", "test", "A flood in Aktobe", "--json").rows
    assert (told["topic"], told["matched"]) == ("floods", True)
    assert [(hit["quoted"], hit["start"], hit["end"], hit["reach"]) for hit in told["hits"]] == [
        ("flood", 2, 7, "as written")
    ]
    shown = shell("rules", "test", "A deluge in Aktobe").out
    assert "floods: no match" in shown
    assert "missing: no form of flood was found" in shown
    assert "floods: matches" in shell("rules", "test", "A deluge in Aktobe", "--rule", wider).out
    (tmp_path / "text.txt").write_text("Weather\nA flood at last.")
    (read,) = shell("rules", "test", "--file", "text.txt", "--json").rows
    assert [(hit["field"], hit["quoted"]) for hit in read["hits"]] == [("text", "flood")]
    (number,) = keep(tmp_path, "Floods in Astana")
    (stored,) = shell("rules", "test", "--item", str(number), "--topic", "floods", "--json").rows
    assert stored["matched"]


def test_of_a_gate_of_many_ways_the_one_that_opened_is_told(shell: Shell, tmp_path: Path) -> None:
    ways = "  OR ".join(f'"nothing like number {n}"\n' for n in range(40))
    (tmp_path / "long.yaml").write_text(FLOODS.replace("  flood\n", f"  {ways}  OR flood\n"))
    shown = shell("rules", "test", "A flood in Aktobe", "--rule", "long.yaml").out
    assert "by: flood" in shown
    assert len(shown) < 600


def test_where_a_database_has_rules_they_are_those_that_are_tried(shell: Shell, wider: str) -> None:
    assert shell("rules", "publish", wider, "--reason", "r", *HERE).code == 0
    tried = shell("rules", "test", "A deluge in Aktobe").out
    assert "floods: matches" in tried
    assert "version 2" in tried


def test_match_score_and_check_obey_the_version_in_force(shell: Shell, tmp_path: Path, wider: str) -> None:
    row = json.dumps({"id": 1, "lang": "en", "title": "A deluge in Aktobe", "labels": ["floods"]})
    (tmp_path / "gold.jsonl").write_text(row)
    assert shell("rules", "match", "gold.jsonl").rows[0]["topics"] == []
    assert shell("rules", "publish", wider, "--reason", "r", *HERE).code == 0
    assert shell("rules", "match", "gold.jsonl").rows[0]["topics"] == ["floods"]
    (score,) = shell("rules", "score", "--gold", "gold.jsonl", "--json").rows
    assert score["errors"] == []
    checked = shell("rules", "check").err
    assert "floods (version 2): fine" in checked
    assert "floods.yaml: fine" in checked, "the file says something else, so it is looked at too"


def test_check_goes_on_after_a_file_that_cannot_be_read(shell: Shell, tmp_path: Path, wider: str) -> None:
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
    checked = shell("rules", "check", "bytes.yaml", "nowhere.yaml", wider)
    assert checked.code == 1
    for said in ("bytes.yaml: can't be read", "nowhere.yaml", f"{wider}: fine"):
        assert said in checked.err


def test_lines_without_words_and_lines_by_the_hundred_are_told_in_few_words(shell: Shell, tmp_path: Path) -> None:
    rows = [json.dumps({"id": 1, "headline": "Flood"}), *(f"no {n}" for n in range(300)), '\ufeff{"title": "Flood"}']
    (tmp_path / "in.jsonl").write_text("\n".join(rows))
    ended = shell("rules", "match", "in.jsonl")
    assert (ended.code, [row["topics"] for row in ended.rows]) == (1, [[], ["floods"]])
    assert "1 lines have neither title nor text" in ended.err
    assert "300 lines could not be used" in ended.err
    assert len(ended.err.splitlines()) < 30


@pytest.mark.parametrize("lang", ["uk", "UK", "uk-UA", "uk_UA", " uk ", "ukr", "", None])
def test_a_language_is_taken_however_its_code_is_written(shell: Shell, tmp_path: Path, lang: str | None) -> None:
    only = FLOODS.replace("  flood\nexamples", "  flood AND lang:uk\nexamples").replace(
        "ru: [наводнение]", "uk: [повінь]"
    )
    (tmp_path / "topics" / "floods.yaml").write_text(only.replace('"Flood in Aktobe"', "{title: Повінь, lang: uk}"))
    (tmp_path / "in.jsonl").write_text(json.dumps({"id": 1, "title": "Повінь у місті, її всі чекали", "lang": lang}))
    assert shell("rules", "match", "in.jsonl").rows[0]["topics"] == ["floods"]


def test_a_new_topics_draft_says_so(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "new.yaml").write_text(FLOODS.replace("topic: floods", "topic: deluges"))
    saved = shell("rules", "draft", "deluges", "--file", "new.yaml", *HERE)
    assert "revision 1, a new topic" in saved.err
    assert "a new topic" in shell("rules", "draft", "deluges").err


def test_forms_tell_when_a_term_last_hit(shell: Shell, tmp_path: Path, wider: str) -> None:
    (number,) = keep(tmp_path, "Floods in Astana")
    assert shell("rules", "publish", wider, "--reason", "r", *HERE).code == 0
    engine = open_engine(f"sqlite:///{tmp_path / 'news.sqlite3'}")
    with writing(engine) as tx:
        topic = rulebook.find_topic(tx, "floods")
        assert topic is not None
        hit: dict[str, Any] = {"concept": "flood", "form": "floods", "quoted": "Floods"}
        tx.add(MatchRow(item_id=number, topic_id=topic.id or 0, evidence=[hit, hit], matched_at=BEGAN_AT))
    engine.dispose()
    told = shell("rules", "forms", "floods").out
    assert "Floods ×2" in told
    rows = {row["form"]: row for row in shell("rules", "forms", "floods", "--json").rows}
    assert (rows["floods"]["hits"], rows["deluge"]["hits"]) == (2, 0)
    assert rows["наводнением"]["from"] == "ru case"


def test_check_weighs_the_terms_on_the_archive(shell: Shell, tmp_path: Path) -> None:
    keep(tmp_path, *(f"Flood number {n}" for n in range(300)), *(f"Sun number {n}" for n in range(900)))
    checked = shell("rules", "check")
    assert checked.code == 0
    assert '"flood ~0" hits 25.0% of the archive (300 of 1,200 items)' in checked.err
    assert "hit none of 1,200 items: floods ~0, наводнение" in checked.err
    assert shell("rules", "check", "--no-archive").err.rstrip().endswith("fine, examples pass")
    rows = shell("rules", "check", "--json").rows
    assert {(row["severity"], row["line"]) for row in rows} == {("warning", 5)}


def test_a_score_is_printed_with_intervals_and_mistakes(shell: Shell, tmp_path: Path) -> None:
    rows = [
        {"id": "a", "lang": "en", "title": "Flood in Aktobe", "labels": ["T1"]},
        {"id": "b", "lang": "ru", "title": "Потоп", "labels": ["T1"], "borderline": []},
        {"id": "c", "lang": "en", "title": "A flood of tears", "labels": []},
        {"id": "d", "lang": "en", "title": "A flood of mail", "labels": [], "borderline": ["T1"]},
    ]
    (tmp_path / "gold.jsonl").write_text("\n".join(map(json.dumps, rows)))
    arguments = ("rules", "score", "--gold", "gold.jsonl", "--label", "T1=floods")
    told = shell(*arguments)
    assert told.code == 0, told.err
    assert "0.500 [0.09–0.91]" in told.out
    assert "missed floods b (ru)" in told.out
    assert "false floods c (en)" in told.out
    (score,) = shell(*arguments, "--json").rows
    whole = next(row for row in score["scores"] if row["lang"] is None)
    assert (whole["right"], whole["false"], whole["missed"]) == (1, 1, 1)
    (only,) = shell(*arguments, "--lang", "ru", "--json").rows
    assert only["items"] == 1
    folded = shell(*arguments, "--folds", "2")
    assert (folded.code, "2 folds" in folded.err) == (0, True)


def test_two_publishes_at_once_come_one_after_the_other(shell: Shell, tmp_path: Path, wider: str) -> None:
    """The second of two editors who looked at the same version is told of the first."""
    assert shell("rules", "history", "floods").code == 0
    (tmp_path / "mine.yaml").write_text(WIDER + "\n")
    codes = [
        shell("rules", "publish", file, "--reason", "r", "--as", name, "--based-on", "1").code
        for file, name in ((wider, "anna"), ("mine.yaml", "boris"))
    ]
    assert codes == [0, 1]
    assert [row["version"] for row in shell("rules", "history", "floods", "--json").rows] == [2, 1]
