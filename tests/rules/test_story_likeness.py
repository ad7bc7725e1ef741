"""Items about one event are alike in every language; look-alikes, surveys and hostile texts are not, or cost little."""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime, timedelta
from subprocess import run

import pytest

from rules.stories.amounts import MOST, amounts
from rules.stories.likeness import Rarity, compare
from rules.stories.placing import Candidate, medoid, place
from rules.stories.sketch import CLUES_MOST, Sketch, bands, from_plain, marks, plain, sketch

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
RARITY = Rarity()
DAM = ("Flood breaks the dam of Tainak above Atyrau", "The flood broke the dam at dawn, governor Serik Shapkenov said.")
FAMILIES = ("Four hundred families flee from flood near Atyrau", "Rescuers took 400 families to schools of Makhambet.")
BOTH = (
    "Dam of Tainak near Atyrau breaks, flood drives 400 families away",
    "The flood broke the dam at dawn, said governor Serik Shapkenov. Rescuers took 400 families to the schools of "
    "Makhambet.",
)


def drawn(told: tuple[str, str], language: str = "en", minutes: float = 0) -> Sketch:
    return sketch(*told, language, AT + timedelta(minutes=minutes))


def odds(a: Sketch, b: Sketch) -> float:
    assert compare(a, b, RARITY).odds == pytest.approx(compare(b, a, RARITY).odds)
    return compare(a, b, RARITY).odds


@pytest.mark.parametrize(
    ("text", "language", "numbers"),
    [
        ("1,5 млн тонн", "ru", ["1500000"]),
        ("1.5 million tonnes", "en", ["1500000"]),
        ("1 500 000 тонна", "kk", ["1500000"]),
        ("1,500,000 tonnes", "en", ["1500000"]),
        ("four hundred families", "en", ["400"]),
        ("четыреста семей", "ru", ["400"]),
        ("чатырыста сем'яў", "be", ["400"]),
        ("чотириста сімей", "uk", ["400"]),
        ("төрт жүз отбасы", "kk", ["400"]),
        ("two hundred and fifty thousand", "en", ["250000"]),
        ("двести пятьдесят тысяч", "ru", ["250000"]),
        ("two million five hundred thousand", "en", ["2500000"]),
        ("twenty-one of them, one survivor", "en", ["21"]),
        ("двадцать один человек, один пропал", "ru", ["21"]),
        ("five and six; seven. Hundred", "en", ["5", "6", "7"]),
        ("17,5 %", "ru", ["17.5%"]),
        ("17.5 percent", "en", ["17.5%"]),
        ("in 2026", "en", []),
    ],
)
def test_a_number_has_one_spelling_in_every_language(text: str, language: str, numbers: list[str]) -> None:
    assert list(amounts(text, language).numbers) == numbers


@pytest.mark.parametrize(
    "text", ["20 ноября", "20 November", "November 20", "20 лістапада", "20 листопада", "20 қараша"]
)
def test_a_day_has_one_spelling_in_every_language(text: str) -> None:
    language = "en" if text.isascii() else "ru"
    assert amounts(text, language).dates == ("11-20",)


@pytest.mark.parametrize(
    ("told", "language"),
    [
        (("Flood in Aktobe: 400 families evacuated", "Mayor Bolat Sarsenov said the water came at night."), "en"),
        (("Наводнение в Актобе: 400 семей эвакуировали", "Вода пришла ночью, сообщил аким Болат Сарсенов."), "ru"),
        (("Паводка ў Актабэ: эвакуявалі 400 сем'яў", "Вада прыйшла ўначы, паведаміў мэр Балат Сарсенаў."), "be"),
        (("Повінь в Актобе: евакуювали 400 сімей", "Вода прийшла вночі, повідомив мер Болат Сарсенов."), "uk"),
        (("Ақтөбедегі су тасқыны: 400 отбасы көшірілді", "Су түнде келді, деді әкім Болат Сәрсенов."), "kk"),
    ],
)  # fmt: skip
def test_a_translation_tells_the_same_and_last_weeks_flood_does_not(told: tuple[str, str], language: str) -> None:
    first = drawn(("Four hundred families flee from flood in Aktobe", "The flood came at night, said Bolat Sarsenov."))
    assert odds(first, drawn(told, language, minutes=30)) > 0.5
    other = drawn(("Sixty families flee from flood in Kostanay", "The flood came on Sunday, said Kanat Iskakov."))
    assert odds(other, drawn(told, language, minutes=30)) < -2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("National Bank sets the dollar at 517.20 tenge", "National Bank sets the dollar at 519.85 tenge"),
        ("Magnitude 4.8 earthquake felt in Almaty", "Magnitude 5.3 earthquake felt in Shymkent"),
        ("Ministers of Kazakhstan and Germany meet in Berlin", "Ministers of Kazakhstan and France meet in Paris"),
    ],
)
def test_the_same_sentence_with_another_number_or_place_is_another_event(one: str, other: str) -> None:
    assert odds(drawn((one, one)), drawn((other, other), minutes=60 * 24)) < 0


def test_an_item_that_tells_both_proves_two_stories_one() -> None:
    candidates = [Candidate(1, 1, True, drawn(DAM)), Candidate(2, 2, True, drawn(FAMILIES, minutes=10))]
    assert odds(candidates[0].sketch, candidates[1].sketch) < 0
    found = place(drawn(BOTH, minutes=20), candidates, RARITY)
    assert {found.story_id, *found.merges} == {1, 2}


@pytest.mark.parametrize(
    ("one", "other", "survey"),
    [
        (
            ("Flood in Aktobe drives 400 families out", "The flood came at night, said mayor Bolat Sarsenov."),
            ("Flood in Oral closes two schools", "Schools 3 and 7 closed in Oral, mayor Abat Shynybekov said."),
            ("Floods in Aktobe and Oral: 400 families flee, two schools closed", "The flood came at night, said mayor "
             "Bolat Sarsenov. In Oral schools 3 and 7 closed, mayor Abat Shynybekov said."),
        ),
        (
            ("Fire at oil depot in Atyrau kills two", "Two workers died in a fire at the depot on Monday."),
            ("Explosion at gas plant near Uralsk injures five", "Five people were hurt on Monday."),
            ("Monday's accidents: fire at Atyrau oil depot kills two, explosion at Uralsk gas plant injures five",
             "Two workers died in a fire at the depot. Five people were hurt at the gas plant."),
        ),
    ],
)  # fmt: skip
def test_a_survey_of_the_day_makes_no_two_events_one(
    one: tuple[str, str], other: tuple[str, str], survey: tuple[str, str]
) -> None:
    candidates = [Candidate(1, 1, True, drawn(one)), Candidate(2, 2, True, drawn(other, minutes=10))]
    assert place(drawn(survey, minutes=20), candidates, RARITY).merges == ()


def test_what_is_like_one_item_but_not_the_core_does_not_join() -> None:
    core, last, new = drawn(DAM), drawn(BOTH, minutes=10), drawn(FAMILIES, minutes=20)
    alone = place(new, [Candidate(2, 2, True, last)], RARITY)
    assert alone.story_id == 2
    chained = place(new, [Candidate(1, 2, True, core), Candidate(2, 2, False, last)], RARITY)
    assert chained.story_id is None


def test_the_core_is_the_item_most_like_all_others() -> None:
    assert medoid([drawn(DAM), drawn(BOTH, minutes=10), drawn(FAMILIES, minutes=20)], RARITY) == 1


def test_an_item_that_stands_in_a_story_never_leaves_it() -> None:
    far = Candidate(1, 7, True, drawn(("Quite another thing happened in Lisbon", "Nobody was there.")))
    assert place(drawn(DAM), [far], RARITY, standing=7).story_id == 7


def test_a_sketch_is_the_same_in_every_process_and_after_being_kept() -> None:
    here = drawn(BOTH)
    assert from_plain(json.loads(json.dumps(plain(here)))) == here
    said = run(
        [sys.executable, "-c", "import sys, json; from datetime import datetime; from rules.stories.sketch import *;"
         "t, x, at = json.loads(sys.argv[1]); s = sketch(t, x, 'en', datetime.fromisoformat(at));"
         "print(sorted(marks(s).values()))", json.dumps([*BOTH, AT.isoformat()])],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(said.stdout) == sorted(marks(here).values())


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("", ""),
        ("a" * 1_000_000, "б" * 1_000_000),
        ("«" * 1_000_000, "1 " * 500_000),
        (" ".join(map(str, range(10_000))), "1:2:3:4." * 10_000),
        ("five hundred " * 50_000, "Nur-Sultan " * 50_000),
        ("\ud800 \x00 flood", "\u202e" * 1_000),
        ("١٢٣ ０１２ ²³", "9" * 400 + "e" * 400 + " 1e309 " + "9," * 400),
    ],
)
def test_whatever_a_feed_says_a_sketch_is_small_and_soon_drawn(title: str, text: str) -> None:
    began_s = time.process_time()
    found = drawn((title, text))
    like = compare(found, drawn(BOTH), RARITY)
    assert time.process_time() - began_s < 5.0  # some milliseconds, where nothing is read to its end
    assert len(found.clues) <= CLUES_MOST
    assert len(marks(found)) <= CLUES_MOST + len(bands(found))
    assert len(amounts(text[:1_000], "en").numbers) <= MOST
    assert -60 < like.odds < 60


def test_titles_of_a_word_or_two_tell_no_event_in_two_languages() -> None:
    """Only the watched word and one more are shared: whoever watches floods would see all junk about them as one."""
    one = sketch("Flood & evil 🇰🇿 " + "Ы" * 300, "flood text & x", "ru", AT, ["floods/flood"])
    other = sketch("FLOOD /forget", "@everyone flood t.me/evil http://evil.example", "en", AT, ["floods/flood"])
    assert place(other, [Candidate(1, 1, True, one)], RARITY).story_id is None
