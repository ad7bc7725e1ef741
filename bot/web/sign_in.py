"""Coming in and going out: the link that signs in once, by POST; one's sessions; signing out here and everywhere."""

from __future__ import annotations

import secrets

import structlog
from starlette.responses import Response

from bot.texts.phrases import LANGUAGES
from bot.web.door import check_tries, set_cookie
from bot.web.roles import Page, Role
from bot.web.visit import COOKIE, Visit
from storage import audit, sessions
from storage.engine import Session
from storage.sessions import Person

log = structlog.get_logger()

TOKEN_BYTES = 32
LONGEST_TOKEN = 200


def link_of(url: str, token: str) -> str:
    """Return the link that signs in with this token, at the console's address."""
    return f"{url}/sign-in?token={token}"


async def show_link(visit: Visit) -> Response:
    """Show whom a link signs in, and ask for a press: a messenger that looks at links must not use one up."""
    token = visit.asked("token")[:LONGEST_TOKEN]
    check_tries(visit)
    person = await visit.read(lambda tx: sessions.see_link(tx, token, visit.now)) if token else None
    if token and person is None:
        _note_failure(visit)
    status = 200 if person or not token else 404
    return visit.page("sign_in.html", status, token=token, person=person)


async def use_link(visit: Visit) -> Response:
    """Use a link up and open a session."""
    token = visit.form.get("token", "")[:LONGEST_TOKEN]
    check_tries(visit)
    own, now = secrets.token_urlsafe(TOKEN_BYTES), visit.now

    def change(tx: Session) -> Person | None:
        person = sessions.use_link(tx, token, now)
        if person is not None:
            sessions.open_session(tx, own, person, now)
            who = f"subscriber {person.subscriber_id}" if person.subscriber_id else f"editor {person.name}"
            audit.record(tx, who=who, action="sign in", subject="console", after={"role": person.role}, now=now)
        return person

    person = await visit.write(change)
    if person is None:
        _note_failure(visit)
        return visit.page("sign_in.html", 404, token=token, person=None)
    log.info("signed in", role=person.role, subscriber=person.subscriber_id)
    answer = visit.go("/")
    set_cookie(answer, visit.console, own)
    return answer


def _note_failure(visit: Visit) -> None:
    visit.note_failure()
    log.warning("sign-in refused")


async def me(visit: Visit) -> Response:
    """Show one's sessions and choices."""
    assert visit.signed is not None
    person, now = visit.signed.person, visit.now
    rows = await visit.read(lambda tx: sessions.of_person(tx, person, now))
    return visit.page("me.html", rows=rows)


async def sign_out(visit: Visit) -> Response:
    """End this session, another of the same person, or all of them."""
    assert visit.signed is not None
    person, now = visit.signed.person, visit.now
    which = visit.form.get("session", "")
    session_id = int(which) if which.isascii() and which.isdigit() and len(which) < 16 else visit.signed.session_id
    everywhere = which == "all"

    def change(tx: Session) -> int:
        ended = sessions.end(tx, person, now, None if everywhere else session_id)
        if ended:
            subject = "everywhere" if everywhere else f"session {session_id}"
            audit.record(tx, who=visit.who, action="sign out", subject=subject, now=now)
        return ended

    await visit.write(change)
    if not everywhere and session_id != visit.signed.session_id:
        return visit.go("/me")
    answer = visit.go("/sign-in")
    answer.delete_cookie(COOKIE, path="/")
    return answer


async def choose(visit: Visit) -> Response:
    """Let this session's pages be in another language."""
    assert visit.signed is not None
    session_id, language = visit.signed.session_id, visit.form.get("language", "")
    if language in LANGUAGES:
        await visit.write(lambda tx: sessions.choose_language(tx, session_id, language))
    return visit.go("/me")


PAGES = (
    Page("GET", "/sign-in", Role.ANYBODY, show_link),
    Page("POST", "/sign-in", Role.ANYBODY, use_link),
    Page("GET", "/me", Role.READER, me),
    Page("POST", "/me/sign-out", Role.READER, sign_out),
    Page("POST", "/me/language", Role.READER, choose),
)
