"""Points by a learnt model: the one part of the line that is no SQL.

Trees that look at several features at once are no table of points. They read the same measures as every other
indicator, and their points come back as rows beside those of the rules, adding up to the score exactly.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from credit_scoring.engines.base import Engine
from credit_scoring.learnt.frames import frame_of
from credit_scoring.learnt.gradient_model import GradientModel, gradient_points, read_gradient_model
from credit_scoring.policy.catalogue import Item
from credit_scoring.policy.compilation import Compiled
from credit_scoring.policy.language import Scorecard
from credit_scoring.policy.loading import Policy
from credit_scoring.scoring.measuring import features_query

_BLOCK = 100_000
"""Subjects worked on at a time: memory grows with it and with the number of features, not with the province."""


def add_model_points(engine: Engine, compiled: Compiled, policy: Policy, *, threads: int | None) -> None:
    """Add the points of every indicator whose curve is `model` to `indicator_states`.

    Args:
        threads: of the model's predictions; None takes every core. The points do not depend on it.

    Raises:
        PolicyError: the file of a model is gone or changed.
    """
    for number, card in enumerate(compiled.cards):
        if card.model is not None:
            model = read_gradient_model(policy.model_text(card), num_threads=threads or 0)
            _add(engine, compiled, number, card, model, policy.catalogue)


def _add(
    engine: Engine,
    compiled: Compiled,
    number: int,
    card: Scorecard,
    model: GradientModel,
    catalogue: Mapping[str, Item],
) -> None:
    indicators = {
        row["indicator"]: row["indicator_no"]
        for row in compiled.tables.rows["indicators"]
        if row["scorecard_no"] == number
    }
    places = np.array([indicators[feature.name] for feature in model.features], dtype=np.int64)
    last = engine.table("SELECT coalesce(max(subject_no), -1) AS n FROM subjects").to_pylist()[0]["n"]
    for first in range(0, last + 1, _BLOCK):
        engine.run(
            "CREATE OR REPLACE VIEW model_subjects AS SELECT * FROM subjects "
            f"WHERE scorecard_no = {number} AND subject_no >= {first} AND subject_no < {first + _BLOCK}"
        )
        table = engine.table(features_query(compiled, card, catalogue, subjects="model_subjects"))
        if not table.num_rows:
            continue
        found = gradient_points(model, frame_of(table.drop_columns(["subject_no"])))
        rows, features = found.points.shape
        engine.register(
            "model_points",
            pa.table(
                {
                    "subject_no": np.repeat(table["subject_no"].to_numpy(), features),
                    "indicator_no": np.tile(places, rows),
                    "points": found.points.ravel(),
                }
            ),
        )
        engine.run(_INSERT)


_INSERT = """
INSERT INTO indicator_states
SELECT p.subject_no, p.indicator_no,
       CASE WHEN v.subject_no IS NOT NULL THEN 'observed' WHEN u.indicator_no IS NOT NULL THEN 'not_collected'
            ELSE 'no_record' END,
       v.value, v.level, p.points, false, false, i.points
FROM model_points p
JOIN indicators i USING (indicator_no)
JOIN subjects s USING (subject_no)
LEFT JOIN measure_values v ON v.subject_no = p.subject_no AND v.measure_no = i.measure_no
LEFT JOIN uncovered u ON u.indicator_no = p.indicator_no AND u.region_code = coalesce(s.region_code, '')
"""
