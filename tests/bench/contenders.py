"""Our three families as contenders: everything free, as the rivals have it, and with the polarities that are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from bench.accuracy import Model, Predictor
from bench.model_data import DataSet
from credit_scoring.policy.training import Polarity


def polarities(data: DataSet) -> dict[str, Polarity]:
    """Better, worse or free for every column of a data set."""
    known: dict[str, Polarity] = dict.fromkeys(data.frame.columns, "free")
    known |= dict.fromkeys(data.better, "better")
    return known | dict.fromkeys(data.worse, "worse")


def _ours(family: type[Any], name: str, *, known: bool) -> Model:
    def fit(data: DataSet, train: pd.DataFrame, bad: np.ndarray) -> Predictor:
        model = family(polarity=polarities(data) if known else None).fit(train, bad)
        return lambda frame: model.predict_proba(frame)[:, 1]

    return Model(name=f"{name}, {'known polarities' if known else 'all free'}", fit=fit)


def families() -> dict[str, type[Any]]:
    """The three families by their name in the table."""
    from credit_scoring.sectors.additive import AdditiveScorecard
    from credit_scoring.sectors.gradient import GradientScorecard
    from credit_scoring.sectors.woe import WoeScorecard

    return {"WoE": WoeScorecard, "additive": AdditiveScorecard, "gradient": GradientScorecard}


def contenders() -> tuple[Model, ...]:
    """Six models: each family free and with known polarities."""
    return tuple(
        _ours(family, name, known=known) for name, family in families().items() for known in (False, True)
    )
