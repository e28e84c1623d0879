"""Weights from data, their limits and their rounding."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pymcdm.weights import entropy_weights as entropy_by_pymcdm

from credit_scoring.errors import InputError
from credit_scoring.policy.weighing import WeightLimits
from credit_scoring.sectors.weighing.information import constant_columns, critic_weights, entropy_weights
from credit_scoring.sectors.weighing.limits import rounded, within_limits

AIRCRAFT = np.array(
    [[2.0, 1500, 20000, 5.5, 5, 9], [2.5, 2700, 18000, 6.5, 3, 5], [1.8, 2000, 21000, 4.5, 7, 7], [2.2, 1800, 20000, 5.0, 5, 5]]
)  # fmt: skip
"""The choice of a fighter aircraft of Hwang and Yoon (1981)."""
FIRMS = np.array(
    [[61, 1.08, 4.33], [20.7, 0.26, 4.34], [16.3, 1.98, 2.53], [9, 3.29, 1.65], [5.4, 2.77, 2.33], [4, 4.12, 1.21],
     [-6.1, 3.52, 2.10], [-34.6, 3.31, 0.98]]
)  # fmt: skip
"""Eight pharmaceutical firms: profitability, market share, productivity (Diakoulaki et al. 1995)."""


def names(matrix: np.ndarray[Any, Any]) -> list[str]:
    return [f"c{i}" for i in range(matrix.shape[1])]


def slow_entropy(rows: list[list[float]]) -> list[float]:
    m, columns = len(rows), list(zip(*rows, strict=True))
    spread = []
    for column in columns:
        total = math.fsum(column)
        e = -math.fsum(v / total * math.log(v / total) for v in column if v > 0) / math.log(m) if total else 1
        spread.append(0.0 if len(set(column)) == 1 else max(0.0, 1 - e))
    return [s / math.fsum(spread) for s in spread]


def slow_critic(rows: list[list[float]]) -> list[float]:
    columns = list(zip(*rows, strict=True))
    stretched = [[(v - min(c)) / (max(c) - min(c)) for v in c] for c in columns]

    def centred(c: list[float]) -> list[float]:
        mean = math.fsum(c) / len(c)
        return [v - mean for v in c]

    def length(c: list[float]) -> float:
        return math.sqrt(math.fsum(v * v for v in centred(c)))

    def r(a: list[float], b: list[float]) -> float:
        return math.fsum(x * y for x, y in zip(centred(a), centred(b), strict=True)) / length(a) / length(b)

    said = [length(a) * math.fsum(1 - r(a, b) for b in stretched) for a in stretched]
    return [s / math.fsum(said) for s in said]


def test_the_published_entropy_weights_of_the_aircraft() -> None:
    found = entropy_weights(AIRCRAFT, names(AIRCRAFT))
    assert found == pytest.approx([0.0649, 0.2055, 0.0133, 0.0829, 0.3570, 0.2767], abs=0.002)
    assert found == pytest.approx(slow_entropy(AIRCRAFT.tolist()), abs=1e-12)
    assert found == pytest.approx(list(entropy_by_pymcdm(AIRCRAFT)), abs=1e-12)


def test_the_published_critic_weights_of_the_firms() -> None:
    shifted = FIRMS - FIRMS.min(axis=0)
    found = critic_weights(shifted, names(FIRMS))
    assert found == pytest.approx([0.2022, 0.4809, 0.3169], abs=0.0001)
    assert found == pytest.approx(slow_critic(FIRMS.tolist()), abs=1e-12)


SHARES = arrays(
    np.float64,
    st.tuples(st.integers(2, 12), st.integers(2, 6)),
    elements=st.integers(0, 20).map(lambda i: i / 20),
)


@given(SHARES)
@settings(max_examples=80)
def test_weights_from_data_agree_with_the_slow_way_and_are_zero_for_constants(
    shares: np.ndarray[Any, Any],
) -> None:
    constant = constant_columns(shares)
    assume(len(constant) <= shares.shape[1] - 2)
    found = entropy_weights(shares, names(shares))
    assert found == pytest.approx(slow_entropy(shares.tolist()), abs=1e-9)
    assert sum(found) == pytest.approx(1)
    assert [found[i] for i in constant] == [0.0] * len(constant)
    live = [i for i in range(shares.shape[1]) if i not in constant]
    if np.abs(np.corrcoef(shares[:, live].T) - 1).max() < 1e-6:
        return
    critic = critic_weights(shares, names(shares))
    assert [critic[i] for i in live] == pytest.approx(slow_critic(shares[:, live].tolist()), abs=1e-9)
    assert [critic[i] for i in constant] == [0.0] * len(constant)


@given(SHARES, st.randoms(use_true_random=False))
@settings(max_examples=30)
def test_the_order_of_indicators_and_subjects_does_not_matter(
    shares: np.ndarray[Any, Any], random: Any
) -> None:
    assume(len(constant_columns(shares)) < shares.shape[1])
    columns, rows = list(range(shares.shape[1])), list(range(len(shares)))
    random.shuffle(columns)
    random.shuffle(rows)
    one = entropy_weights(shares, names(shares))
    two = entropy_weights(shares[np.ix_(rows, columns)], names(shares))
    assert [one[i] for i in columns] == pytest.approx(two, abs=1e-12)


@pytest.mark.parametrize("weigh", [entropy_weights, critic_weights])
@pytest.mark.parametrize(
    ("shares", "says"),
    [
        ([[0.1, np.nan], [0.2, 0.3]], "share of 'b' of subject 1 is not a number"),
        ([[0.1, 0.2], [np.inf, 0.3]], "share of 'a' of subject 2 is not a number"),
        ([[0.1, 0.2], [-0.1, 0.3]], "is below 0"),
        ([[0.1, 0.2]], "at least two subjects"),
        ([[0.1, 0.2], [0.1, 0.2]], "0 tell subjects apart"),
        ([[0.1], [0.2]], "need as many columns"),
    ],
)
def test_shares_that_cannot_be_weighed_are_refused(weigh: Any, shares: list[list[float]], says: str) -> None:
    with pytest.raises(InputError, match=says):
        weigh(np.array(shares), ["a", "b"])


def test_critic_refuses_indicators_in_perfect_step() -> None:
    with pytest.raises(InputError, match="perfect step"):
        critic_weights(np.array([[0.1, 0.2], [0.2, 0.4], [0.4, 0.8]]), ["a", "b"])
    with pytest.raises(InputError, match="1 tell subjects apart"):
        critic_weights(np.array([[0.1, 0.2], [0.2, 0.2]]), ["a", "b"])


# Limits and rounding

FREE = WeightLimits()


def limits(*pairs: tuple[str, str]) -> list[WeightLimits]:
    return [WeightLimits(at_least=Decimal(a), at_most=Decimal(b)) for a, b in pairs]


def test_weights_within_their_limits_only_become_exact() -> None:
    found = within_limits([0.2, 0.3, 0.5], [FREE] * 3)
    assert sum(found) == 1
    assert [float(w) for w in found] == pytest.approx([0.2, 0.3, 0.5], abs=1e-15)


def test_what_limits_take_is_shared_out_in_proportion() -> None:
    found = within_limits([0.6, 0.3, 0.1], limits(("0", "0.4"), ("0", "1"), ("0", "1")))
    assert [float(w) for w in found] == pytest.approx([0.4, 0.45, 0.15])
    fixed = within_limits([0.0, 0.9, 0.1], limits(("0.1", "0.1"), ("0", "0.5"), ("0", "1")))
    assert [float(w) for w in fixed] == pytest.approx([0.1, 0.5, 0.4])


WEIGHTS = st.lists(st.floats(0, 1).map(lambda w: round(w, 6)), min_size=1, max_size=12).filter(
    lambda w: sum(w) > 0
)


@given(WEIGHTS)
def test_rounded_weights_add_up_to_exactly_one_and_are_less_than_a_step_off(weights: list[float]) -> None:
    step, bounds = Decimal("0.005"), [WeightLimits(at_least=Decimal("0.005"))] * len(weights)
    exact = within_limits(weights, bounds)
    found = rounded(exact, step=step, limits=bounds, names=[f"c{i}" for i in range(len(weights))])
    assert sum(found) == 1
    assert all(w > 0 and w % step == 0 for w in found)
    assert all(abs(Fraction(a) - b) < Fraction(step) for a, b in zip(found, exact, strict=True))


@given(WEIGHTS, st.randoms(use_true_random=False))
def test_rounding_does_not_depend_on_the_order_of_the_file(weights: list[float], random: Any) -> None:
    bounds = [WeightLimits(at_least=Decimal("0.01"))] * len(weights)
    labels = [f"c{i}" for i in range(len(weights))]
    order = list(range(len(weights)))
    random.shuffle(order)

    def by_name(at: list[int]) -> dict[str, Decimal]:
        there = [labels[i] for i in at]
        found = rounded(
            within_limits([weights[i] for i in at], bounds), step=Decimal("0.01"), limits=bounds, names=there
        )
        return dict(zip(there, found, strict=True))

    assert by_name(list(range(len(weights)))) == by_name(order)


def test_equal_remainders_go_to_the_larger_weight_and_then_by_name() -> None:
    third = [Fraction(1, 3)] * 3
    assert rounded(third, step=Decimal("0.01"), limits=[FREE] * 3, names=["b", "a", "c"]) == (
        Decimal("0.33"), Decimal("0.34"), Decimal("0.33"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("weights", "bounds", "says"),
    [
        ([0.5, 0.5], [("0.6", "1"), ("0.6", "1")], "leave no room for 1"),
        ([0.5, 0.5], [("0", "0.4"), ("0", "0.4")], "leave no room for 1"),
        ([-0.5, 1.5], [("0", "1"), ("0", "1")], "is no weight"),
        ([math.nan, 1.0], [("0", "1"), ("0", "1")], "is no weight"),
        ([math.inf, 1.0], [("0", "1"), ("0", "1")], "is no weight"),
    ],
)
def test_limits_that_cannot_be_met_are_refused(
    weights: list[float], bounds: list[tuple[str, str]], says: str
) -> None:
    with pytest.raises(InputError, match=says):
        within_limits(weights, limits(*bounds))


def test_a_weight_of_nothing_is_refused_by_name() -> None:
    with pytest.raises(InputError, match="b: the weight comes to 0"):
        rounded(
            [Fraction(999, 1000), Fraction(1, 1000)],
            step=Decimal("0.01"),
            limits=[FREE] * 2,
            names=["a", "b"],
        )
