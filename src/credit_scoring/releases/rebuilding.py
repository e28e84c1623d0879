"""Recomputing an old run from its `run.json`, and whether every row is equal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import BaseModel, ConfigDict, ValidationError, computed_field

from credit_scoring import __version__
from credit_scoring.engines.base import Engine
from credit_scoring.errors import (
    InputError,
    NotFoundError,
    NotInForceError,
    PolicyError,
    ReleaseError,
    StoreError,
    TamperedError,
)
from credit_scoring.policy.loading import Policy, load_policy
from credit_scoring.scoring.record import InputUsed, RunInfo, sha256_of
from credit_scoring.scoring.run import TABLES, score_to_folder

_SHOWN = 5
_KEYS = {"rejected": "record_id", "not_collected": "indicator"}
"""What names a row of a table without subjects; in all others `subject_id` does."""
_MAY_CHANGE = {"version", "engine", "seconds", "releases"}
"""Statements of `run.json` that are not about rows: the program of then, its time, and where the policy lay."""


class TableCompared(BaseModel):
    """Rows of one table of the run, then and now, compared as multisets."""

    model_config = ConfigDict(frozen=True)
    table: str
    """Its file without the ending, such as `scores` or `public/scores`."""
    rows_then: int
    rows_now: int
    equal: int
    only_then: int
    only_now: int
    columns: tuple[str, ...]
    """What differs in the columns themselves; none where names and types are the same."""
    examples: tuple[str, ...]
    """Some subjects (records of `rejected`, indicators of `not_collected`) whose rows differ."""

    @computed_field  # type: ignore[prop-decorator]
    @property
    def is_equal(self) -> bool:
        """Whether nothing differs."""
        return not (self.only_then or self.only_now or self.columns)


class Rebuilt(BaseModel):
    """An old run and the same run now."""

    model_config = ConfigDict(frozen=True)
    run: str
    then: RunInfo
    now: RunInfo
    policy_from: str
    """Where the policy was taken from: a release, or the run's own folder."""
    notes: tuple[str, ...]
    """What the release that the run states could not be used for, if so."""
    doubts: tuple[str, ...]
    """A release that is not the one the run states, statements of `run.json` that do not hold."""
    tables: tuple[TableCompared, ...]

    @computed_field  # type: ignore[prop-decorator]
    @property
    def is_equal(self) -> bool:
        """Whether every row is equal and nothing the run states is in doubt."""
        return not self.doubts and all(table.is_equal for table in self.tables)


def rebuild(
    run: Path | str,
    *,
    subjects: Path | None = None,
    records: Path | None = None,
    coverage: Path | None = None,
    store: str | None = None,
    threads: int | None = None,
    memory_limit: str | None = "1500MB",
    report: Callable[[str], None] = lambda _: None,
) -> Rebuilt:
    """Recompute a run from its `run.json` and compare every row.

    Args:
        run: the folder `credit-scoring score --out` has written; it is not changed.
        subjects, records, coverage: where the tables are now; by default where they were then. A relative path that a
            run states is looked for from the working directory. Their bytes must be those the run states.
        store: of the releases, where the run states some; as for `load_release`.
        threads, memory_limit: of the engine; the rows do not depend on them.
        report: called with the title of each step.

    Returns:
        What is equal and what is not, table by table, the run of an extended public scorecard among them.

    Raises:
        NotFoundError: no run, or a file of it or of its inputs is gone.
        InputError: an input is not the file the run was made from.
        TamperedError: the policy kept with the run is not the one it states.
    """
    folder = Path(run)
    then = _info(folder)
    report("reading the inputs")
    used = {
        name: _input(name, getattr(then, name), given)
        for name, given in (("subjects", subjects), ("records", records), ("coverage", coverage))
    }
    report("reading the policy")
    source = _policy(folder, then, store=store)
    with TemporaryDirectory(prefix="credit-scoring-rebuild-") as temporary:
        new = Path(temporary) / "run"
        now = score_to_folder(
            source.policy,
            subjects=_given(used["subjects"]),
            records=_given(used["records"]),
            coverage=used["coverage"],
            on=then.on,
            known_by=then.known_by,
            out=new,
            threads=threads,
            memory_limit=memory_limit,
            report=report,
        )
        parts = sorted({path.parent.relative_to(new) for path in new.rglob("run.json")}, key=str)
        doubts = [*source.doubts, *_lost_parts(folder, new)]
        tables: list[TableCompared] = []
        for part in parts:
            if (folder / part / "run.json").is_file():
                old = _info(folder / part)
                doubts += _statements(part, old, _info(new / part))
                if old.releases != then.releases:
                    doubts.append(f"{(part / 'run.json').as_posix()}: states other releases than run.json.")
                tables += _compared(folder, new, part, threads, memory_limit, report)
    return Rebuilt(
        run=str(folder),
        then=then,
        now=now,
        policy_from=source.name,
        notes=source.notes,
        doubts=tuple(doubts),
        tables=tuple(tables),
    )


def _info(folder: Path) -> RunInfo:
    path = folder / "run.json"
    if not path.is_file():
        raise NotFoundError(
            f"{folder} is no run: it has no run.json. Give the folder `credit-scoring score --out` has written."
        )
    try:
        return RunInfo.model_validate_json(path.read_bytes())
    except ValidationError as error:
        said = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'file'}: {e['msg']}" for e in error.errors())
        raise InputError(f"{path}: is not what a run writes ({said}). Restore it from a copy.") from error


def _given(path: Path | None) -> Path:
    if path is None:
        raise InputError("a run without subjects or records cannot be rebuilt.")
    return path


def _input(name: str, stated: InputUsed | None, given: Path | None) -> Path | None:
    """The file of an input, after its bytes were found to be those the run was made from."""
    if stated is None:
        if given is not None:
            raise InputError(f"--{name} {given}: the run was made without {name}. Leave it out.")
        return None
    if given is None and stated.path is None:
        raise InputError(
            f"the run does not say where its {name} were ('{stated.name}'): give them with --{name}."
        )
    path = given or Path(stated.path or "")
    if not path.exists():
        raise NotFoundError(f"{path} does not exist: give the {name} of the run with --{name}.")
    found = sha256_of(path, name)
    if found != stated.sha256:
        raise InputError(
            f"{path} is not the file this run was made from: the run states the SHA-256 {stated.sha256}, and it has "
            f"{found}. Give the file of then with --{name}."
        )
    return path


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    policy: Policy
    name: str
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


def _policy(folder: Path, then: RunInfo, *, store: str | None) -> _Source:
    """The policy of the releases the run states, or the one kept with the run; its hash is the one stated."""
    if not then.releases:
        return _Source(policy=_kept_policy(folder, then), name=str(folder / "policy"))
    names = ", ".join(f"{release.name}:{release.version}" for release in then.releases)
    notes, doubts = [], []
    try:
        policy = _released(then, store=store)
        if _fingerprint(policy, then) == then.policy_sha256:
            return _Source(policy=policy, name=f"release {names}")
        doubts.append(f"the policy of release {names} is not the one the run states.")
    except (NotFoundError, StoreError) as error:
        notes.append(f"release {names} is not at hand: {error}")
    except ReleaseError as error:
        doubts.append(str(error))
    return _Source(
        policy=_kept_policy(folder, then),
        name=str(folder / "policy"),
        notes=tuple(notes),
        doubts=tuple(doubts),
    )


def _released(then: RunInfo, *, store: str | None) -> Policy:
    from credit_scoring.releases.opening import load_release

    policy = load_release(*(f"{used.name}:{used.version}" for used in then.releases), on=then.on, store=store)
    found = {(used.name, used.version): used for used in policy.releases}
    for used in then.releases:
        other = found[used.name, used.version]
        if other != used:
            raise TamperedError(
                f"release {used.name}:{used.version} of this store is another one than the run states: manifest "
                f"{other.manifest_sha256}, and the run was made with {used.manifest_sha256}. Name the store of then "
                "with --store."
            )
    return policy


def _kept_policy(folder: Path, then: RunInfo) -> Policy:
    kept = folder / "policy"
    if not kept.is_dir():
        raise NotFoundError(f"{kept} is missing: without its policy the run cannot be rebuilt.")
    try:
        policy = load_policy(kept)
        found = _fingerprint(policy, then)
    except (PolicyError, NotFoundError, NotInForceError) as error:
        raise _another_policy(kept, then, f"it cannot be used: {error}") from error
    if found != then.policy_sha256:
        raise _another_policy(
            kept, then, f"the run states the SHA-256 {then.policy_sha256}, and it has {found}"
        )
    return policy


def _another_policy(kept: Path, then: RunInfo, why: str) -> TamperedError:
    return TamperedError(
        f"{kept} is not the policy this run was made by: {why}. Restore the folder from a copy, or rebuild with version "
        f"{then.version} of this package (this is {__version__}).",
        findings=[f"{kept}: {why}"],
    )


def _fingerprint(policy: Policy, then: RunInfo) -> str:
    cards = policy.in_force(then.on)
    return policy.fingerprint((*cards, *policy.bases(cards, then.on)))


def _lost_parts(folder: Path, new: Path) -> Iterator[str]:
    """Runs of extended scorecards that only one of the two has."""
    for name in ("public",):
        there, here = (folder / name / "run.json").is_file(), (new / name / "run.json").is_file()
        if here and not there:
            yield f"{folder / name}: the run of the extended scorecard is missing."
        if there and not here:
            yield f"{folder / name}: is no part of a run by this policy."


def _statements(part: Path, old: RunInfo, new: RunInfo) -> Iterator[str]:
    """What `run.json` states of then and does not hold now."""
    where = (part / "run.json").as_posix()
    for field in sorted(RunInfo.model_fields.keys() - _MAY_CHANGE):
        was, found = getattr(old, field), getattr(new, field)
        if isinstance(was, InputUsed) and isinstance(found, InputUsed):
            was, found = (was.rows, was.sha256), (found.rows, found.sha256)
        if was != found:
            yield f"{where}: {field} is {_shown(was)}, and comes out as {_shown(found)} now."


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return "; ".join(_shown(part) for part in value) or "nothing"
    return value.model_dump_json() if isinstance(value, BaseModel) else str(value)


def _compared(
    old: Path,
    new: Path,
    part: Path,
    threads: int | None,
    memory_limit: str | None,
    report: Callable[[str], None],
) -> Iterator[TableCompared]:
    from credit_scoring.engines.duckdb import DuckDBEngine

    for name in TABLES:
        report(f"comparing {name}")
        file = part / f"{name}.parquet"
        if not (old / file).is_file():
            raise NotFoundError(f"{old / file} is missing: the run is not complete. Restore it from a copy.")
        with DuckDBEngine(threads=threads, memory_limit=memory_limit) as engine:
            engine.scan("rows_then", old / file)
            engine.scan("rows_now", new / file)
            yield _compare(engine, (part / name).as_posix())


def _compare(engine: Engine, table: str) -> TableCompared:
    then, now = engine.columns("rows_then"), engine.columns("rows_now")
    shared = [name for name in now if name in then]
    # Each different row once, with how many more of it there were then than there are now: one pass, where EXCEPT ALL
    # takes two and twice the time. Nulls are equal to each other.
    rows = ", ".join(f'"{name}"' for name in shared)
    both = f"SELECT {rows}, 1 AS more FROM rows_then UNION ALL SELECT {rows}, -1 FROM rows_now"
    engine.run(
        f"CREATE TABLE differing AS SELECT {rows}, sum(more)::BIGINT AS more FROM ({both}) GROUP BY {rows} HAVING sum(more) <> 0"
        if shared
        else "CREATE TABLE differing AS SELECT count(*) AS more FROM rows_then UNION ALL SELECT -count(*) FROM rows_now"
    )
    found = engine.table(
        "SELECT (SELECT count(*) FROM rows_then) AS rows_then, (SELECT count(*) FROM rows_now) AS rows_now, "
        "coalesce(sum(more) FILTER (more > 0), 0)::BIGINT AS only_then, "
        "coalesce(-sum(more) FILTER (more < 0), 0)::BIGINT AS only_now FROM differing"
    ).to_pylist()[0]
    return TableCompared(
        table=table,
        **found,
        equal=found["rows_then"] - found["only_then"],
        columns=tuple(_columns(then, now)),
        examples=_examples(engine, _KEYS.get(table.rsplit("/", 1)[-1], "subject_id"), shared),
    )


def _columns(then: dict[str, str], now: dict[str, str]) -> Iterator[str]:
    yield from (f"'{name}' was there then and is not now" for name in then if name not in now)
    for name, kind in now.items():
        if name not in then:
            yield f"'{name}' was not there then"
        elif then[name] != kind:
            yield f"'{name}' was {then[name]} and is {kind}"


def _examples(engine: Engine, key: str, shared: list[str]) -> tuple[str, ...]:
    if key not in shared:
        return ()
    rows = engine.table(
        f'SELECT DISTINCT "{key}"::VARCHAR AS k FROM differing WHERE "{key}" IS NOT NULL ORDER BY k LIMIT {_SHOWN}'
    )
    return tuple(rows["k"].to_pylist())
