"""The results of the public scorecard that a sector's scorecard extends, as a table the line can read."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from credit_scoring.engines.base import Engine
from credit_scoring.policy.language import Scorecard


def admit_public(engine: Engine, scores: Path | pa.Table, bases: tuple[Scorecard, ...]) -> None:
    """Make `public_points` from the `scores` of a public run: thousandths per subject and dimension.

    One row per subject with `dimension` null holds the final score; every row carries the grade.

    Args:
        scores: the table `scores` of the run of `bases`, or its Parquet file.
        bases: the scorecards of that run; their dimensions are columns of `scores`.
    """
    if isinstance(scores, Path):
        engine.scan("public_scores", scores)
    else:
        engine.register("public_scores", scores)
    names = dict.fromkeys(name for card in bases for name in card.dimensions)
    parts = [_part("NULL::VARCHAR", "score"), *(_part(f"'{name}'", f'"{name}"') for name in names)]
    engine.run("CREATE VIEW public_points AS " + " UNION ALL ".join(parts))


def _part(dimension: str, column: str) -> str:
    # Scores leave a run as decimals with three places: a thousand times that is the integer the engine summed.
    points = f"({column} * (1000)::DECIMAL(4, 0))::BIGINT"
    return (
        f"SELECT subject_id, {dimension} AS dimension, {points} AS points, grade, unrated FROM public_scores "
        f"WHERE {column} IS NOT NULL"
    )
