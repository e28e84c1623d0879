"""Grades as places on a ladder: their order, which of them is the worst, and whether two ladders are the same."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from credit_scoring.policy.language import Grade, Scorecard
from credit_scoring.policy.numbers import thousandths
from credit_scoring.releases.impact.contents import State, StateKind

WITHOUT = 1_000_000_000_000_000
"""Places from here on are of those without a grade: 0 rated, 1 no grade, 2 unrated, 3 not scored."""
_WITHOUT: tuple[StateKind, ...] = ("rated", "no_grade", "unrated", "not_scored")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """The grades of a scorecard from the best to the worst, or the width of its bands, in thousandths."""

    card: Scorecard
    worst: tuple[str, ...]
    width: int | None
    """Null where there are grades, and where there are neither."""

    @property
    def sign(self) -> int:
        """1 where more points are better, -1 where they mean more risk."""
        return 1 if self.card.direction == "higher_is_better" else -1

    def table(self) -> pa.Table:
        """grade, place, worst."""
        names = list(self.card.grades)
        return pa.table(
            {
                "grade": pa.array(names, pa.string()),
                "place": pa.array(range(len(names)), pa.int64()),
                "worst": pa.array([name in self.worst for name in names], pa.bool_()),
            }
        )

    def states(self, seen: dict[int, str | None]) -> dict[int, State]:
        """The states by place, in their order: every grade, the bands somebody is in, and who has none."""
        found: dict[int, State] = {}
        for place, (name, grade) in enumerate(self.card.grades.items()):
            found[place] = State(kind="grade", name=name, title=grade.title)
        for place in sorted(seen.keys() - found.keys()):
            if place < WITHOUT:
                found[place] = State(kind="band", name=seen[place], title=None)
            else:
                found[place] = State(kind=_WITHOUT[place - WITHOUT], name=None, title=None)
        return found


def ladder_of(card: Scorecard) -> Ladder:
    """The ladder of a scorecard."""
    width = thousandths(card.bands.width) if card.bands is not None and not card.grades else None
    return Ladder(card=card, worst=_worst(card), width=width)


def _worst(card: Scorecard) -> tuple[str, ...]:
    """The last grade that points lead to, and the grades below it that only a determination gives.

    A letter beside the ladder is no step of it, and so never the worst.
    """
    names = list(card.grades)
    reached = [
        name for name in names if card.grades[name].ladder and not _by_override_only(card.grades[name])
    ]
    if not reached:
        return ()
    below = names[names.index(reached[-1]) + 1 :]
    return (reached[-1], *(name for name in below if _by_override_only(card.grades[name])))


def _by_override_only(grade: Grade) -> bool:
    return grade.by_override_only and grade.top_share is None


def is_same_ladder(before: Ladder, after: Ladder) -> bool:
    """The same grades in the same order, or bands of the same width."""
    return list(before.card.grades) == list(after.card.grades) and before.width == after.width


def has_same_limits(before: Scorecard, after: Scorecard) -> bool:
    """Whether a grade asks the same of a subject in both, and a band is as wide."""

    def limits(card: Scorecard) -> list[object]:
        return [
            (name, grade.model_dump(exclude={"title"}, by_alias=True)) for name, grade in card.grades.items()
        ]

    return limits(before) == limits(after) and before.bands == after.bands
