"""What a check sees, and the words it ends its messages with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from credit_scoring.errors import Problem
from credit_scoring.policy.gathering import Edition, Reading
from credit_scoring.policy.language import Dimension, Group, Scorecard
from credit_scoring.policy.measures import EventPoints, Measure, SelectedMeasure
from credit_scoring.policy.walking import Keys

Found: TypeAlias = Iterator[Problem]


@dataclass(frozen=True, slots=True)
class Context:
    """One edition under check, with the file it stands in."""

    edition: Edition
    reading: Reading

    @property
    def card(self) -> Scorecard:
        """The scorecard."""
        return self.edition.card

    def fault(self, keys: Keys, code: str, message: str) -> Problem:
        """An error at a place of the file."""
        return self.edition.document.problem(keys, code, message)

    def warn(self, keys: Keys, code: str, message: str) -> Problem:
        """A warning at a place of the file."""
        return self.edition.document.problem(keys, code, message, warning=True)


def headings(card: Scorecard) -> Iterator[tuple[tuple[str, ...], Dimension | Group]]:
    for name, dimension in card.dimensions.items():
        yield ("dimensions", name), dimension
        for group_name, group in dimension.groups.items():
            yield ("dimensions", name, "groups", group_name), group


def items_of(measure: Measure) -> tuple[str, ...]:
    if isinstance(measure, EventPoints | SelectedMeasure):
        return tuple(measure.items)
    return ()
