"""Two runs side by side, in SQL: pairs of scores, what subjects are grouped by, what moved whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import pyarrow as pa

from credit_scoring.engines.base import Engine
from credit_scoring.errors import TableError
from credit_scoring.policy.catalogue import Title
from credit_scoring.releases.impact.bases import CardPoints
from credit_scoring.releases.impact.ladders import Ladder, has_same_limits, is_same_ladder
from credit_scoring.scoring.inputs import SUBJECTS, admit
from credit_scoring.scoring.line import sql_of

MOST_MOVERS = 50
"""Subjects shown each way."""
MOST_VALUES = 1_000
"""Different values of a column of segments; what has more groups nobody."""
GROUPS: dict[str, Title] = {
    "subject_type": Title(zh="主体类型", en="Subject type"),
    "prefecture": Title(zh="地区（市）", en="Prefecture"),
    "region": Title(zh="地区（县）", en="County"),
    "industry": Title(zh="行业门类", en="Industry section"),
    "division": Title(zh="行业大类", en="Industry division"),
    "age": Title(zh="成立年限", en="Years since establishment"),
}
"""What subjects are grouped by without a table of segments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """What the SQL has to know about the two scorecards."""

    before: CardPoints
    after: CardPoints
    ladder_before: Ladder
    ladder_after: Ladder

    @property
    def composition(self) -> int:
        """No-record points, in thousandths, of indicators that come in, less those of indicators that go."""
        return self.after.bases_beside(self.before) - self.before.bases_beside(self.after)

    @property
    def same_ladder(self) -> bool:
        """Whether a step up or down the one is a step of the other."""
        return is_same_ladder(self.ladder_before, self.ladder_after)


def sql(name: str) -> str:
    """The SQL text of a step."""
    return (files("credit_scoring.releases.impact") / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def compare_runs(
    engine: Engine,
    sides: Sides,
    *,
    before: Path,
    after: Path,
    subjects: Path,
    segments: Path | None,
    on: date,
) -> tuple[str, ...]:
    """Make the tables `pairs`, `grouped`, `causes`, `movers` and the view `changes` from the folders of two runs.

    Args:
        before, after: folders of `score_to_folder` over the same tables.
        segments: a table of `subject_id` and columns to group by.

    Returns:
        The columns of `segments`.

    Raises:
        TableError: the table of segments cannot be used.
    """
    engine.run(sql_of("00_functions"))
    for name, folder in (("before", before), ("after", after)):
        for table in ("scores", "points"):
            engine.scan(f"{table}_{name}", folder / f"{table}.parquet")
    _register(engine, sides)
    engine.run(
        sql("01_pairs"),
        width_before=sides.ladder_before.width,
        width_after=sides.ladder_after.width,
        direction=sides.ladder_before.sign,
    )
    admit(engine, "subjects", subjects, SUBJECTS)
    engine.run(sql("02_segments"), on=on)
    columns = () if segments is None else add_segments(engine, segments)
    graded = bool(sides.ladder_before.card.grades) and bool(sides.ladder_after.card.grades)
    same = has_same_limits(sides.ladder_before.card, sides.ladder_after.card)
    engine.run(sql("03_causes"), graded=graded, same_limits=same, composition=sides.composition)
    engine.run(
        sql("04_movers"),
        direction=sides.ladder_before.sign,
        same_ladder=sides.same_ladder,
        most=MOST_MOVERS,
    )
    return columns


def _register(engine: Engine, sides: Sides) -> None:
    names = sorted(sides.before.bases.keys() | sides.after.bases.keys())
    old, new = sides.before.bases, sides.after.bases
    before = [old[name] if name in old else new[name] for name in names]
    after = [new[name] if name in new else old[name] for name in names]
    rules = {
        "rule_no": pa.array(range(len(names)), pa.int64()),
        "indicator": pa.array(names, pa.string()),
        "base_before": pa.array(before, pa.int64()),
        "base_after": pa.array(after, pa.int64()),
        "shift": pa.array([b - a for a, b in zip(before, after, strict=True)], pa.int64()),
    }
    engine.register("rules", pa.table(rules))
    for name, ladder in (("before", sides.ladder_before), ("after", sides.ladder_after)):
        engine.register(f"ladder_{name}", ladder.table())
        unrating = [key for key, rule in ladder.card.overrides.items() if rule.effect.unrated]
        engine.register(f"unrating_{name}", pa.table({"id": pa.array(unrating, pa.string())}))


def add_segments(engine: Engine, path: Path) -> tuple[str, ...]:
    """Add the columns of a table of segments to `grouped`; who is not in it has no value there.

    Raises:
        TableError: no `subject_id`, no other column, a subject twice, a column that is one of ours or groups nobody.
    """
    engine.scan("raw_segments", path)
    present = engine.columns("raw_segments")
    columns = tuple(name for name in present if name != "subject_id")
    if "subject_id" not in present or not columns:
        raise TableError(
            f"{path}: a table of segments has a column 'subject_id' and others to group by, such as size and ownership."
        )
    # Names are told apart without regard to capitals, as the engine does.
    if ours := sorted(name for name in columns if name.lower() in {*GROUPS, "pair_no"}):
        raise TableError(f"{path}: '{ours[0]}' is a grouping of our own: rename the column.")
    texts = ", ".join(f"nullif(trim({_name(c)}::VARCHAR), '') AS {_name(c)}" for c in columns)
    engine.run(
        f"CREATE TABLE segments AS SELECT trim(subject_id::VARCHAR) AS subject_id, {texts} FROM raw_segments"
    )
    twice = engine.table(
        "SELECT count(*) AS n FROM (SELECT 1 FROM segments GROUP BY subject_id HAVING count(*) > 1)"
    ).to_pylist()[0]["n"]
    if twice:
        raise TableError(f"{path}: {twice} of the subjects stand in it more than once: keep one row of each.")
    for column in columns:
        values = engine.table(f"SELECT count(DISTINCT {_name(column)}) AS n FROM segments").to_pylist()[0][
            "n"
        ]
        if values > MOST_VALUES:
            raise TableError(
                f"{path}: column '{column}' has {values:,} different values, too many to group by (at most "
                f"{MOST_VALUES:,}): leave it out."
            )
    engine.run("ALTER TABLE grouped RENAME TO grouped_plain")
    engine.run(
        "CREATE TABLE grouped AS SELECT g.*, s.* EXCLUDE (subject_id) FROM grouped_plain g JOIN pairs p ON p.rowid = g.pair_no "
        "LEFT JOIN segments s ON s.subject_id = p.subject_id"
    )
    engine.run("DROP TABLE grouped_plain")
    return columns


def unused_segments(engine: Engine) -> int:
    """Rows of the table of segments about nobody who was scored."""
    query = "SELECT count(*) AS n FROM segments s ANTI JOIN pairs p ON p.subject_id = s.subject_id"
    return int(engine.table(query).to_pylist()[0]["n"])


def cells(engine: Engine, column: str | None) -> list[dict[str, Any]]:
    """The transitions of everyone, or by the values of a column of `grouped`: a row for each pair of states.

    `score_changed`, `change` and `absolute_change` (thousandths) are of those scored by both; `entered` and `left` too.
    """
    value = "NULL" if column is None else f"g.{_name(column)}"
    grouped = "" if column is None else "JOIN grouped g ON g.pair_no = p.rowid"
    query = f"""
        SELECT {value} AS value, place_before, place_after, scored_by_both, moved, count(*) AS subjects,
               worst_after AND NOT worst_before AS entered, worst_before AND NOT worst_after AS left_worst,
               count(*) FILTER (score_after <> score_before) AS score_changed,
               coalesce(sum(score_after - score_before), 0)::BIGINT AS change,
               coalesce(sum(abs(score_after - score_before)), 0)::BIGINT AS absolute_change
        FROM pairs p {grouped} GROUP BY ALL"""
    return rows(engine, query)


def rows(engine: Engine, query: str) -> list[dict[str, Any]]:
    """The rows of a query."""
    found: list[dict[str, Any]] = engine.table(query).to_pylist()
    return found


def segment_titles(columns: Sequence[str]) -> dict[str, Title]:
    """What subjects are grouped by, in the order of the report; a column of a table is called as it is there."""
    known = {"size": Title(zh="规模", en="Size"), "ownership": Title(zh="所有制", en="Ownership")}
    return GROUPS | {name: known.get(name, Title(zh=name, en=name)) for name in columns}


def _name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
