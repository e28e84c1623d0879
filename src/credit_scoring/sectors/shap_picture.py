"""A picture of what moves a gradient model's scores, drawn by shap."""

from __future__ import annotations

import io
import warnings
from typing import Any

import numpy as np

from credit_scoring.learnt.frames import frame_of
from credit_scoring.learnt.gradient_model import GradientModel, gradient_points
from credit_scoring.policy.numbers import POINT

_FEATURES = 20
_SIZE = (9, 7)
_DPI = 130


def draw_shap(model: GradientModel, table: Any) -> bytes:
    """A beeswarm of points per feature, as PNG: each dot a row, its place the points, its colour the feature's value.

    Args:
        table: the features of the rows to draw.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    frame = frame_of(table)
    found = gradient_points(model, frame)
    values = np.column_stack(
        [model.matrix(frame)[:, model.coding.names.index(f.name)] for f in model.features]
    )
    figure = Figure(figsize=_SIZE)
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    with warnings.catch_warnings():
        # shap reports features without spread, which does not concern the reader.
        warnings.simplefilter("ignore")
        _beeswarm(found.points / POINT, values, [f.name for f in model.features], axes)
        axes.set_xlabel("points")
        target = io.BytesIO()
        figure.savefig(target, format="png", dpi=_DPI, bbox_inches="tight", metadata={"Software": None})
    return target.getvalue()


def _beeswarm(
    points: np.ndarray[Any, Any], values: np.ndarray[Any, Any], names: list[str], axes: Any
) -> None:
    import shap

    explained = shap.Explanation(values=points, data=values, feature_names=names)
    # shap scatters the dots with numpy's global generator: the picture is the same every time, and the generator
    # is left as it was.
    state = np.random.get_state()
    try:
        np.random.seed(0)
        shap.plots.beeswarm(explained, max_display=_FEATURES, show=False, ax=axes, plot_size=None)
    finally:
        np.random.set_state(state)
