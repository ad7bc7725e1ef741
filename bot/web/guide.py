"""The same rule as a form, for people who do not write YAML: it shows what the text says and writes the same text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import JSONResponse, Response

from bot.web.editor import typed_text
from bot.web.roles import Page, Role
from bot.web.switching import flow, scalar, values_of, whole_of, with_key, with_terms
from bot.web.visit import Visit
from rules.reading import outline

LANGUAGES = ("en", "ru", "be", "uk", "kk", "also")
NARROWING = ("never", "except", "without")
_NAME = re.compile(r"[^\W\d_][\w-]{0,40}")


@dataclass(frozen=True, slots=True)
class Terms:
    """What stands under one key of a concept."""

    key: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GuideConcept:
    """A concept as a form shows it."""

    name: str
    terms: tuple[Terms, ...]


@dataclass(frozen=True, slots=True)
class Guide:
    """A rule as a form shows it; examples that are more than a title are counted and stay as they are."""

    titles: tuple[tuple[str, str], ...]
    concepts: tuple[GuideConcept, ...]
    when: str
    match: tuple[str, ...]
    ignore: tuple[str, ...]
    others: int


def read_guide(text: str) -> Guide | None:
    """Return a text as a form, None where it can't be read."""
    whole = whole_of(text)
    if whole is None:
        return None
    title, concepts, examples = whole.get("title"), whole.get("concepts"), whole.get("examples")
    titles = [(code, "") for code in LANGUAGES[:-1]]
    if isinstance(title, outline.Map):
        said = {key.value: value.value for key, value in title.pairs if isinstance(value, outline.Scalar)}
        titles = [(code, said.get(code, "")) for code in dict.fromkeys((*LANGUAGES[:-1], *said))]
    elif isinstance(title, outline.Scalar):
        titles[0] = ("en", title.value)
    pairs = concepts.pairs if isinstance(concepts, outline.Map) else ()
    made = tuple(GuideConcept(name.value, _terms(thing)) for name, thing in pairs if isinstance(thing, outline.Map))
    when = whole.get("when")
    match, ignore = (_of(examples, key) for key in ("match", "ignore"))
    others = sum(not isinstance(one, outline.Scalar) for one in (*match, *ignore))
    return Guide(
        tuple(titles), made, when.value.strip() if isinstance(when, outline.Scalar) else "", _titles(match),
        _titles(ignore), others,
    )  # fmt: skip


def _terms(thing: outline.Map) -> tuple[Terms, ...]:
    said = {key.value: tuple(values_of(value)) for key, value in thing.pairs}
    keys = dict.fromkeys((*LANGUAGES, *(key for key in said if key != "as"), *NARROWING))
    return tuple(Terms(key, said.get(key, ())) for key in keys if key in said or key in LANGUAGES)


def _of(examples: outline.Thing | None, key: str) -> Sequence[outline.Thing]:
    listed = examples.get(key) if isinstance(examples, outline.Map) else None
    return listed.items if isinstance(listed, outline.List) else ()


def _titles(things: Sequence[outline.Thing]) -> tuple[str, ...]:
    return tuple(one.value for one in things if isinstance(one, outline.Scalar))


async def show(visit: Visit) -> Response:
    """Show the text as typed as a form."""
    return visit.page("guide.html", guide=read_guide(typed_text(visit)), slug=visit.path("slug"))


async def write(visit: Visit) -> Response:
    """Return the text with what the form says."""
    text = typed_text(visit)
    guide = read_guide(text)
    if guide is None:
        return JSONResponse({"message": "the text has to be in order first"}, 422)
    return JSONResponse({"text": written(text, guide, visit)})


def written(text: str, guide: Guide, visit: Visit) -> str:
    """Return the text with the fields that differ from what it says written anew."""
    form = visit.form
    titles = {code: form.get(f"title.{code}", said).strip() for code, said in guide.titles}
    if titles != dict(guide.titles):
        said = ", ".join(f"{code}: {scalar(words)}" for code, words in titles.items() if words)
        text = with_key(text, "title", [f"title: {{{said}}}"]) or text
    for concept in guide.concepts:
        for terms in concept.terms:
            field = form.get(f"concept.{concept.name}.{terms.key}")
            words = _lines(field) if field is not None else terms.words
            if words != terms.words:
                text = with_terms(text, concept.name, terms.key, words) or text
    when = form.get("when", guide.when).strip()
    if when and when != guide.when:
        text = with_key(text, "when", ["when: |", *(f"  {line.strip()}" for line in when.splitlines())]) or text
    return _with_concept(_with_examples(text, guide, visit), guide, visit)


def _with_concept(text: str, guide: Guide, visit: Visit) -> str:
    name, words = visit.form.get("new.name", "").strip(), _lines(visit.form.get("new.words", ""))
    language = visit.form.get("new.language", "en")
    if not _NAME.fullmatch(name) or not words or language not in LANGUAGES:
        return text
    if any(concept.name == name for concept in guide.concepts):
        return with_terms(text, name, language, words) or text
    whole = whole_of(text)
    concepts = whole.get("concepts") if whole else None
    added = [f"{name}:", f"  {language}: {flow(words)}"]
    if not isinstance(concepts, outline.Map) or not concepts.pairs:
        return with_key(text, "concepts", ["concepts:", *(f"  {line}" for line in added)]) or text
    last = concepts.pairs[-1][0]
    lines = text.splitlines(keepends=True)
    end = last.place.line
    column = last.place.column - 1
    while end < len(lines) and (not lines[end].strip() or len(lines[end]) - len(lines[end].lstrip(" ")) > column):
        end += 1
    while end > last.place.line and not lines[end - 1].strip():
        end -= 1
    lines[end - 1] = lines[end - 1].rstrip("\n") + "\n"
    return "".join([*lines[:end], *(f"{' ' * column}{line}\n" for line in added), *lines[end:]])


def _with_examples(text: str, guide: Guide, visit: Visit) -> str:
    match = _lines(visit.form.get("match", "\n".join(guide.match)))
    ignore = _lines(visit.form.get("ignore", "\n".join(guide.ignore)))
    # Examples with a text of their own are more than a line: then the editor is the place to change them.
    if guide.others or (match == guide.match and ignore == guide.ignore):
        return text
    lines = ["examples:"]
    for key, titles in (("match", match), ("ignore", ignore)):
        if titles:
            lines += [f"  {key}:", *(f"    - {scalar(title)}" for title in titles)]
    return with_key(text, "examples", lines if len(lines) > 1 else []) or text


def _lines(field: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line.strip() for line in field.splitlines() if line.strip()))


PAGES = (
    Page("POST", "/rules/{slug}/guide", Role.EDITOR, show),
    Page("POST", "/rules/{slug}/guide/write", Role.EDITOR, write),
)
