"""Weights from judgments: published examples, properties, experts together, wrong statements."""

from __future__ import annotations

import itertools
import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymcdm.weights.subjective import AHP

from credit_scoring.errors import InputError
from credit_scoring.policy.catalogue import Title
from credit_scoring.policy.weighing import Expert, Judgments
from credit_scoring.sectors.weighing.experts import Branch, group_of_judgments, group_of_weights, judged
from credit_scoring.sectors.weighing.pairwise import SCALE, compare, disturbances, matrix_of

SCHOOL = [[4, 3, 1, 3, 4], [7, 3, 1 / 5, 1], [1 / 5, 1 / 5, 1 / 6], [1, 1 / 3], [3]]
DRINKS = [
    [9, 5, 2, 1, 1, 1 / 2], [1 / 3, 1 / 9, 1 / 9, 1 / 9, 1 / 9], [1 / 3, 1 / 4, 1 / 3, 1 / 9], [1 / 2, 1, 1 / 3], [2, 1 / 2], [1 / 3],
]  # fmt: skip
CHAIRS = [[5, 6, 7], [4, 6], [4]]
PUBLISHED = {
    "choice of a school, six criteria (Saaty 1990)": (SCHOOL, [0.32, 0.14, 0.03, 0.13, 0.24, 0.14], 7.42, 0.23),
    "drinks consumed, seven kinds (Saaty 2008)": (DRINKS, [0.177, 0.019, 0.042, 0.116, 0.190, 0.129, 0.327], 7.177, 0.022),
    "brightness of four chairs (Saaty 1977)": (CHAIRS, [0.61, 0.24, 0.10, 0.05], 4.39, 0.14),
}  # fmt: skip
"""Judgments above the diagonal; weights, largest eigenvalue and consistency ratio as published, rounded there."""


def full(upper: list[list[float]]) -> np.ndarray[Any, Any]:
    matrix = np.eye(len(upper) + 1)
    for i, row in enumerate(upper):
        for j, value in enumerate(row, start=i + 1):
            matrix[i, j], matrix[j, i] = value, 1 / value
    return matrix


def names_of(matrix: np.ndarray[Any, Any]) -> list[str]:
    return [f"c{i}" for i in range(len(matrix))]


def by_repeated_multiplication(rows: list[list[float]]) -> tuple[list[float], float]:
    """Principal eigenvector and eigenvalue the slow way: multiply until nothing changes."""
    vector = [1 / len(rows)] * len(rows)
    for _ in range(2000):
        product = [sum(a * v for a, v in zip(row, vector, strict=True)) for row in rows]
        total = sum(product)
        vector = [p / total for p in product]
    product = [sum(a * v for a, v in zip(row, vector, strict=True)) for row in rows]
    return vector, sum(product)


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_examples_are_reproduced(name: str) -> None:
    upper, weights, principal, ratio = PUBLISHED[name]
    matrix = full(upper)
    found = compare(names_of(matrix), matrix)
    assert found.weights == pytest.approx(weights, abs=0.01)
    assert found.principal == pytest.approx(principal, abs=0.01)
    assert found.consistency_ratio == pytest.approx(ratio, abs=0.006)


@given(st.sampled_from(SCALE), st.sampled_from(SCALE), st.sampled_from(SCALE))
def test_three_criteria_follow_the_closed_form(ab: Fraction, ac: Fraction, bc: Fraction) -> None:
    """For three, the eigenvector is the geometric mean of the rows (Saaty 1980)."""
    found = compare(list("abc"), full([[float(ab), float(ac)], [float(bc)]]))
    rows = [float(ab * ac) ** (1 / 3), float(bc / ab) ** (1 / 3), float(1 / (ac * bc)) ** (1 / 3)]
    assert found.weights == pytest.approx([row / sum(rows) for row in rows], abs=1e-10)
    off = float(ac / (ab * bc)) ** (1 / 3)
    assert found.principal == pytest.approx(1 + off + 1 / off, abs=1e-10)
    assert found.consistency_ratio == pytest.approx((off + 1 / off - 2) / 2 / 0.58, abs=1e-10)


@st.composite
def comparisons(draw: st.DrawFn, least: int = 2) -> np.ndarray[Any, Any]:
    n = draw(st.integers(least, 7))
    return full([[float(draw(st.sampled_from(SCALE))) for _ in range(n - 1 - i)] for i in range(n - 1)])


@given(comparisons())
@settings(max_examples=60)
def test_weights_agree_with_repeated_multiplication_and_with_pymcdm(matrix: np.ndarray[Any, Any]) -> None:
    found = compare(names_of(matrix), matrix)
    weights, principal = by_repeated_multiplication(matrix.tolist())
    assert found.weights == pytest.approx(weights, abs=1e-9)
    assert found.principal == pytest.approx(principal, abs=1e-9)
    assert found.weights == pytest.approx(list(AHP(matrix=matrix)()), abs=1e-9)
    assert sum(found.weights) == pytest.approx(1, abs=1e-12)
    assert min(found.weights) > 0
    assert found.consistency_ratio >= 0


@given(st.lists(st.floats(0.01, 100), min_size=2, max_size=9))
def test_consistent_judgments_give_back_their_weights_and_a_ratio_of_zero(values: list[float]) -> None:
    matrix = np.array([[a / b for b in values] for a in values])
    found = compare(names_of(matrix), matrix)
    assert found.weights == pytest.approx([v / sum(values) for v in values], rel=1e-8)
    assert found.consistency_ratio == pytest.approx(0, abs=1e-9)
    for d in disturbances(found):
        assert d.implied == pytest.approx(d.stated, rel=1e-7)


@given(comparisons(least=3), st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_the_order_of_the_criteria_does_not_matter(matrix: np.ndarray[Any, Any], random: Any) -> None:
    order = list(range(len(matrix)))
    random.shuffle(order)
    names = names_of(matrix)
    one = compare(names, matrix)
    two = compare([names[i] for i in order], matrix[np.ix_(order, order)])
    assert [one.weights[i] for i in order] == pytest.approx(two.weights, abs=1e-10)
    assert one.consistency_ratio == pytest.approx(two.consistency_ratio, abs=1e-9)


@given(comparisons(least=3))
@settings(max_examples=40)
def test_what_the_others_imply_is_what_the_completed_judgments_say(matrix: np.ndarray[Any, Any]) -> None:
    names = names_of(matrix)
    found = disturbances(compare(names, matrix))
    assert len(found) == len(names) * (len(names) - 1) // 2
    assert [d.ratio_without for d in found] == sorted(d.ratio_without for d in found)
    for d in found:
        i, j = names.index(d.first), names.index(d.second)

        completed = matrix.copy()
        completed[i, j], completed[j, i] = d.implied, 1 / d.implied
        without = compare(names, completed)
        assert without.weights[i] / without.weights[j] == pytest.approx(d.implied, rel=1e-7)
        assert without.consistency_ratio == pytest.approx(d.ratio_without, abs=1e-8)
        nearest = abs(math.log(d.on_scale / Fraction(d.implied)))
        assert all(nearest <= abs(math.log(s / Fraction(d.implied))) + 1e-12 for s in SCALE)


def test_of_three_judgments_two_imply_the_third() -> None:
    (worst, *_) = disturbances(compare(["a", "b", "c"], full([[3, 2], [2]])))
    assert {(d.first, d.second): d.implied for d in disturbances(compare(["a", "b", "c"], full([[3, 2], [2]])))} == {
        ("a", "b"): pytest.approx(1.0), ("a", "c"): pytest.approx(6.0), ("b", "c"): pytest.approx(2 / 3),
    }  # fmt: skip
    assert worst.ratio_without == pytest.approx(0, abs=1e-9)


def test_the_judgment_that_was_spoilt_is_the_first_to_be_named() -> None:
    values = [8, 4, 2, 1, 1]
    matrix = np.array([[a / b for b in values] for a in values])
    matrix[1, 3], matrix[3, 1] = 1 / 9, 9
    worst = disturbances(compare(list("abcde"), matrix))[0]
    assert (worst.first, worst.second, worst.on_scale) == ("b", "d", 4)
    assert worst.ratio_without == pytest.approx(0, abs=1e-9)


# Experts

TREE = (Branch(dimension="x", indicators=("a", "b")), Branch(dimension="y", indicators=("c",)))


def expert(top: str, within: str, importance: int = 1) -> Expert:
    return Expert(
        title=Title(zh="职务", en="Role"),
        importance=Decimal(importance),
        judgments=Judgments(dimensions={"x over y": top}, indicators={"x": {"b over a": within}}),
    )


def test_a_hierarchy_multiplies_down_its_branches() -> None:
    judgments = expert("3", "1/4").judgments
    assert judgments is not None
    assert judged(TREE, judgments).weights == pytest.approx((0.75 * 0.8, 0.75 * 0.2, 0.25))


def test_a_group_takes_the_weighted_geometric_mean_and_says_who_differs() -> None:
    group = group_of_judgments(TREE, {"one": expert("8", "1/4", 2), "two": expert("1", "1/4")})
    # Two to one: 8^(2/3) = 4.
    assert group.weights == pytest.approx((0.8 * 0.8, 0.8 * 0.2, 0.2))
    assert [o.role for o in group.opinions] == ["one", "two"]
    assert group.opinions[1].distance == pytest.approx(0.3)
    widest = group.disputes[0]
    assert (widest.first, widest.second) == ("x", "y")
    assert (widest.together, widest.least, widest.most) == pytest.approx((4, 1, 8))
    by_hand = math.exp(math.sqrt(2 / 3 * math.log(2) ** 2 + 1 / 3 * math.log(4) ** 2))
    assert widest.dispersion == pytest.approx(by_hand)
    assert group.disputes[1].dispersion == pytest.approx(1)


def test_experts_who_agree_are_one_expert() -> None:
    alone = group_of_judgments(TREE, {"one": expert("3", "5")})
    many = group_of_judgments(TREE, {r: expert("3", "5", i + 1) for i, r in enumerate("abc")})
    assert many.weights == pytest.approx(alone.weights)
    assert [o.distance for o in many.opinions] == pytest.approx([0, 0, 0], abs=1e-12)


def test_direct_weights_are_averaged_by_importance() -> None:
    def assessed(a: str, b: str, importance: int) -> Expert:
        weights = {"a": Decimal(a), "b": Decimal(b)}
        return Expert(title=Title(zh="职务", en="Role"), importance=Decimal(importance), weights=weights)

    group = group_of_weights(["a", "b"], {"one": assessed("0.9", "0.1", 3), "two": assessed("0.5", "0.5", 1)})
    assert group.weights == pytest.approx((0.8, 0.2))
    assert [o.distance for o in group.opinions] == pytest.approx([0.1, 0.3])


# Wrong statements


@pytest.mark.parametrize(
    ("judgments", "says"),
    [
        ({"a over b": "3", "b over a": "3", "a over c": "1", "b over c": "1"}, "stands twice"),
        ({"a over b": "3", "b over c": "1"}, "no judgment on 'a over c'"),
        ({"a over d": "3"}, "'d' is not compared here"),
    ],
)
def test_judgments_that_do_not_fit_are_refused(judgments: dict[str, str], says: str) -> None:
    with pytest.raises(InputError, match=says):
        matrix_of(["a", "b", "c"], judgments)


@pytest.mark.parametrize(
    "matrix",
    [np.ones((2, 3)), np.array([[1, 2], [2, 1.0]]), np.array([[1, -1], [-1, 1.0]]), np.array([[1, np.nan], [np.nan, 1]])],
)  # fmt: skip
def test_a_matrix_that_is_no_comparison_is_refused(matrix: np.ndarray[Any, Any]) -> None:
    with pytest.raises(InputError):
        compare(["a", "b"], matrix)


def test_too_many_things_at_once_are_refused() -> None:
    with pytest.raises(InputError, match="at most 15"):
        compare([f"c{i}" for i in range(16)], np.ones((16, 16)))


@pytest.mark.parametrize("ratio", [0, 10, "1/10", "3/2", "0.5", 2.5, True, "two", "1/0"])
def test_ratios_off_the_scale_are_refused(ratio: Any) -> None:
    with pytest.raises(ValueError, match="is no judgment on the scale"):
        Judgments.model_validate({"dimensions": {"a over b": ratio}})


@pytest.mark.parametrize("pair", ["a", "a over", "a over a", "a under b", "a over b over c"])
def test_pairs_that_are_none_are_refused(pair: str) -> None:
    with pytest.raises(ValueError, match=r"pair|compares a thing with itself"):
        Judgments.model_validate({"dimensions": {pair: 3}})


def test_every_ratio_of_the_scale_can_be_written() -> None:
    written = itertools.chain(range(1, 10), (f"1/{n}" for n in range(2, 10)))
    for ratio in written:
        assert Judgments.model_validate({"dimensions": {"a over b": ratio}}).dimensions == {
            "a over b": str(ratio)
        }
