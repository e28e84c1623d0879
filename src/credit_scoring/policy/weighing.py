"""How a sector's weights came about: the `weighing` block of a sector's file.

Nothing in it decides a score: the weights do, and they stand beside the indicators. The block holds what people
judged and what was decided about the method, so that the weights can be worked out again. Experts are named by
their role, never by their name.
"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Literal, TypeAlias, get_args

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    Tag,
    WithJsonSchema,
    model_validator,
)

from credit_scoring.policy.catalogue import Title
from credit_scoring.policy.numbers import Factor
from credit_scoring.policy.reading import Strict

Source: TypeAlias = Literal["expert", "ahp", "group-ahp", "entropy", "critic"]
"""A method that gives weights by itself."""
Method: TypeAlias = Literal["expert", "ahp", "group-ahp", "entropy", "critic", "combined"]
METHODS: tuple[Method, ...] = get_args(Method)
_SCALE = 9
"""Saaty's scale ends here: nine times as important (Saaty 1980, p. 54)."""
_RATIO = re.compile(r"(?:1/)?([1-9])\Z")
_PAIR = re.compile(r"([a-z0-9_]+) over ([a-z0-9_]+)\Z")


def _ratio(value: Any) -> str:
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    if not _RATIO.match(text):
        raise ValueError(
            f"{value} is no judgment on the scale 1/{_SCALE} to {_SCALE}: write 1 to 9, or 1/2 to 1/9"
        )
    return text


def _pair(text: str) -> str:
    match = _PAIR.match(text)
    if match is None:
        raise ValueError(f"'{text}' is no pair: write 'one over other: 3', three times as important")
    if match[1] == match[2]:
        raise ValueError(f"'{text}' compares a thing with itself: remove it")
    return text


def _share(value: Decimal) -> Decimal:
    if not 0 <= value <= 1:
        raise ValueError("lies between 0 and 1")
    return value


def _above_zero(value: Decimal) -> Decimal:
    if value <= 0:
        raise ValueError("must be above 0")
    return value


Ratio = Annotated[
    str, BeforeValidator(_ratio), WithJsonSchema({"type": ["integer", "string"], "pattern": "^(1/)?[1-9]$"})
]
"""How many times as important, on Saaty's scale: `3`, or `1/3` where the other one is."""
Pair = Annotated[str, AfterValidator(_pair)]
"""Two things compared, written `one over other`."""
Share = Annotated[Factor, AfterValidator(_share)]
Positive = Annotated[Factor, AfterValidator(_above_zero)]


def ratio_value(ratio: Ratio) -> Fraction:
    """The number a judgment states.

    >>> ratio_value("1/3")
    Fraction(1, 3)
    """
    return Fraction(ratio)


def pair_members(pair: Pair) -> tuple[str, str]:
    """The two things of a pair.

    >>> pair_members("safety over honours")
    ('safety', 'honours')
    """
    first, _, second = pair.partition(" over ")
    return first, second


class Judgments(Strict):
    """One expert's pairwise comparisons: among the dimensions, and among the indicators of each dimension.

    All pairs are stated, each once. A single dimension, or the single indicator of a dimension, needs none.
    """

    dimensions: dict[Pair, Ratio] = Field(default_factory=dict)
    indicators: dict[str, dict[Pair, Ratio]] = Field(default_factory=dict)
    """By dimension; the groups of its second level are not compared."""


class Expert(Strict):
    """Someone who was asked, by role."""

    title: Title
    """The role, such as head of construction supervision; never a person's name."""
    importance: Positive = Decimal(1)
    """Weight of the opinion among the experts'; only the proportions count."""
    weights: dict[str, Positive] = Field(default_factory=dict)
    """Weights of all indicators by direct assessment, adding up to 1."""
    judgments: Judgments | None = None

    @model_validator(mode="after")
    def _said_something(self) -> Expert:
        if not self.weights and self.judgments is None:
            raise ValueError("needs weights, judgments, or both")
        return self


class LinearCombination(Strict):
    """`w = Σ share_k · w_k`, additive synthesis; the shares add up to 1."""

    rule: Literal["linear"]
    shares: dict[Source, Positive] = Field(min_length=2)

    @model_validator(mode="after")
    def _add_up(self) -> LinearCombination:
        if sum(self.shares.values()) != 1:
            raise ValueError(f"the shares add up to {sum(self.shares.values())}, not to 1")
        return self

    @property
    def parts(self) -> dict[Source, Decimal]:
        """Methods and what each counts."""
        return self.shares


class MultiplicativeCombination(Strict):
    """`w ∝ Π w_k ^ exponent_k`; with exponents of 1 the product of Hwang and Yoon (1981), ch. 3."""

    rule: Literal["multiplicative"]
    exponents: dict[Source, Positive] = Field(min_length=2)

    @property
    def parts(self) -> dict[Source, Decimal]:
        """Methods and what each counts."""
        return self.exponents


def _combination_kind(value: Any) -> str | None:
    kind = value.get("rule") if isinstance(value, dict) else getattr(value, "rule", None)
    return kind if kind in ("linear", "multiplicative") else None


Combination: TypeAlias = Annotated[
    Annotated[LinearCombination, Tag("linear")] | Annotated[MultiplicativeCombination, Tag("multiplicative")],
    Discriminator(
        _combination_kind,
        custom_error_type="unknown_combination",
        custom_error_message="'rule' must be linear or multiplicative",
    ),
]


class WeightLimits(Strict):
    """Least and most an indicator may weigh."""

    at_least: Share = Decimal(0)
    at_most: Share = Decimal(1)

    @model_validator(mode="after")
    def _ordered(self) -> WeightLimits:
        if self.at_least > self.at_most:
            raise ValueError(f"'at_least' {self.at_least} is above 'at_most' {self.at_most}")
        return self


class WeightBounds(WeightLimits):
    """Limits of every indicator, and of single ones instead. `{at_least: 0.1, at_most: 0.1}` fixes a weight."""

    indicators: dict[str, WeightLimits] = Field(default_factory=dict)

    def of(self, indicator: str) -> WeightLimits:
        """The limits that hold for an indicator."""
        return self.indicators.get(indicator, self)


class Noise(Strict):
    """How the sensitivity to the weights is measured."""

    noise: tuple[Positive, ...] = Field(min_length=1)
    """Half-widths: `0.1` multiplies each weight by an even draw from 0.9 to 1.1 before they are renormalised."""
    draws: Annotated[int, Field(ge=1, le=1_000_000)]
    seed: Annotated[int, Field(ge=0)]
    interval: Positive
    """Share of the draws the stated interval holds, such as 0.95."""
    list_subjects: Annotated[int, Field(ge=0)]
    """How many of the most fragile subjects the dossier names by their subject_id."""

    @model_validator(mode="after")
    def _within_one(self) -> Noise:
        if any(width >= 1 for width in self.noise) or self.interval >= 1:
            raise ValueError("'noise' and 'interval' lie below 1")
        return self


class Weighing(Strict):
    """The `weighing` block."""

    experts: dict[str, Expert] = Field(default_factory=dict)
    """By role."""
    consistency_at_most: Factor | None = None
    """Largest consistency ratio of any comparison matrix that may give weights; Saaty (1980) holds 0.1.

    No default: methods from pairwise judgments refuse to work until it is stated.
    """
    combine: Combination | None = None
    """What `combined` combines."""
    rounding: Positive
    """Weights are whole multiples of this, such as 0.005; 1 is one too."""
    bounds: WeightBounds = WeightBounds()
    sensitivity: Noise
    note: str | None = None

    @model_validator(mode="after")
    def _grid_meets_one(self) -> Weighing:
        if 1 % self.rounding != 0:
            raise ValueError(f"'rounding' {self.rounding} does not divide 1: the weights could never add up")
        if self.consistency_at_most is not None and self.consistency_at_most < 0:
            raise ValueError("'consistency_at_most' is at least 0")
        return self
