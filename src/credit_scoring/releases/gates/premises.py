"""What the author of a release brings to its own gates: the limits and the population. Neither goes unseen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from credit_scoring.errors import PolicyError
from credit_scoring.policy.catalogue import Title
from credit_scoring.releases.checks import Check
from credit_scoring.releases.gates.bench import Bench, Scored
from credit_scoring.releases.gates.findings import Question, listed
from credit_scoring.releases.impact.limits import plain
from credit_scoring.releases.opening import Released
from credit_scoring.releases.terms import Terms, load_terms

TERMS = "terms.yaml"
_SHOWN = 6
_SAME_TERMS = Question(
    gate="impact",
    name="same_terms",
    title=Title(zh="限值和抽查比例与已发布的一致", en="Limits and inspection ratios are those released"),
    acceptable=True,
)
_POPULATION = Question(
    gate="impact",
    name="population",
    title=Title(zh="检查所用的主体和记录足够", en="There are subjects and records to look at"),
    acceptable=True,
)


def check_premises(bench: Bench) -> tuple[Check, ...]:
    """Both checks; both may be accepted with a reason, neither can be passed over.

    Raises:
        CreditScoringError: the population could not be scored.
    """
    return (_same_terms(bench), _population(bench))


def _same_terms(bench: Bench) -> Check:
    """The limits used, held against those of the release in force, where there is one, and of the candidate itself."""
    releases = [released for released in (bench.in_force, bench.candidate) if released is not None]
    used = _settings(bench.terms.terms)
    names = tuple(_name(released) for released in releases)
    differences: list[str] = []
    for released in releases:
        try:
            stated = _settings(load_terms(released.folder / TERMS).terms)
        except PolicyError:
            return _SAME_TERMS.not_computed(
                Title(
                    zh=f"{_name(released)} 的 {TERMS} 无法读取，限值无从比较",
                    en=f"{TERMS} of {_name(released)} cannot be read, and the limits cannot be compared with it",
                )
            )
        differences += _differences(used, stated, _name(released))
    others = listed(names)
    detail = Title(zh=f"与 {others.zh} 的 {TERMS} 比较", en=f"compared with {TERMS} of {others.en}")
    if differences:
        shown = listed(tuple(differences), most=_SHOWN)
        detail = Title(zh=f"{shown.zh}。{detail.zh}", en=f"{shown.en}. {detail.en}")
    return _SAME_TERMS.counted(len(differences), of=len(used) * len(releases), detail=detail)


def _differences(used: Mapping[str, str], stated: Mapping[str, str], name: str) -> Iterator[str]:
    for key in sorted({*used, *stated}):
        ours, theirs = used.get(key, "-"), stated.get(key, "-")
        if ours != theirs:
            yield f"{key}: {ours} ({name}: {theirs})"


def _settings(terms: Terms) -> dict[str, str]:
    """Every limit and every inspection ratio by its place; equal numbers are equal text."""
    found = dict(_leaves("limits", terms.limits.model_dump()))
    for part in terms.inspections:
        content = part.model_dump(exclude={"scorecards"})
        for scorecard in part.scorecards:
            found |= dict(_leaves(f"inspections.{scorecard}", content))
    return found


def _leaves(place: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(f"{place}.{key}", inner)
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value, start=1):
            yield from _leaves(f"{place}.{number}", inner)
    elif isinstance(value, Decimal):
        yield place, plain(value)
    else:
        yield place, str(value)


def _name(released: Released) -> str:
    return f"{released.built.name}:{released.built.version}"


def _population(bench: Bench) -> Check:
    """Whether anything could be found out: shares of a handful, or of subjects without records, show nothing."""
    run = bench.population
    subjects, admitted, read = run.info.subjects_scored, run.info.records_admitted, _records_read(run)
    least = bench.terms.terms.limits.impact.segment_size_at_least
    return _POPULATION.answered(
        passed=subjects >= least and read > 0,
        found=f"{subjects:,} subjects scored, {admitted:,} records admitted, {read:,} read",
        limit=f"≥ {least:,} subjects, ≥ 1 record read",
        detail=Title(
            zh=f"{run.info.on} 得到评价的主体 {subjects:,} 个；采纳记录 {admitted:,} 条，其中 {read:,} 条属于这些主体并被读取。过少则其余检查无从判断",
            en=f"on {run.info.on} {subjects:,} subjects were scored; {admitted:,} records were admitted, of which "
            f"{read:,} are theirs and were read; of too few the other checks show nothing",
        ),
    )


def _records_read(run: Scored) -> int:
    """Records of the scored subjects that the scorecard, or the one it extends, looked at."""
    from credit_scoring.engines.duckdb import DuckDBEngine

    folders = [run.folder] if run.base is None else [run.folder, run.folder / "public"]
    with DuckDBEngine() as engine:
        for number, folder in enumerate(folders):
            engine.scan(f"evidence_{number}", folder / "evidence.parquet")
        every = " UNION ALL ".join(
            f"SELECT record_id FROM evidence_{number}" for number in range(len(folders))
        )
        (read,) = engine.table(f"SELECT count(DISTINCT record_id) AS n FROM ({every})")["n"].to_pylist()
    return int(read)
