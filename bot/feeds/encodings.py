"""Bytes to text, whatever the document or the server says about their encoding."""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

UTF_8 = "utf-8"
_SAMPLE_BYTES = 20_000
# Only codecs that turn bytes into text, in linear time: Python would also take "zlib", "punycode" or "utf-7".
_GUESSES = ("cp1251", "koi8-u", "cp1252", "cp866", "iso8859-5")
_SINGLE_BYTE = (
    "cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 cp866 koi8-r koi8-u kz1048 ptcp154 "
    "iso8859-1 iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-7 iso8859-9 iso8859-13 iso8859-15 iso8859-16 "
    "mac-cyrillic mac-roman"
)
_MULTI_BYTE = "gb18030 gbk gb2312 big5 big5hkscs shift_jis cp932 euc_jp euc_kr cp949 johab iso2022_jp utf-8"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What a document of these begins with when it has no byte order mark: "<" or "{" or white space, one unit wide.
_WIDE = re.compile(
    rb"(?P<utf_32_be>\0\0\0[<{\s])|(?P<utf_32_le>[<{\s]\0\0\0)|(?P<utf_16_be>\0[<{\s])|(?P<utf_16_le>[<{\s]\0)"
)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_CYRILLIC_WORD = re.compile(r"[а-яёіїєґўәғқңөұүһ]{3,}")
_ODD_CAPITALS = re.compile(r"[а-яёіїєґў][А-ЯЁІЇЄҐЎ]")
_MIXED_SCRIPTS = re.compile(r"[a-zA-Z][\u0400-\u04ff]|[\u0400-\u04ff][a-zA-Z]")
_WESTERN = re.compile(r"[a-z][\u00df-\u00f6\u00f8-\u017e]|[\u00df-\u00f6\u00f8-\u017e][a-z]")
_NOISE = re.compile(r"[\u0080-\u009f\u2500-\u259f\u00a4\u00ac]")
_RARE_CYRILLIC = re.compile(r"[ЂЃѓЉЊЌЏђљњќџЎ]")


@lru_cache(maxsize=64)
def allowed_codec(name: str) -> str:
    """Return Python's name for a declared encoding, "" for one that we don't know or trust."""
    try:
        found = codecs.lookup(name.strip().strip("\"'")).name
    except (LookupError, ValueError):
        return ""
    known = {codecs.lookup(each).name for each in (*_SINGLE_BYTE.split(), *_MULTI_BYTE.split())}
    if found in ("iso8859-1", "ascii"):
        return "cp1252"  # what everybody means by Latin-1
    if found in ("gb2312", "gbk"):
        return "gb18030"
    return found if found in known else ""


def http_charset(content_type: str) -> str:
    """Return the charset parameter of a content type, "" where it has none."""
    found = _CHARSET.search(content_type[:500])
    return found[1] if found else ""


def widened(body: bytes) -> bytes:
    """Return `body` as UTF-8 where it is UTF-16 or UTF-32, without any byte order mark; else as it is."""
    for mark, name in _MARKS:
        if body.startswith(mark):
            rest = body[len(mark) :]
            return rest if name == UTF_8 else rest.decode(name, "ignore").encode(UTF_8, "ignore")
    found = _WIDE.match(body)
    if found is not None and found.lastgroup:
        return body.decode(found.lastgroup.replace("_", "-"), "ignore").encode(UTF_8, "ignore")
    return body


def decode(body: bytes, *declared: str) -> str:
    """Return the text of `body`, which is in some encoding that holds ASCII as it is.

    `declared` are the names that the document and the server give, the document's first. What reads as UTF-8 is
    UTF-8, whatever they say (other encodings do not look like it by chance); a few broken letters, where a site cut a
    sentence in the middle of one, do not change that. Otherwise a declared encoding is believed unless another one
    makes plainly more sense of the letters.
    """
    try:
        return body.decode(UTF_8)
    except UnicodeDecodeError:
        pass
    tolerant = body[:_SAMPLE_BYTES].decode(UTF_8, "replace")
    broken = tolerant.count("\ufffd")
    whole = sum(1 for character in tolerant if character > "\x7f") - broken
    if broken * 4 <= whole or (broken == 0 and whole == 0):
        return body.decode(UTF_8, "ignore")
    names = [name for name in map(allowed_codec, declared) if name and name != UTF_8]
    for name in names:
        if name in _MULTI_BYTE.split():
            return body.decode(name, "replace")
    return body.decode(_most_sensible(body[:_SAMPLE_BYTES], names), "replace").replace("\ufffd", "")


def _most_sensible(sample: bytes, declared: list[str]) -> str:
    """Return the single-byte codec that reads most words in `sample`; a declared one wins unless it is far behind."""
    letters = len(sample) - len(sample.decode("ascii", "ignore"))
    scores: dict[str, float] = {}
    for name in (*declared, *_GUESSES):
        if name not in scores:
            scores[name] = _sense(sample.decode(name, "replace"))
        if name in declared and scores[name] >= 0.6 * letters:
            return name
    best = max(scores.values())
    for name in declared:
        if scores[name] >= 0.7 * best or best < 10:
            return name
    return max(scores, key=lambda name: scores[name])


def _sense(text: str) -> float:
    """Return how much `text` looks like words, in letters: Cyrillic or accented Latin ones, less the noise."""
    cyrillic = sum(map(len, _CYRILLIC_WORD.findall(text)))
    western = 2 * len(_WESTERN.findall(text))
    noise = len(_NOISE.findall(text)) + len(_ODD_CAPITALS.findall(text)) + len(_MIXED_SCRIPTS.findall(text))
    return cyrillic + western - 2 * (noise + len(_RARE_CYRILLIC.findall(text)) + text.count("\ufffd"))
