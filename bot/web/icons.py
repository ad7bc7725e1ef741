"""The few pictures of the console, drawn by us as lines on a 24 by 24 grid."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from markupsafe import Markup

_PATHS: Mapping[str, str] = MappingProxyType(
    {
        "today": "M4 5h16v15H4z M4 10h16 M8 3v4 M16 3v4",
        "items": "M5 6h14 M5 12h14 M5 18h9",
        "rules": "M4 7h9 M17 7h3 M4 17h3 M11 17h9 M15 5v4 M9 15v4",
        "sources": "M5 19a1 1 0 1 0 .01 0 M5 12a7 7 0 0 1 7 7 M5 5a14 14 0 0 1 14 14",
        "digests": "M4 6h16v12H4z M4 7l8 6 8-6",
        "machine": "M4 5h16v6H4z M4 13h16v6H4z M8 8h.01 M8 16h.01",
        "person": "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8z M5 20a7 7 0 0 1 14 0",
        "search": "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14z M16 16l4 4",
        "moon": "M20 14a8 8 0 1 1-9-10 6.5 6.5 0 0 0 9 10z",
        "yes": "M5 12l5 5 9-11",
        "no": "M6 6l12 12 M18 6L6 18",
        "warning": "M12 4l9 16H3z M12 10v4 M12 17h.01",
        "up": "M12 19V5 M6 11l6-6 6 6",
        "down": "M12 5v14 M6 13l6 6 6-6",
        "out": "M14 5h5v5 M19 5l-8 8 M17 13v6H5V7h6",
        "more": "M6 9l6 6 6-6",
        "add": "M12 5v14 M5 12h14",
        "feed": "M5 19a1 1 0 1 0 .01 0 M5 12a7 7 0 0 1 7 7 M5 5a14 14 0 0 1 14 14",
        "back": "M10 6l-6 6 6 6 M4 12h16",
        "save": "M5 4h11l3 3v13H5z M8 4v5h7V4 M8 20v-6h8v6",
        "play": "M7 5l12 7-12 7z",
        "pause": "M8 5v14 M16 5v14",
        "relevant": "M7 11v9H4v-9z M7 11l4-7c2 0 2 2 2 3l-1 3h6a2 2 0 0 1 2 2l-1 6a2 2 0 0 1-2 2H7",
        "not relevant": "M7 13V4H4v9z M7 13l4 7c2 0 2-2 2-3l-1-3h6a2 2 0 0 0 2-2l-1-6a2 2 0 0 0-2-2H7",
    }
)


def icon(name: str) -> Markup:
    """Return a picture that says nothing by itself: words stand beside it, or on what it stands in."""
    parts = Markup("").join(Markup('<path d="M{}"/>').format(part) for part in _PATHS[name].split("M") if part)
    return Markup('<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{}</svg>').format(parts)
