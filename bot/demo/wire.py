"""The sample newswire's content as values: what each invented outlet publishes, when, and about which topics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

WIRE_FOLDER = Path(__file__).parent / "wire"


@dataclass(frozen=True, slots=True)
class WireItem:
    """One article of the wire.

    `wave` says when it appears: 0 is on the wire from the start. `topics` is what a person says it is about, in
    alphabetical order. `copy_of` is "feed/slug" of the article whose address this outlet links to, or "".
    `summary` is what the feed gives where it does not carry full texts.
    """

    feed: str
    slug: str
    wave: int
    title: str
    summary: str
    text: str
    topics: tuple[str, ...]
    copy_of: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class WireFeed:
    """One invented outlet. `kind` is "rss", "rdf", "atom" or "json"; `full` says that the feed carries whole texts.

    `related` are the "read more" titles around its articles; they name watched topics and must never cause a match.
    """

    slug: str
    title: str
    language: str
    kind: str
    full: bool
    author: str
    related: tuple[str, ...]
    items: tuple[WireItem, ...]


@dataclass(frozen=True, slots=True)
class Wire:
    """All outlets, by name, and how many waves there are after the baseline."""

    feeds: tuple[WireFeed, ...]

    @property
    def items(self) -> tuple[WireItem, ...]:
        """Return every article of every outlet."""
        return tuple(item for feed in self.feeds for item in feed.items)

    @property
    def last_wave(self) -> int:
        """Return the number of the last wave; waves run from 0 (the baseline) to it."""
        return max(item.wave for item in self.items)


def _item(feed: str, row: Mapping[str, Any], originals: Mapping[str, str]) -> WireItem:
    copy_of = str(row.get("copy_of", ""))
    text = str(row["text"]) if "text" in row else originals[copy_of]
    return WireItem(
        feed=feed,
        slug=str(row["slug"]),
        wave=int(row["wave"]),
        title=str(row["title"]),
        summary=str(row.get("summary", "")),
        text=text.strip(),
        topics=tuple(sorted(str(topic) for topic in row["topics"])),
        copy_of=copy_of,
        note=str(row.get("note", "")),
    )


def read_wire(folder: Path = WIRE_FOLDER) -> Wire:
    """Return the wire in `folder`, one YAML file per outlet. A copy without a text of its own has its original's."""
    yaml = YAML(typ="safe", pure=True)
    files = {path.stem: yaml.load(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.yaml"))}
    originals = {
        f"{slug}/{row['slug']}": str(row["text"])
        for slug, outlet in files.items()
        for row in outlet["items"]
        if "text" in row
    }
    return Wire(
        tuple(
            WireFeed(
                slug=slug,
                title=str(outlet["title"]),
                language=str(outlet["language"]),
                kind=str(outlet["kind"]),
                full=bool(outlet["full"]),
                author=str(outlet["author"]),
                related=tuple(str(title) for title in outlet.get("related", ())),
                items=tuple(_item(slug, row, originals) for row in outlet["items"]),
            )
            for slug, outlet in files.items()
        )
    )
