"""Texts with the words marked by which a rule found them; all of it escaped, whatever a feed wrote."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from markupsafe import Markup, escape

from rules.model import Field, Hit

AROUND = 110
JOINED = 160
SNIPPETS = 3


class Span(NamedTuple):
    """A stretch of a field to mark, half-open, with what is said about it."""

    start: int
    end: int
    note: str = ""


def spans_of(hits: Iterable[Hit], where: Field) -> list[Span]:
    """Return the stretches of a field that a match names."""
    return [Span(hit.start, hit.end, f"{hit.concept}: {hit.form}, {hit.reach}") for hit in hits if hit.field == where]


def spans_of_evidence(evidence: Iterable[Mapping[str, Any]], where: Field, text: str) -> list[Span]:
    """Return the stretches of a field that stored evidence names, where the text still has these very words there."""
    found = []
    for hit in evidence:
        start, end = hit.get("start"), hit.get("end")
        if hit.get("field") != where.value or not isinstance(start, int) or not isinstance(end, int):
            continue
        if text[start:end] == hit.get("quoted"):
            found.append(Span(start, end, f"{hit.get('concept', '')}: {hit.get('form', '')}, {hit.get('reach', '')}"))
    return found


def marked(text: str, spans: Iterable[Span], begin: int = 0, end: int | None = None) -> Markup:
    """Return a text (or a part of it) with these stretches marked; of those that overlap the first."""
    end = len(text) if end is None else end
    parts, at = [], begin
    for span in sorted(spans):
        if span.start < at or span.end > end or span.start >= span.end:
            continue
        parts.append(escape(text[at : span.start]))
        parts.append(Markup('<mark title="{}">{}</mark>').format(span.note, text[span.start : span.end]))
        at = span.end
    return Markup("").join([*parts, escape(text[at:end])])


def snippet(text: str, spans: Iterable[Span]) -> Markup:
    """Return the few stretches of a text around what is marked, with … between; its beginning where nothing is."""
    ordered = sorted(spans)
    if not ordered:
        end = _edge(text, 2 * AROUND, forward=False)
        return escape(text[:end]) + ("…" if end < len(text) else "")
    windows: list[tuple[int, int]] = []
    for span in ordered:
        begin, end = max(0, span.start - AROUND), min(len(text), span.end + AROUND)
        if windows and begin <= windows[-1][1] + JOINED - AROUND:
            windows[-1] = (windows[-1][0], max(end, windows[-1][1]))
        elif len(windows) < SNIPPETS:
            windows.append((begin, end))
    said = Markup("")
    for begin, end in windows:
        begin = _edge(text, begin, forward=True) if begin else 0
        end = _edge(text, end, forward=False) if end < len(text) else end
        said += ("…" if begin or said else "") + marked(text, ordered, begin, end)
    return said + ("…" if windows[-1][1] < len(text) else "")


def _edge(text: str, at: int, *, forward: bool) -> int:
    """Return the place of a space near `at`, so that no word is cut; `at` itself where there is none."""
    if at >= len(text):
        return len(text)
    found = text.find(" ", at, at + 20) if forward else text.rfind(" ", max(0, at - 20), at)
    return found + forward if found >= 0 else at
