"""A gradient model as text, and its points: what scoring needs, without a refit and without a pickle.

The score is decided once, from the model's raw log-odds. SHAP values are then apportioned to whole thousandths so that base
and points add up to that score in every row: each feature gets its exact share rounded down, and the thousandths still
missing go to the largest remainders (Hamilton's method).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from credit_scoring.errors import InputError
from credit_scoring.learnt.coding import Coding
from credit_scoring.learnt.contributions import Contributions, Explainer, Progress
from credit_scoring.learnt.features import Feature
from credit_scoring.learnt.frames import Frame
from credit_scoring.learnt.scale import LinearScale
from credit_scoring.learnt.trees import Floats, Integers, TreeModel, read_model
from credit_scoring.policy.catalogue import Title
from credit_scoring.policy.numbers import POINT

FORMAT = "credit-scoring gradient model 1"
SHARE_DIGITS = 6
"""Decimals of a thousandth that a share keeps before whole thousandths are given out."""


@dataclass(frozen=True, kw_only=True)
class GradientModel:
    """Boosted trees with interactions, the coding of their features, and the scale.

    Raises:
        InputError: the text is no model of these features.
    """

    model_text: str
    """LightGBM's own format."""
    coding: Coding
    """Of every feature the model knows, in its order."""
    features: tuple[Feature, ...]
    """Those that any tree looks at: the k columns of the points."""
    scale: LinearScale
    floor: int = 0
    total: int = 1_000_000
    num_threads: int = 1

    def __post_init__(self) -> None:
        trees = read_model(self.model_text)
        if len(trees.features) != len(self.coding.names):
            raise InputError(
                f"the model text has {len(trees.features)} features, and {len(self.coding.names)} are described. "
                "Both come from one fit: use its text unchanged."
            )
        used = {self.coding.names[split.feature] for tree in trees.trees for split in tree.splits}
        named = {feature.name for feature in self.features}
        if used != named:
            raise InputError(
                f"the model text splits on {', '.join(sorted(used)) or 'nothing'}, and points are described for "
                f"{', '.join(sorted(named)) or 'nothing'}. Both come from one fit: use its text unchanged."
            )

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name not in ("explainer", "trees")}

    @cached_property
    def trees(self) -> TreeModel:
        """The model, read."""
        return read_model(self.model_text)

    @cached_property
    def explainer(self) -> Explainer:
        """Made ready on first use."""
        import lightgbm

        booster = lightgbm.Booster(model_str=self.model_text)
        return Explainer.of(booster, num_threads=self.num_threads)

    @property
    def base(self) -> int:
        """Thousandths everyone starts with: the score at the expected log-odds of the training rows."""
        return int(self.scale.thousandths(np.array([self.trees.expected]))[0])

    def matrix(self, frame: Frame) -> Floats:
        """What LightGBM sees of n rows; features that no tree looks at need not be in the frame."""
        return self.coding.matrix(frame, used=[feature.name for feature in self.features])

    def scores(self, frame: Frame) -> Integers:
        """n scores in thousandths, not kept within floor and total."""
        return self.scale.thousandths(self.explainer.raw(self.matrix(frame)))

    def points(self, frame: Frame) -> Integers:
        """Points in thousandths, (n, k)."""
        return gradient_points(self, frame).points

    def as_text(self) -> str:
        """The whole model as JSON, with a digest over all of it."""
        content = {
            "format": FORMAT,
            "features": [_feature_content(feature) for feature in self.features],
            "names": list(self.coding.names),
            "levels": [None if levels is None else list(levels) for levels in self.coding.levels],
            "scale": {"offset": self.scale.offset, "factor": self.scale.factor},
            "floor": self.floor,
            "total": self.total,
            "model": self.model_text,
        }
        return json.dumps(content | {"sha256": _digest(content)}, ensure_ascii=False, indent=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class GradientPoints:
    """Scores and their parts, in thousandths: `base + Σ points == scores`, in every row."""

    scores: Integers
    """n, not kept within floor and total."""
    points: Integers
    """n rows by k features, in the order of the model's `features`."""
    base: int
    contributions: Contributions
    """The SHAP values behind them, over all features the model knows, and how they were checked."""


def gradient_points(
    model: GradientModel, frame: Frame, *, progress: Progress | None = None
) -> GradientPoints:
    """Scores and points of n rows.

    Args:
        frame: columns of the model's `features`, of the kinds learnt from; further columns are ignored.
        progress: told of rows done.

    Raises:
        FeatureTableError: a feature is missing.
    """
    contributions = model.explainer.shap_values(model.matrix(frame), progress=progress)
    scores = model.scale.thousandths(contributions.raw)
    places = [model.coding.names.index(feature.name) for feature in model.features]
    exact = contributions.values[:, places] * (-model.scale.factor * POINT)
    # The two ways to SHAP values differ in the fifteenth digit, and so may two processors: equal shares must stay
    # equal, and a share of nothing nothing, or the noise would say which feature gets the last thousandth.
    points = apportioned(np.round(exact, SHARE_DIGITS), scores - model.base)
    return GradientPoints(scores=scores, points=points, base=model.base, contributions=contributions)


def apportioned(exact: Floats, totals: Integers) -> Integers:
    """Whole numbers near exact shares, with given sums.

    Args:
        exact: n rows of k shares.
        totals: n sums to reach; close to those of the shares.

    Returns:
        n rows of k whole numbers. Each is its share rounded down or up, as long as the totals lie within what that allows;
        of equal remainders the first feature's comes first.

    >>> apportioned(np.array([[1.5, 1.4, 1.1]]), np.array([4])).tolist()
    [[2, 1, 1]]
    """
    rows, features = exact.shape
    down = np.floor(exact)
    points = down.astype(np.int64)
    if not features:
        return points
    lacking = totals - points.sum(axis=1)
    order = np.argsort(down - exact, axis=1, kind="stable")
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.broadcast_to(np.arange(features), (rows, features)), axis=1)
    every, some = np.divmod(lacking, features)
    found: Integers = points + every[:, None] + (ranks < some[:, None])
    return found


def read_gradient_model(text: str, *, num_threads: int = 1) -> GradientModel:
    """The model that `as_text` wrote.

    Raises:
        InputError: the text is of another format, or is not what was written.
    """
    try:
        content = json.loads(text)
    except ValueError as error:
        raise InputError(f"this is not the text of a gradient model: {error}.") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise InputError(f"this is not the text of a gradient model: it does not begin with '{FORMAT}'.")
    if content.pop("sha256", None) != _digest(content):
        raise InputError(
            "the gradient model was changed after it was written: its digest differs. Use the original."
        )
    return GradientModel(
        model_text=content["model"],
        coding=Coding(
            names=tuple(content["names"]),
            levels=tuple(None if levels is None else tuple(levels) for levels in content["levels"]),
        ),
        features=tuple(_feature_of(feature) for feature in content["features"]),
        scale=LinearScale(**content["scale"]),
        floor=content["floor"],
        total=content["total"],
        num_threads=num_threads,
    )


def _digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _feature_content(feature: Feature) -> dict[str, Any]:
    title = None if feature.title is None else feature.title.model_dump()
    return {
        "name": feature.name,
        "polarity": feature.polarity,
        "title": title,
        "dimension": feature.dimension,
        "unit": feature.unit,
        "reason": feature.reason,
    }


def _feature_of(content: dict[str, Any]) -> Feature:
    title = content.pop("title")
    return Feature(title=None if title is None else Title(**title), **content)
