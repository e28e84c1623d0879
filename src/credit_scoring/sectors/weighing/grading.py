"""Grades by the score alone: what the sensitivity looks at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from credit_scoring.errors import InputError
from credit_scoring.policy.language import Scorecard
from credit_scoring.sectors.weighing.pairwise import Floats

_GRAIN = 6
"""Scores are compared with cuts to the millionth of a point, so that rounding in the last bit moves nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cuts:
    """Scores at which one grade ends and the next begins."""

    at: tuple[float, ...]
    """Rising; a score of exactly a cut belongs above it."""
    grades: tuple[str, ...]
    """From the lowest scores to the highest, one more than there are cuts."""
    simplified: tuple[str, ...]
    """Grades that take more than a score (`requires`, `top_share`), treated as if they did not."""

    def levels(self, scores: Floats) -> NDArray[np.int64]:
        """Number of each score's grade in `grades`."""
        return np.searchsorted(np.array(self.at), np.round(scores, _GRAIN), side="right")


def cuts_of(card: Scorecard) -> Cuts:
    """The cuts of a scorecard's grades.

    Overrides, `requires` and `top_share` do not depend on the weights alone and are left aside; a grade without any
    limit of score is left out.

    Raises:
        InputError: no grade begins at a score.
    """
    better = card.direction == "higher_is_better"
    limited: list[tuple[float, str]] = []
    rest = ""
    for name, grade in card.grades.items():
        limit = grade.from_ if better else grade.below
        if limit is not None:
            limited.append((float(limit), name))
        elif grade.otherwise:
            rest = name
    if not limited or not rest:
        raise InputError(
            f"'{card.scorecard}' has no grades that begin at a score: there is nothing that could flip."
        )
    limited.sort()
    names = [name for _, name in limited]
    return Cuts(
        at=tuple(limit for limit, _ in limited),
        grades=(rest, *names) if better else (*names, rest),
        simplified=tuple(
            name for name, g in card.grades.items() if g.requires is not None or g.top_share is not None
        ),
    )
