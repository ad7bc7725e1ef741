"""Small deeds on element trees of HTML."""

from __future__ import annotations

import itertools

from lxml import etree

MOST_ELEMENTS = 30_000


def is_overgrown(root: etree._Element) -> bool:
    """Say whether a tree has 30,000 elements or more: no article has, and weighing each would cost seconds."""
    return sum(1 for _ in itertools.islice(root.iter(), MOST_ELEMENTS)) == MOST_ELEMENTS


def remove(element: etree._Element) -> None:
    """Take an element out of its tree; the text after it stays."""
    parent = element.getparent()
    if parent is None:
        return
    if element.tail:
        before = element.getprevious()
        if before is not None:
            before.tail = (before.tail or "") + element.tail
        else:
            parent.text = (parent.text or "") + element.tail
    parent.remove(element)


def words_of(element: etree._Element) -> str:
    """Return the text of an element on one line."""
    return " ".join("".join(element.itertext()).split())
