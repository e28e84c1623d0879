"""How far each feature can move the score."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from credit_scoring.learnt.features import Feature
from credit_scoring.learnt.points_table import PointsTable
from credit_scoring.sectors.validation.results import Importance


def importance_of_table(table: PointsTable) -> tuple[Importance, ...]:
    """The span of points of each characteristic, widest first; missing and unseen values count too."""
    found = [
        Importance(feature=c.feature.name, title=c.feature.title, fewest=c.fewest, most=c.most)
        for c in table.characteristics
    ]
    return _widest_first(found)


def importance_of_points(points: pd.DataFrame, features: Sequence[Feature]) -> tuple[Importance, ...]:
    """The span of points over rows, for an evaluation that has no table.

    Args:
        points: one column of thousandths per feature, as its explanation gives them.
        features: whose columns to read.
    """
    found = [
        Importance(
            feature=feature.name,
            title=feature.title,
            fewest=int(np.min(points[feature.name].to_numpy())),
            most=int(np.max(points[feature.name].to_numpy())),
        )
        for feature in features
    ]
    return _widest_first(found)


def _widest_first(found: list[Importance]) -> tuple[Importance, ...]:
    return tuple(sorted(found, key=lambda item: (item.fewest - item.most, item.feature)))
