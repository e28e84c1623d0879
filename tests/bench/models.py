"""How accurate, how fast: the three learnt families beside their rivals, on the same folds of the same data, in one run.

`make bench-models` runs it; `--quick` takes two folds of small parts and shows only that everything works. Goals are
reported and fail nothing. Written to `out/bench-models.json` and `out/bench-models.md` as well.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

if not __package__:
    # Run by its file's name: modules of the tests are found from their folder, not from this one.
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import points_speed, shap_speed
from bench.accuracy import Difference, Fold, Model, Trial, attempt, compare, folds_of, published_split
from bench.contenders import contenders
from bench.model_data import SHARED, DataSet, all_data_sets
from bench.rivals import EBM, EBM_DEFAULT, EBM_TEN, LIGHTGBM, LIGHTGBM_TUNED, LOGISTIC, OPTBINNING
from bench.training_load import Load, measure_training

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "out"
QUICK_ROWS = 1_000
NO_LOSS_BEYOND = 0.005
"""AUC that the gradient family may lie below unconstrained LightGBM."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One model on one data set, beside EBM and LightGBM."""

    data: str
    split: str
    model: str
    auc: float
    deviation: float | None
    """Of the AUC over the folds; none for a single split."""
    seconds: float
    """Mean time of one fit."""
    aucs: tuple[float, ...]
    above_ebm: Difference | None
    above_lightgbm: Difference | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What was to be reached, what was, and whether."""

    what: str
    measured: str
    met: bool


def lines_of(data: DataSet, folds: tuple[Fold, ...], trials: dict[str, Trial], split: str) -> Iterator[Line]:
    """The lines of one data set, in the order the models were tried."""
    for name, trial in trials.items():
        yield Line(
            data=data.title,
            split=split,
            model=name,
            auc=trial.auc,
            deviation=float(np.std(trial.aucs, ddof=1)) if len(folds) > 1 else None,
            seconds=float(np.mean(trial.seconds)),
            aucs=trial.aucs,
            above_ebm=None if name == EBM.name else compare(data, folds, trial, trials[EBM.name]),
            above_lightgbm=None
            if name == LIGHTGBM.name
            else compare(data, folds, trial, trials[LIGHTGBM.name]),
        )


def goals_of(lines: list[Line]) -> list[Goal]:
    """Additive not below EBM beyond noise; gradient within 0.005 of LightGBM, as free as the rival and as constrained."""
    goals = []
    for line in lines:
        where = f"{line.model}: {line.data}, {line.split}"
        if line.model.startswith("additive") and line.above_ebm is not None:
            gap = line.above_ebm
            goals.append(
                Goal(what=f"{where}: not below EBM beyond noise", measured=gap_text(gap), met=gap.high >= 0)
            )
        if line.model.startswith("gradient") and line.above_lightgbm is not None:
            gap = line.above_lightgbm
            met = gap.mean >= -NO_LOSS_BEYOND
            goals.append(Goal(what=f"{where}: within 0.005 of LightGBM", measured=gap_text(gap), met=met))
    return goals


def gap_text(gap: Difference | None) -> str:
    """`+0.0012 [-0.0030, +0.0054]`; a dash for the rival itself."""
    return "–" if gap is None else f"{gap.mean:+.4f} [{gap.low:+.4f}, {gap.high:+.4f}]"


HEADINGS = ("model", "AUC", "± over folds", "against EBM, 95 %", "against LightGBM, 95 %", "seconds per fit")


def cells(line: Line) -> tuple[str, ...]:
    """One line as text, in the order of `HEADINGS`."""
    deviation = "–" if line.deviation is None else f"{line.deviation:.4f}"
    return (
        line.model,
        f"{line.auc:.4f}",
        deviation,
        gap_text(line.above_ebm),
        gap_text(line.above_lightgbm),
        f"{line.seconds:.2f}",
    )


def markdown(lines: list[Line], goals: list[Goal], speed: list[Goal], head: str) -> str:
    """The report as a file."""
    parts = [f"# Learnt families and their rivals\n\n{head}\n"]
    for data, split in dict.fromkeys((line.data, line.split) for line in lines):
        parts.append(
            f"\n## {data}, {split}\n\n| {' | '.join(HEADINGS)} |\n|---|{'---:|' * (len(HEADINGS) - 1)}"
        )
        parts += [f"| {' | '.join(cells(x))} |" for x in lines if (x.data, x.split) == (data, split)]
    for title, found in (("Goals", goals), ("Speed", speed)):
        parts.append(f"\n## {title}\n\n| what | measured | met |\n|---|---:|---|")
        parts += [f"| {goal.what} | {goal.measured} | {'yes' if goal.met else '**no**'} |" for goal in found]
    return "\n".join(parts) + "\n"


def smaller(data: DataSet) -> DataSet:
    """A part of a data set, with its share of bads, for a quick run."""
    from sklearn.model_selection import train_test_split

    if len(data.bad) <= QUICK_ROWS:
        return data
    kept, _ = train_test_split(
        np.arange(len(data.bad)), train_size=QUICK_ROWS, random_state=0, stratify=data.bad
    )
    kept.sort()
    return DataSet(
        name=data.name,
        title=f"{data.title} ({QUICK_ROWS} rows)",
        frame=data.frame.iloc[kept].reset_index(drop=True),
        bad=data.bad[kept],
        better=data.better,
        worse=data.worse,
        trains=None if data.trains is None else data.trains[kept],
    )


def accuracy_lines(models: list[Model], console: Console, *, quick: bool, only: list[str]) -> Iterator[Line]:
    """Every model on every split, printed as it comes; a quick run looks at one year of Polish companies."""
    for whole in all_data_sets():
        if (quick and whole.name == "polish-1") or (only and whole.name not in only):
            continue
        data = smaller(whole) if quick else whole
        splits = [("five stratified folds", folds_of(data))]
        if quick:
            splits = [("two folds", folds_of(data, count=2))]
        elif data.trains is not None:
            splits.append(("the published split", published_split(data)))
        for split, folds in splits:
            trials = {}
            for model in models:
                with console.status(f"{data.title}, {split}: {model.name} …"):
                    trials[model.name] = attempt(data, model, folds)
            lines = list(lines_of(data, folds, trials, split))
            table = Table(*HEADINGS, title=f"{data.title}, {split}")
            for line in lines:
                table.add_row(*cells(line))
            console.print(table)
            yield from lines


def speed_lines(*, quick: bool) -> Iterator[Goal]:
    """Points and SHAP values per second beside those of the usual libraries; learning from many rows."""
    points = points_speed.measure(rows=100_000 if quick else 1_000_000)
    what = f"points of {points.rows:,} rows × {points.indicators} indicators, optbinning {points.optbinning:,.0f} rows/s"
    yield Goal(
        what=f"{what}: at least 10 times",
        measured=f"{points.scores:,.0f} rows/s, {points.times_faster:.1f} times",
        met=points.times_faster >= 10,
    )
    yield Goal(
        what="    largest difference before rounding: 1e-9",
        measured=f"{points.largest_difference:.1e}",
        met=points.largest_difference <= 1e-9,
    )
    for depth in (6,) if quick else (4, 6):
        shap = shap_speed.shap_speed(
            depth=depth, rows=20_000 if quick else 200_000, sample=500 if quick else 2_000
        )
        what = f"SHAP of {shap.rows:,} rows, 200 trees of depth {depth}, TreeExplainer {shap.tree_explainer:,.0f} rows/s"
        yield Goal(
            what=f"{what}: at least 15 times",
            measured=f"{shap.package:,.0f} rows/s, {shap.gain:.1f} times",
            met=shap.gain >= 15,
        )
        yield Goal(
            what="    largest difference in log-odds: 1e-5",
            measured=f"{shap.largest_difference:.1e}",
            met=shap.largest_difference <= 1e-5,
        )
    load = Load(rows=20_000, features=40) if quick else Load(rows=200_000, features=40)
    seconds, memory = measure_training(load)
    what = f"train WoE on {load.rows:,} rows × {load.features} features, reading them included"
    yield Goal(what=f"{what}: under 60 s", measured=f"{seconds:.1f} s", met=seconds < 60)
    yield Goal(what="    largest memory: under 3 GB", measured=f"{memory / 1e9:.2f} GB", met=memory < 3e9)


def main() -> None:
    """Measure, compare, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="two folds of small parts")
    parser.add_argument(
        "--ebm-interactions",
        action="store_true",
        help="EBM with 10 and with all its interactions: minutes per fit",
    )
    parser.add_argument(
        "--data",
        action="append",
        default=[],
        metavar="NAME",
        help="only this data set; repeatable, `none` for the speeds alone",
    )
    options = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 150)
    if not SHARED.is_dir():
        raise SystemExit(f"the validation data is not at {SHARED}: nothing to compare on.")
    models = [*contenders(), LIGHTGBM, LIGHTGBM_TUNED, OPTBINNING, LOGISTIC, EBM]
    if options.ebm_interactions:
        models += [EBM_TEN, EBM_DEFAULT]
    lines = list(accuracy_lines(models, console, quick=options.quick, only=options.data))
    # Two folds say nothing of noise: a quick run judges no accuracy.
    goals = [] if options.quick or not lines else goals_of(lines)
    with console.status("speed …"):
        speed = list(speed_lines(quick=options.quick))
    table = Table("what", "measured", "met", title=f"{os.cpu_count()} cores, Python {sys.version.split()[0]}")
    for goal in (*goals, *speed):
        table.add_row(goal.what, goal.measured, "yes" if goal.met else "no")
    console.print(table)
    head = f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Python {sys.version.split()[0]}."
    head += " AUC on rows not learnt from; intervals by the corrected resampled t-test, on a single split by bootstrap."
    report: dict[str, Any] = {"head": head, "quick": options.quick}
    report |= {
        key: [asdict(x) for x in found]
        for key, found in (("accuracy", lines), ("goals", goals), ("speed", speed))
    }
    OUT.mkdir(exist_ok=True)
    (OUT / "bench-models.json").write_text(
        json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    (OUT / "bench-models.md").write_text(markdown(lines, goals, speed, head), encoding="utf-8")


if __name__ == "__main__":
    main()
