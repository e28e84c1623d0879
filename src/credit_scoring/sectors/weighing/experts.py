"""What experts said, one by one and together.

Sources: J. Aczél and T. L. Saaty, Procedures for synthesizing ratio judgements, J. Math. Psychology 27 (1983) 93-102
(the weighted geometric mean is the one that keeps judgments reciprocal); T. L. Saaty and L. G. Vargas, Dispersion of
group judgments, Mathematical and Computer Modelling 46 (2007) 918-925 (geometric dispersion).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from credit_scoring.errors import InputError
from credit_scoring.policy.language import Scorecard
from credit_scoring.policy.weighing import Expert, Judgments
from credit_scoring.sectors.weighing.pairwise import Comparison, Floats, compare, matrix_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A dimension and its indicators, in the order of the file."""

    dimension: str
    indicators: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One hierarchy of comparisons: the dimensions among each other, and the indicators of each dimension."""

    dimensions: Comparison
    indicators: tuple[Comparison, ...]
    """In the order of the dimensions."""

    @property
    def weights(self) -> tuple[float, ...]:
        """Weight of each indicator, in the order of the file: its dimension's times its own within it."""
        return tuple(
            of_dimension * own
            for of_dimension, comparison in zip(self.dimensions.weights, self.indicators, strict=True)
            for own in comparison.weights
        )

    @property
    def consistency_ratio(self) -> float:
        """The worst of all its comparisons."""
        return max(c.consistency_ratio for c in (self.dimensions, *self.indicators))


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """A pair on which experts differ."""

    first: str
    second: str
    together: float
    """Weighted geometric mean."""
    least: float
    most: float
    dispersion: float
    """`exp sqrt Σ λ (ln a − ln g)²`: 1 where all agree, 2 where they are a factor of two around the mean."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """One expert among the others."""

    role: str
    weights: tuple[float, ...]
    distance: float
    """Share of the weight that would have to move to turn the group's weights into these: half of Σ |w − g|."""
    judged: Judged | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Several experts together."""

    weights: tuple[float, ...]
    opinions: tuple[Opinion, ...]
    judged: Judged | None = None
    """Of the aggregated judgments; None for weights assessed directly."""
    disputes: tuple[Dispute, ...] = ()
    """Widest first."""


def branches(card: Scorecard) -> tuple[Branch, ...]:
    """The dimensions with their indicators; second-level groups are passed over."""
    members: dict[str, list[str]] = {name: [] for name in card.dimensions}
    for place in card.places():
        members[place.dimension].append(place.indicator)
    return tuple(Branch(dimension=name, indicators=tuple(names)) for name, names in members.items())


def judged(tree: Sequence[Branch], judgments: Judgments) -> Judged:
    """One expert's judgments as comparisons.

    Raises:
        InputError: a pair is missing, stands twice, or is about something else.
    """
    names = [branch.dimension for branch in tree]
    return Judged(
        dimensions=compare(names, matrix_of(names, judgments.dimensions)),
        indicators=tuple(
            compare(
                branch.indicators,
                matrix_of(branch.indicators, judgments.indicators.get(branch.dimension, {})),
            )
            for branch in tree
        ),
    )


def group_of_judgments(tree: Sequence[Branch], experts: Mapping[str, Expert]) -> Group:
    """Judgments aggregated one by one by their weighted geometric mean (AIJ), then weighed like one expert's.

    Args:
        experts: by role; those without judgments are passed over.

    Raises:
        InputError: nobody stated judgments, or someone's cannot be used.
    """
    stated = {role: e for role, e in experts.items() if e.judgments is not None}
    if not stated:
        raise InputError("no expert states judgments: add them under `weighing: experts:`.")
    single = {role: judged(tree, e.judgments) for role, e in stated.items() if e.judgments is not None}
    shares = _shares(stated)
    together = Judged(
        dimensions=_together([s.dimensions for s in single.values()], shares),
        indicators=tuple(
            _together([s.indicators[i] for s in single.values()], shares) for i in range(len(tree))
        ),
    )
    disputes: list[Dispute] = []
    for i, whole in enumerate((together.dimensions, *together.indicators)):
        parts = [(s.dimensions, *s.indicators)[i].matrix for s in single.values()]
        disputes += _disputes(whole, parts, shares)
    return Group(
        weights=together.weights,
        opinions=tuple(
            Opinion(role=role, weights=s.weights, distance=_distance(s.weights, together.weights), judged=s)
            for role, s in single.items()
        ),
        judged=together,
        disputes=tuple(sorted(disputes, key=lambda d: (-d.dispersion, d.first, d.second))),
    )


def group_of_weights(names: Sequence[str], experts: Mapping[str, Expert]) -> Group:
    """Directly assessed weights, averaged by the experts' importance.

    Raises:
        InputError: nobody assessed weights, or someone left out an indicator.
    """
    stated = {role: e for role, e in experts.items() if e.weights}
    if not stated:
        raise InputError("no expert states weights: add them under `weighing: experts:`.")
    rows = []
    for role, expert in stated.items():
        if set(expert.weights) != set(names):
            odd = sorted(set(expert.weights) ^ set(names))
            raise InputError(f"the weights of expert '{role}' and the scorecard differ on {', '.join(odd)}.")
        row = np.array([float(expert.weights[name]) for name in names])
        rows.append(row / row.sum())
    together = _shares(stated) @ np.array(rows)
    weights = tuple(float(w) for w in together / together.sum())
    return Group(
        weights=weights,
        opinions=tuple(
            Opinion(role=role, weights=tuple(map(float, row)), distance=_distance(row, weights))
            for role, row in zip(stated, rows, strict=True)
        ),
    )


def _shares(experts: Mapping[str, Expert]) -> Floats:
    importance = np.array([float(e.importance) for e in experts.values()])
    return np.asarray(importance / importance.sum())


def _together(parts: Sequence[Comparison], shares: Floats) -> Comparison:
    logs = np.tensordot(shares, np.log([p.matrix for p in parts]), axes=1)
    return compare(parts[0].names, np.exp(logs))


def _disputes(whole: Comparison, parts: Sequence[Floats], shares: Floats) -> list[Dispute]:
    found = []
    for i, j in combinations(range(len(whole.names)), 2):
        stated = np.array([part[i, j] for part in parts])
        mean = float(whole.matrix[i, j])
        variance = float(shares @ (np.log(stated) - math.log(mean)) ** 2)
        found.append(
            Dispute(
                first=whole.names[i], second=whole.names[j], together=mean, least=float(stated.min()),
                most=float(stated.max()), dispersion=math.exp(math.sqrt(variance)),
            )
        )  # fmt: skip
    return found


def _distance(a: Sequence[float] | Floats, b: Sequence[float]) -> float:
    return float(np.abs(np.asarray(a) - np.asarray(b)).sum() / 2)
