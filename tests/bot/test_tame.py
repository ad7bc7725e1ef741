"""The quick way through simple HTML leads to the same text as the tree does, or leaves it to the tree."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.feeds.plain import parse_fragment, tree_text
from bot.feeds.spam import remove_clutter
from bot.feeds.tame import BREAK, tame_text

WORDS = st.sampled_from(
    [
        "oil", "Нефть", "цены на нефть выросли", " ", "  ", "\n", "\t", "\xa0", "\x0b", "\x85", "\xad", "a b", "&amp;",
        "&lt;", "&lt;b&gt;", "&nbsp;", "&#39;", "&#1073;", "&#150;", "&copy;", "&", "<", ">", "a < b", "\x00",
        "\ue000", "\ue001",
        "Read also", "Читайте также: ", "Related", " news", "Tags: oil", "casino", "vulkan casino bonus", "\u2028",
        "е\u0308",
    ]
)  # fmt: skip
TAGS = st.sampled_from(
    [
        "<p>", "</p>", "<br>", "<br/>", "<br />", "</br>", "<b>", "</b>", "<em>", "</em>",
        "<span class='x'>", "</span>",
        "<a>", '<p data-x="1" lang="en">', '<p style="font-size:0">',
        '<a href="https://x.example/?a=1&b=2">', "</a>", '<img src="i.png" alt="a > b">', "<img>", '<p align="left">',
        "<P>",
        "<div>", "</div>", "<p/>", "<p hidden>", '<p style="display:none">', "<script>", "</script>",
        "<!-- x -->", "<u >",
    ]
)  # fmt: skip
WHOLE = st.sampled_from(
    ["<p>One.</p>", "<p>Two <b>bold</b> words.</p>", 'See <a href="https://x.example/1">this</a>.', "<p>a<br>b</p>"]
)
FRAGMENTS = st.lists(WORDS | TAGS | WHOLE, max_size=12).map("".join)


def by_tree(markup: str) -> str:
    tree = parse_fragment(markup)
    if tree is None:
        return ""
    remove_clutter(tree, "https://paper.example/a", "A title", fragment=True)
    return tree_text(tree)


def lines(words: str) -> str:
    from_tame = parse_fragment("")
    assert from_tame is not None
    from_tame.text = words
    return tree_text(from_tame)


@given(FRAGMENTS)
@example("<p>a<br>b</p>")
@example("<p>Read<br>also: <a>this</a></p>")
@example("<b>x<p>y</b>z</p>")
def test_what_is_read_quickly_reads_as_the_tree_does(markup: str) -> None:
    quick = tame_text(markup)
    assert quick is None or lines(quick) == by_tree(markup)


@pytest.mark.parametrize(
    "markup",
    [
        "<p>Oil rises.</p><p>Much.</p>",
        'Oil <b>rises</b>, says <a href="https://x.example/?a=1&amp;b=2" target="_blank">he</a>.<br/>More later.',
        "<p>Цены на&nbsp;нефть <em>выросли</em>&hellip;</p>",
        '<img src="https://x.example/i.jpg" width="100" alt="">Oil rises.',
    ],
)
def test_the_usual_summary_is_read_quickly(markup: str) -> None:
    quick = tame_text(markup)
    assert quick is not None
    assert lines(quick) == by_tree(markup)
    assert BREAK not in lines(quick)


@pytest.mark.parametrize(
    "markup",
    [
        "<p>Oil.</p><p>Read also: <a href='/2'>Gas</a></p>",
        "<p>Oil.</p><p>Best casino bonus</p>",
        "<a href='/1'>1</a> <a href='/2'>2</a> <a href='/3'>3</a>",
        "<p style='display:none'>hidden</p>",
        "<p hidden>hidden</p>",
        "<div>Oil</div>",
        "<script>x</script>",
        "<p>unclosed",
        "Oil &copy; 2026",
        "<p>" + "oil " * 6_000 + "</p>",
    ],
)
def test_what_needs_judgement_is_left_to_the_tree(markup: str) -> None:
    assert tame_text(markup) is None
