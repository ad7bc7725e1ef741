"""The address that an entry means, from what a feed gives: relative, wrapped in a redirect, or no address at all."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, quote, urljoin, urlsplit

LONGEST_LINK = 2_000
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\xa0\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\"<>\\^`{|}]")
_SCHEME = re.compile(r"^[a-zA-Z][a-zA-Z0-9+.-]*:")
_REFERENCE = re.compile(r"&(?:amp|#0*38|#x0*26);", re.IGNORECASE)
# Redirects whose target stands in the address itself: (host ending, path, parameter).
_WRAPPERS = (
    ("google.com", "/url", ("url", "q")),
    ("news.google.com", "/news/url", ("url",)),
    ("facebook.com", "/l.php", ("u",)),
    ("vk.com", "/away.php", ("to",)),
    ("bing.com", "/news/apiclick.aspx", ("url",)),
    ("rss.feedsportal.com", "/", ("url",)),
)


def web_address(link: str, base: str = "") -> str:
    """Return an absolute http(s) address with unsafe characters percent-encoded; "" for what is none.

    Relative links are resolved against `base`; javascript:, data:, mailto: and the like are none, nor is an address
    without a host or longer than 2,000 characters. Redirects of Google Alerts and the like are unwrapped.
    """
    link = "".join(link[: LONGEST_LINK * 4].split("\n")).strip()
    link = _REFERENCE.sub("&", link.replace("\r", "").replace("\t", ""))
    if not link or (_SCHEME.match(link) and not link[:8].casefold().startswith(("http://", "https://"))):
        return ""
    try:
        whole = link.startswith(("http://", "https://")) and "///" not in link[:9]
        parts = urlsplit(link if whole else urljoin(base, link))
        absolute, host, _ = parts.geturl(), parts.hostname or "", parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host or len(absolute) > LONGEST_LINK:
        return ""
    target = _wrapped(host, parts.path, parts.query)
    if target:
        return web_address(target)
    return _UNSAFE.sub(lambda found: quote(found[0], safe=""), absolute)


def _wrapped(host: str, path: str, query: str) -> str:
    """Return the target that a redirect's address carries, "" where it is no such redirect."""
    for ending, wrapper, names in _WRAPPERS:
        if path != wrapper or not (host == ending or host.endswith("." + ending)):
            continue
        values = parse_qs(query, max_num_fields=50)
        for name in names:
            if (target := values.get(name, [""])[0]).startswith(("http://", "https://")):
                return target
    return ""
