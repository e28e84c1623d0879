"""Every number is the sum of its parts, for every subject, in whole thousandths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pyarrow as pa

from credit_scoring.engines.base import Engine
from credit_scoring.policy.catalogue import Title
from credit_scoring.releases.checks import Check
from credit_scoring.releases.gates.bench import Bench, as_if_in_force, base_on
from credit_scoring.releases.gates.findings import Finding, Question
from credit_scoring.releases.gates.sums import Gaps, gaps_of
from credit_scoring.scoring.run import score

Where = Literal["golden", "population"]
_WHERE: dict[Where, Title] = {
    "golden": Title(zh="样例", en="golden rows"),
    "population": Title(zh="全体主体", en="population"),
}


@contextmanager
def results_of(tables: Path | Mapping[str, pa.Table]) -> Iterator[Engine]:
    """The tables `scores`, `points` and `evidence` of a run, from its folder or from memory."""
    from credit_scoring.engines.duckdb import DuckDBEngine

    with DuckDBEngine() as engine:
        for name in ("scores", "points", "evidence"):
            if isinstance(tables, Path):
                engine.scan(name, tables / f"{name}.parquet")
            else:
                engine.register(name, tables[name])
        yield engine


def check_additivity(bench: Bench) -> Finding:
    """Start and points to the score, evidence to the points: of the golden rows and of the whole population."""
    return Finding(checks=(*_checks("golden", _golden(bench)), *_checks("population", _population(bench))))


def _golden(bench: Bench) -> Gaps:
    rows = bench.candidate.golden
    policy = as_if_in_force(bench.candidate, rows.on)
    (card,) = policy.in_force(rows.on)
    run = score(policy, subjects=rows.subjects, records=rows.records, on=rows.on)
    found = Gaps()
    with results_of(run.tables) as engine:
        found += gaps_of(engine, card)
    base = base_on(policy, card, rows.on)
    if base is not None and run.public is not None:
        with results_of(run.public.tables) as engine:
            found += gaps_of(engine, base)
    return found


def _population(bench: Bench) -> Gaps:
    run = bench.population
    found = Gaps()
    with results_of(run.folder) as engine:
        found += gaps_of(engine, run.card)
    if run.base is not None:
        with results_of(run.folder / "public") as engine:
            found += gaps_of(engine, run.base)
    return found


def _checks(where: Where, gaps: Gaps) -> Iterator[Check]:
    said = _WHERE[where]
    subjects = Title(zh=f"{gaps.subjects:,} 个评分", en=f"{gaps.subjects:,} scores")
    yield _question(
        where, "dimensions", "各维度为其指标分之和", "Dimensions are the sum of their indicators"
    ).counted(
        gaps.dimensions,
        of=gaps.dimensions_compared,
        detail=Title(
            zh=f"{said.zh}：{subjects.zh}，逐维度核对（含各级上下限）",
            en=f"{said.en}: {subjects.en}, dimension by dimension, headings within their bounds",
        ),
    )
    yield _question(
        where, "raw_score", "基础分与各维度之和为原始分", "Start and dimensions make the raw score"
    ).counted(
        gaps.raw_scores,
        of=gaps.subjects,
        detail=Title(
            zh=f"{said.zh}：{subjects.zh}，起评分为评分卡所列",
            en=f"{said.en}: {subjects.en}; starts are those the scorecard states",
        ),
    )
    yield _question(
        where, "score", "直接判定后的得分", "The score follows from the raw score and the overrides"
    ).counted(
        gaps.scores,
        of=gaps.subjects,
        detail=Title(zh=f"{said.zh}：{subjects.zh}", en=f"{said.en}: {subjects.en}"),
    )
    yield _question(
        where, "evidence", "记录分值之和为指标分", "Records add up to the points of their indicators"
    ).counted(
        gaps.evidence,
        of=gaps.evidence_compared,
        detail=Title(
            zh=f"{said.zh}：按事件计分的指标逐一核对；同一事件组按 min(U, C) 核对",
            en=f"{said.en}: every indicator of event points; groups that share events by min(U, C)",
        ),
    )


def _question(where: Where, name: str, zh: str, en: str) -> Question:
    said = _WHERE[where]
    title = Title(zh=f"{zh}（{said.zh}）", en=f"{en} ({said.en})")
    return Question(gate="additivity", name=f"{where}_{name}", title=title)
