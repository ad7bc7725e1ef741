"""A real browser on a console: Debian's chromium, driven by Playwright; everything it complains about is kept."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page, async_playwright

from bot.web.application import served
from tests.web.house import House

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
NAMES = ("chromium", "chromium-browser", "google-chrome")
SIZES = MappingProxyType({"desk": (1280, 860), "phone": (390, 844)})
WORDS = (
    "no chromium here: apt-get install chromium (as root `.ci/run` does it by itself), "
    "then these tests open the console in it"
)


def chromium() -> str:
    """Return where the browser is; a test that needs it is skipped where there is none."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip(WORDS)
    return found


class Window:
    """A browser window on a console. `complaints` are errors of scripts, of the policy, and failed requests."""

    def __init__(self, page: Page, url: str, complaints: list[str]) -> None:
        self.page = page
        self.url = url
        self.complaints = complaints

    async def go(self, path: str) -> None:
        """Open a page and wait until it has all its parts."""
        await self.page.goto(self.url + path)
        await self.page.wait_for_load_state("networkidle")

    async def sign_in(self, token: str) -> None:
        """Follow a link as a person does: look, then press."""
        await self.go(f"/sign-in?token={token}")
        await self.page.get_by_role("button", name="Sign in").click()
        await self.page.wait_for_url(f"{self.url}/")
        await self.page.wait_for_load_state("networkidle")

    async def violations(self) -> list[str]:
        """Return what axe finds on the page, each with its element: WCAG 2.1 A and AA, and best practice."""
        # Evaluated by the driver: the page's own policy would rightly refuse a script from elsewhere.
        await self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found: dict[str, Any] = await self.page.evaluate(
            "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']})"
        )
        return [
            f"{one['id']} ({one['impact']}): {node['html'][:160]} {node['failureSummary'][:200]}"
            for one in found["violations"]
            for node in one["nodes"][:3]
        ]


@asynccontextmanager
async def opened_window(house: House, *, size: str = "desk", dark: bool = False) -> AsyncIterator[Window]:
    """Open a window on a console that is served at a port of its own."""
    where = chromium()
    complaints: list[str] = []
    async with served(house.answers, "127.0.0.1:0") as port, async_playwright() as driver:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = await driver.chromium.launch(executable_path=where, args=arguments)
        width, height = SIZES[size]
        context: BrowserContext = await browser.new_context(
            viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light", locale="en-GB",
            accept_downloads=True,
        )  # fmt: skip
        context.set_default_timeout(15_000)
        page = await context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(f"dialog: {dialog.message}"))
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((f"http://127.0.0.1:{port}/", "data:", "blob:"))
                else complaints.append(f"asked elsewhere: {request.url}")
            ),
        )
        try:
            yield Window(page, f"http://127.0.0.1:{port}", complaints)
        finally:
            await browser.close()
