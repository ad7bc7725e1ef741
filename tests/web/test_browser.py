"""The console in a real browser: an editor's walk, an admin's morning, a phone, and what axe and the policy say."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from playwright.async_api import expect
from sqlmodel import select

from bot.pipeline.fold_words import fold_words
from bot.settings import Settings
from storage import audit, rulebook, versions
from storage.engine import Session
from storage.tables import ItemRow, OutboxRow, SourceRow, SubscriberRow, TextRow
from tests.newsroom import Story
from tests.web.browsing import opened_window
from tests.web.house import House

NASTY = '<script>alert("title")</script><img src=x onerror=alert(2)> "quotes" & \u202eevil'
PLACES = (
    "/", "/items", "/items?q=flood", "/items?q=flood+NOT+sun", "/items/1", "/rules", "/rules/floods",
    "/rules/floods/history", "/sources", "/sources/1", "/digests", "/operations", "/operations/subscribers",
    "/operations/trail", "/operations/settings", "/me",
)  # fmt: skip


async def furnish(house: House) -> None:
    """Let there be some news: known ones, new ones, and one whose words are an attack."""
    room = house.room
    room.publish(Story("Old flood in Aktobe"))
    await room.run()
    room.publish(
        Story("Flood in Aktobe", "The river Ilek rose by two metres. People were moved."),
        Story("Sun in Aktobe", "No flood is expected this week, only high water in the river."),
        Story("High water in Atyrau", "Boats instead of buses since the morning."),
        Story(f"Flood {NASTY}", f"A flood of {NASTY}."),
    )
    await room.later(hours=1)
    await fold_words(house.db, house.workers)


async def test_an_editors_walk(house: House) -> None:
    await furnish(house)
    alerts = len(house.room.telegram.messages)
    async with opened_window(house) as window:
        page = window.page
        await window.sign_in(await house.link("editor", "anna"))
        await page.get_by_role("navigation", name="Main").get_by_role("link", name="Rules").click()
        await page.get_by_role("link", name="floods").click()
        await page.wait_for_selector("#preview[data-done='1']")
        editor = page.locator(".cm-content")
        await editor.click()
        await page.keyboard.press("Control+End")
        await page.keyboard.type("wen: x\n")
        await expect(page.locator("#preview")).to_contain_text("there is no key")
        await expect(page.locator(".cm-lint-marker-error")).to_be_visible()
        await expect(page.locator("#open-publish")).to_be_disabled()
        await page.keyboard.press("Control+z")
        await page.evaluate("ruleEditor.replaceText(ruleEditor.text().replace(/wen: x\\n*/, ''))")
        await page.evaluate(
            "ruleEditor.replaceText(ruleEditor.text().replace('flood ~0, floods ~0', 'high water, boat ~0'))"
        )
        # The example still speaks of a flood: it is red, and publishing waits for it.
        await expect(page.locator(".examples .bad").first).to_be_visible()
        await page.evaluate(
            "ruleEditor.replaceText(ruleEditor.text().replace('\"Flood in Aktobe\"', '\"High water\"'))"
        )
        await expect(page.locator(".change.plus").first).to_contain_text("High water in Atyrau")
        await expect(page.locator(".change.minus").first).to_contain_text("lood")
        assert await page.locator(".change.plus mark").count() >= 1
        await page.locator("#open-publish").click()
        await page.get_by_label("Why?").fill("people say high water")
        await page.locator("#publish-go").click()
        await page.wait_for_url("**/rules/floods?note=Published.")
        house.room.publish(Story("High water in Uralsk", "The dam holds."), Story("Another flood, in Almaty"))
        await house.room.later(hours=1)
        told = house.room.telegram.texts()[alerts:]
        assert len(told) == 1
        assert "High water in Uralsk" in told[0]
        await page.get_by_role("link", name="History").click()
        await expect(page.locator(".diff .plus").first).to_contain_text("high water")
        await page.get_by_role("link", name="Version 1", exact=True).click()
        await page.get_by_role("button", name="Roll back to version 1").click()
        await expect(page.get_by_text("Rolled back.")).to_be_visible()
        assert not window.complaints

    def standing(tx: Session) -> list[tuple[int, str]]:
        topic = rulebook.find_topic(tx, "floods")
        assert topic is not None
        return [(one.number, one.author) for one in versions.history(tx, topic)]

    assert await house.db.read(standing) == [(3, "anna"), (2, "anna"), (1, "file")]


async def test_what_was_typed_survives_a_closed_tab(house: House) -> None:
    await furnish(house)
    async with opened_window(house) as window:
        page = window.page
        await window.sign_in(await house.link("editor", "anna"))
        await window.go("/rules/floods")
        await page.evaluate("ruleEditor.replaceText(ruleEditor.text() + '# a thought\\n')")
        await expect(page.locator("#saved")).to_have_text("draft saved")
        await window.go("/rules/floods")
        await expect(page.locator(".cm-content")).to_contain_text("a thought")
        assert not window.complaints


async def test_two_editors_of_one_draft_are_told_of_each_other(house: House) -> None:
    await furnish(house)
    boris = await house.signed_in("editor", "boris")
    async with opened_window(house) as window:
        page = window.page
        await window.sign_in(await house.link("editor", "anna"))
        await window.go("/rules/floods")
        saved = await boris.post("/rules/floods/draft", text="topic: floods\n", revision=0, based_on=1)
        assert saved.status_code == 200
        await page.evaluate("ruleEditor.replaceText(ruleEditor.text() + '# mine\\n')")
        await expect(page.locator("#conflict")).to_contain_text("boris saved this draft meanwhile")
        await page.get_by_role("button", name="Keep mine").click()
        await expect(page.locator("#saved")).to_have_text("draft saved")
        assert [said for said in window.complaints if "409" not in said] == []


async def test_the_form_writes_the_same_text(house: House) -> None:
    await furnish(house)
    async with opened_window(house) as window:
        page = window.page
        await window.sign_in(await house.link("editor", "anna"))
        await window.go("/rules/floods")
        await page.get_by_role("button", name="As a form").click()
        await page.locator("textarea[name='concept.flood.ru']").fill("наводнение\nпаводок")
        await expect(page.locator(".cm-content")).to_contain_text("ru: [наводнение, паводок]")
        assert "ru: Наводнения" in str(await page.evaluate("ruleEditor.text()"))
        assert not window.complaints


async def test_an_admins_morning(house: House, tmp_path: Path) -> None:
    await furnish(house)
    async with opened_window(house) as window:
        page = window.page
        await window.sign_in(await house.link("admin", "olga"))
        await expect(page.get_by_role("heading", name="Today")).to_be_visible()
        await expect(page.locator("#today")).to_contain_text("Flood in Aktobe")
        await page.keyboard.press("g")
        await page.keyboard.press("s")
        await page.wait_for_url("**/sources")
        await page.get_by_role("link", name="Paper").click()
        await page.get_by_role("button", name="Pause").click()
        await expect(page.get_by_text("paused").first).to_be_visible()
        await page.get_by_role("button", name="Resume").click()
        await page.get_by_role("navigation", name="Main").get_by_role("link", name="Operations").click()
        await page.get_by_role("link", name="Subscribers").click()
        assert "17" not in [cell.strip() for cell in await page.locator("td").all_inner_texts()], "a chat id is shown"
        await page.get_by_role("button", name="Reveal").first.click()
        await expect(page.locator("td .mono").first).to_have_text("17")
        await page.get_by_role("link", name="Changes").click()
        for words in ("reveal chat", "paused source", "active source", "sign in"):
            await expect(page.locator("tbody")).to_contain_text(words)
        async with page.expect_download() as download:
            await page.get_by_role("button", name="Take a backup").click()
        target = tmp_path / "copy.sqlite3"
        await (await download.value).save_as(target)
        assert sqlite3.connect(target).execute("SELECT count(*) FROM item").fetchone()[0] == 5
        assert not window.complaints


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
async def test_every_page_passes_axe_and_complains_of_nothing(house: House, look: str) -> None:
    await furnish(house)
    wrong: list[str] = []
    async with opened_window(house, size="phone" if look == "phone" else "desk", dark=look == "dark") as window:
        await window.go("/sign-in")
        wrong += [f"/sign-in: {one}" for one in await window.violations()]
        await window.sign_in(await house.link())
        for place in PLACES:
            await window.go(place)
            wrong += [f"{place}: {one}" for one in await window.violations()]
            wide = await window.page.evaluate("document.documentElement.scrollWidth - innerWidth")
            if look == "phone" and wide > 1:
                wrong.append(f"{place}: {wide} px too wide for a phone")
        assert not window.complaints
    assert not wrong, "\n".join(wrong)


async def test_words_of_a_hostile_feed_are_text_everywhere(house: House) -> None:
    await furnish(house)

    def poison(tx: Session) -> None:
        # Feeds are cleaned on the way in; here nothing is, so that the pages stand alone.
        for row in tx.exec(select(ItemRow)):
            row.title = NASTY
        for text in tx.exec(select(TextRow)):
            text.text = f"flood {NASTY} " * 3
        source = tx.get_one(SourceRow, 1)
        source.name, source.fault, source.fault_detail, source.tags = NASTY, NASTY, NASTY, [NASTY]
        tx.get_one(SubscriberRow, 1).state_note = NASTY
        topic = rulebook.find_topic(tx, "floods")
        assert topic is not None
        topic.titles = {"en": NASTY}
        audit.record(tx, who=NASTY, action=NASTY, subject=NASTY, before={NASTY: NASTY}, now=house.room.now())
        for message in tx.exec(select(OutboxRow)):
            message.note = NASTY

    await house.db.write(poison)
    async with opened_window(house) as window:
        await window.sign_in(await house.link(name=NASTY[:40]))
        for place in PLACES:
            await window.go(place)
            assert await window.page.locator("main script, main img[onerror], main img[src=x]").count() == 0, place
        await window.go("/items?q=flood")
        await expect(window.page.locator("#list")).to_contain_text('<script>alert("title")</script>')
        assert not window.complaints


def test_the_settings_page_masks_every_secret() -> None:
    assert [name for name, field in Settings.model_fields.items() if "Secret" in str(field.annotation)] == [
        "http_token", "telegram_token",
    ]  # fmt: skip
