"""What pages load besides themselves: styles, scripts and pictures, carried along and served from memory."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

HERE = Path(__file__).parent
FOLDERS = (HERE / "static", HERE / "vendor")
KINDS: Mapping[str, str] = MappingProxyType(
    {
        ".css": "text/css; charset=utf-8",
        ".js": "text/javascript; charset=utf-8",
        ".svg": "image/svg+xml",
        ".txt": "text/plain; charset=utf-8",
        ".webmanifest": "application/manifest+json",
    }
)


@dataclass(frozen=True, slots=True)
class Asset:
    """A file that pages load: its bytes, packed as well, and a mark that changes with them."""

    name: str
    body: bytes
    packed: bytes
    kind: str
    mark: str


@cache
def assets() -> Mapping[str, Asset]:
    """Return every file that pages load, by name."""
    files = (path for folder in FOLDERS for path in sorted(folder.iterdir()) if path.suffix in KINDS)
    return MappingProxyType({path.name: _asset(path) for path in files})


def _asset(path: Path) -> Asset:
    body = path.read_bytes()
    packed = gzip.compress(body, 9, mtime=0)
    return Asset(path.name, body, packed, KINDS[path.suffix], hashlib.sha256(body).hexdigest()[:12])


def address(name: str) -> str:
    """Return under which address a page finds a file; it changes with the file, so browsers may keep it for ever."""
    return f"/static/{name}?v={assets()[name].mark}"
