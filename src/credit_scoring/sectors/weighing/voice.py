"""How the dossier speaks: one language, the titles of the policy, numbers as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from credit_scoring.policy.language import Scorecard
from credit_scoring.policy.numbers import plain_number
from credit_scoring.sectors.weighing.experts import Judged
from credit_scoring.sectors.weighing.pairwise import Comparison


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """One language and what things are called in it."""

    card: Scorecard
    lang: str
    titles: Mapping[str, str]
    """Of dimensions and indicators."""
    grades: Mapping[str, str]

    def say(self, zh: str, en: str) -> str:
        """The text in the language."""
        return zh if self.lang == "zh" else en

    def named(self, name: str) -> str:
        """A title with its identifier."""
        return f"{self.titles[name]} ({name})"

    def role(self, role: str) -> str:
        """An expert's title."""
        weighing = self.card.weighing
        return role if weighing is None else weighing.experts[role].title.in_language(self.lang)

    def importance(self, role: str) -> str:
        """What an expert's opinion counts."""
        weighing = self.card.weighing
        return "–" if weighing is None else plain_number(weighing.experts[role].importance)

    def place(self, number: int) -> str:
        """The comparison of a number: 0 that of the dimensions, 1 that of the first dimension's indicators."""
        if number == 0:
            return self.say("各维度", "dimensions")
        return self.titles[list(self.card.dimensions)[number - 1]]


def voice_of(card: Scorecard, lang: str) -> Voice:
    """The voice for a scorecard in `zh` or `en`."""
    titles = {name: d.title.in_language(lang) for name, d in card.dimensions.items()}
    titles |= {p.indicator: p.rule.title.in_language(lang) for p in card.places()}
    grades = {name: grade.title.in_language(lang) for name, grade in card.grades.items()}
    return Voice(card=card, lang=lang, titles=titles, grades=grades)


def comparisons(judged: Judged | None) -> tuple[Comparison, ...]:
    """All comparisons of a hierarchy, that of the dimensions first."""
    return () if judged is None else (judged.dimensions, *judged.indicators)


def percent(share: float) -> str:
    """A share in per cent.

    >>> percent(0.1234)
    '12.34 %'
    """
    return f"{100 * share:.2f} %"


def as_weight(weight: float) -> str:
    """A weight to four places."""
    return f"{weight:.4f}"
