"""Weights of rows that are labelled with a known probability."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from credit_scoring.errors import InputError

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Weighted:
    """n weights with mean 1 over the training rows, and how many were cut down."""

    weights: Floats
    trimmed: int


def weigh(probability: Floats, *, train: npt.NDArray[np.bool_], trim_at: float | None = None) -> Weighted:
    """Inverse inclusion probabilities (Horvitz and Thompson 1952), divided by their mean over the training rows.

    Weighted means over them are ratio estimates (Hájek 1971). One divisor serves every split, so weights compare.

    Args:
        probability: n inclusion probabilities, above 0 and at most 1.
        train: which rows are trained on; at least one.
        trim_at: weights above this multiple of the mean are cut down to it, and the mean made 1 again; a bias taken on
            for less variance, so it is never done unasked.

    Raises:
        InputError: `trim_at` is not above 1.

    >>> weigh(np.array([0.25, 1.0, 0.5]), train=np.array([True, True, False])).weights.tolist()
    [1.6, 0.4, 0.8]
    """
    if trim_at is not None and not trim_at > 1:
        raise InputError(f"weights can be trimmed at a multiple of the mean above 1, not at {trim_at}.")
    raw = 1 / probability
    weights = raw / raw[train].mean()
    if trim_at is None:
        return Weighted(weights=weights, trimmed=0)
    above = weights > trim_at
    cut = np.where(above, trim_at, weights)
    return Weighted(weights=cut / cut[train].mean(), trimmed=int(above.sum()))


def share_of_heaviest(weights: Floats, *, rows: float = 0.01) -> float:
    """Share of all weight that the heaviest rows carry (by default a hundredth of the rows, at least one)."""
    if not len(weights):
        return 0.0
    count = max(1, int(len(weights) * rows))
    return float(np.sort(weights)[-count:].sum() / weights.sum())
