"""Messages as a web page that shows them as a client would: bubbles, folded quotes, pictures; light and dark."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Sequence

_HEAD = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>{title}</title>
<style>
:root {{ --wall: #dfe7ee; --paper: #fff; --ink: #1b1f24; --faint: #5c6875; --link: #1466b8; --quote: #eef4fa; }}
@media (prefers-color-scheme: dark) {{
  :root {{ --wall: #0e1621; --paper: #182533; --ink: #f2f5f8; --faint: #93a1b0; --link: #6ab3f3; --quote: #1f3245; }}
}}
body {{ margin: 0; padding: 1.5rem .75rem; background: var(--wall); color: var(--ink);
  font: 16px/1.4 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }}
main {{ max-width: 30rem; margin: auto; display: grid; gap: .5rem; }}
article {{ background: var(--paper); border-radius: .9rem; padding: .6rem .8rem; white-space: pre-wrap;
  overflow-wrap: anywhere; box-shadow: 0 1px 2px rgb(0 0 0 / .15); }}
article img {{ display: block; width: 100%; border-radius: .5rem; margin-bottom: .4rem; }}
a {{ color: var(--link); }}
details {{ margin: .15rem 0; padding: .3rem .6rem; background: var(--quote); border-left: 3px solid var(--link);
  border-radius: .3rem; font-size: .93em; }}
summary {{ cursor: pointer; color: var(--faint); }}
</style>
</head>
<body>
<main>
"""
_QUOTE = re.compile(r"<blockquote(?: expandable)?>(.*?)</blockquote>", re.DOTALL)
_AFTER_BLOCK = re.compile(r"</details>\n")


def page(
    messages: Sequence[str], *, title: str, language: str = "en", pictures: Sequence[tuple[bytes, str]] = ()
) -> str:
    """Return an HTML page of messages as we send them (Telegram HTML of ours, already escaped), then of pictures (PNG)
    with their bare captions. It loads nothing from anywhere and runs no script."""
    parts = [_HEAD.format(language=html.escape(language), title=html.escape(title))]
    parts += [f"<article>{_shown(message)}</article>\n" for message in messages]
    for picture, caption in pictures:
        encoded = base64.b64encode(picture).decode("ascii")
        parts.append(f'<article><img alt="" src="data:image/png;base64,{encoded}">{html.escape(caption)}</article>\n')
    return "".join([*parts, "</main>\n</body>\n</html>\n"])


def _shown(message: str) -> str:
    folded = _QUOTE.sub(lambda found: _details(found[1]), message)
    return _AFTER_BLOCK.sub("</details>", folded)


def _details(inside: str) -> str:
    first, _, rest = inside.partition("\n")
    return f"<details><summary>{first}</summary>{rest}</details>"
