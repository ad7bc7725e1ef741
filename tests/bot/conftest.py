"""What tests of the bot may ask for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from tests.bot.chatroom import Room, open_room


@pytest_asyncio.fixture
async def chat(tmp_path: Path) -> AsyncIterator[Room]:
    """The subscribers' door of the test's own."""
    async with open_room(tmp_path) as room:
        yield room
