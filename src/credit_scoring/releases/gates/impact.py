"""What changes for everyone; of a first release, how everyone is graded."""

from __future__ import annotations

import shutil

from credit_scoring.errors import OutputError
from credit_scoring.policy.catalogue import Title
from credit_scoring.releases.gates.bench import Bench, Scored
from credit_scoring.releases.gates.findings import Exhibit, Finding, Question, Text
from credit_scoring.releases.gates.premises import check_premises
from credit_scoring.releases.impact.limits import impact_checks
from credit_scoring.releases.impact.sides import Side
from credit_scoring.releases.impact.simulating import simulate_to_folder
from credit_scoring.releases.opening import Released

FOLDER = "impact"
BY_SUBJECT = "changes.parquet"
"""What the evidence does not keep: it lies in the store for good, and this has a row for every subject."""
_FIRST = Question(
    gate="impact",
    name="limits",
    title=Title(zh="对全体主体的影响", en="Effects on the population"),
    acceptable=True,
)


def check_impact(bench: Bench) -> Finding:
    """The simulation against the release in force, with its limits; its reports and totals lie in the folder `impact`.

    Which limits and which population that was is checked first: the author of a release brings both.
    """
    other, inputs = bench.in_force, bench.inputs
    exhibits = (_distribution(bench.population),)
    premises = check_premises(bench)
    if other is None:
        why = Title(
            zh="此前没有在用版本；等级分布见报告",
            en="no release is in force before it; how everyone is graded stands in the report",
        )
        return Finding(checks=(*premises, _FIRST.does_not_apply(why)), exhibits=exhibits)
    found = simulate_to_folder(
        side_of_release(other), side_of_release(bench.candidate), subjects=inputs.subjects, records=inputs.records,
        on=inputs.on, terms=bench.terms.terms, out=bench.scratch / FOLDER, known_by=inputs.known_by,
        coverage=inputs.coverage, segments=inputs.segments, threads=inputs.threads,
        memory_limit=inputs.memory_limit,
    )  # fmt: skip
    _keep(bench)
    return Finding(
        checks=(*premises, *impact_checks(found, bench.terms.terms.limits.impact)), exhibits=exhibits
    )


def _keep(bench: Bench) -> None:
    """Everything but the table by subject; only here does the simulation reach the folder of the evidence."""
    target = bench.out / FOLDER
    try:
        shutil.copytree(bench.scratch / FOLDER, target, ignore=shutil.ignore_patterns(BY_SUBJECT))
    except (OSError, shutil.Error) as error:
        raise OutputError(f"{target}: cannot be written ({error}): choose another folder.") from error


def side_of_release(released: Released) -> Side:
    """A release as one side of a simulation."""
    label = f"{released.manifest.name}:{released.built.version}"
    return Side(label=label, policy=released.policy, released=released)


def _distribution(run: Scored) -> Exhibit:
    from credit_scoring.engines.duckdb import DuckDBEngine

    with DuckDBEngine() as engine:
        engine.scan("scores", run.folder / "scores.parquet")
        counts = engine.table(_GRADES).to_pylist()
    total = sum(row["n"] for row in counts)
    ladder = {name: place for place, name in enumerate(run.card.grades)}
    rows: list[tuple[Text, ...]] = [
        (
            _name(run, row["grade"]),
            f"{row['n']:,}",
            f"{row['n'] / total:.2%}",
            str(row["low"]),
            str(row["high"]),
        )
        for row in sorted(counts, key=lambda row: (ladder.get(row["grade"], len(ladder)), row["grade"]))
    ]
    heads = (
        Title(zh="等级", en="Grade"),
        Title(zh="主体数", en="Subjects"),
        Title(zh="占比", en="Share"),
        Title(zh="最低分", en="Lowest score"),
        Title(zh="最高分", en="Highest score"),
    )
    title = Title(zh=f"{run.info.on} 的等级分布", en=f"How everyone is graded on {run.info.on}")
    return Exhibit(title=title, heads=heads, rows=tuple(rows))


_GRADES = """
SELECT coalesce(grade, band, CASE WHEN unrated THEN 'unrated' ELSE 'rated' END) AS grade, count(*) AS n,
       min(score) AS low, max(score) AS high
FROM scores GROUP BY ALL
"""


def _name(run: Scored, grade: str) -> Text:
    if grade in run.card.grades:
        title = run.card.grades[grade].title
        return Title(zh=f"{title.zh}（{grade}）", en=f"{title.en} ({grade})")
    return {"unrated": Title(zh="不评级", en="Unrated"), "rated": Title(zh="已评分", en="Scored")}.get(
        grade, grade
    )
