"""Pictures of the dossier, as SVG without any letters but identifiers: the words stand beside them in the reader's language."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from credit_scoring.sectors.weighing.consequences import Consequences
from credit_scoring.sectors.weighing.weights import Weighed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_BEFORE, _AFTER = "#b8c4d0", "#1f5a8c"


def weights_picture(weighed: Weighed) -> str:
    """Weights before (pale) and after (dark), one pair of bars per indicator."""
    from matplotlib.figure import Figure

    count = len(weighed.names)
    figure = Figure(figsize=(8, 0.9 + 0.34 * count), layout="constrained")
    axes = figure.subplots()
    rows = range(count)
    axes.barh([r - 0.19 for r in rows], [float(w) for w in weighed.before], height=0.36, color=_BEFORE)
    axes.barh([r + 0.19 for r in rows], [float(w) for w in weighed.weights], height=0.36, color=_AFTER)
    axes.set_yticks(list(rows), weighed.names, fontsize=8)
    axes.invert_yaxis()
    axes.grid(axis="x", linewidth=0.4)
    axes.spines[["top", "right"]].set_visible(False)
    return _svg(figure, "weights")


def fragility_picture(found: Consequences) -> str:
    """Share of subjects (upright, %) whose grade one weight's change of at most so much (across, %) can flip."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 3.6), layout="constrained")
    axes = figure.subplots()
    points = [(100 * p.change, 100 * p.flipped) for p in found.curve]
    axes.plot([x for x, _ in points], [y for _, y in points], color=_AFTER)
    axes.set_xlim(0, 100)
    axes.set_ylim(bottom=0)
    axes.grid(linewidth=0.4)
    axes.spines[["top", "right"]].set_visible(False)
    return _svg(figure, "fragility")


def _svg(figure: Figure, salt: str) -> str:
    from matplotlib import rc_context

    # Without a date and with fixed identifiers the same weights give the same bytes.
    with rc_context({"svg.hashsalt": salt, "svg.fonttype": "path"}), StringIO() as text:
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
        svg = text.getvalue()
    return svg[svg.index("<svg") :]
