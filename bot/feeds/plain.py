"""HTML to the plain text that rules read and people see, cleaned once for all, at the edge."""

from __future__ import annotations

import html
import re
import unicodedata

from lxml import etree

from bot.feeds.spam import remove_clutter
from bot.feeds.tame import BREAK, tame_text

LONGEST_MARKUP = 400_000
LONGEST_TEXT = 100_000
UNREAD_ELEMENTS = (
    "script", "style", "noscript", "template", "head", "iframe", "object", "embed", "svg", "math", "canvas", "button",
    "select", "textarea", "input", "audio", "video", "map", "applet", "frameset", "datalist", "dialog",
)  # fmt: skip
BLOCKS = (
    "address", "article", "aside", "blockquote", "br", "center", "dd", "details", "div", "dl", "dt", "fieldset",
    "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav",
    "ol", "p", "pre", "section", "summary", "table", "tr", "ul",
)  # fmt: skip
LONGEST_TAG = 20_000
_LONG_TAG = re.compile(rf"<[^<>]{{{LONGEST_TAG},}}>?")

_TAG = re.compile(
    r"</?(?:a|abbr|article|aside|b|big|blockquote|body|br|center|cite|code|dd|del|div|dl|dt|em|embed|figcaption|figure|"
    r"font|footer|form|h[1-6]|head|header|hr|html|i|iframe|img|input|ins|label|li|link|main|meta|nav|noscript|object|"
    r"ol|p|"
    r"picture|pre|s|script|section|small|source|span|strike|strong|style|sub|sup|svg|table|tbody|td|th|thead|tr|tt|u|"
    r"ul|"
    r"video|wbr)(?:\s*/?>|\s+[\w:-]+\s*=|\s*$)|<!--",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"&(?:[a-zA-Z][a-zA-Z0-9]{1,31}|#\d{1,8}|#[xX][0-9a-fA-F]{1,7});")
# Characters that XML trees can't hold; and references to them or to no character at all.
_UNHOLDABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_UNHOLDABLE_REFERENCE = re.compile(
    r"&#[xX]?[0-9a-fA-F]{9,};?|"
    r"&#0*(?:[0-8]|1[124-9]|2[0-9]|3[01])(?!\d);?|&#[xX]0*(?:[0-8bcef]|1[0-9a-f]|d[89a-f]..|fff[ef])(?![0-9a-f]);?",
    re.IGNORECASE,
)
# Soft hyphens, zero-width and joining characters, marks that turn the direction of writing, tags, variation selectors,
# controls: they show nothing, and hide a name from a reader or a rule.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff9-\ufffd\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\U000e0000-\U000e0fff]"
)
_LINE_BREAKS = re.compile(r"[\n\x0b\x0c\r\x85\u2028\u2029]+")
_BLANKS = re.compile(r" [^\S\n]+|[^\S\n ][^\S\n]*")  # a single space is as it should be
_READ_ON = (
    r"read (?:more|the (?:full|whole|rest of (?:this|the)) (?:story|article|post|entry)|full (?:story|article)|on)|"
    r"continue reading(?: .{0,200})?|keep reading|full (?:story|article)|more(?: here)?|learn more|click here.{0,40}|"
    r"читать (?:далее|дальше|полностью|ещ[её]|подробнее|полный текст|статью полностью|всю статью)|"
    r"подробнее(?: на сайте)?|далее|подробности(?: на сайте)?|читати (?:далі|більше|повністю|ще)|детальніше|"
    r"докладніше|далі|"
    r"чытаць (?:далей|цалкам|поўнасцю|больш)|падрабязней|далей|"
    r"толығырақ(?: оқу)?|толық(?: оқу| мәтін)?|ары қарай(?: оқу)?|жалғасын оқу|оқуды жалғастыру|жалғасы"
)
# One of these stands in each of the above: a look that saves most texts the long search.
_READ_ON_STEMS = (
    "read", "more", "full", "click", "чита", "чыта", "подроб", "далее", "далі", "далей", "детальн", "докладн", "падраб",
    "толы", "қарай", "жалғас",
)  # fmt: skip
_READ_ON_TAIL = re.compile(
    rf"(?:(?:^|(?<=[.…!?»\"”\])]))\s*|\s*[\[(<]\s*)(?:{_READ_ON})[\s.…:→»›>⟶➔]*[\])>]?[\s.…:→»›>⟶➔]*$", re.IGNORECASE
)
_APPEARED = re.compile(
    r"^(?:the post|this (?:post|article|story)|запись|сообщение|статья|публикация|допис|запис|запіс|повідомлення|"
    r"стаття|жазба|мақала)\b.{0,400}\b(?:(?:first )?appeared(?: first)?|was (?:first|originally) published|"
    r"(?:впервые |сначала )?появил[аиось]{1,3}|опубликован[ао]?|(?:вперше )?з.явил[аоивсья]{1,4}|упершыню з.яві\w+|"
    r"алғаш\w*)\b.{0,200}$",
    re.IGNORECASE,
)
_CUT_MARK = re.compile(r"\s*[\[(](?:…|\.{3,}|&hellip;)[\])]\s*$")


def plain_line(markup: str, longest: int = 500) -> str:
    """Return a title as one line of plain text, at most `longest` characters."""
    return shortened(" ".join(_text(markup[: longest * 20]).split()), longest)


def plain_text(markup: str, url: str = "", title: str = "", longest: int = LONGEST_TEXT) -> str:
    """Return the text of an entry's HTML: one line per paragraph, without link lists, spam and "read more" tails.

    `url` is the entry's own address (links elsewhere are foreign); `title` tells what the entry is about.
    """
    text = _text(markup[:LONGEST_MARKUP], url, title, blocks=True)
    return shortened(without_tail(text), longest)


def shortened(text: str, longest: int) -> str:
    """Return `text`, cut at a word's end with an ellipsis where it is longer than `longest` characters."""
    if len(text) <= longest:
        return text
    head = text[: longest - 1]
    space = head.rfind(" ", max(0, longest - 60))
    return (head[:space] if space > 0 else head).rstrip() + "…"


def clean(text: str) -> str:
    """Return `text` in NFC without characters that show nothing; runs of blanks are one, line breaks are kept."""
    if not _is_clean(text):
        text = _LINE_BREAKS.sub("\n", text)
        text = _BLANKS.sub(" ", _UNSEEN.sub("", text))
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return text.strip()


def _is_clean(text: str) -> bool:
    """Say whether there is nothing to clean: most text is such, and looking costs a tenth of cleaning."""
    if "  " in text or "\n\n" in text or not text.replace("\n", "").replace(BREAK, "").isprintable():
        return False
    return text.isascii() or _UNSEEN.search(text) is None


def without_tail(text: str) -> str:
    """Return `text` without what a site's software adds at its end: "Read more", "The post … appeared first on …"."""
    lines = text.split("\n")
    for _ in range(4):
        if not lines:
            break
        last = lines[-1]
        kept = "" if len(last) < 800 and _APPEARED.match(last) else last
        head, tail = kept[:-250], kept[-250:]
        lower = tail.lower()
        if any(stem in lower for stem in _READ_ON_STEMS):
            tail = _READ_ON_TAIL.sub("", tail)
        kept = head + tail.rstrip()
        if kept.endswith(("]", ")")):
            kept = _CUT_MARK.sub("…", kept)
        if kept == last:
            break
        lines[-1:] = [kept] if kept.strip() else []
    return "\n".join(lines)


def holdable(markup: str) -> str:
    """Return `markup` without the characters, and references to such, that an element tree can't hold.

    Tags of 20,000 characters go as well: libxml2 compares each attribute with all before it.
    """
    if len(markup) > LONGEST_TAG:
        markup = _LONG_TAG.sub(" ", markup)
    markup = _UNHOLDABLE.sub("", markup)
    return _UNHOLDABLE_REFERENCE.sub("", markup) if "&#" in markup else markup


def parse_fragment(markup: str) -> etree._Element | None:
    """Return the element tree of a piece of HTML; None where nothing can be read from it."""
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True)
    try:
        return etree.fromstring(f"<div>{holdable(markup)}</div>".encode("utf-8", "ignore"), parser)
    except (etree.LxmlError, ValueError):
        return None


def tree_text(root: etree._Element) -> str:
    """Return the text of a tree, one line per block. The tree is changed."""
    etree.strip_elements(root, *UNREAD_ELEMENTS, with_tail=False)
    for element in root.iter(*BLOCKS):
        element.text = BREAK + (element.text or "")
        element.tail = BREAK + (element.tail or "")
    for element in root.iter("td", "th", "option"):
        element.tail = " " + (element.tail or "")
    return _in_lines(" ".join("".join(root.itertext()).split()))


def _in_lines(words: str) -> str:
    """Return clean text with a line for each block, `words` having BREAK between them."""
    return "\n".join(line for part in clean(words).split(BREAK) if (line := part.strip()))


def _of_markup(markup: str, url: str, title: str, *, blocks: bool) -> str:
    """Return the clean text of a fragment of HTML."""
    tame = tame_text(markup) if blocks else None
    if tame is not None:
        return _in_lines(tame)
    tree = parse_fragment(markup)
    if tree is None:
        return ""
    if blocks:
        remove_clutter(tree, url, title, fragment=True)
    return tree_text(tree)


def _text(markup: str, url: str = "", title: str = "", *, blocks: bool = False) -> str:
    """Return clean text; what turns out to be escaped a second time is read once more."""
    for _ in range(3):
        if "<" in markup and _TAG.search(markup):
            markup = _of_markup(markup, url, title, blocks=blocks)
        elif "&" in markup:
            markup = clean(_REFERENCE.sub(lambda found: html.unescape(found[0]), holdable(markup)))
        else:
            return clean(markup)
        if not _REFERENCE.search(markup) and not ("<" in markup and _TAG.search(markup)):
            break
    return clean(markup)
