"""A store with a public scorecard and a sector's over it, both in force, and runs made from them."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pyarrow as pa
import pyarrow.parquet as pq

from credit_scoring.policy.gathering import default_configs
from credit_scoring.releases.building import build_release
from credit_scoring.releases.deciding import approve, put_in_force
from policy.texts import CATALOGUE, INSTRUMENTS, write_policy
from releases.decision_cases import APPROVER, AT, AUTHOR, go_through_gates
from releases.serving_cases import rows
from scoring.small import CLOSED, firm_card
from sectors.small_sector import SECTOR

FIRST = date(2025, 1, 1)
"""From which the releases are in force."""
CARD = firm_card(CLOSED)


def policy_files(folder: Path) -> Path:
    """The small public scorecard, the sector's, catalogue and legal texts."""
    law = INSTRUMENTS.split("\n", 1)[1]
    # The terms of the package cite its legal texts.
    texts = (default_configs() / "instruments.yaml").read_text(encoding="utf-8")
    write_policy(folder, CARD, catalogue=CATALOGUE, instruments=f"{texts.rstrip()}\n{law}")
    (folder / "sector.yaml").write_text(SECTOR, encoding="utf-8")
    return folder


def build(store: Path, files: Path, source: str) -> None:
    """Version 1 of a scorecard, without a decision about it."""
    rests_on = [files / f"{name}.yaml" for name in ("card", "catalogue", "instruments")]
    build_release(
        files / source, author=AUTHOR, reason="first edition", at=AT, store=str(store), policy=rests_on
    )


def decide(store: Path, name: str) -> None:
    """Version 1 goes through the gates, is approved and put in force."""
    go_through_gates(store, name, 1)
    approve(f"{name}:1", by=APPROVER, reason="fine", at=AT, store=str(store))
    put_in_force(f"{name}:1", from_=FIRST, by=APPROVER, reason="now", at=AT, store=str(store))


@cache
def place() -> Path:
    """A folder with `files` (the policy), `inputs`, and `store`, in which `demo` and `sector` are in force.

    Made once, since building takes seconds; who changes it takes a copy.
    """
    folder = Path(mkdtemp())
    files, store = policy_files(folder / "files"), folder / "store"
    for source, name in (("card.yaml", "demo"), ("sector.yaml", "sector")):
        build(store, files, source)
        decide(store, name)
    input_files(folder / "inputs")
    return folder


def input_files(folder: Path) -> tuple[Path, Path]:
    """The rows of `serving_cases` as Parquet files."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = dict(zip(("subjects", "records"), rows(), strict=True))
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet")
    return folder / "subjects.parquet", folder / "records.parquet"


def rows_of(run: Path, table: str) -> list[str]:
    """The rows of a table of a run, each as text, in an order of their own."""
    return sorted(repr(row) for row in read(run, table).to_pylist())


def read(run: Path, table: str) -> pa.Table:
    """A table of a run."""
    return pq.read_table(run / f"{table}.parquet")
