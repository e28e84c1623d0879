"""Weights from pairwise judgments: the analytic hierarchy process.

Sources: T. L. Saaty, The Analytic Hierarchy Process, McGraw-Hill 1980 (eigenvector, consistency, random index);
P. T. Harker, Incomplete pairwise comparisons in the analytic hierarchy process, Mathematical Modelling 9 (1987)
837-848 (what the other judgments imply for one that is left out).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from credit_scoring.errors import InputError, did_you_mean
from credit_scoring.policy.weighing import pair_members, ratio_value

Floats: TypeAlias = NDArray[np.float64]

RANDOM_INDEX = (0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59)
"""Mean consistency index of random reciprocal matrices of order 1 to 15 (Saaty 1980, p. 21)."""
SCALE = tuple(sorted({Fraction(1, n) for n in range(1, 10)} | {Fraction(n) for n in range(1, 10)}))
"""Saaty's scale, 1/9 to 9."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A reciprocal matrix of judgments and what follows from it."""

    names: tuple[str, ...]
    matrix: Floats
    """n x n; entry (i, j) says how many times as important i is as j."""
    weights: tuple[float, ...]
    """Principal eigenvector, adding up to 1."""
    principal: float
    """Largest eigenvalue; n where the judgments are consistent."""
    consistency_ratio: float
    """`(principal - n) / (n - 1) / random index`; 0 for fewer than three."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disturbance:
    """One judgment, and what would become of the consistency without it."""

    first: str
    second: str
    stated: float
    implied: float
    """What the other judgments say about the pair: the value that would be consistent with them."""
    on_scale: Fraction
    """The value of Saaty's scale nearest to it, by ratio."""
    ratio_without: float
    """Consistency ratio if the judgment were replaced by the implied one."""


def matrix_of(names: Sequence[str], judgments: Mapping[str, str]) -> Floats:
    """The reciprocal matrix of judgments such as `{"a over b": "3"}`.

    Raises:
        InputError: a judgment is about something else, stands twice, or is missing.
    """
    matrix = np.eye(len(names))
    stated: set[frozenset[str]] = set()
    for pair, ratio in judgments.items():
        members = pair_members(pair)
        for name in members:
            if name not in names:
                raise InputError(
                    f"judgment '{pair}': '{name}' is not compared here.{did_you_mean(name, names)}"
                )
        if frozenset(members) in stated:
            raise InputError(f"judgment '{pair}' stands twice: keep one of the two.")
        stated.add(frozenset(members))
        i, j = (names.index(name) for name in members)
        value = ratio_value(ratio)
        matrix[i, j], matrix[j, i] = float(value), float(1 / value)
    for a, b in combinations(names, 2):
        if frozenset((a, b)) not in stated:
            raise InputError(f"no judgment on '{a} over {b}': state every pair.")
    return matrix


def compare(names: Sequence[str], matrix: Floats) -> Comparison:
    """Weights and consistency of a reciprocal matrix.

    Raises:
        InputError: the matrix is not square, positive and reciprocal, or too large to have a random index.
    """
    n = len(names)
    if matrix.shape != (n, n) or n == 0:
        raise InputError(f"a comparison of {n} things needs a {n} x {n} matrix, not {matrix.shape}.")
    if n > len(RANDOM_INDEX):
        raise InputError(
            f"{n} things are compared at once, and consistency is known for at most {len(RANDOM_INDEX)}: "
            "spread the indicators over more dimensions."
        )
    if not np.all(np.isfinite(matrix)) or np.any(matrix <= 0) or not np.allclose(matrix * matrix.T, 1):
        raise InputError("a comparison matrix is positive, and each entry is 1 over its mirror image.")
    principal, weights = _principal(matrix)
    return Comparison(
        names=tuple(names),
        matrix=matrix,
        weights=tuple(float(w) for w in weights),
        principal=principal,
        consistency_ratio=_consistency_ratio(principal, n),
    )


def disturbances(comparison: Comparison) -> tuple[Disturbance, ...]:
    """Every judgment with the consistency ratio had it been the one the others imply; the worst disturber first.

    The judgment is left out as Harker (1987) does: both its entries become 0 and both diagonal entries 2; the
    eigenvector of that matrix gives the implied ratio, its eigenvalue that of the completed matrix. Fewer than
    three things have no others to imply anything.
    """
    n = len(comparison.names)
    if n < 3:
        return ()
    found = []
    for i, j in combinations(range(n), 2):
        without = comparison.matrix.copy()
        without[i, j] = without[j, i] = 0
        without[i, i] = without[j, j] = 2
        principal, weights = _principal(without)
        implied = float(weights[i] / weights[j])
        found.append(
            Disturbance(
                first=comparison.names[i],
                second=comparison.names[j],
                stated=float(comparison.matrix[i, j]),
                implied=implied,
                on_scale=_nearest_on_scale(implied),
                ratio_without=_consistency_ratio(principal, n),
            )
        )
    return tuple(sorted(found, key=lambda d: (d.ratio_without, d.first, d.second)))


def _principal(matrix: Floats) -> tuple[float, Floats]:
    values, vectors = np.linalg.eig(matrix)
    # Perron and Frobenius: the largest eigenvalue of such a matrix is real, and its vector has one sign.
    at = int(np.argmax(values.real))
    vector = np.abs(vectors[:, at].real)
    return float(values[at].real), vector / vector.sum()


def _consistency_ratio(principal: float, n: int) -> float:
    if n < 3:
        return 0.0
    return max(0.0, (principal - n) / (n - 1) / RANDOM_INDEX[n - 1])


def _nearest_on_scale(ratio: float) -> Fraction:
    return min(SCALE, key=lambda value: abs(np.log(ratio) - np.log(float(value))))
