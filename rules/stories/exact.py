"""What belongs together: the exact keys under which items are one story, and whether two titles are nearly the same.

Two items are one story when they share a canonical address, or a title that says enough to be told from others.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from rules.words.folding import fold, without_marks
from rules.words.wordlists import words_of

_ADDRESS_LIMIT = 4_000
_TITLE_LIMIT = 1_000
_FEWEST_WORDS = 4
_NEARLY = 90  # rapidfuzz similarity, 0–100, of folded titles; the order of words counts (who sues whom)

_SUBDOMAINS = ("www.", "m.", "mobile.", "amp.")
_PORTS = MappingProxyType({"http": 80, "https": 443})
_TRACKING = words_of(
    """
    fbclid gclid gclsrc dclid yclid msclkid twclid ttclid igshid igsh mc_cid mc_eid _openstat openstat from ref
    ref_src ref_url referrer referer source spm rss feed cmpid cmp ncid ocid sr_share smid at_medium at_campaign
    xtor wt_mc wt.mc_id amp outputtype output_type frommain fromrss ysclid guccounter guce_referrer _ga _gl share
    cid_source
    """
)
_TRACKING_PREFIXES = ("utm_", "pk_", "mtm_", "hsa_", "_hs", "at_", "ga_")
_HOME_PAGE = re.compile(r"https://[^/?#]*")
_UNSAFE_HOST = re.compile(r"[\s/\\<>\"'`{}|^]")

_LEAD = re.compile(
    r"^\s*(?:(?:\W*(?:update|upd|correction|corrected|refile|wrapup|exclusive|breaking(?:\s+news)?|urgent|live|watch"
    r"|video|photos?"
    r"|срочно|молния|обновлено|обновляется|видео|фото|дополнено|эксклюзив|главное|важно"
    r"|терміново|оновлено|відео|ексклюзив|тэрмінова|абноўлена|відэа|эксклюзіў|шұғыл|жедел|жаңартылды|видео|eilmeldung|pilne)"
    r"(?:[\s-]*\d{1,2})?\s*[:\-–—!|\]]+)|(?:\d{1,2}:\d{2}(?:\s*[:\-–—|,]\s*|\s+)))\s*",
    re.IGNORECASE,
)
# After a bar stands an outlet; after a dash it may be who said it, or where, so there it must look like an outlet.
_AFTER_BAR = re.compile(r"\s+[|•·»]+\s+[^|•·»]{2,40}$")
_AFTER_DASH = re.compile(r"\s+[-–—]{1,2}\s+([^|•·»–—]{2,40})$")
_OUTLET_WORDS = words_of(
    """
    news times post tv radio journal agency gazette press online info media daily tribune herald guardian telegraph
    reuters ap afp bloomberg tass interfax bbc cnn dw euronews rfe rferl belta reform zerkalo tengrinews kazinform
    caspian upstream platts argus новости вести тв радио газета агентство журнал пресса онлайн инфо тасс интерфакс
    коммерсант коммерсантъ ведомости рбк риа белта зеркало казинформ свобода лента известия форбс forbes politico
    economist axios novosti kommersant meduza медуза новини вісті укрінформ уніан унн правда суспільне ліга навіны
    свабода белсат belsat звязда наша ніва жаңалықтары ақпарат хабар egemen егемен tagesschau spiegel zeit welt faz
    figaro monde onet wyborcza rzeczpospolita pap
    """
)
_WORD = re.compile(r"[^\W_]+(?:['’ʼ][^\W_]+)*(?:[.,]\d+)*")
_NUMBER = re.compile(r"\d+(?:[.,\u00a0\u202f ]?\d+)*")
_ENGLISH_PLURAL = re.compile(r"ies$")
_DENIALS = words_of(
    """
    not no never without denies denied deny refuses refused refutes rejects rejected rules out cannot wont doesnt
    didnt isnt wasnt не нет ни без отрицает отрицал отверг опроверг опровергли опровергла отказался отказалась
    отказались отказалось немає ні заперечив заперечує спростував спростували відмовився відмовилася відмовились
    няма ня абверг адмовіўся адмовілася адмовіліся емес жоқ жоққа бас nie nein kein keine nicht pas sans
    """
)


@lru_cache(maxsize=1024)
def canonical_url(url: str) -> str:
    """Return the address under which copies of a page are one: https, bare host, no tracking, parameters in order.

    "" for what is no web address. A fragment is dropped, but for `#!` (pages of old script-made sites). Never raises.
    """
    sound = url.strip()[:_ADDRESS_LIMIT].encode("utf-8", "replace").decode("utf-8")
    try:
        parts = urlsplit(sound)
        host, port = _ascii_host(parts.hostname or ""), parts.port
    except ValueError:
        return ""
    if parts.scheme not in _PORTS or not host or _UNSAFE_HOST.search(host):
        return ""
    place = _bare_host(host) + (f":{port}" if port and port not in _PORTS.values() else "")
    fragment = f"#{quote(parts.fragment, safe='!/=&%:')}" if parts.fragment.startswith("!") else ""
    return f"https://{place}{_path(parts.path)}{_query(parts.query)}{fragment}"


def _ascii_host(host: str) -> str:
    """Return a host name in its one ASCII spelling. Raises `UnicodeError` (a `ValueError`) for what is no name."""
    bare = host.strip(".").lower()
    if ":" in bare:
        return f"[{bare}]"
    if ".." in bare:
        return ""
    return bare if bare.isascii() else bare.encode("idna").decode("ascii")


def _bare_host(host: str) -> str:
    while host.count(".") >= 2:
        subdomain = next((each for each in _SUBDOMAINS if host.startswith(each)), "")
        if not subdomain:
            break
        host = host.removeprefix(subdomain)
    return host


def _path(path: str) -> str:
    """Return the path with one way of percent-encoding, no doubled or last slash, no `/amp` and `/index.html`."""
    try:
        decoded = unquote(path, errors="strict")
    except UnicodeDecodeError:
        decoded = ""  # an address in an old encoding (%CF%F0): its bytes tell pages apart, so they stay
    plain = quote(decoded or path, safe="/:@!$&'()*+,;=~-._" if decoded else "/:@!$&'()*+,;=~-._%")
    plain = re.sub(r"%[0-9a-fA-F]{2}", lambda code: code.group().upper(), plain)
    plain = re.sub(r"/{2,}", "/", plain)
    plain = re.sub(r"/(?:amp|index\.(?:html?|php|aspx?))/?$", "/", plain)
    return plain.rstrip("/")


def _query(query: str) -> str:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=100, errors="strict")
    except ValueError:
        return f"?{quote(query, safe='=&;%+')}"
    kept = sorted((name, value) for name, value in pairs if not _is_tracking(name))
    return f"?{urlencode(kept)}" if kept else ""


def _is_tracking(name: str) -> bool:
    lower = name.lower()
    return lower in _TRACKING or lower.startswith(_TRACKING_PREFIXES)


@lru_cache(maxsize=4_096)
def title_key(title: str) -> str:
    """Return the title's folded words, without what outlets put around it; "" for one too short to tell a story.

    Left out: "UPDATE 1-", "BREAKING:", "СРОЧНО:", times before it; " | Outlet", " - Reuters" after it. Under four words
    ("Прогноз погоды", "Morning news") titles repeat from day to day and name no story.
    """
    words = _words(_bare_title(title))
    return " ".join(words) if len(words) >= _FEWEST_WORDS else ""


def _bare_title(title: str) -> str:
    bare = " ".join(without_marks(title[:_TITLE_LIMIT]).split())  # runs of spaces would cost the patterns dear
    for _ in range(3):
        bare = _LEAD.sub("", bare, count=1)
    for tail in (_AFTER_BAR.search(bare), _AFTER_DASH.search(bare)):
        if tail and _is_outlet(bare[: tail.start()], tail):
            bare = bare[: tail.start()]
    return bare


def _is_outlet(before: str, tail: re.Match[str]) -> bool:
    """Say whether the tail of a title names its outlet: after a bar, or by a word of the trade, or as a site's name."""
    words = _words(tail.group())
    if len(_words(before)) < _FEWEST_WORDS or len(words) > 4:
        return False
    looks_so = tail.re is _AFTER_BAR or re.search(r"\w\.[a-zа-я]{2,}$", tail.group()) is not None
    return looks_so or not _OUTLET_WORDS.isdisjoint(words)


def _words(text: str) -> list[str]:
    found = (fold(word).replace(",", ".") for word in _WORD.findall(text))  # 3,5 is 3.5
    return [word for word in found if word]


def nearly_same_title(a: str, b: str) -> bool:
    """Say whether two titles tell the same in nearly the same words: numbers agree, neither denies what the other says.

    A title without a `title_key` is the same as none. A changed name or any other exchanged word makes another title.
    """
    first, second = title_key(a), title_key(b)
    if not first or not second:
        return False
    if first == second:
        return True
    if _numbers(first) != _numbers(second) or _denials(first) != _denials(second):
        return False
    return fuzz.ratio(first, second, score_cutoff=_NEARLY) > 0 and not _word_exchanged(first, second)


def _numbers(key: str) -> list[str]:
    return sorted(re.sub(r"\D", "", number) for number in _NUMBER.findall(key))


def _denials(key: str) -> bool:
    return not _DENIALS.isdisjoint(key.split())


def _word_exchanged(first: str, second: str) -> bool:
    """Say whether each title has a word with no like in the other: one name or number in place of another."""
    ours, theirs = set(first.split()), set(second.split())
    only_ours = [word for word in ours - theirs if not any(_alike(word, other) for other in theirs)]
    only_theirs = [word for word in theirs - ours if not any(_alike(word, other) for other in ours)]
    return bool(only_ours and only_theirs) and max(map(len, only_ours + only_theirs)) > 2


def _alike(word: str, other: str) -> bool:
    """Say whether two words may be forms of one: another ending on a stem of four letters, or a slip in a long word."""
    if _ENGLISH_PLURAL.sub("y", word) == _ENGLISH_PLURAL.sub("y", other):
        return True
    stem = next((at for at, (a, b) in enumerate(zip(word, other, strict=False)) if a != b), min(len(word), len(other)))
    if stem >= 4 and max(len(word), len(other)) - stem <= 3:
        return True
    return min(len(word), len(other)) >= 7 and OSA.distance(word, other, score_cutoff=1) <= 1


def story_keys(title: str, link: str, published_day: date) -> tuple[str, ...]:
    """Return the keys under which an item finds its story, the surest first; empty where neither says enough.

    An address is a key of its own unless it is a site's home page, which many items share; a title only together with
    the day (UTC), since titles come back in other years.
    """
    address, words = canonical_url(link), title_key(title)
    if _HOME_PAGE.fullmatch(address):
        address = ""
    keys = (f"url:{address}" if address else "", f"title:{published_day.isoformat()}:{words}" if words else "")
    return tuple(key for key in keys if key)
