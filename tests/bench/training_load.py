"""Learning a WoE scorecard from many invented rows, in a process of its own, so that its memory can be told."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from bench.bench import measure

TESTS = Path(__file__).resolve().parents[1]
TEXTS = 8
"""Of the features, so many hold levels and not numbers."""
LEVELS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How much there is to learn from."""

    rows: int
    features: int


def invent(load: Load, *, seed: int = 0) -> pd.DataFrame:
    """Rows with a known risk: a third of the features matter, a tenth of the values is missing; `bad` is the label."""
    draw = np.random.default_rng(seed)
    columns: dict[str, np.ndarray | pd.Categorical] = {}
    log_odds = np.full(load.rows, -2.5)
    for j in range(load.features):
        matters = 0.25 if j % 3 == 0 else 0.0
        if j < TEXTS:
            codes = draw.integers(0, LEVELS, load.rows)
            log_odds += matters * (codes - LEVELS / 2) / LEVELS * 4
            codes[draw.random(load.rows) < 0.1] = -1
            columns[f"text_{j:02}"] = pd.Categorical.from_codes(
                codes, [f"level {i:02}" for i in range(LEVELS)]
            )
        else:
            values = draw.gamma(2.0, 1.5, load.rows) if j % 2 else draw.normal(size=load.rows)
            log_odds += matters * (values - values.mean()) / values.std()
            values[draw.random(load.rows) < 0.1] = np.nan
            columns[f"number_{j:02}"] = values
    bad = draw.random(load.rows) < 1 / (1 + np.exp(-log_odds))
    return pd.DataFrame(columns).assign(bad=bad.astype(np.int8))


def measure_training(load: Load) -> tuple[float, int]:
    """Wall-clock seconds and largest resident bytes of reading the rows and learning from them."""
    with TemporaryDirectory() as name:
        rows = Path(name) / "rows.parquet"
        invent(load).to_parquet(rows)
        run = measure([sys.executable, "-m", "bench.training_load", str(rows)], folder=TESTS)
    return run.seconds, run.memory


def main() -> None:
    """Learn from the file named."""
    from credit_scoring.sectors.woe import WoeScorecard

    rows = pd.read_parquet(sys.argv[1])
    WoeScorecard().fit(rows.drop(columns="bad"), rows["bad"])


if __name__ == "__main__":
    main()
