"""How long a simulation of a million subjects takes beside one scoring run of the same tables, and in how much memory.

    cd tests && python -m bench.simulate

Every time is that of a fresh process, start-up, reading and writing included; the two take turns, so that whatever else
the machine does meets both. The simulation is to take less than three scoring runs.
"""

from __future__ import annotations

import argparse
import sys

from rich.console import Console
from rich.table import Table

from bench.bench import COMMAND, GIGABYTE, OUT, Measured, measure, register_of
from credit_scoring.synthetic import DEMO_DAY

TIMES = 3
PAIRS = (
    ("public-enterprise@2020", "public-enterprise@2020"),
    ("public-enterprise@2019", "public-enterprise@2020"),
)
"""An edition against itself, where nothing moves, and against another, where the scores of a third do."""


def main() -> None:
    """Measure, compare, print; exit code 1 where the simulation takes three runs or more."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--subjects", type=int, default=1_000_000)
    parser.add_argument("--records", type=int, default=2_000_000)
    parser.add_argument("--times", type=int, default=1)
    options = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 110)
    with console.status("inventing a register …"):
        subjects, records = register_of(options.subjects, options.records, fresh=False)
    tables = [
        "--subjects",
        str(subjects),
        "--records",
        str(records),
        "--on",
        DEMO_DAY.isoformat(),
        "--overwrite",
    ]
    table = Table("what", title=f"{options.subjects:,} enterprises, {options.records:,} records")
    table.add_column("measured", justify="right", no_wrap=True)
    table.add_column("target", justify="right", no_wrap=True)
    table.add_column("met", no_wrap=True)
    met = True
    for before, after in PAIRS:
        scored: list[Measured] = []
        simulated: list[Measured] = []
        for _ in range(options.times):
            with console.status("score …"):
                scored.append(measure([COMMAND, "score", *tables, "--out", str(OUT / "run")]))
            with console.status("simulate …"):
                simulated.append(
                    measure(
                        [
                            COMMAND,
                            "simulate",
                            "--from",
                            before,
                            "--to",
                            after,
                            *tables,
                            "--out",
                            str(OUT / "impact"),
                        ]
                    )
                )
        one, both = (min(runs, key=lambda run: run.seconds) for runs in (scored, simulated))
        ratio, memory = both.seconds / one.seconds, max(run.memory for run in simulated)
        met = met and ratio < TIMES
        table.add_row(f"simulate {before} → {after}", str(both), "", "")
        table.add_row("    one scoring run", str(one), "", "")
        table.add_row("    times one run", f"{ratio:.2f}", f"< {TIMES}", "yes" if ratio < TIMES else "no")
        processor = both.processor / one.processor
        table.add_row("    times its processor time", f"{processor:.2f}", "", "")
        table.add_row(
            "    largest memory", f"{memory / GIGABYTE:.2f} GiB", "≤ 2 GB", "yes" if memory <= 2e9 else "no"
        )
    console.print(table)
    if not met:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
