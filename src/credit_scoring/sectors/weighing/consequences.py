"""What new weights do to the subjects of a run: grades before and after, and how firmly they stand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from credit_scoring.errors import InputError
from credit_scoring.policy.language import Scorecard
from credit_scoring.sectors.weighing.fragility import SmallestChanges, smallest_changes
from credit_scoring.sectors.weighing.grading import Cuts, cuts_of
from credit_scoring.sectors.weighing.indicator_points import IndicatorMatrix, scores_by
from credit_scoring.sectors.weighing.sensitivity import (
    NoiseEffect,
    WeightEffect,
    noise_effect,
    weight_effects,
)
from credit_scoring.sectors.weighing.weights import Weighed


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Subjects of one grade by the old weights and one by the new."""

    before: str
    after: str
    subjects: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """How many grades a change of one weight can flip."""

    change: float
    """Of the weight, as a share of itself."""
    flipped: float
    """Share of the subjects for whom some weight does it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragile:
    """A subject whose grade hangs on little."""

    subject_id: str
    score: float
    grade: str
    grade_after: str
    indicator: str
    change: float
    """Of its weight, as a share of itself, signed; before the others are renormalised."""
    l1: float
    """The least Σ |w' − w| that one weight's change needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequences:
    """Everything the dossier says about subjects. Grades are by the score alone; overrides are left aside."""

    subjects: int
    unrated: int
    out_of_score: int
    """Rated subjects with an indicator out of their score, the others having its weight."""
    moved: tuple[Moved, ...]
    """From the old weights to the new; subjects that stay are among them."""
    noise: tuple[NoiseEffect, ...]
    single: tuple[WeightEffect, ...]
    """For each width of the noise, each weight by itself."""
    within: tuple[Within, ...]
    never: float
    """Share of the subjects whose grade no single weight can flip, however it changes."""
    fragile: tuple[Fragile, ...]
    curve: tuple[Within, ...]
    """As `within`, for every half per cent from none to all of a weight; for the picture."""
    simplified: tuple[str, ...]
    """Grades with further requirements, which are left aside."""


_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
"""Changes of one weight for which the dossier counts flipped grades."""
_CURVE = tuple(i / 200 for i in range(201))


def consequences(
    matrix: IndicatorMatrix,
    card: Scorecard,
    weighed: Weighed,
    *,
    report: Callable[[str], None] = lambda _: None,
) -> Consequences:
    """Measure what the weights of `weighed` do to the subjects of a run.

    Args:
        card: with a `weighing` block, whose `sensitivity` says how to measure.
        report: called with what is being done.

    Raises:
        InputError: the scorecard has no grades that begin at a score, or no `weighing` block.
    """
    if card.weighing is None:
        raise InputError(f"'{card.scorecard}' has no `weighing:` block that says how to measure sensitivity.")
    settings = card.weighing.sensitivity
    cuts = cuts_of(card)
    weights = [float(w) for w in weighed.weights]
    noise = []
    for width in settings.noise:
        noise.append(
            noise_effect(
                matrix, weights, cuts, width=float(width), draws=settings.draws, seed=settings.seed,
                interval=float(settings.interval),
                report=lambda done, width=width: report(  # type: ignore[misc]
                    f"noise of {width}: {done:,} of {settings.draws:,} draws"
                ),
            )
        )  # fmt: skip
    report("each weight by itself")
    single = tuple(
        effect
        for width in settings.noise
        for effect in weight_effects(matrix, weights, cuts, width=float(width))
    )
    report("smallest changes")
    smallest = smallest_changes(matrix, weights, cuts)
    return Consequences(
        subjects=len(matrix.shares),
        unrated=matrix.unrated,
        out_of_score=int(np.count_nonzero(matrix.whole == 0)),
        moved=_moved(matrix, weighed, cuts, smallest),
        noise=tuple(noise),
        single=single,
        within=tuple(Within(change=step, flipped=smallest.within(step)) for step in _STEPS),
        never=float(np.isnan(smallest.relative).mean()),
        fragile=_fragile(matrix, weights, cuts, smallest, settings.list_subjects),
        curve=tuple(Within(change=step, flipped=smallest.within(step)) for step in _CURVE),
        simplified=cuts.simplified,
    )


def _moved(
    matrix: IndicatorMatrix, weighed: Weighed, cuts: Cuts, smallest: SmallestChanges
) -> tuple[Moved, ...]:
    before = cuts.levels(scores_by(matrix, [float(w) for w in weighed.before]))
    pairs, counts = np.unique(np.column_stack([before, smallest.level]), axis=0, return_counts=True)
    return tuple(
        Moved(before=cuts.grades[a], after=cuts.grades[b], subjects=int(count))
        for (a, b), count in sorted(zip(pairs.tolist(), counts, strict=True), reverse=True)
    )


def _fragile(
    matrix: IndicatorMatrix, weights: list[float], cuts: Cuts, smallest: SmallestChanges, count: int
) -> tuple[Fragile, ...]:
    possible = np.flatnonzero(np.isfinite(smallest.relative))
    names = np.array(matrix.subject_ids, dtype=object)[possible].astype(str)
    order = possible[np.lexsort((names, smallest.relative[possible]))][:count]
    return tuple(
        Fragile(
            subject_id=matrix.subject_ids[i],
            score=float(smallest.scores[i]),
            grade=cuts.grades[smallest.level[i]],
            grade_after=cuts.grades[smallest.level_after[i]],
            indicator=matrix.names[smallest.indicator[i]],
            change=float(smallest.delta[i] / weights[smallest.indicator[i]]),
            l1=float(smallest.l1[i]),
        )
        for i in order
    )
