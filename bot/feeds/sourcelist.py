"""Lists of sources in and out: YAML as editors write it, OPML as feed readers export it.

Every row becomes an outcome: a source to add, or what is wrong with it, where, and what to do. Nothing raises.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from bot.feeds.encodings import decode, widened
from bot.feeds.sourcerow import KEYS, MOST_SOURCES, ListedRow, SourceEntry, read_row, whole, without_repeats

LONGEST_FILE = 10_000_000
NAMESPACE = "urn:mediawatch"
_OPML = re.compile(
    r"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|<(?P<close>/)?(?:\w+:)?outline\b"
    r"(?P<attributes>(?:[^<>\"']|\"[^\"]*\"|'[^']*')*+)>",
    re.DOTALL | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"(?:[\w.-]+:)?([\w.-]+)\s*=\s*(\"[^\"]*\"|'[^']*')")
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})")


def read_yaml(text: str, file: str) -> list[ListedRow]:
    """Return the outcome of every row of a YAML list, in order; a file that can't be read is one row.

    The file is a list, or a mapping with a list under `sources`; a row is a mapping with at least `url`, or an address.
    """
    if len(text) > LONGEST_FILE:
        return [whole(file, "the file is too large", "split it")]
    yaml = YAML(typ="rt", pure=True)
    yaml.allow_duplicate_keys = True
    try:
        document = yaml.load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else 1
        return [
            ListedRow(file, line, None, f"not YAML: {error.problem}", "mind the indentation; quote text with a colon")
        ]
    except (YAMLError, ValueError, RecursionError, AssertionError) as error:
        return [whole(file, f"not YAML: {str(error)[:100]}", "compare with the sources.yaml that is shipped")]
    rows = document.get("sources") if isinstance(document, dict) else document
    if rows is None and not (isinstance(document, dict) and document and "sources" not in document):
        return []
    if not isinstance(rows, list):
        return [whole(file, "there is no list of sources", "begin with `sources:` and one `- url: …` per source")]
    lines = (_line_of(rows, index) for index in range(len(rows)))
    return without_repeats(_yaml_row(row, file, line) for row, line in zip(rows[:MOST_SOURCES], lines, strict=False))


def read_opml(body: bytes, file: str) -> list[ListedRow]:
    """Return the outcome of every feed of an OPML file, in order; folders become tags.

    Broken XML is read as far as it makes sense. Entity declarations are refused: no feed reader writes them.
    """
    if len(body) > LONGEST_FILE:
        return [whole(file, "the file is too large", "split it")]
    body = widened(body)
    declared = _DECLARED.search(body[:1_000])
    text = decode(body, declared[1].decode("ascii") if declared else "")
    if "<!ENTITY" in text:
        return [whole(file, "the file declares entities", "export it again, or remove the DOCTYPE")]
    if not re.search(r"<(?:\w+:)?(?:opml|outline)\b", text, re.IGNORECASE):
        return [whole(file, "this is no OPML", "export the list as OPML, or use YAML")]
    return without_repeats(_opml_rows(text, file))


def write_yaml(entries: Iterable[SourceEntry]) -> str:
    """Return sources as a YAML list that `read_yaml` reads back."""
    yaml = YAML()
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.width = 4_000
    stream = io.StringIO()
    yaml.dump({"sources": [_as_mapping(entry) for entry in entries]}, stream)
    return stream.getvalue()


def write_opml(entries: Iterable[SourceEntry], title: str = "Sources") -> bytes:
    """Return sources as OPML 2.0 in UTF-8 that feed readers and `read_opml` read."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<opml version="2.0" xmlns:mw="{NAMESPACE}">',
        f"  <head><title>{_escaped(title)}</title></head>",
        "  <body>",
        *(f"    {_outline(entry)}" for entry in entries),
        "  </body>",
        "</opml>",
        "",
    ]
    return "\n".join(lines).encode("utf-8", "replace")


def _line_of(rows: Any, index: int) -> int:
    """Return the line on which a row of a YAML list stands."""
    try:
        return int(rows.lc.item(index)[0]) + 1
    except (AttributeError, KeyError, IndexError, TypeError):
        return 1


def _yaml_row(row: object, file: str, line: int) -> ListedRow:
    if isinstance(row, str):
        return read_row({"url": row}, file, line)
    if not isinstance(row, dict):
        return ListedRow(file, line, None, "neither an address nor a mapping", "write `- url: https://…`")
    fields = {str(key).casefold().replace("-", "_"): value for key, value in row.items()}
    known = {name for names in KEYS.values() for name in names}
    outcome = read_row(fields, file, line)
    strange = ", ".join(sorted(set(fields) - known))
    if strange and not outcome.problem:
        return replace(outcome, problem=f"unknown: {strange[:100]}", remedy="remove it, or correct its spelling")
    return outcome


def _opml_rows(text: str, file: str) -> Iterator[ListedRow]:
    folders: list[str] = []
    line, counted = 1, 0
    for found in _OPML.finditer(text):
        if found["attributes"] is None:
            continue
        if found["close"]:
            del folders[-1:]
            continue
        attributes = {
            name.casefold(): html.unescape(value[1:-1]) for name, value in _ATTRIBUTE.findall(found["attributes"])
        }
        is_feed = bool(attributes.get("xmlurl") or attributes.get("type", "").casefold() in ("rss", "atom", "feed"))
        if is_feed:
            line, counted = line + text.count("\n", counted, found.start()), found.start()
            yield read_row({**attributes, "url": attributes.get("xmlurl", ""), "folders": folders}, file, line)
        if not found["attributes"].rstrip().endswith("/"):
            folders.append("" if is_feed else (attributes.get("text") or attributes.get("title") or ""))


def _as_mapping(entry: SourceEntry) -> dict[str, Any]:
    given = {
        "name": entry.name,
        "url": entry.url,
        "language": entry.language,
        "home": entry.home_url,
        "pages": entry.fetch_pages,
        "paused": entry.paused or None,
        "tags": list(entry.tags),
    }
    return {key: value for key, value in given.items() if value not in (None, "", [])}


def _outline(entry: SourceEntry) -> str:
    attributes = {
        "type": "rss",
        "text": entry.name or entry.url,
        "xmlUrl": entry.url,
        "htmlUrl": entry.home_url,
        "language": entry.language,
        "category": ",".join(entry.tags),
        "mw:fetchPages": "" if entry.fetch_pages is None else str(entry.fetch_pages).lower(),
        "mw:paused": "true" if entry.paused else "",
    }
    return "<outline " + " ".join(f'{key}="{_escaped(value)}"' for key, value in attributes.items() if value) + "/>"


def _escaped(text: str) -> str:
    return html.escape("".join(character for character in text if character.isprintable()))
