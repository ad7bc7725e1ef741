"""Who is let in: every page × role × method from the table of routes, links that work once, sessions that end."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from starlette.routing import Route

from bot.web.opening import PAGES
from bot.web.roles import Page, Role
from bot.web.tries import EACH_AT_MOST
from storage import audit
from storage.sessions import IDLE_ENDS, LINK_LIVES
from storage.tables import SubscriberRow
from tests.web.house import HOST, House

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
FILLED = {"name": "console.css", "slug": "floods", "item": "1", "source": "1", "token": "x" * 20, "number": "1"}


def path_of(page: Page) -> str:
    return re.sub(r"\{(\w+)(:\w+)?\}", lambda found: FILLED.get(found[1], "1"), page.path)


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.word)
async def test_every_page_lets_in_whom_it_names_and_nobody_else(house: House, role: Role) -> None:
    browser = house.browser() if role is Role.ANYBODY else (await house.signed_in(role.word)).browser
    wrong = []
    for page_path in sorted({page.path for page in PAGES}):
        known = {page.method: page for page in PAGES if page.path == page_path}
        if "GET" in known:
            known["HEAD"] = known["GET"]
        for method in METHODS:
            page = known.get(method)
            path = path_of(page or next(iter(known.values())))
            status = (await browser.request(method, path)).status_code
            if page is None:
                expected = {405}
            elif role < page.role:
                expected = {401} if role is Role.ANYBODY else {403}
            elif method == "POST" and page.role is not Role.ANYBODY:
                expected = {403}  # without the word that a page of ours sends
            else:
                expected = {200, 303, 404, 422}
            if status not in expected:
                wrong.append(f"{method} {path}: {status}, expected {sorted(expected)}")
    assert not wrong, "\n".join(wrong)


async def test_no_route_is_outside_the_table(house: House) -> None:
    served = {(route.path, method) for route in all_routes(house) for method in route.methods or ()}
    listed = {(page.path, page.method) for page in PAGES} | {
        (page.path, "HEAD") for page in PAGES if page.method == "GET"
    }
    assert served == listed
    assert all(page.method in ("GET", "POST") for page in PAGES)
    assert {page.path for page in PAGES if page.role is Role.ANYBODY} == {
        "/static/{name}", "/sign-in", "/atom/{token}",
    }  # fmt: skip


def all_routes(house: House) -> list[Route]:
    found: list[Route] = []
    left = list(house.web.routes)
    while left:
        route = left.pop()
        if isinstance(route, Route):
            found.append(route)
        else:
            inner = getattr(route, "routes", None) or getattr(getattr(route, "original_router", None), "routes", [])
            left += list(inner)
    return found


async def test_a_link_shows_whom_it_signs_in_and_is_used_up_by_a_press(house: House) -> None:
    token = await house.link("editor", "anna")
    browser = house.browser()
    for _ in range(3):
        seen = await browser.get("/sign-in", params={"token": token})
        assert "anna, editor" in seen.text
    assert (await browser.get("/")).status_code == 401
    assert (await browser.post("/sign-in", data={"token": token})).status_code == 303
    assert (await browser.get("/")).status_code == 200
    again = await house.browser().post("/sign-in", data={"token": token})
    assert again.status_code == 404
    assert "used up" in again.text


async def test_a_link_is_too_old_after_ten_minutes(house: House) -> None:
    token = await house.link()
    house.room.at += LINK_LIVES
    assert (await house.browser().post("/sign-in", data={"token": token})).status_code == 404


@pytest.mark.parametrize(("step", "times"), [(IDLE_ENDS, 1), (IDLE_ENDS * 0.9, 40)], ids=["idle", "old"])
async def test_a_session_ends_by_itself(house: House, step: timedelta, times: int) -> None:
    anna = await house.signed_in()
    for _ in range(times):
        house.room.at += step
        if (await anna.get("/")).status_code != 200:
            break
    assert (await anna.get("/")).status_code == 401


async def test_signing_out_everywhere_ends_all_sessions_and_links(house: House) -> None:
    here, there, other = await house.signed_in(), await house.signed_in(), await house.signed_in(name="boris")
    link = await house.link()
    assert (await here.post("/me/sign-out", session="all")).status_code == 303
    assert [(await one.get("/")).status_code for one in (here, there, other)] == [401, 401, 200]
    assert (await house.browser().post("/sign-in", data={"token": link})).status_code == 404


async def test_one_browser_is_signed_out_from_another_but_never_a_strangers(house: House) -> None:
    here, there, other = await house.signed_in(), await house.signed_in(), await house.signed_in(name="boris")
    numbers = re.findall(r'name="session" value="(\d+)"', (await here.get("/me")).text)
    assert numbers == ["2", "1"], "the newest first, and nobody else's"
    for number in ("2", "3", "4"):
        await here.post("/me/sign-out", session=number)
    assert (await other.get("/")).status_code == 200
    assert (await there.get("/")).status_code == 401


async def test_a_role_taken_away_ends_at_the_next_request(house: House) -> None:
    async def set_role(role: str) -> None:
        await house.db.write(lambda tx: setattr(tx.get_one(SubscriberRow, 1), "role", role))

    await set_role("admin")
    anna = await house.signed_in("admin", "no. 1", subscriber_id=1)
    assert (await anna.get("/rules/floods/measure")).status_code == 200
    await set_role("reader")
    assert (await anna.get("/rules/floods/measure")).status_code == 403
    await set_role("")
    assert (await anna.get("/")).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"},
        {"origin": "null"}, {"origin": "http://127.0.0.1:9999"},
    ],
    ids=str,
)  # fmt: skip
async def test_a_change_asked_for_by_another_site_is_refused(house: House, headers: dict[str, str]) -> None:
    anna = await house.signed_in()
    page = await anna.get("/me")
    csrf = re.search(r'name="csrf" content="([0-9a-f]+)"', page.text)
    assert csrf is not None
    answer = await anna.browser.post("/me/language", data={"language": "ru", "csrf": csrf[1]}, headers=headers)
    assert answer.status_code == 403
    link = await house.link()
    assert (await house.browser().post("/sign-in", data={"token": link}, headers=headers)).status_code == 403


@pytest.mark.parametrize("word", ["", "0" * 64, "ü"])
async def test_a_change_without_the_word_of_our_pages_is_refused(house: House, word: str) -> None:
    anna = await house.signed_in()
    answer = await anna.browser.post("/me/language", data={"language": "ru", "csrf": word})
    assert answer.status_code == 403
    assert 'lang="en"' in (await anna.get("/me")).text


async def test_a_persons_word_is_of_no_use_in_anothers_session(house: House) -> None:
    anna, boris = await house.signed_in(), await house.signed_in(name="boris")
    csrf = re.search(r'name="csrf" content="([0-9a-f]+)"', (await anna.get("/me")).text)
    assert csrf is not None
    assert (await boris.browser.post("/me/language", data={"language": "ru", "csrf": csrf[1]})).status_code == 403


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8787", 200), ("localhost:1", 200), ("[::1]:8787", 200), ("evil.example", 421),
        ("127.0.0.1.evil.example", 421), ("192.168.1.7:8787", 421), ("", 421), ("localhost.evil.example", 421),
        ("x" * 400, 421), ("127.0.0.1:8787@evil.example", 421),
    ],
)  # fmt: skip
async def test_only_our_own_names_are_answered(house: House, host: str, status: int) -> None:
    answer = await house.browser().get("/sign-in", headers={"host": host})
    assert answer.status_code == status
    assert "content-security-policy" in answer.headers


async def test_the_address_of_the_settings_is_a_name_of_ours(newsroom: object, house: House) -> None:
    other = House(house.room, http_url="https://news.example.org")
    assert (await other.browser().get("/sign-in", headers={"host": "news.example.org"})).status_code == 200
    assert (await other.browser().get("/sign-in", headers={"host": "old.example.org"})).status_code == 421


@pytest.mark.parametrize("path", ["/", "/sign-in", "/nothing", "/static/console.css", "/static/nothing", "/me"])
async def test_every_answer_has_the_policy_and_allows_nothing_inline(house: House, path: str) -> None:
    answer = await (await house.signed_in()).get(path)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "on" + "click" not in answer.text.replace("onclick=", "onclick") or path.startswith("/static")
    if "html" in answer.headers.get("content-type", ""):
        assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>", answer.text)
        assert not re.search(r"\sstyle=", answer.text)
        assert not re.search(r'(?:src|href)="(?:https?:)?//', answer.text), "a request to the outside"


async def test_guessing_is_bounded_for_each_address(house: House) -> None:
    stranger, other = house.browser(address="203.0.113.5"), house.browser(address="203.0.113.6")
    stranger.base_url = other.base_url = HOST  # type: ignore[assignment]
    answers = [(await stranger.post("/sign-in", data={"token": f"guess {n}"})).status_code for n in range(15)]
    assert answers == [404] * EACH_AT_MOST + [429] * (15 - EACH_AT_MOST)
    token = await house.link()
    assert (await stranger.post("/sign-in", data={"token": token})).status_code == 429
    assert (await other.post("/sign-in", data={"token": token})).status_code == 303


async def test_the_demo_lets_this_machine_in_and_nobody_else(house: House) -> None:
    demo = House(house.room, open_here=True)
    here = demo.browser()
    first = await here.get("/rules")
    assert first.status_code == 303
    assert (await here.get("/rules")).status_code == 200
    assert (await demo.browser(address="192.168.1.9").get("/rules")).status_code == 401
    assert (await demo.browser().get("/rules", headers={"x-forwarded-for": "1.2.3.4"})).status_code == 401
    assert (await demo.browser().post("/me/language", data={"language": "ru"})).status_code == 401


async def test_signing_in_leaves_a_trace(house: House) -> None:
    await house.signed_in("editor")
    rows = await house.db.read(audit.latest)
    assert [(row.who, row.action) for row in rows][:1] == [("editor anna", "sign in")]


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"\xff\xfe", "application/x-www-form-urlencoded", 400), (b"{}", "application/json", 415),
        (b"a" * 5_000_000, "application/x-www-form-urlencoded", 413),
        (b"&".join(b"a=1" for _ in range(2_000)), "application/x-www-form-urlencoded", 400),
    ],
    ids=["no text", "no form", "too large", "too many"],
)  # fmt: skip
async def test_a_body_that_is_no_form_of_ours_is_refused(house: House, body: bytes, kind: str, status: int) -> None:
    anna = await house.signed_in()
    assert (await anna.browser.post("/me/language", content=body, headers={"content-type": kind})).status_code == status
