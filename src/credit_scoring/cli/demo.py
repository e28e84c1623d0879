"""`credit-scoring demo`: an invented register, scored, compared with what was published, and one score explained."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from credit_scoring.cli.options import Overwrite, output, progress

if TYPE_CHECKING:
    from credit_scoring.scoring.record import RunInfo
    from credit_scoring.synthetic import Register

_TYPES = {
    "enterprise": "enterprises",
    "natural_person": "natural persons",
    "social_organisation": "social organisations",
    "public_institution": "public institutions",
    "government_agency": "government agencies",
}


def demo_command(
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Folder for the register and its scores.")
    ] = Path("out/demo"),
    subjects: Annotated[int, typer.Option("--subjects", min=1000, help="Subjects to invent.")] = 120_000,
    overwrite: Overwrite = False,
) -> None:
    """Invent a register, score it with the public scorecards, and explain one of the scores.

    Nobody in the register exists. It is calibrated to the distributions Zhejiang published in 2018.
    """
    console = progress()
    with console.status("beginning") as status:
        register, info = _build(
            out, subjects=subjects, overwrite=overwrite, report=lambda step: status.update(f"{step} …")
        )
    screen = output()
    scores, register_folder, run = _Results(out / "run"), out / "register", out / "run"
    screen.print(
        f"[bold]{register.subject_count:,} invented subjects with {register.record_count:,} records, "
        f"scored on {info.on} in {info.seconds:.1f} s[/]\n"
    )
    screen.print(_grades_table(scores))
    screen.print(_bands_table(scores))
    _print_counts(screen, info)
    subject = scores.telling_subject()
    if subject is not None:
        _print_explained(screen, run, subject)
    _print_next(screen, register_folder, run, subject)


def _build(
    out: Path, *, subjects: int, overwrite: bool, report: Callable[[str], None]
) -> tuple[Register, RunInfo]:
    """The demo's folder: `register/` and `run/`, whole or not at all."""
    from credit_scoring.policy.loading import load_policy
    from credit_scoring.records.folder import written_whole
    from credit_scoring.scoring.run import score_to_folder
    from credit_scoring.synthetic import invent

    with written_whole(out, files=("register", "run"), overwrite=overwrite) as folder:
        report("reading the scorecards")
        policy = load_policy()
        report("inventing a register")
        register = invent(folder / "register", subjects=subjects, policy=policy)
        info = score_to_folder(
            policy, subjects=register.subjects, records=register.records, coverage=register.coverage,
            on=register.on, out=folder / "run", report=lambda step: report(f"scoring: {step}"),
        )  # fmt: skip
    return register, info


class _Results:
    """Questions to the tables of a run."""

    def __init__(self, run: Path) -> None:
        self._run = run

    def _rows(self, sql: str) -> list[dict[str, Any]]:
        from credit_scoring.engines.duckdb import DuckDBEngine

        with DuckDBEngine() as engine:
            for table in ("scores", "evidence"):
                engine.scan(table, self._run / f"{table}.parquet")
            return cast(list[dict[str, Any]], engine.table(sql).to_pylist())

    def spread(self, column: str) -> dict[str, dict[str, float]]:
        """By subject type: percent of the rated by `grade` or `band`, and the lowest and highest score."""
        rows = self._rows(
            f"SELECT subject_type, {column} AS name, count(*) AS n, min(score)::DOUBLE AS low, max(score)::DOUBLE AS high "
            f"FROM scores WHERE {column} IS NOT NULL GROUP BY ALL ORDER BY ALL"
        )
        found: dict[str, dict[str, float]] = {}
        for kind in dict.fromkeys(row["subject_type"] for row in rows):
            of_kind = [row for row in rows if row["subject_type"] == kind]
            rated = sum(row["n"] for row in of_kind)
            found[kind] = {row["name"]: 100 * row["n"] / rated for row in of_kind}
            found[kind]["lowest"] = min(row["low"] for row in of_kind)
            found[kind]["highest"] = max(row["high"] for row in of_kind)
        return found

    def telling_subject(self) -> str | None:
        """A firm that shows much at once: an override, an event reported under two indicators, few records."""
        rows = self._rows(
            "SELECT s.subject_id FROM scores s JOIN evidence e USING (subject_id) "
            "WHERE s.subject_type = 'enterprise' AND NOT s.unrated AND len(s.reasons) >= 2 "
            "GROUP BY s.subject_id, s.overrides HAVING count(DISTINCT e.record_id) BETWEEN 3 AND 9 "
            "ORDER BY bool_or(e.treatment <> 'counted') AND len(s.overrides) > 0 DESC, len(s.overrides) DESC, "
            "bool_or(e.points > 0) DESC, count(DISTINCT e.indicator) DESC, s.subject_id LIMIT 1"
        )
        return rows[0]["subject_id"] if rows else None


def _percent(share: float | None, places: int = 1) -> str:
    return "–" if share is None else f"{share:.{places}f}"


def _grades_table(results: _Results) -> Table:
    from credit_scoring.synthetic.published import PUBLISHED

    grades = ("excellent", "good", "medium", "poor")
    table = Table(title="Grades, % of the rated: the invented register, and Zhejiang as published in 2018")
    table.add_column("subject type", no_wrap=True)
    table.add_column("", no_wrap=True)
    for name in (*grades, "scores"):
        table.add_column(name, justify="right", no_wrap=True)
    for kind, found in results.spread("grade").items():
        published = PUBLISHED[kind]
        table.add_row(
            _TYPES[kind],
            "invented",
            *(_percent(found.get(grade, 0.0)) for grade in grades),
            f"{found['lowest']:.0f}–{found['highest']:.0f}",
        )
        table.add_row(
            "",
            "published",
            *(_percent(published.percent[grade]) for grade in grades),
            f"{published.lowest}–{published.highest}",
            style="dim",
            end_section=True,
        )
    return table


def _bands_table(results: _Results) -> Table:
    from credit_scoring.synthetic.published import PUBLISHED

    found = _below_600_as_one(results.spread("band").get("natural_person", {}))
    published = PUBLISHED["natural_person"].percent
    bands = sorted(
        {*found, *published},
        key=lambda band: -int(band[1 : band.index(",")]),
    )
    table = Table(title="Natural persons, % by band")
    table.add_column("band", no_wrap=True)
    table.add_column("invented", justify="right")
    table.add_column("published", justify="right")
    for band in bands:
        table.add_row(
            escape(band),
            _percent(found.get(band), 4),
            _percent(published.get(band), 5 if band == "[0,600)" else 4),
        )
    return table


def _below_600_as_one(found: dict[str, float]) -> dict[str, float]:
    """Shares by band, with the bands below 600 added up, as they were published."""
    merged: dict[str, float] = {}
    for band, share in found.items():
        if band.startswith("["):
            name = band if int(band[1 : band.index(",")]) >= 600 else "[0,600)"
            merged[name] = merged.get(name, 0.0) + share
    return merged


def _print_counts(screen: Console, info: RunInfo) -> None:
    screen.print(
        f"\nsubjects  {info.subjects.rows:,} in = {info.subjects_scored:,} scored + {info.subjects_rejected:,} rejected"
    )
    screen.print(
        f"records   {info.records.rows:,} in = {info.records_admitted:,} admitted + "
        f"{info.records_not_yet_known:,} not yet known + {info.records_rejected:,} rejected"
    )
    for reason, count in info.rejected_by_reason.items():
        screen.print(f"          {count:,} × {reason}")


def _print_explained(screen: Console, run: Path, subject: str) -> None:
    from credit_scoring import explain
    from credit_scoring.cli.explaining import print_explanation

    screen.print("\n[bold]One score, explained[/]\n")
    print_explanation(explain(run, subject), lang="en", console=screen)


def _print_next(screen: Console, register: Path, run: Path, subject: str | None) -> None:
    june = run.parent.with_name(f"{run.parent.name}-june")
    screen.print(f"\nregister: {register}   scores, points, evidence, rejected: {run}")
    screen.print("[bold]What to try next[/]")
    if subject is not None:
        screen.print(f"  credit-scoring explain {subject} --run {run} --lang zh", soft_wrap=True)
    screen.print(
        f"  credit-scoring score --subjects {register / 'subjects.parquet'} --records {register / 'records.parquet'} "
        f"--on 2025-06-30 --out {june}",
        soft_wrap=True,
    )
    screen.print("  credit-scoring policy show public-enterprise", soft_wrap=True)
