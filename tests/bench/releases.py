"""How fast releases are made, found, scored from, simulated and rebuilt: the command line, each time a fresh process.

`make bench-releases` runs it. Every figure stands beside the scoring run it is a multiple of, in the same run. Goals are
reported and fail nothing.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

if not __package__:
    # Run by its file's name: modules of the tests are found from their folder, not from this one.
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.bench import COMMAND, GIGABYTE, OUT, ROOT, Measured, measure, register_of
from credit_scoring.synthetic import DEMO_DAY

STORE = OUT / "store"
DAY = DEMO_DAY.isoformat()
EDITION = "configs/public/public-enterprise-2020.yaml"
PAIRS = (
    ("public-enterprise@2020", "public-enterprise@2020"),
    ("public-enterprise@2019", "public-enterprise@2020"),
)
"""An edition against itself, where nothing moves, and against another, where the scores of a third do."""
WHO = ("--store", str(STORE), "--reason", "measured")
Row = tuple[str, str, str, bool | None]


def credit_scoring(*arguments: str, times: int = 1) -> Measured:
    """A command, run so often; the fastest counts."""
    return measure([COMMAND, *arguments], times=times)


def released(small: tuple[str, ...]) -> Measured:
    """The enterprise scorecard, released and in force in an empty store; gives what the build took."""
    shutil.rmtree(STORE, ignore_errors=True)
    built = credit_scoring("release", "build", EDITION, "--by", "author", *WHO)
    release = "public-enterprise:1"
    credit_scoring("release", "gate", release, *small, "--on", DAY, "--by", "author", *WHO)
    credit_scoring("release", "approve", release, "--by", "approver", *WHO)
    credit_scoring("release", "put-in-force", release, "--from", "2020-08-17", "--by", "approver", *WHO)
    return built


def of_releases(small: tuple[str, ...]) -> Iterator[Row]:
    """Building, finding, and what a release adds to a run."""
    built = released(small)
    yield "release build, into an empty store", f"{built.seconds:.1f} s", "< 10 s", built.seconds < 10
    found = credit_scoring(
        "release", "in-force", "public-enterprise", "--on", DAY, "--store", str(STORE), times=3
    )
    yield "release in-force", f"{found.seconds:.2f} s", "< 1 s", found.seconds < 1
    out = ("--on", DAY, "--out", str(OUT / "small"), "--overwrite")
    plain = credit_scoring("score", *small, *out, "--policy", EDITION, times=3)
    first = credit_scoring(
        "score", *small, *out, "--release", "public-enterprise@in-force", "--store", str(STORE), times=3
    )
    added = first.seconds - plain.seconds
    yield "score 10,000 by a file", f"{plain.seconds:.2f} s", "", None
    yield (
        "    by a release",
        f"{first.seconds:.2f} s ({added:+.2f} s)",
        "adds < 3 s",
        added < 3,
    )


def of_populations(large: tuple[str, ...], *, subjects: int) -> Iterator[Row]:
    """Scoring, simulating and rebuilding a province."""
    run = OUT / "run"
    on = ("--on", DAY, "--overwrite")
    scored = credit_scoring("score", *large, *on, "--policy", EDITION, "--out", str(run))
    yield f"score {subjects:,} subjects", str(scored), "", None
    for before, after in PAIRS:
        simulated = credit_scoring(
            "simulate", *large, *on, "--from", before, "--to", after, "--out", str(OUT / "impact")
        )
        times = simulated.seconds / scored.seconds
        yield f"simulate {before} → {after}", f"{simulated} = {times:.2f} × score", "< 3 ×", times < 3
        yield "    largest memory", f"{simulated.memory / GIGABYTE:.2f} GiB", "", None
    rebuilt = credit_scoring("rebuild", str(run))
    yield "rebuild the run", f"{rebuilt} = {rebuilt.seconds / scored.seconds:.2f} × score", "", None


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--subjects", type=int, default=1_000_000)
    parser.add_argument("--records", type=int, default=2_000_000)
    parser.add_argument("--fresh", action="store_true", help="invent the registers anew")
    options = parser.parse_args()
    os.chdir(ROOT)
    console = Console(width=None if sys.stdout.isatty() else 110)
    with console.status("inventing registers …"):
        small = register_of(10_000, 20_000, fresh=options.fresh)
        large = register_of(options.subjects, options.records, fresh=options.fresh)
    table = Table("what", title=f"{os.cpu_count()} cores, Python {sys.version.split()[0]}")
    table.add_column("measured", justify="right", no_wrap=True)
    table.add_column("goal", justify="right", no_wrap=True)
    table.add_column("met", no_wrap=True)
    rows = (*of_releases(named(small)), *of_populations(named(large), subjects=options.subjects))
    for what, figure, goal, met in rows:
        table.add_row(what, figure, goal, "" if met is None else "yes" if met else "no")
    console.print(table)


def named(tables: tuple[Path, Path]) -> tuple[str, ...]:
    """The options that name the tables of a register."""
    return ("--subjects", str(tables[0]), "--records", str(tables[1]))


if __name__ == "__main__":
    main()
