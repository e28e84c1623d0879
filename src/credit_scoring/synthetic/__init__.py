"""An invented register, calibrated to the distributions that Zhejiang published in 2018.

Nobody in it exists: credit codes come from a range that is not issued, persons are pseudonyms, and no entry
stands for a real one. It serves demonstrations, tests and measurements.

>>> SHARES["natural_person"]
0.5
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

    from credit_scoring.engines.base import Engine
    from credit_scoring.policy.loading import Policy

DEMO_DAY = date(2025, 12, 31)
"""The date of the invented register."""

SHARES: Mapping[str, float] = MappingProxyType(
    {
        # The published populations are 2.43 M, 42.41 M, 54 k, 34 k and 4 853 (July 2019). In proportion a register
        # of 120 000 would hold 13 agencies: the small types are given enough subjects to show a distribution.
        "enterprise": 1 / 3,
        "natural_person": 0.5,
        "social_organisation": 1 / 12,
        "public_institution": 0.05,
        "government_agency": 1 / 30,
    }
)

# Age in days of the youngest and the oldest, whether the young are many, and the share that is closed.
_POPULATIONS = {
    "enterprise": (30, 12_000, True, 0.012),
    "natural_person": (18 * 365 + 10, 88 * 365, False, 0.004),
    "social_organisation": (60, 11_000, True, 0.006),
    "public_institution": (200, 20_000, False, 0.002),
    "government_agency": (400, 25_000, False, 0.001),
}
# Places 1 and 2 of the credit code: registering department and kind of subject, with their shares.
_PREFIXES = {
    "enterprise": {"91": 0.45, "92": 0.52, "93": 0.03},
    "social_organisation": {"51": 0.42, "52": 0.55, "53": 0.03},
    "public_institution": {"12": 1.0},
    "government_agency": {"11": 1.0},
}
# GB/T 4754: letter and division. Trade and manufacturing stand more than once, having most of the firms.
_INDUSTRIES = {
    "enterprise": (
        "A01 A04 C13 C14 C17 C17 C18 C19 C22 C26 C27 C29 C30 C31 C33 C34 C34 C35 C36 C38 C38 C39 D44 D46 E47 E48 E49 "
        "E50 F51 F51 F51 F51 F51 F52 F52 F52 F52 F52 F52 G54 G58 G60 H61 H62 H62 I63 I64 I65 J66 J69 K70 L71 L72 L72 "
        "M73 M74 M75 N77 N78 O80 O81 P83 Q84 R87 R89"
    ),
    "social_organisation": "S95 P83 Q85 R89 M75",
    "public_institution": "P83 P83 Q84 R88 M75 N76 S92",
    "government_agency": "S91 S92",
}
_UNEVEN = {"volunteer.hours": 9, "sampling.food": 7, "inspection.fire": 8, "commitment.kept": 6}
"""Items that only the first so many of the eleven prefectures deliver: collection is uneven between regions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """Where an invented register lies and how many rows it has, those with a fault included."""

    subjects: Path
    records: Path
    coverage: Path
    on: date
    seed: int
    subject_counts: Mapping[str, int]
    """Rows of `subjects` by subject type."""
    record_count: int
    """Rows of `records`."""

    @property
    def subject_count(self) -> int:
        """Rows of `subjects`."""
        return sum(self.subject_counts.values())


def invent(
    out: Path,
    *,
    subjects: int = 120_000,
    seed: int = 7,
    on: date = DEMO_DAY,
    shares: Mapping[str, float] = SHARES,
    policy: Policy | None = None,
) -> Register:
    """Write `subjects.parquet`, `records.parquet` and `coverage.parquet` of an invented register.

    The same arguments give the same rows on any machine.

    Args:
        out: a folder, made if absent; the three files in it are replaced.
        subjects: how many, over all types; some more rows carry faults.
        shares: share of each subject type; types left out are absent.
        policy: the scorecards whose items are to occur; those shipped with the package where absent.
    """
    from credit_scoring.engines.duckdb import DuckDBEngine
    from credit_scoring.policy.loading import load_policy
    from credit_scoring.synthetic.planning import plan_register

    populations = {kind: round(subjects * share) for kind, share in shares.items()}
    plan = plan_register(policy or load_policy(), on=on, populations=populations)
    paths = {name: out / f"{name}.parquet" for name in ("subjects", "records", "coverage")}
    out.mkdir(parents=True, exist_ok=True)
    with DuckDBEngine(memory_limit="2GB") as engine:
        _register_tables(engine, populations)
        _load(engine, "plan", list(plan.plan))
        _load(engine, "plan_levels", list(plan.levels))
        if plan.echoes:
            _load(engine, "echoes", list(plan.echoes))
        else:
            engine.run(_NO_ECHOES)
        sql = files("credit_scoring.synthetic") / "sql"
        for step in ("01_subjects", "02_records", "03_faults"):
            engine.run((sql / f"{step}.sql").read_text(encoding="utf-8"), seed=seed, on=on)
        engine.write(
            "SELECT * EXCLUDE (no) FROM invented_subjects ORDER BY subject_id, established_on",
            paths["subjects"],
        )
        records = engine.write(
            "SELECT *, NULL::DECIMAL(18, 4) AS weight FROM invented_records ORDER BY record_id, recorded_on",
            paths["records"],
        )
        engine.write(_COVERAGE, paths["coverage"])
        counts = engine.table(
            "SELECT subject_type, count(*) AS n FROM invented_subjects GROUP BY ALL ORDER BY subject_type"
        ).to_pylist()
    return Register(
        **paths, on=on, seed=seed, record_count=records,
        subject_counts=MappingProxyType({row["subject_type"]: row["n"] for row in counts}),
    )  # fmt: skip


_NO_ECHOES = """
CREATE TABLE echoes (
    plan_no BIGINT, sign VARCHAR, item VARCHAR, share DOUBLE, levels VARCHAR[], source VARCHAR
)
"""
_COVERAGE = """
SELECT item, '330000' AS region_code, DATE '2005-01-01' AS covered_from, NULL::DATE AS covered_until
FROM (SELECT DISTINCT item FROM plan) WHERE item NOT IN (SELECT item FROM uneven)
UNION ALL
SELECT u.item, '33' || lpad(p::VARCHAR, 2, '0') || '00', DATE '2005-01-01', NULL
FROM uneven u, range(1, 12) t(p) WHERE p <= u.prefectures
ORDER BY ALL
"""


def firms_of(*, count: int, seed: int, on: date, industries: Sequence[str]) -> pa.Table:
    """Invented firms of one sector, as columns of `subjects`; by subject_id.

    Args:
        industries: codes of GB/T 4754, one of which each firm has; a code that stands twice has twice as many.
    """
    from credit_scoring.engines.duckdb import DuckDBEngine

    with DuckDBEngine(memory_limit="1GB") as engine:
        _register_tables(
            engine,
            {"enterprise": count},
            prefixes={"enterprise": {"91": 1.0}},
            industries={"enterprise": " ".join(industries)},
        )
        sql = files("credit_scoring.synthetic") / "sql" / "01_subjects.sql"
        engine.run(sql.read_text(encoding="utf-8"), seed=seed, on=on)
        return engine.table("SELECT * EXCLUDE (no) FROM invented_subjects ORDER BY subject_id")


def _register_tables(
    engine: Engine,
    populations: Mapping[str, int],
    prefixes: Mapping[str, Mapping[str, float]] = _PREFIXES,
    industries: Mapping[str, str] = _INDUSTRIES,
) -> None:
    _load(
        engine,
        "populations",
        [
            dict(
                zip(
                    ("subject_type", "size", "youngest", "oldest", "skewed", "closed"),
                    (kind, size, *_POPULATIONS[kind]),
                    strict=True,
                )
            )
            for kind, size in populations.items()
        ],
    )
    spans = []
    for kind, parts in prefixes.items():
        low = 0.0
        for prefix, share in parts.items():
            spans.append({"subject_type": kind, "prefix": prefix, "low": low, "high": low + share})
            low += share
    _load(engine, "prefixes", spans)
    _load(engine, "divisions", [{"place": i, "region_code": code} for i, code in enumerate(_counties())])
    _load(
        engine,
        "industries",
        [
            {"subject_type": kind, "place": i, "industry_code": code}
            for kind, codes in industries.items()
            for i, code in enumerate(codes.split())
        ],
    )
    _load(engine, "uneven", [{"item": item, "prefectures": n} for item, n in _UNEVEN.items()])
    # The check characters of identifiers come with the import; its script wants a table of texts to classify.
    engine.run("CREATE TEMP TABLE identifier_texts (text VARCHAR)")
    records = files("credit_scoring.records")
    engine.run((records / "sql" / "identifiers.sql").read_text(encoding="utf-8"))


def _counties() -> list[str]:
    """Codes of Zhejiang's counties and districts today (GB/T 2260), in order."""
    table = (files("credit_scoring.records") / "divisions.csv").read_text(encoding="utf-8")
    pairs = (line.split(",")[:2] for line in table.splitlines()[1:])
    return sorted({now for _, now in pairs if now.startswith("33") and not now.endswith("00")})


def _load(engine: Engine, name: str, rows: list[dict[str, object]]) -> None:
    import pyarrow as pa

    engine.register(f"arrow_{name}", pa.Table.from_pylist(rows))
    engine.run(f'CREATE TABLE "{name}" AS SELECT * FROM "arrow_{name}"')
