"""Points of the pictures, thinned: drawing needs a few hundred, whatever the number of rows."""

from __future__ import annotations

import numpy as np

from credit_scoring.policy.numbers import POINT
from credit_scoring.sectors.validation.discrimination import Ladder
from credit_scoring.sectors.validation.inputs import FloatArray, Scored
from credit_scoring.sectors.validation.results import Curves

_POINTS = 200
_COLUMNS = 40


def curves(scored: Scored) -> Curves:
    """ROC, the two distributions of scores and their histogram; empty where a class is."""
    if not 0 < int(scored.bad.sum()) < len(scored.bad):
        return Curves(
            false_alarm=(),
            caught=(),
            scores=(),
            bad_up_to=(),
            good_up_to=(),
            edges=(),
            bad_share=(),
            good_share=(),
        )
    bad, good = Ladder.of(scored.bad, scored.score).masses(scored.weights)
    bads, goods = np.append(0.0, np.cumsum(bad)) / bad.sum(), np.append(0.0, np.cumsum(good)) / good.sum()
    levels = np.unique(scored.score)
    # The first level is repeated for the point before anybody is caught.
    points = np.append(levels[0], levels) / POINT
    kept = np.unique(np.linspace(0, len(bads) - 1, _POINTS).round().astype(int))
    edges = np.histogram_bin_edges(scored.score / POINT, bins=_COLUMNS)
    shares = []
    for outcome in (1, 0):
        rows = scored.bad == outcome
        heights = np.histogram(scored.score[rows] / POINT, bins=edges, weights=scored.weights[rows])[0]
        shares.append(heights / heights.sum())
    return Curves(
        false_alarm=_plain(goods[kept]),
        caught=_plain(bads[kept]),
        scores=_plain(points[kept]),
        bad_up_to=_plain(bads[kept]),
        good_up_to=_plain(goods[kept]),
        edges=_plain(edges),
        bad_share=_plain(shares[0]),
        good_share=_plain(shares[1]),
    )


def _plain(values: FloatArray) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
