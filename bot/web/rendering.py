"""Makes pages of templates: every value is escaped, every word goes through the catalogs, every time stands on the
reader's clock."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from bot.delivery.text import link
from bot.texts import figures
from bot.texts.phrases import LANGUAGES
from bot.web import texts
from bot.web.assets import address
from bot.web.icons import icon
from bot.web.roles import Role
from bot.web.sparks import spark
from bot.web.texts import NOTES, TROUBLE_WORDS

if TYPE_CHECKING:
    from bot.web.visit import Visit

HERE = Path(__file__).parent
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@cache
def _templates() -> Environment:
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, auto_reload=False,
    )  # fmt: skip
    made.globals |= {"asset": address, "icon": icon, "Role": Role, "languages": LANGUAGES, "notes": NOTES}
    made.globals |= {"trouble_words": TROUBLE_WORDS, "spark": spark}
    made.filters |= {
        "outward": outward,
        "tojson": as_json,
        "urlquery": lambda values: urlencode({k: v for k, v in values.items() if v}),
    }
    return made


def render(visit: Visit, template: str, values: Mapping[str, Any]) -> str:
    """Return a template with these values, for the one who asks."""
    words = Words(visit.language, visit.zone, visit.now)
    nonce = visit.request.scope.get("state", {}).get("nonce", "")
    return _templates().get_template(template).render(
        visit=visit, nonce=nonce, w=words, _=words.say, n_=words.count, number=words.number, moment=words.moment,
        ago=words.ago, on_day=words.day, percent=words.percent, **values,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Words:
    """Words, numbers and times as one reader wants them."""

    language: str
    zone: str
    now: datetime

    def say(self, words: str, **values: object) -> str:
        """Return a phrase."""
        return texts.say(words, self.language, **values)

    def count(self, one: str, several: str, number: int) -> str:
        """Return the phrase for this many; {count} is the number as people write it."""
        return texts.count(one, several, number, self.language, count=self.number(number))

    def number(self, value: float) -> str:
        """Return a number with the separators of the language."""
        return figures.number(value, self.language)

    def percent(self, value: float) -> str:
        """Return a share between 0 and 1."""
        return figures.share(value, self.language)

    def day(self, at: date, *, weekday: bool = False) -> str:
        """Return a day in words."""
        return figures.day(at, self.language, weekday=weekday)

    def moment(self, at: datetime | None) -> Markup:
        """Return a time as an element that says when it was, "–" for none."""
        if at is None:
            return Markup("–")
        local, suffix = figures.on_the_clock(at, self.zone)
        today = figures.on_the_clock(self.now, self.zone)[0].date()
        if local.date() == today:
            said = figures.hour(at, self.zone, self.language)
        elif local.year == today.year:
            said = f"{figures.day(local.date(), self.language)}, {local:%H:%M}{suffix}"
        else:
            said = figures.moment(at, self.zone, self.language)
        full = figures.moment(at, self.zone, self.language)
        return Markup('<time datetime="{}" title="{}">{}</time>').format(at.isoformat(), full, said)

    def ago(self, at: datetime | None) -> Markup:
        """Return how long ago a time was, as an element that says when; "–" for none."""
        if at is None:
            return Markup("–")
        full = figures.moment(at, self.zone, self.language)
        return Markup('<time datetime="{}" title="{}">{}</time>').format(
            at.isoformat(), full, self._length(self.now - at)
        )

    def _length(self, length: timedelta) -> str:
        if length < MINUTE:
            return self.say("just now") if length > -MINUTE else self.say("soon")
        if length < HOUR:
            return self.count("{count} min ago", "{count} min ago", length // MINUTE)
        if length < 2 * DAY:
            return self.count("{count} h ago", "{count} h ago", length // HOUR)
        return self.count("{count} day ago", "{count} days ago", length // DAY)


def outward(at: str) -> str:
    """Return an address that a page may link to, "" for one that is no web address."""
    return link(at)


def as_json(value: Any) -> Markup:
    """Return a value as JSON that can stand inside an element or an attribute."""
    said = json.dumps(value, ensure_ascii=False, default=str)
    for sign, written in (("&", "\\u0026"), ("<", "\\u003c"), (">", "\\u003e"), ("'", "\\u0027")):
        said = said.replace(sign, written)
    return Markup(escape(said))
