"""Link lists, menus and smuggled advertising removed from an element tree, before its text is taken.

Two measures decide, both without knowing any site: how much of a block's text is links, and whether the same links
come again and again. Words of advertising only sharpen them, so an article about casinos stays. See
docs/adr/0004-page-spam.md.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from bot.feeds.trees import is_overgrown, remove, words_of
from bot.feeds.vocabulary import LONGEST_ANNOUNCEMENT, advertises, announces_links, is_stuffed, spam_hits

LIST_SHARE = 0.6
SPAM_SHARE = 0.25
REPEATED_SHARE = 0.3
STUFFED_SHARE = 0.1  # of a paragraph's words, beside a link to elsewhere
REPEATED_TIMES = 3
LONG_BLOCK = 80
FRAGMENT_KEEPS_SHARE = 0.2

_CONTAINERS = (
    "address", "article", "aside", "blockquote", "center", "dd", "div", "dl", "dt", "fieldset", "figcaption", "footer",
    "h1", "h2", "h3", "h4", "h5", "h6", "header", "li", "main", "marquee", "nav", "ol", "p", "section", "table",
    "tbody", "td", "tr", "ul",
)  # fmt: skip
_CONTAINER_SET = frozenset(_CONTAINERS)
_NEVER_DROPPED = frozenset({"html", "body"})
_STYLED = etree.XPath(".//*[@hidden or @style]")
_HIDDEN = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d]*[1-9])|opacity\s*:\s*0(?![.\d]*[1-9])|"
    r"(?:left|top|text-indent|margin-left)\s*:\s*-\d{3,}|(?:height|width)\s*:\s*[01](?:px)?\s*(?:;|$)",
    re.IGNORECASE,
)


_ADDRESS = re.compile(r"\s*(?:https?:)?//(?:[^/?#@\s]*@)?([^/?#:\s]+)", re.IGNORECASE)
_BREAKS = _CONTAINER_SET | {"br", "hr", "form", "pre", "figure"}


@dataclass(slots=True)
class _Measure:
    """What an element holds: characters of text, of them in links, in prose, its links as (text, host, foreign)."""

    text: int = 0
    linked: int = 0
    prose: int = 0
    anchors: tuple[tuple[str, str, bool], ...] = ()
    leaf: bool = True

    @property
    def share(self) -> float:
        return self.linked / self.text if self.text else 0.0


@dataclass(frozen=True, slots=True)
class _Document:
    """What is known of a whole tree: its measures, whether it is about casinos and such, and the repeated links."""

    measures: dict[etree._Element, _Measure]
    about: bool
    repeated: frozenset[str]
    fragment: bool


def remove_clutter(root: etree._Element, url: str = "", title: str = "", *, fragment: bool = False) -> None:
    """Remove from a tree what is not the article: hidden parts, link lists, and paragraphs of advertising.

    `fragment` says that the tree is one entry of a feed: there a list of links may be all there is (a press review),
    and stays if it advertises nothing. A tree of more than 30,000 elements is not weighed; it only loses its links.
    """
    if is_overgrown(root):
        etree.strip_elements(root, "a", with_tail=False)
        return
    _remove_hidden(root)
    sells = advertises("".join(root.itertext()))
    if root.find(".//a") is None and not sells:
        return
    _wrap_runs(root)
    measures = _measured(root, _host(url))
    about = sells and _is_about(measures, title)
    times = Counter(text for text, _, foreign in measures[root].anchors if foreign and len(text) > 3)
    repeated = frozenset(text for text, count in times.items() if count >= REPEATED_TIMES)
    document = _Document(measures, about or not sells, repeated, fragment)
    doomed = _doomed(root, document)
    gone = sum(measures[element].text for element in doomed)
    if fragment and document.about and gone > (1 - FRAGMENT_KEEPS_SHARE) * measures[root].text:
        return
    for element in doomed:
        remove(element)
    if not document.about:
        _remove_smuggled(root, _host(url))


def _remove_hidden(root: etree._Element) -> None:
    """Remove what a browser would not show, unless that is most of the document (some pages unveil their text)."""
    styled = [
        element
        for element in _STYLED(root)
        if element.get("hidden") is not None or _HIDDEN.search(element.get("style", ""))
    ]
    if not styled:
        return
    lengths: dict[etree._Element, int] = {}
    for element in reversed(list(root.iter(etree.Element))):
        inside = sum(lengths.get(child, 0) + len((child.tail or "").strip()) for child in element)
        lengths[element] = len((element.text or "").strip()) + inside
    for element in styled:
        if element.tag not in _NEVER_DROPPED and lengths[element] * 2 < lengths[root]:
            remove(element)


def _wrap_runs(root: etree._Element) -> None:
    """Give each stretch of text between line breaks or blocks a paragraph of its own, to be measured."""
    for parent in list(root.iter(*_CONTAINERS)):
        children = list(parent)
        if not any(child.tag in _BREAKS for child in children):
            continue
        run: etree._Element | None = None
        if (parent.text or "").strip():
            run = parent.makeelement("p")
            run.text, parent.text = parent.text, None
            parent.insert(0, run)
        for child in children:
            if child.tag in _BREAKS:
                run = _run_of_tail(child)
                continue
            if run is None:
                run = parent.makeelement("p")
                child.addprevious(run)
            run.append(child)


def _run_of_tail(element: etree._Element) -> etree._Element | None:
    """Return a new paragraph that begins with the text after `element`; None where there is none."""
    if not (element.tail or "").strip():
        return None
    run = element.makeelement("p")
    run.text, element.tail = element.tail, None
    element.addnext(run)
    return run


def _measured(root: etree._Element, own_host: str) -> dict[etree._Element, _Measure]:
    """Return the measure of every element, children before parents."""
    measures: dict[etree._Element, _Measure] = {}
    for element in reversed(list(root.iter(etree.Element))):
        measure = _Measure(text=len((element.text or "").strip()))
        anchors: list[tuple[str, str, bool]] = []
        for child in element:
            measure.text += len((child.tail or "").strip())
            inner = measures.get(child)
            if inner is None:
                continue
            measure.text += inner.text
            measure.linked += inner.linked
            measure.prose += inner.prose
            anchors += inner.anchors
            measure.leaf = measure.leaf and inner.leaf and child.tag not in _CONTAINER_SET
        measure.anchors = tuple(anchors)
        if element.tag == "a" and element.get("href"):
            host = _host(element.get("href", ""))
            measure.linked = measure.text
            measure.anchors = ((words_of(element).casefold(), host, _is_foreign(host, own_host)),)
        elif measure.leaf and element.tag in _CONTAINER_SET and measure.text >= LONG_BLOCK and measure.share < 0.4:
            measure.prose = measure.text
        measures[element] = measure
    return measures


def _is_about(measures: dict[etree._Element, _Measure], title: str) -> bool:
    """Say whether advertising words are the subject: in the title, or in most of the paragraphs that sell nothing."""
    if advertises(title):
        return True
    paragraphs = [element for element, measure in measures.items() if measure.leaf and measure.prose]
    honest = [
        element
        for element in paragraphs
        if not any(foreign for _, _, foreign in measures[element].anchors)
        and 0 < spam_hits(text := words_of(element))[0] <= 0.15 * len(text.split())
    ]
    return len(honest) >= 2 and len(honest) >= 0.4 * len(paragraphs)


def _doomed(root: etree._Element, document: _Document) -> list[etree._Element]:
    """Return the largest elements to remove, none within another."""
    doomed: dict[etree._Element, None] = {}
    waiting = [root]
    while waiting:
        element = waiting.pop()
        if element in doomed:
            continue
        measure = document.measures.get(element)
        if measure is None:
            continue
        if element.tag in _CONTAINER_SET and measure.text:
            if _is_announcement(element, measure):
                doomed.update(dict.fromkeys((element, *_announced(element, document.measures))))
                continue
            if _is_list_of_links(measure) or (measure.leaf and _is_clutter(element, measure, document)):
                doomed[element] = None
                continue
        waiting.extend(reversed(element))
    return list(doomed)


def _is_list_of_links(measure: _Measure) -> bool:
    return len(measure.anchors) >= 3 and measure.share >= LIST_SHARE and not measure.prose


def _is_clutter(element: etree._Element, measure: _Measure, document: _Document) -> bool:
    """Say whether one paragraph is advertising, or no more than a link to another article."""
    foreign = [anchor for anchor in measure.anchors if anchor[2]]
    again = sum(1 for text, _, _ in foreign if text in document.repeated)
    if len(foreign) >= 2 and again * 2 >= len(foreign) and measure.share >= REPEATED_SHARE:
        return True
    selling = sum(1 for anchor in foreign if is_selling(anchor))
    if document.about:
        if selling >= 3 and measure.share >= LIST_SHARE / 2:
            return True
    else:
        text = words_of(element)
        hits = spam_hits(text)[0]
        beside = hits - sum(spam_hits(words)[0] for words, _, _ in measure.anchors)
        if foreign and hits >= 2 and hits >= STUFFED_SHARE * len(text.split()):
            return True
        if selling and (measure.share >= SPAM_SHARE or selling >= 2 or beside >= 2):
            return True
        if is_stuffed(text):
            return True
    lone = measure.share >= 0.9 and measure.text >= 15 and element.tag not in ("h1", "h2")
    return lone and not document.fragment and not foreign and bool(measure.anchors)


def is_selling(anchor: tuple[str, str, bool]) -> bool:
    """Say whether a link's words or host are those of advertising."""
    text, host, _ = anchor
    return advertises(text) or advertises(re.sub(r"[\W\d_]+", " ", host))


def _is_announcement(element: etree._Element, measure: _Measure) -> bool:
    if measure.text > LONGEST_ANNOUNCEMENT:
        return False
    return announces_links(words_of(element)) and (measure.leaf or bool(measure.anchors))


def _announced(element: etree._Element, measures: dict[etree._Element, _Measure]) -> Iterator[etree._Element]:
    """Yield what follows an announcement as long as it is links, also where the heading has a wrapper of its own."""
    while (parent := element.getparent()) is not None and parent.tag not in _NEVER_DROPPED:
        if element.getnext() is not None or measures[parent].text > measures[element].text:
            break
        element = parent
    follower = element.getnext()
    while follower is not None:
        measure = measures.get(follower)
        if measure is None or (measure.text and (measure.share < LIST_SHARE / 1.2 or measure.prose)):
            return
        yield follower
        follower = follower.getnext()


def _remove_smuggled(root: etree._Element, own_host: str) -> None:
    """Remove single advertising links from paragraphs that are otherwise honest, words and all."""
    for anchor in list(root.iter("a")):
        host = _host(anchor.get("href", ""))
        if _is_foreign(host, own_host) and is_selling((words_of(anchor), host, True)):
            remove(anchor)


def _host(address: str) -> str:
    """Return the host of an address without "www.", "" for a relative one."""
    found = _ADDRESS.match(address)
    return found[1].casefold().removeprefix("www.") if found else ""


def _is_foreign(host: str, own_host: str) -> bool:
    if not host or host == own_host:
        return False
    return not own_host or not (host.endswith("." + own_host) or own_host.endswith("." + host))
