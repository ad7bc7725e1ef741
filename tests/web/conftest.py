"""What tests of the console may ask for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.newsroom import Newsroom
from tests.web.house import House, open_house


@pytest_asyncio.fixture
async def house(newsroom: Newsroom, tmp_path: Path) -> AsyncIterator[House]:
    """A console on a newsroom of the test's own."""
    async with open_house(newsroom, tmp_path) as one:
        yield one
