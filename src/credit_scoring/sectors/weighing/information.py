"""Weights from data: how much an indicator tells subjects apart, and how much of that no other one tells.

Sources: C. E. Shannon, A mathematical theory of communication (1948); C. L. Hwang and K. Yoon, Multiple Attribute
Decision Making, Springer 1981, ch. 3 (entropy weights); D. Diakoulaki, G. Mavrotas, L. Papayannakis, Determining
objective weights in multiple criteria problems: the CRITIC method, Computers & Operations Research 22 (1995) 763-770.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from credit_scoring.errors import InputError
from credit_scoring.sectors.weighing.pairwise import Floats


def constant_columns(shares: Floats) -> tuple[int, ...]:
    """Columns in which all subjects are alike: they carry no information."""
    return tuple(int(i) for i in np.flatnonzero(np.max(shares, axis=0) == np.min(shares, axis=0)))


def entropy_weights(shares: Floats, names: Sequence[str]) -> tuple[float, ...]:
    """Entropy weights: `w ∝ 1 + Σ p ln p / ln m` with `p` an indicator's shares divided by their sum.

    Args:
        shares: m subjects x n indicators, points as share of the maximum, 0 or more, without NaN.
        names: of the indicators, for messages.

    Returns:
        Weights adding up to 1; 0 for a constant indicator. `0 ln 0` is 0, as Shannon has it.

    Raises:
        InputError: fewer than two subjects, a NaN, a share below 0, or nothing but constant indicators.
    """
    _check(shares, names)
    live = _informative(shares, names, at_least=1)
    part = shares[:, live] / shares[:, live].sum(axis=0)
    logs = np.log(part, out=np.zeros_like(part), where=part > 0)
    entropy = -(part * logs).sum(axis=0) / np.log(len(shares))
    return _spread(np.maximum(0.0, 1 - entropy), live, len(names))


def critic_weights(shares: Floats, names: Sequence[str]) -> tuple[float, ...]:
    """CRITIC weights: `w_j ∝ σ_j Σ_k (1 − r_jk)`, after each indicator is stretched to 0..1.

    Args:
        shares: as for `entropy_weights`.
        names: of the indicators, for messages.

    Returns:
        Weights adding up to 1; 0 for a constant indicator.

    Raises:
        InputError: fewer than two subjects, a NaN, a share below 0, fewer than two indicators that are not constant, or
            all of them in perfect step.
    """
    from pymcdm.weights import critic_weights as critic

    _check(shares, names)
    live = _informative(shares, names, at_least=2)
    with np.errstate(invalid="ignore", divide="ignore"):
        weights = critic(shares[:, live])
    if not np.all(np.isfinite(weights)) or not np.any(np.abs(np.corrcoef(shares[:, live].T) - 1) > _IN_STEP):
        raise InputError(
            f"{', '.join(names[i] for i in live)} rise and fall in perfect step: CRITIC cannot tell them apart. "
            "Use another method, or leave all but one out."
        )
    return _spread(np.maximum(0.0, weights), live, len(names))


_IN_STEP = 1e-12
"""Correlations this near to 1 differ from it by rounding only."""


def _check(shares: Floats, names: Sequence[str]) -> None:
    if shares.ndim != 2 or shares.shape[1] != len(names):
        raise InputError(f"{len(names)} indicators need as many columns, not {shares.shape}.")
    if len(shares) < 2:
        raise InputError(f"weights from data need at least two subjects, not {len(shares)}.")
    for what, odd in (("is not a number", ~np.isfinite(shares)), ("is below 0", shares < 0)):
        if odd.any():
            row, column = np.argwhere(odd)[0]
            raise InputError(
                f"the share of '{names[column]}' of subject {row + 1} {what}: weights from data need shares of the "
                "maximum between 0 and 1 for everyone."
            )


def _informative(shares: Floats, names: Sequence[str], *, at_least: int) -> list[int]:
    constant = set(constant_columns(shares))
    live = [i for i in range(len(names)) if i not in constant]
    if len(live) < at_least:
        raise InputError(
            f"of {len(names)} indicators {len(live)} tell subjects apart, and the method needs {at_least}: "
            "weigh by judgments, or on more subjects."
        )
    return live


def _spread(values: Floats, live: Sequence[int], count: int) -> tuple[float, ...]:
    weights = np.zeros(count)
    weights[list(live)] = values / values.sum()
    return tuple(float(w) for w in weights)
