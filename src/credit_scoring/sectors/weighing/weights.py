"""The weights a method gives: as it gives them, within their limits, on their grid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from credit_scoring.errors import InputError, did_you_mean
from credit_scoring.policy.language import Scorecard
from credit_scoring.policy.weighing import Expert, LinearCombination, Method, Source, Weighing
from credit_scoring.policy.weights import is_weighted
from credit_scoring.sectors.weighing.experts import (
    Branch,
    Group,
    Judged,
    branches,
    group_of_judgments,
    group_of_weights,
)
from credit_scoring.sectors.weighing.indicator_points import IndicatorMatrix
from credit_scoring.sectors.weighing.information import constant_columns, critic_weights, entropy_weights
from credit_scoring.sectors.weighing.limits import rounded, within_limits
from credit_scoring.sectors.weighing.pairwise import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one method says."""

    method: Source
    counts: Decimal
    """Its share (linear) or exponent (multiplicative) in a combination; 1 by itself."""
    weights: tuple[float, ...]
    group: Group | None = None
    """Of the methods that ask people; a single expert is a group of one."""
    constant: tuple[str, ...] = ()
    """Of the methods from data: indicators in which all subjects are alike."""
    left_out: int = 0
    """Of the methods from data: subjects not looked at, an indicator being out of their score."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """Weights before and after, and how they came about; all in the order of the file."""

    method: Method
    tree: tuple[Branch, ...]
    names: tuple[str, ...]
    before: tuple[Decimal, ...]
    given: tuple[float, ...]
    """By the method, before limits and rounding."""
    weights: tuple[Decimal, ...]
    """Adding up to exactly 1."""
    parts: tuple[Part, ...]
    consistency_ratio: float | None
    """The worst of all comparisons that were made; None without pairwise judgments."""
    consistency_limit: Decimal | None

    @property
    def consistent(self) -> bool:
        """Whether every comparison meets the limit; true where none was made."""
        return self.consistency_ratio is None or (
            self.consistency_limit is not None and self.consistency_ratio <= self.consistency_limit
        )

    @property
    def group(self) -> Group | None:
        """The people that were asked for pairwise judgments, or else for weights."""
        asked = [part.group for part in self.parts if part.group is not None]
        return next((g for g in asked if g.judged is not None), asked[0] if asked else None)


def weigh(
    card: Scorecard, method: Method, *, matrix: IndicatorMatrix | None = None, expert: str | None = None
) -> Weighed:
    """The weights of a scorecard's indicators by a method.

    Args:
        card: as its file states it, with weights and a `weighing` block.
        matrix: from `indicator_matrix`; needed by `entropy` and `critic`, by themselves or combined.
        expert: the only one to listen to, by role; needed by `ahp` where several state judgments.

    Raises:
        InputError: what the method needs is not there, or the limits cannot be met. Judgments beyond the consistency
            limit do not raise: see `Weighed.consistent`.
    """
    weighing = card.weighing
    if weighing is None or not is_weighted(card):
        raise InputError(
            f"'{card.scorecard}' has no {'weights' if weighing else 'weighing block'}: state a weight for every "
            "indicator, and under `weighing:` the rounding, the sensitivity and what experts judged."
        )
    names = tuple(place.indicator for place in card.places())
    tree = branches(card)
    experts = _listened_to(weighing, expert)
    parts = tuple(
        _part(source, counts, weighing, tree, experts, matrix)
        for source, counts in _sources(method, weighing)
    )
    given = _combined(weighing, parts) if method == "combined" else parts[0].weights
    limits = [weighing.bounds.of(name) for name in names]
    weights = rounded(within_limits(given, limits), step=weighing.rounding, limits=limits, names=names)
    return Weighed(
        method=method,
        tree=tree,
        names=names,
        before=tuple(place.rule.weight or Decimal(0) for place in card.places()),
        given=given,
        weights=weights,
        parts=parts,
        consistency_ratio=max((j.consistency_ratio for p in parts for j in _judged(p)), default=None),
        consistency_limit=weighing.consistency_at_most,
    )


def needs_data(method: Method, weighing: Weighing | None) -> bool:
    """Whether a method looks at subjects' points."""
    sources = [source for source, _ in _sources(method, weighing)] if weighing is not None else [method]
    return any(source in ("entropy", "critic") for source in sources)


def _sources(method: Method, weighing: Weighing) -> tuple[tuple[Source, Decimal], ...]:
    if method != "combined":
        return ((method, Decimal(1)),)
    if weighing.combine is None:
        raise InputError("nothing says what to combine: state it under `weighing: combine:`.")
    return tuple(weighing.combine.parts.items())


def _listened_to(weighing: Weighing, expert: str | None) -> Mapping[str, Expert]:
    if expert is None:
        return weighing.experts
    if expert not in weighing.experts:
        known = ", ".join(weighing.experts) or "none"
        hint = did_you_mean(expert, weighing.experts)
        raise InputError(f"no expert has the role '{expert}'. Known: {known}.{hint}")
    return {expert: weighing.experts[expert]}


def _part(
    source: Source,
    counts: Decimal,
    weighing: Weighing,
    tree: tuple[Branch, ...],
    experts: Mapping[str, Expert],
    matrix: IndicatorMatrix | None,
) -> Part:
    names = [name for branch in tree for name in branch.indicators]
    if source == "expert":
        group = group_of_weights(names, experts)
        return Part(method=source, counts=counts, weights=group.weights, group=group)
    if source in ("ahp", "group-ahp"):
        if weighing.consistency_at_most is None:
            raise InputError(
                "state `weighing: consistency_at_most:`, the largest consistency ratio that may give weights; Saaty "
                "(1980) holds 0.1."
            )
        group = group_of_judgments(tree, experts)
        if source == "ahp" and len(group.opinions) > 1:
            roles = ", ".join(opinion.role for opinion in group.opinions)
            raise InputError(
                f"several experts state judgments ({roles}): choose one by role, or use group-ahp."
            )
        return Part(method=source, counts=counts, weights=group.weights, group=group)
    if matrix is None:
        raise InputError(f"{source} weighs by data: give subjects, records and a date.")
    if matrix.names != tuple(names):
        raise InputError("the points are of another scorecard: score by the one that is weighed.")
    shares = _complete(matrix)
    weights = (entropy_weights if source == "entropy" else critic_weights)(shares, names)
    return Part(
        method=source,
        counts=counts,
        weights=weights,
        constant=tuple(names[i] for i in constant_columns(shares)),
        left_out=len(matrix.shares) - len(shares),
    )


def _complete(matrix: IndicatorMatrix) -> Floats:
    """The subjects with every indicator that is in anybody's score; one that is in nobody's is the same for all."""
    nobody = np.isnan(matrix.shares).all(axis=0)
    shares = np.where(nobody, 0.0, matrix.shares)
    return np.asarray(shares[~np.isnan(shares).any(axis=1)])


def _combined(weighing: Weighing, parts: tuple[Part, ...]) -> tuple[float, ...]:
    rows = np.array([part.weights for part in parts])
    counts = np.array([float(part.counts) for part in parts])
    if isinstance(weighing.combine, LinearCombination):
        weights = counts @ rows
    else:
        weights = np.prod(rows ** counts[:, None], axis=0)
    if weights.sum() <= 0:
        raise InputError("every indicator has weight 0 by one of the methods: combine them linearly.")
    return tuple(float(w) for w in weights / weights.sum())


def _judged(part: Part) -> list[Judged]:
    if part.group is None:
        return []
    every = [part.group.judged, *(opinion.judged for opinion in part.group.opinions)]
    return [judged for judged in every if judged is not None]
