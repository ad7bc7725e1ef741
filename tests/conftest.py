"""What every test may ask for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.newsroom import Newsroom, open_newsroom


@pytest_asyncio.fixture
async def newsroom(tmp_path: Path) -> AsyncIterator[Newsroom]:
    """A mediawatch of the test's own."""
    async with open_newsroom(tmp_path) as room:
        yield room
