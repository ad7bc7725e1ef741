"""`python -m tests.web.screenshots`: the pictures of the console in the documents, taken from the demo as it runs."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Browser, async_playwright
from rich.console import Console

from bot.app import running
from bot.cli.demo import _show, demo_settings
from bot.delivery.console import ConsoleSender
from bot.demo.newswire import Newswire
from bot.machine import utc_now
from storage import rulebook
from tests.web.browsing import NAMES, SIZES

FIGURES = Path(__file__).parent.parent.parent / "docs" / "figures"
STORMS = """topic: storms
title: {en: Storms at sea, ru: Штормы на море}

concepts:
  storm:            # what the harbour masters call it
    en: [storm, gale ~0]
    ru: [шторм]
    kk: [дауыл]

when: |
  storm

examples:
  match:
    - A storm closes the port of Novorossiysk
  ignore:
    - Sun over the port of Novorossiysk
"""
EDITED = """ruleEditor.replaceText(ruleEditor.text()
    .replace("[storm, gale ~0]", "[storm, gale ~0, hospital]").replace("[шторм]", "[буря]"))"""
SHOTS = (
    ("console-today", "/", "desk", "light"),
    ("console-editor", "/rules/storms", "desk", "light"),
    ("console-editor-dark", "/rules/storms", "desk", "dark"),
    ("console-items-phone", "/items?topic=kazakh-oil", "phone", "light"),
)


async def take() -> None:
    """Run the demo, open the console, take the pictures."""
    where = next((path for name in NAMES if (path := shutil.which(name))), None)
    if where is None:
        raise SystemExit("no chromium here: apt-get install chromium")
    quiet = Console(quiet=True)
    with tempfile.TemporaryDirectory(prefix="mediawatch-shots-") as folder:
        async with Newswire(started_at=utc_now()) as wire:
            settings = demo_settings(Path(folder), wire.base_url.removeprefix("http://"))
            async with running(settings, ConsoleSender(quiet), open_here=True) as service, async_playwright() as driver:
                await _show(service, wire, quiet)
                title, now = {"en": "Storms at sea"}, utc_now()
                await service.machine.db.write(lambda tx: rulebook.offer_file(tx, "storms", title, STORMS, now))
                arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
                browser = await driver.chromium.launch(executable_path=where, args=arguments)
                for shot in SHOTS:
                    await _one(browser, f"http://127.0.0.1:{service.port}", *shot)
                await browser.close()


async def _one(browser: Browser, url: str, name: str, path: str, size: str, look: str) -> None:
    width, height = SIZES[size]
    context = await browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if look == "dark" else "light", locale="en-GB"
    )
    page = await context.new_page()
    await page.goto(url + path)
    if path.startswith("/rules/"):
        await page.wait_for_selector("#preview[data-done='1']", timeout=60_000)
        await page.evaluate(EDITED)
        await page.wait_for_selector("#preview:not(.stale)[data-done='1']", timeout=60_000)
    await page.wait_for_timeout(1_500)
    target = FIGURES / f"{name}.png"
    await page.screenshot(path=target)
    sys.stdout.write(f"{target.name}: {target.stat().st_size:,} bytes\n")
    await context.close()


if __name__ == "__main__":
    asyncio.run(take())
