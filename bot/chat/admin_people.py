"""Who is an admin: invitations by a link that works once, the list, and taking the role away."""

from __future__ import annotations

import re

from bot.actions import subscribe
from bot.chat import visit as visits
from bot.chat.texts import Html, lines
from bot.chat.updates import Ask, Wish
from bot.chat.visit import Answer, Buttons, Reply, Visit, find_person, says
from bot.delivery.admin_words import bare, count, moment, say
from storage import admins, audit, invites, outbox
from storage.engine import Session
from storage.tables import OutboxKind, SubscriberRow, SubscriberState

PREFIX = "admin-"
_INVITATION = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{20,58}}", re.ASCII)
_REMOVE = re.compile(r"(?:remove|dismiss|delete)\s+(?:number\s+)?#?(\d{1,12})", re.ASCII | re.IGNORECASE)
BUTTONS_AT_MOST = 20


def is_invitation(ask: Ask) -> bool:
    """Say whether somebody comes by the link of an invitation."""
    return ask.wish is Wish.COMMAND and ask.command == "start" and ask.argument.startswith(PREFIX)


def join(tx: Session, visit: Visit) -> SubscriberRow:
    """Return the row of an admin's chat, made where there was none."""
    return visits.join(tx, visit)


def invite(tx: Session, visit: Visit, person: SubscriberRow) -> Answer:
    """Make a link that lets one person become an admin, once, within a day."""
    language = person.language
    if not visit.ask.private:
        return says(Html(say("invite private", language)), person=person)
    token = PREFIX + visit.token()
    row = invites.make(tx, token, person.id or 0, visit.now)
    if row is None:
        return says(Html(say("invite many", language, number=invites.OPEN_AT_MOST)), person=person)
    _record(tx, visit, person, "invited an admin", "invitation")
    until = moment(row.expires_at, person.zone, language)
    link = f"https://t.me/{visit.bot_name}?start={token}"
    return says(Html(say("invite", language, until=until, link=link)), person=person)


def accept(tx: Session, visit: Visit) -> Answer:
    """Let who comes by a good invitation be an admin; a spent one is said to be spent."""
    ask = visit.ask
    known = find_person(tx, visit)
    language = known.language if known else ask.language
    if not ask.private:
        return says(Html(say("invite alone", language)), person=known)
    if known is not None and admins.is_admin(known, visit.admins, ask.chat_id):
        return says(Html(say("invited already", language)), person=known)
    good = _INVITATION.fullmatch(ask.argument) is not None
    used = invites.use(tx, ask.argument, visit.now) if good else None
    if used is None:
        return says(Html(say("invite spent", language)), person=known)
    person = visits.join(tx, visit)
    admins.make_admin(tx, person, visit.now)
    _record(tx, visit, person, "became admin", f"subscriber {person.id}", by=used.made_by)
    _tell_inviter(tx, visit, used.made_by, person)
    minute = admins.report_of(tx, person, visit.now).minute or 0
    time = f"{minute // 60:02}:{minute % 60:02}"
    welcome = say("invited", person.language, number=person.id, time=time)
    return says(lines(welcome, say("help", person.language)), person=person)


def _tell_inviter(tx: Session, visit: Visit, made_by: int | None, person: SubscriberRow) -> None:
    inviter = tx.get(SubscriberRow, made_by) if made_by else None
    if inviter is None or inviter.state != SubscriberState.ACTIVE.value:
        return
    said = say("invite used", inviter.language, number=person.id)
    outbox.put(
        tx, chat_id=inviter.chat_id, kind=OutboxKind.NOTICE, text=said, now=visit.now, subscriber_id=inviter.id,
    )  # fmt: skip


def listed(tx: Session, visit: Visit, person: SubscriberRow) -> Answer:
    """Show the admins by their local numbers, or take the role from one of them."""
    words = visit.ask.argument.strip()
    found = _REMOVE.fullmatch(words)
    if found is not None:
        said, _ = _remove(tx, visit, person, int(found[1]))
        return says(Html(said), person=person)
    return says(_list(tx, visit, person), person=person)


def remove_press(tx: Session, visit: Visit, person: SubscriberRow, found: re.Match[str]) -> Answer:
    """Take the role from the admin of this number."""
    said, still = _remove(tx, visit, person, int(found[1]))
    shown = _list(tx, visit, person) if still else Reply(Html(say("admin ended", person.language)))
    return Answer(toast=_plain(said), rewritten=shown, about="admin removed", subscriber_id=person.id)


def withdraw(tx: Session, visit: Visit, person: SubscriberRow, _: re.Match[str]) -> Answer:
    """End all open invitations."""
    number = invites.withdraw(tx, visit.now)
    if number:
        _record(tx, visit, person, "withdrew invitations", "invitation", count=number)
    toast = _plain(count("admin withdrawn", person.language, number))
    shown = _list(tx, visit, person)
    return Answer(toast=toast, rewritten=shown, about="invitations withdrawn", subscriber_id=person.id)


def _remove(tx: Session, visit: Visit, person: SubscriberRow, number: int) -> tuple[str, bool]:
    """Return what came of it, and whether the one who asked is an admin still."""
    language = person.language
    other = next((one for one in admins.listed(tx, visit.admins) if one.id == number), None)
    if other is None:
        return say("admin unknown", language, number=number), True
    if other.chat_id in visit.admins:
        return say("admin fixed", language, number=number), True
    admins.dismiss(tx, other)
    _record(tx, visit, person, "removed admin", f"subscriber {number}")
    if other.id != person.id and other.state == SubscriberState.ACTIVE.value:
        said = say("admin ended", other.language)
        outbox.put(
            tx, chat_id=other.chat_id, kind=OutboxKind.NOTICE, text=said, now=visit.now, subscriber_id=other.id,
        )  # fmt: skip
    return say("admin removed", language, number=number), other.id != person.id


def _list(tx: Session, visit: Visit, person: SubscriberRow) -> Reply:
    language = person.language
    people = admins.listed(tx, visit.admins)
    open_now = len(invites.standing(tx, visit.now))
    said = [say("title", language, words=say("admins", language))]
    said += [_line(one, visit, person) for one in people]
    said.append(count("admin invites", language, open_now) if open_now else "")
    invited = [one for one in people if one.chat_id not in visit.admins][:BUTTONS_AT_MOST]
    said.append(say("admin remove usage", language).replace("NUMBER", "NUMBER") if invited else "")
    rows: list[tuple[tuple[str, str], ...]] = [
        ((bare("admin remove", language, number=one.id), f"A:r:{one.id}"),) for one in invited
    ]
    rows += [((bare("admin withdraw", language), "A:w"),)] if open_now else []
    buttons: Buttons = tuple(rows)
    return Reply(lines(*said), buttons)


def _line(one: SubscriberRow, visit: Visit, person: SubscriberRow) -> str:
    language = person.language
    how = say("admin named" if one.chat_id in visit.admins else "admin invited", language)
    if one.state == SubscriberState.SUSPENDED.value:
        how += say("admin refuses", language)
    if one.state == SubscriberState.STOPPED.value:
        how += say("admin stopped", language)
    you = say("admin you", language) if one.id == person.id else ""
    return say("admin line", language, number=one.id, how=how) + you


def _plain(said: str) -> str:
    return re.sub(r"<[^>]+>", "", said)


def _record(tx: Session, visit: Visit, person: SubscriberRow, action: str, subject: str, **after: int | None) -> None:
    audit.record(tx, who=f"subscriber {person.id}", action=action, subject=subject, after=after, now=visit.now)


def known_number(tx: Session, visit: Visit) -> int:
    """Return the local number of the chat that asks, made where there was none."""
    return subscribe.number(find_person(tx, visit) or visits.join(tx, visit))
