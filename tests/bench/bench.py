"""How fast, how large: the command line on a million enterprises, beside a pandas implementation of the same rules.

`make bench` runs it. Every time is that of a fresh process, start-up, reading and writing included. Targets are of
wall-clock time on an otherwise idle machine; on a busy one, compare processor time. A target that is missed is
reported and fails nothing; a score that differs from pandas does fail.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from credit_scoring.engines.duckdb import DuckDBEngine
from credit_scoring.synthetic import DEMO_DAY, invent

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "out" / "bench"
COMMAND = str(Path(sys.executable).with_name("credit-scoring"))
GIGABYTE = 1024**3


@dataclass(frozen=True)
class Measured:
    """Wall-clock and processor seconds, and the largest resident memory in bytes, of one process."""

    seconds: float
    processor: float
    memory: int

    def __str__(self) -> str:
        return f"{self.seconds:.1f} s ({self.processor:.1f} s processor)"


def measure(arguments: Sequence[str], *, times: int = 1, folder: Path = ROOT) -> Measured:
    """Run a command so often and keep the fastest run; its output goes nowhere."""
    runs = []
    for _ in range(times):
        begun = time.perf_counter()
        with subprocess.Popen(
            arguments, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        ) as process:
            assert process.stderr is not None
            errors = process.stderr.read().decode()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise SystemExit(f"{' '.join(arguments)} failed:\n{errors}")
        # Linux counts in kibibytes, macOS in bytes.
        unit = 1 if sys.platform == "darwin" else 1024
        processor = usage.ru_utime + usage.ru_stime
        runs.append(Measured(time.perf_counter() - begun, processor, usage.ru_maxrss * unit))
    return min(runs, key=lambda run: run.seconds)


def register_of(subjects: int, records: int, *, fresh: bool) -> tuple[Path, Path]:
    """Enterprises of the invented register with so many records; made once and kept."""
    folder = OUT / f"register-{subjects}-{records}"
    if fresh or not (folder / "bench.parquet").exists():
        shutil.rmtree(folder, ignore_errors=True)
        register = invent(folder, subjects=subjects, shares={"enterprise": 1.0})
        with DuckDBEngine(memory_limit="2GB") as engine:
            engine.scan("records", register.records)
            # The places after the first are drawn at random and common to all reports of an event.
            engine.write(
                f"SELECT * FROM records ORDER BY substr(record_id, 2), record_id LIMIT {records}",
                folder / "bench.parquet",
            )
    return folder / "subjects.parquet", folder / "bench.parquet"


def differing(ours: Path, theirs: Path) -> tuple[int, int]:
    """Subjects scored by either, and those whose score or grade is not the same."""
    with DuckDBEngine(memory_limit="2GB") as engine:
        engine.scan("ours", ours / "scores.parquet")
        engine.scan("theirs", theirs / "scores.parquet")
        row = engine.table(
            "SELECT count(*) AS compared, count(*) FILTER (o.subject_id IS NULL OR t.subject_id IS NULL "
            "OR (o.score * 1000)::BIGINT <> t.score OR o.grade IS DISTINCT FROM t.grade) AS differ "
            "FROM (FROM ours WHERE subject_type = 'enterprise') o FULL JOIN theirs t USING (subject_id)"
        ).to_pylist()[0]
    return row["compared"], row["differ"]


def telling_subject(run: Path) -> str:
    """The subject with the most evidence: the longest explanation."""
    with DuckDBEngine() as engine:
        engine.scan("evidence", run / "evidence.parquet")
        query = "SELECT subject_id FROM evidence GROUP BY ALL ORDER BY count(*) DESC, subject_id LIMIT 1"
        return str(engine.table(query).to_pylist()[0]["subject_id"])


def main() -> None:
    """Measure, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--subjects", type=int, default=1_000_000)
    parser.add_argument("--records", type=int, default=2_000_000)
    parser.add_argument("--fresh", action="store_true", help="invent the register anew")
    parser.add_argument("--without-pandas", action="store_true")
    options = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 110)
    with console.status("inventing a register …"):
        subjects, records = register_of(options.subjects, options.records, fresh=options.fresh)
    run, theirs = OUT / "run", OUT / "pandas"
    day = DEMO_DAY.isoformat()

    with console.status("credit-scoring score …"):
        scored = measure(
            [COMMAND, "score", "--subjects", str(subjects), "--records", str(records), "--on", day, "--out", str(run), "--overwrite"]
        )  # fmt: skip
    rows = [
        (
            f"score {options.subjects:,} enterprises, {options.records:,} records",
            str(scored),
            "",
            None,
        ),
        ("    largest memory", f"{scored.memory / GIGABYTE:.2f} GiB", "≤ 2 GB", scored.memory <= 2e9),
    ]
    if not options.without_pandas:
        with console.status("pandas …"):
            pandas = measure(
                [sys.executable, "-m", "bench.pandas_baseline", str(ROOT / "configs"), str(subjects), str(records), day, str(theirs)],
                folder=ROOT / "tests",
            )  # fmt: skip
        compared, differ = differing(run, theirs)
        ratio = pandas.seconds / scored.seconds
        rows += [
            ("the same in pandas", str(pandas), "", None),
            ("    largest memory", f"{pandas.memory / GIGABYTE:.2f} GiB", "", None),
            ("    times slower", f"{ratio:.1f}", "≥ 10", ratio >= 10),
            (f"    {compared:,} scores and grades compared", f"{differ} differ", "0", differ == 0),
        ]
    else:
        differ = 0
    explained = measure([COMMAND, "explain", telling_subject(run), "--run", str(run)], times=3)
    checked = measure([COMMAND, "policy", "check", "configs"], times=3)
    imported = measure([sys.executable, "-c", "import credit_scoring"], times=5)
    rows += [
        ("explain one of them", f"{explained.seconds:.2f} s", "< 1 s", explained.seconds < 1),
        ("policy check configs", f"{checked.seconds:.2f} s", "< 1.5 s", checked.seconds < 1.5),
        ("import credit_scoring", f"{imported.seconds:.2f} s", "< 0.5 s", imported.seconds < 0.5),
    ]
    table = Table("what", title=f"{os.cpu_count()} cores, Python {sys.version.split()[0]}")
    table.add_column("measured", justify="right", no_wrap=True)
    table.add_column("target", justify="right", no_wrap=True)
    table.add_column("met", no_wrap=True)
    for what, figure, target, met in rows:
        table.add_row(what, figure, target, "" if met is None else "yes" if met else "no")
    console.print(table)
    if differ:
        raise SystemExit("scores or grades differ from pandas: one of the two is wrong.")


if __name__ == "__main__":
    main()
