"""The other script: how a Cyrillic word is spelt in Latin letters in the usual schemes, and a Latin name in Cyrillic.

A scheme is a table from letters to letters; the longest key wins. `^` before a key holds at the start of a word and
after a vowel, ь or ъ. Diacritics are left out of the tables: folding drops them, so ISO 9 and scholarly spellings
with and without them are one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from types import MappingProxyType

from rules.words.folding import divided

_AFTER_VOWEL = re.compile("[аеёиоуыэюяіїєәөұүўьъ'’]$")


@dataclass(frozen=True)
class Scheme:
    """One way to spell Cyrillic in Latin letters. `name` is what the editor reads as a form's origin.

    `names_only`: the spelling of another country's papers, which have our names in it and none of our words.
    """

    name: str
    table: Mapping[str, str] = field(hash=False)
    names_only: bool = False

    @cached_property
    def _keys(self) -> re.Pattern[str]:
        letters = {key.removeprefix("^") for key in self.table}
        return re.compile("|".join(sorted(map(re.escape, letters), key=len, reverse=True)))

    @cached_property
    def _by_letter(self) -> dict[int, str] | None:
        """The table for `str.translate` (20 times faster), where no key has two letters or depends on its place."""
        return str.maketrans(dict(self.table)) if all(len(key) == 1 for key in self.table) else None

    def spell(self, word: str) -> str:
        """Return the lower-case `word` in this scheme; letters the scheme does not know stay as they are."""
        if self._by_letter is not None:
            return word.translate(self._by_letter)

        def letter(found: re.Match[str]) -> str:
            key = found.group()
            initial = found.start() == 0 or _AFTER_VOWEL.search(word[: found.start()]) is not None
            return self.table.get("^" + key, self.table.get(key, key)) if initial else self.table.get(key, key)

        return self._keys.sub(letter, word)

    def spell_each(self, words: Sequence[str]) -> list[str]:
        """Return what `spell` returns for each word, quickly for words that begin alike."""
        if self._by_letter is None:
            return list(map(self.spell, words))
        stem, rests = divided(words)
        begun = self.spell(stem)
        return [begun + rest for rest in _spelt(self, rests)]


# Words of one declension go on in the same ways, so few are different.
@lru_cache(maxsize=4_000)
def _spelt(scheme: Scheme, rests: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(scheme.spell, rests))


def _letters(pairs: str) -> dict[str, str]:
    """Read "а a б b": keys and values in turn; `-` for nothing."""
    words = pairs.split()
    return {a: "" if b == "-" else b for a, b in zip(words[::2], words[1::2], strict=True)}


_COMMON = _letters(
    "а a б b в v г g д d е e ё e ж zh з z и i й y к k л l м m н n о o п p р r с s т t у u ф f х kh ц ts ч ch ш sh"
)
_COMMON |= _letters(
    "ч ch ш sh щ shch ъ - ы y ь - э e ю yu я ya ў u і i ї i є ie ґ g ә a ғ g қ q ң n ө o ұ u ү u һ h ' - ’ - ʼ -"
)


def _scheme(name: str, *tables: str) -> Scheme:
    table = dict(_COMMON)
    for pairs in tables:
        table |= _letters(pairs)
    return Scheme(name, MappingProxyType(table), names_only=name.endswith(" spelling"))


_SCHOLAR = "ж z й j х h ц c ч c ш s щ sc ю ju я ja є je"
_DUTCH = "у oe ж zj х ch ч tsj ш sj щ sjtsj й j ю joe я ja ы y ў oe"
_NORDIC = "ж zj х kh ч tj ш sj щ sjtj й j ю ju я ja ы y"
_GERMAN = "в w ж sch з s й j х ch ц z ч tsch ш sch щ schtsch ы y ю ju я ja ^е je"
_FRENCH = "у u ж j й i х kh ц ts ч tch ш ch щ chtch у ou ў ou ю iou я ia ^е ie"
_POLISH = "в w ж z й j х ch ц c ч cz ш sz щ szcz ю iu ^ю ju я ia ^я ja ў u ле le ля la лю lu"
_TURKISH = "ж j х h ц ts ч c ш s щ sc й y ю yu я ya ы i ^е ye"

_RUSSIAN = (
    _scheme("Latin, English", "^е ye"),
    _scheme("Latin, plain e"),
    _scheme("Latin, ё as yo", "ё yo"),
    _scheme("Latin, h for х", "х h"),
    _scheme("Latin, passport", "й i ю iu я ia ъ ie"),
    _scheme("Latin, scholarly", _SCHOLAR),
    _scheme("Latin, scholarly ch", _SCHOLAR, "х ch"),
    _scheme("Latin, scholarly je", _SCHOLAR, "^е je"),
    _scheme("Latin, j for й", "й j ю ju я ja х h"),
    _scheme("Latin, endings in y", "ий y ый y"),
    _scheme("Latin, endings in i", "ий i ый y"),
    _scheme("German spelling", _GERMAN),
    _scheme("French spelling", _FRENCH),
    _scheme("Polish spelling", _POLISH, "е ie ^е je ше sze че cze же ze це ce ще szcze"),
    _scheme("Turkish spelling", _TURKISH),
    _scheme("Dutch spelling", _DUTCH),
    _scheme("Nordic spelling", _NORDIC),
)
_BELARUSIAN = (
    _scheme("Latin, English", "г h ё io ^ё yo е ie ^е ye ю iu ^ю yu я ia ^я ya"),
    _scheme("Latin, plain e", "г h"),
    _scheme("Latin, g and h", "г g х h"),
    _scheme("Latin, Lacinka", _SCHOLAR, "г h х ch ё io ^ё jo е ie ^е je ю iu ^ю ju я ia ^я ja ле le ля la лё lo"),
    _scheme("Latin, scholarly", "г h х x", "ж z й j ц c ч c ш s ё e ю ju я ja"),
    _scheme("German spelling", _GERMAN, "г h"),
    _scheme("French spelling", _FRENCH, "г h"),
    _scheme("Turkish spelling", _TURKISH, "г h"),
    _scheme("Nordic spelling", _NORDIC, "г h"),
    _scheme("Polish spelling", _POLISH, "г h е ie ^е je"),
)
_UKRAINIAN = (
    _scheme("Latin, English", "г h и y ^є ye ^ї yi ^ю yu ю iu ^я ya я ia й i ^й y"),
    _scheme("Latin, g for г", "и y"),
    _scheme("Latin, i for и", "г h"),
    _scheme("Latin, scholarly", _SCHOLAR, "г h и y х x ї ji"),
    _scheme("German spelling", _GERMAN, "г h и y є je"),
    _scheme("French spelling", _FRENCH, "г h и y"),
    _scheme("Polish spelling", _POLISH, "г h и y є ie ^є je ї ji"),
)
_KAZAKH_PRESS = (
    _scheme("kk Latin 2021", "ж j и i й i х h у u ы y ш s ч c ц ts щ s ю iu я ia"),
    _scheme("kk Latin 2018", "ж j и i й i х h у y ы y ш sh ч ch ц ts ю iy я ia"),
    _scheme("kk Latin, y for й", "ж j и i й y х h у u ы y ш sh ч ch ю yu я ya"),
)
_KAZAKH = (
    *_KAZAKH_PRESS,
    _scheme("kk Latin 2018, u for у", "ж j и i й i х h у u ы y ш sh ч ch ю iu я ia"),
    _scheme("kk Latin 2017", "ж j и i й i х h у y ы y ш s ч c ц ts ю iy я ia"),
    _scheme("kk Latin, common", "ж j и i й i х h у u ы i ш s ч c ю iu я ia"),
    _scheme("kk Latin, w for у", "ж j и i й y х h у w ы i ш s ч c ю yu я ya"),
    _scheme("kk Latin, English", "ғ gh ң ng у u ж zh и i й y х kh"),
    _scheme("kk Latin, English k", "қ k ғ g ң ng у u ж zh и i й y х kh ^е ye"),
    _scheme("kk Latin, English gh", "қ k ғ gh ң ng у u ж zh и i й y х kh ^е ye"),
)
_SCHEMES: Mapping[str, tuple[Scheme, ...]] = MappingProxyType(
    {
        "ru": _RUSSIAN,
        "be": _BELARUSIAN,
        "uk": _UKRAINIAN,
        "kk": _KAZAKH,
        "bg": _RUSSIAN,
        "sr": _RUSSIAN,
        "ky": _KAZAKH,
    }
)

_TO_CYRILLIC = _letters(
    "shch щ sch ш tsch ч szcz щ sz ш cz ч kh х zh ж ch ч sh ш ts ц ya я yu ю ia я iu ю ye е yo ё ja я ju ю je е jo ё"
    " a а b б c к d д e е f ф g г h х i и j й k к l л m м n н o о p п q к r р s с t т u у v в w в x кс y ы z з"
)
_FROM_POLISH = "ch х ł л c ц w в ć ч ś с ż ж ź з ń н ó у ę е ą о"
_FROM_LATIN: Mapping[str, Scheme] = MappingProxyType(
    {
        "en": Scheme("Cyrillic, from English", MappingProxyType(_TO_CYRILLIC)),
        "pl": Scheme(
            "Cyrillic, from Polish",
            MappingProxyType(_TO_CYRILLIC | _letters(_FROM_POLISH)),
        ),
        "de": Scheme("Cyrillic, from German", MappingProxyType(_TO_CYRILLIC | _letters("ch х z ц w в j й"))),
        "fr": Scheme("Cyrillic, from French", MappingProxyType(_TO_CYRILLIC | _letters("ch ш tch ч ou у j ж"))),
    }
)


_WITHOUT_KAZAKH_LETTERS: Mapping[int, int] = MappingProxyType(str.maketrans("әғқңөұүһі", "агкноуухи"))


def latin_spellings(word: str, language: str, *, name: bool = True) -> Iterator[tuple[str, str]]:
    """Yield (spelling, scheme's name) of a lower-case Cyrillic word of `language`, the commonest scheme first.

    A word that is no `name` is not spelt the German, French, Polish, Turkish, Dutch or Nordic way: such papers
    translate it.
    """
    for scheme in _SCHEMES.get(language, ()):
        if name or not scheme.names_only:
            yield scheme.spell(word), scheme.name


def printed_spellings(words: Sequence[str]) -> Iterator[tuple[list[str], str]]:
    """Yield lower-case Kazakh words in each spelling that whole texts are printed in, with the scheme's name."""
    for scheme in _KAZAKH_PRESS:
        yield scheme.spell_each(words), scheme.name


def cyrillic_spellings(word: str, language: str) -> Iterator[tuple[str, str]]:
    """Yield (spelling, scheme's name) of a lower-case Latin name of `language`; nothing where it has no table."""
    scheme = _FROM_LATIN.get(language)
    if scheme is not None:
        yield scheme.spell(word), scheme.name


def without_kazakh_letters(word: str) -> str:
    """Return a lower-case Kazakh word as typed on a Russian keyboard: мұнайы → мунайы, Қазақстан → казакстан."""
    return word.translate(_WITHOUT_KAZAKH_LETTERS)
