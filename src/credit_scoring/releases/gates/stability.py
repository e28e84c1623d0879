"""The same subjects at two dates: whether grades move with time alone more than may be."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np

from credit_scoring.policy.catalogue import Title, month_count
from credit_scoring.policy.numbers import months_before
from credit_scoring.releases.gates.bench import Bench, Scored, score_population
from credit_scoring.releases.gates.findings import Exhibit, Finding, Question, Text

_PSI = Question(
    gate="stability",
    name="psi",
    title=Title(zh="同一批主体两个日期的等级分布", en="Grades of the same subjects at two dates"),
    acceptable=True,
)


def check_stability(bench: Bench) -> Finding:
    """The population stability index over the grades (the bands where there are none), on and some months before."""
    limits = bench.terms.terms.limits
    now = bench.population
    earlier = _earlier(bench, month_count(limits.stability.apart))
    counts = _counts(now, earlier)
    total = sum(count for _, count, _ in counts)
    least = limits.impact.segment_size_at_least
    days = Title(
        zh=f"{earlier.info.on} 与 {now.info.on}，均得到评价的主体 {total:,} 个",
        en=f"{earlier.info.on} and {now.info.on}, {total:,} subjects scored on both",
    )
    if total < least:
        few = Title(
            zh=f"{days.zh}，少于 {least}，不作判断", en=f"{days.en}: fewer than {least}, which are not judged"
        )
        return Finding(checks=(_PSI.not_computed(few),))
    index = _index([then for _, then, _ in counts], [later for _, _, later in counts])
    most = limits.stability.psi_at_most
    return Finding(
        checks=(
            _PSI.answered(passed=index <= float(most), found=f"{index:.4f}", limit=f"≤ {most}", detail=days),
        ),
        exhibits=(_exhibit(counts, earlier.info.on, now.info.on),),
    )


def _earlier(bench: Bench, months: int) -> Scored:
    """The release over the same tables, as the platform knew them so many months before."""
    inputs = bench.inputs
    then = replace(
        inputs, on=months_before(inputs.on, months), known_by=months_before(inputs.known_by, months)
    )
    return score_population(bench.candidate, then, bench.scratch / "earlier")


def _counts(now: Scored, earlier: Scored) -> list[tuple[str, int, int]]:
    """Subjects of each grade then and now, those scored on both dates; the ladder from the best on."""
    from credit_scoring.engines.duckdb import DuckDBEngine

    with DuckDBEngine() as engine:
        engine.scan("now", now.folder / "scores.parquet")
        engine.scan("earlier", earlier.folder / "scores.parquet")
        rows = engine.table(_PAIRED).to_pylist()
    found = {row["grade"]: (row["grade"], row["then"], row["later"]) for row in rows}
    ladder = [grade for grade in now.card.grades if grade in found]
    others = sorted(grade for grade in found if grade not in ladder)
    return [found[grade] for grade in (*ladder, *others)]


_PAIRED = """
WITH paired AS (
    SELECT coalesce(a.grade, a.band, CASE WHEN a.unrated THEN 'unrated' ELSE 'rated' END) AS before,
           coalesce(b.grade, b.band, CASE WHEN b.unrated THEN 'unrated' ELSE 'rated' END) AS after
    FROM earlier a JOIN now b USING (subject_id)
)
SELECT grade, coalesce(sum(n) FILTER (side = 0), 0)::BIGINT AS "then", coalesce(sum(n) FILTER (side = 1), 0)::BIGINT AS later
FROM (
    SELECT before AS grade, 0 AS side, count(*) AS n FROM paired GROUP BY ALL
    UNION ALL SELECT after, 1, count(*) FROM paired GROUP BY ALL
) GROUP BY grade
"""


def _index(before: list[int], after: list[int]) -> float:
    from credit_scoring.sectors.validation.stability import psi

    then, later = np.array(before, dtype=np.float64), np.array(after, dtype=np.float64)
    terms = psi(
        then / then.sum(), later / later.sum(), expected_rows=int(then.sum()), actual_rows=int(later.sum())
    )
    return float(terms.sum())


def _exhibit(counts: list[tuple[str, int, int]], then: date, now: date) -> Exhibit:
    total = sum(count for _, count, _ in counts)
    rows: list[tuple[Text, ...]] = [
        (grade, f"{before:,}", f"{before / total:.2%}", f"{after:,}", f"{after / total:.2%}")
        for grade, before, after in counts
    ]
    share = Title(zh="占比", en="Share")
    heads = (Title(zh="等级", en="Grade"), str(then), share, str(now), share)
    title = Title(zh="同一批主体的等级分布", en="Grades of the same subjects")
    return Exhibit(title=title, heads=heads, rows=tuple(rows))
