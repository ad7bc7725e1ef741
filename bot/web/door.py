"""Lets requests in: finds the session, checks role, origin and form, and answers for what goes wrong on a page."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from urllib.parse import urlsplit

import structlog
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.web.console import Console
from bot.web.fence import host_of
from bot.web.forms import BadForm, read_form
from bot.web.roles import Page, Role, role_named
from bot.web.tries import is_loopback
from bot.web.visit import COOKIE, Visit, csrf_of
from storage import sessions
from storage.sessions import SEEN_EVERY, Person, Signed

log = structlog.get_logger()

SAFE = frozenset({"GET", "HEAD"})
FORWARDED = ("x-forwarded-for", "forwarded", "x-real-ip")


class Refused(Exception):
    """A request is not let in, or what it asks for is not there. `key` names the words for a person."""

    def __init__(self, status: int, key: str) -> None:
        super().__init__(key)
        self.status = status
        self.key = key


def check_tries(visit: Visit) -> None:
    """Raise Refused where this caller tried too many secrets that are none."""
    if not visit.console.tries.allowed(visit.caller, visit.now):
        raise Refused(429, "Too many attempts. Please wait five minutes.")


def routes(console: Console, pages: tuple[Page, ...]) -> APIRouter:
    """Return the routes of these pages; each lets in whom its page names and nobody else."""
    router = APIRouter()
    for page in pages:
        endpoint = partial(_answer, console, page)
        methods = ["GET", "HEAD"] if page.method == "GET" else [page.method]
        router.add_route(page.path, _named(endpoint, page), methods=methods)
    return router


def _named(answer: Callable[[Request], Awaitable[Response]], page: Page) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return await answer(request)

    endpoint.page = page  # type: ignore[attr-defined]
    return endpoint


async def _answer(console: Console, page: Page, request: Request) -> Response:
    visit = Visit(console, request)
    try:
        visit = await _let_in(visit, page)
        return await page.handler(visit)
    except Refused as refused:
        if refused.status == 401 and _sits_here(console, request):
            return await _welcome(console, request)
        return visit.page("refused.html", refused.status, code=refused.status, key=refused.key)
    except BadForm as bad:
        return visit.page("refused.html", bad.status, code=bad.status, key="This form can't be read.")


async def _let_in(visit: Visit, page: Page) -> Visit:
    request = visit.request
    if request.method not in SAFE and not _same_origin(visit.console, request):
        raise Refused(403, "This request did not come from a page of ours.")
    token = request.cookies.get(COOKIE, "")
    signed = await _find(visit, token) if token else None
    if signed is not None:
        role = _role_now(visit.console, signed)
        visit = replace(visit, signed=signed, role=role, csrf=csrf_of(token))
    if visit.role < page.role:
        raise Refused(403 if visit.signed else 401, "You may not do this." if visit.signed else "Please sign in.")
    if request.method in SAFE:
        return visit
    visit = replace(visit, form=await read_form(request))
    if page.role is not Role.ANYBODY:
        sent = request.headers.get("x-csrf") or visit.form.get("csrf", "")
        if not hmac.compare_digest(sent.encode(), visit.csrf.encode()):
            raise Refused(403, "This page is out of date. Load it anew and try again.")
    return visit


async def _find(visit: Visit, token: str) -> Signed | None:
    now = visit.now
    signed = await visit.read(lambda tx: sessions.find(tx, token, now))
    if signed is not None and now - signed.seen_at >= SEEN_EVERY:
        session_id = signed.session_id
        await visit.write(lambda tx: sessions.seen(tx, session_id, now))
    return signed


def _role_now(console: Console, signed: Signed) -> Role:
    """Return what a session may do at this moment: what its link gave, and no more than its subscriber may today."""
    given = role_named(signed.person.role)
    if signed.person.subscriber_id is None:
        return given
    today = Role.ADMIN if signed.chat_id in console.settings.admins else role_named(signed.chosen_role)
    return min(given, today)


def _same_origin(console: Console, request: Request) -> bool:
    """Say whether a change was asked for by a page of ours: by what browsers say and pages can't forge."""
    site = request.headers.get("sec-fetch-site", "")
    if site and site != "same-origin":
        return False
    origin = request.headers.get("origin", "")
    if not origin:
        return True
    asked = urlsplit(origin).netloc.lower()
    return bool(asked) and asked in (request.headers.get("host", "").lower(), host_of(console.settings.http_url))


def _sits_here(console: Console, request: Request) -> bool:
    if not console.open_here or request.method not in SAFE or request.client is None:
        return False
    return is_loopback(request.client.host) and not any(name in request.headers for name in FORWARDED)


async def _welcome(console: Console, request: Request) -> Response:
    """Sign whoever sits at this machine in, and lead them to the page they asked for."""
    token, now = secrets.token_urlsafe(32), console.now()
    person = Person("demo", Role.ADMIN.word)
    await console.db.write(lambda tx: sessions.open_session(tx, token, person, now))
    there = RedirectResponse(request.url.path, 303)
    set_cookie(there, console, token)
    return there


def set_cookie(response: Response, console: Console, token: str) -> None:
    """Let the browser hold a session's token: no script reads it, no other site sends it."""
    response.set_cookie(
        COOKIE, token, max_age=int(sessions.SESSION_ENDS.total_seconds()), httponly=True, samesite="lax",
        secure=console.url.startswith("https:"), path="/",
    )  # fmt: skip
