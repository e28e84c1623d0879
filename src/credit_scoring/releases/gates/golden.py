"""The golden rows give what they gave when the release was built: by the line, as a served model, on every engine."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from credit_scoring.errors import ReleaseError
from credit_scoring.policy.catalogue import Title
from credit_scoring.releases.checks import Check
from credit_scoring.releases.gates.bench import Bench
from credit_scoring.releases.gates.findings import Finding, Question, listed
from credit_scoring.releases.golden import golden_differences, golden_results

if TYPE_CHECKING:
    from credit_scoring.releases.opening import Released

SPARK = "credit_scoring.engines.spark"
"""The module of the distributed engine, where it is installed."""
_DUCKDB = Question(
    gate="golden", name="duckdb", title=Title(zh="样例结果一致（DuckDB）", en="Golden rows on DuckDB")
)
_PYFUNC = Question(
    gate="golden",
    name="pyfunc",
    title=Title(zh="样例结果一致（模型服务）", en="Golden rows as a served model"),
)
_SPARK = Question(
    gate="golden", name="spark", title=Title(zh="样例结果一致（Spark）", en="Golden rows on Spark")
)
_CELLS = ("score", "grade", "band", "unrated", "overrides", "reasons")


def check_golden(bench: Bench) -> Finding:
    """Scores, points, rejected rows, cell by cell."""
    released = bench.candidate
    found = golden_results(released.policy, released.golden)
    return Finding(
        checks=(
            _answer(_DUCKDB, released, golden_differences(released.expected, found)),
            _answer(_PYFUNC, released, served_differences(released)),
            _spark(),
        )
    )


def _answer(question: Question, released: Released, differences: tuple[str, ...]) -> Check:
    golden = released.manifest.golden
    rows = Title(
        zh=f"{golden.subjects} 个样例主体、{golden.records} 条记录，评价日 {golden.on}",
        en=f"{golden.subjects} invented subjects with {golden.records} records on {golden.on}",
    )
    names = listed(differences, most=5)
    detail = (
        rows
        if not differences
        else Title(zh=f"{rows.zh}；不一致：{names.zh}", en=f"{rows.en}; different: {names.en}")
    )
    return question.answered(passed=not differences, found=f"{len(differences)}", limit="0", detail=detail)


def _spark() -> Check:
    if find_spec(SPARK) is None:
        return _SPARK.does_not_apply(
            Title(zh=f"未安装该引擎（{SPARK}）", en=f"the engine is not installed ({SPARK})")
        )
    # Better no release than one whose scores on an installed engine nobody has looked at.
    return _SPARK.not_computed(
        Title(
            zh="已安装该引擎，但尚不能用它核对样例",
            en="the engine is installed, and golden rows cannot be run on it yet",
        )
    )


def served_differences(released: Released) -> tuple[str, ...]:
    """Where the saved model, loaded as anyone would load it, gives another result than at the build.

    One flat table says some things otherwise than two tables do. A row said twice is one row there; a subject whose rows
    contradict each other is rejected once; a record whose subject is not among the subjects makes that subject one
    without a type.
    """
    given = _predicted(released)
    expected = list(_expected_subjects(released))
    wanted = {row["subject_id"]: row for row in expected}
    there = {row["subject_id"]: row for row in given}
    said = [f"served: subject {name} is missing." for name in _sorted(wanted.keys() - there.keys())]
    said += [
        f"served: subject {name} was not there before." for name in _sorted(there.keys() - wanted.keys())
    ]
    for name in _sorted(wanted.keys() & there.keys()):
        said += [
            f"served: subject {name}: {cell} is {_shown(there[name][cell])}, and was {_shown(wanted[name][cell])}."
            for cell in (*_CELLS, "outcome", "why")
            if there[name][cell] != wanted[name][cell]
        ]
    before, after = _expected_records(released), {pair for row in given for pair in row["rejected"]}
    said += [f"served: record {name} was rejected ({reason})." for name, reason in sorted(before - after)]
    said += [f"served: record {name} is now rejected ({reason})." for name, reason in sorted(after - before)]
    return tuple(said)


def _sorted(names: set[str]) -> list[str]:
    return sorted(names)


def _shown(cell: str | None) -> str:
    return "nothing" if cell is None else cell


def _predicted(released: Released) -> list[dict[str, Any]]:
    """The model's answer in the words of the golden tables: text, decimals with three places."""
    from credit_scoring.releases.quiet_mlflow import mlflow

    library = mlflow()
    params = {"on": released.golden.on.isoformat()}
    try:
        with warnings.catch_warnings():
            # What MLflow says of its own parts at use is not about the release.
            warnings.simplefilter("ignore")
            model = library.pyfunc.load_model(str(released.model_folder))
            frame = model.predict(_flat(released).to_pandas(), params=params)
    except library.exceptions.MlflowException as error:
        raise ReleaseError(f"the saved model cannot be served: {error}.") from error
    return [_as_text(row) for row in frame.to_dict(orient="records")]


def _as_text(row: dict[str, Any]) -> dict[str, Any]:
    scored = row["outcome"] == "scored"
    return {
        "subject_id": row["subject_id"] or "",
        "outcome": row["outcome"],
        "why": row["why"],
        "score": f"{row['score']:.3f}" if scored else None,
        "grade": row["grade"],
        "band": row["band"],
        "unrated": str(row["unrated"]).lower() if scored else None,
        "overrides": "|".join(row["overrides"]) or None,
        "reasons": "|".join(row["reasons"]) or None,
        "rejected": [(each["record_id"] or "", each["reason"]) for each in row["rejected_records"]],
    }


def _flat(released: Released) -> pa.Table:
    """The golden rows as one table, each record once."""
    from credit_scoring.releases.served import flat_table

    golden = released.golden
    first: dict[str | None, dict[str, Any]] = {}
    others: list[dict[str, Any]] = []
    for row in golden.subjects.to_pylist():
        if first.setdefault(row["subject_id"], row) != row:
            others.append(row)
    schema = golden.subjects.schema
    flat = flat_table(pa.Table.from_pylist(list(first.values()), schema=schema), golden.records)
    more = flat_table(pa.Table.from_pylist(others, schema=schema), golden.records.slice(0, 0))
    return pa.concat_tables([flat, more.cast(flat.schema)])


def _expected_subjects(released: Released) -> Iterator[dict[str, Any]]:
    for row in released.expected.scores.to_pylist():
        yield {"subject_id": row["subject_id"], "outcome": "scored", "why": None} | {
            c: row[c] for c in _CELLS
        }
    rejected = {
        row["record_id"] or "": row["reason"]
        for row in released.expected.rejected.to_pylist()
        if row["table"] == "subjects" and row["reason"] != "subject_id_duplicate"
    }
    for name in _strangers(released):
        rejected.setdefault(name, "subject_type_missing" if name else "subject_id_missing")
    for name, reason in rejected.items():
        yield {"subject_id": name, "outcome": "rejected", "why": reason} | dict.fromkeys(_CELLS)


def _strangers(released: Released) -> set[str]:
    """Subjects that only records name."""
    known = {row or "" for row in released.golden.subjects["subject_id"].to_pylist()}
    return {row or "" for row in released.golden.records["subject_id"].to_pylist()} - known


def _expected_records(released: Released) -> set[tuple[str, str]]:
    return {
        (row["record_id"] or "", "subject_rejected" if row["reason"] == "subject_unknown" else row["reason"])
        for row in released.expected.rejected.to_pylist()
        if row["table"] == "records"
    }
