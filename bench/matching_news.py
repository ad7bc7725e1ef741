"""Invented news and rules for the matching bench: five languages, two scripts, words as rare as in real news.

Nothing is copied: words are syllables of each language put together, in the order of a Zipf law (the word of rank r
comes with weight 1 / (r + 2.7)), with a few endings each. An article is four fifths in its own language; one word in a
hundred has a typo; after 3,000 articles one word in ten is still new, as in a real mix of five languages.

Rules have five terms in three concepts and one of six gates. The first rules use frequent words, the later ones ever
rarer ones, as a desk's first topics are broad and its thousandth is a surname: each of the first ten finds about one
article in a hundred, and at 10,000 rules an article matches a handful.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, product
from random import Random

from rules.model import Document, RuleText

LANGUAGES = ("en", "ru", "be", "uk", "kk")
SYLLABLES = {
    "en": ("b br c ch d f g gr h l m n p pr qu r s sh st t tr v w", "a e i o u ea", " l n r s nd ck"),
    "ru": ("б бр в г гр д ж з к кр л м н п пр р с ст т тр ф х ч ш щ", "а е и о у ы", " л н р с й"),
    "be": ("б бр в г гр д дз ж з к кр л м н п пр р с ст т тр ц х ч ш", "а э і о у ы", " л н р с ў"),
    "uk": ("б бр в г гр д ж з к кр л м н п пр р с ст т тр ф х ч ш щ", "а е і о у и", " л н р с й"),
    "kk": ("б ғ д ж з к қ л м н ң п р с т ш", "а ә е і о ө ұ ү ы", " л н р с з"),
}
ENDINGS = {
    "en": ("", "s"),
    "ru": ("", "а", "у", "ом", "е", "ы", "ов", "ам", "ами"),
    "be": ("", "а", "у", "ам", "е", "ы", "аў", "амі"),
    "uk": ("", "а", "у", "ом", "і", "и", "ів", "ами"),
    "kk": ("", "ның", "ға", "ды", "да", "дан", "мен", "лар"),
}
LETTERS = {"en": "abcdefghiklmnoprstuvw", "kk": "абғдеіқлмнңорсттұүы"} | dict.fromkeys(
    ("ru", "be", "uk"), "абвгдежзиклмнопрстухчшы"
)
GATES = (
    "aa AND bb",
    "aa AND bb",
    "aa NEAR/10 bb",
    "aa AND (bb OR cc)",
    "aa NEAR/6 bb OR (cc AND bb)",
    "aa THEN/12 bb",
    "aa AND bb AND NOT cc",
)
ARTICLE_WORDS, TITLE_WORDS = 400, 10
TYPO_SHARE = 0.01
OWN_LANGUAGE = 0.8
# Ranks of the words of rule number i lie around FIRST_RANK × (1 + i / BROAD) ** THINNING.
FIRST_RANK, BROAD, THINNING = 220, 25, 0.5


@dataclass(frozen=True, slots=True)
class Sketch:
    """A rule as contenders see it: three groups of words and the gate over them."""

    topic: str
    language: str
    groups: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]
    gate: str


class Newsroom:
    """A source of articles and rules that are the same for the same seed."""

    def __init__(self, seed: int = 1, words: int = 5_000) -> None:
        """`words` are the words of one language, before their endings."""
        self._random = Random(seed)
        self.words = {language: self._words(language, words) for language in LANGUAGES}
        self._weights = list(accumulate(1 / (rank + 2.7) for rank in range(words)))

    def _words(self, language: str, count: int) -> list[str]:
        onsets, vowels, codas = (part.split(" ") for part in SYLLABLES[language])
        syllables = ["".join(parts) for parts in product(onsets, vowels, codas)]
        found: dict[str, None] = {}
        while len(found) < count:
            shortest = 1 if len(found) < 50 else 2 if len(found) < 2_000 else 3
            word = "".join(self._random.choices(syllables, k=self._random.randint(shortest, shortest + 1)))
            found[word] = None
        return list(found)

    def article(self, words: int = ARTICLE_WORDS) -> Document:
        """Return a new article: a title and a text, `words` words together."""
        random = self._random
        language = random.choice(LANGUAGES)
        foreign = random.choice(LANGUAGES)
        own = int(words * OWN_LANGUAGE)
        chosen = self._spoken(language, own) + self._spoken(foreign, words - own)
        # Foreign words stand together, as names and quotes do.
        at = random.randrange(own)
        chosen = chosen[:at] + chosen[own:] + chosen[at:own]
        return Document(self._sentences(chosen[:TITLE_WORDS]), self._sentences(chosen[TITLE_WORDS:]), language, "wire")

    def articles(self, count: int, words: int = ARTICLE_WORDS) -> list[Document]:
        """Return so many new articles."""
        return [self.article(words) for _ in range(count)]

    def _spoken(self, language: str, count: int) -> list[str]:
        random, endings = self._random, ENDINGS[language]
        found = []
        for word in random.choices(self.words[language], cum_weights=self._weights, k=count):
            spoken = word + endings[int(len(endings) * random.random() ** 2)]
            found.append(self._mistyped(spoken, language) if random.random() < TYPO_SHARE else spoken)
        return found

    def _mistyped(self, word: str, language: str) -> str:
        random = self._random
        at = random.randrange(1, len(word))
        head, tail, letter = word[:at], word[at:], random.choice(LETTERS[language])
        swapped = head[:-1] + tail[:1] + head[-1:] + tail[1:]
        return random.choice((head + tail[1:], head + letter + tail, head + letter + tail[1:], swapped))

    def _sentences(self, words: Sequence[str]) -> str:
        random = self._random
        parts: list[str] = []
        begins = True
        for word in words:
            chance = random.random()
            parts.append(word.capitalize() if begins or chance > 0.95 else word)
            begins = chance < 0.06
            if begins:
                parts[-1] += "."
            elif chance < 0.12:
                parts[-1] += ","
        return " ".join(parts)

    def sketches(self, count: int) -> list[Sketch]:
        """Return so many rules, the broad ones first."""
        return [self._sketch(number) for number in range(count)]

    def _sketch(self, number: int) -> Sketch:
        random = self._random
        language = random.choice(LANGUAGES)
        around = FIRST_RANK * (1 + number / BROAD) ** THINNING
        words = self.words[language]

        def some(many: int) -> tuple[str, ...]:
            ranks = (int(around * random.uniform(0.5, 2)) for _ in range(many))
            return tuple(words[min(rank, len(words) - 1)] for rank in ranks)

        return Sketch(f"topic-{number}", language, (some(2), some(2), some(1)), random.choice(GATES))


def rule_text(sketch: Sketch) -> RuleText:
    """Return the rule that an editor would write for a sketch."""
    concepts = "".join(
        f"  {name}: {{{sketch.language}: [{', '.join(words)}]}}\n"
        for name, words in zip(("aa", "bb", "cc"), sketch.groups, strict=True)
    )
    gate = sketch.gate.replace("aa NEAR/6 bb OR (cc AND bb)", "aa NEAR/6 bb OR (cc AND bb)")
    return RuleText(sketch.topic, f"topic: {sketch.topic}\nconcepts:\n{concepts}when: |\n  {gate}\n", "1", sketch.topic)
