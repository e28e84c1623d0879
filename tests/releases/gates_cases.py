"""Releases to try the gates on, complete folders with their saved models, made without a store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from credit_scoring.policy.gathering import default_configs
from credit_scoring.policy.training import Family
from credit_scoring.releases.bundle import read_source, write_bundle
from credit_scoring.releases.checks import Check, GateReport
from credit_scoring.releases.entries import BEFORE_THE_FIRST, Built
from credit_scoring.releases.fingerprints import files_sha256, plain_files, sha256_of_file
from credit_scoring.releases.gates.bench import Bench, Inputs, run_or_reason
from credit_scoring.releases.gates.findings import Finding
from credit_scoring.releases.manifest import File, Manifest
from credit_scoring.releases.opening import MANIFEST, RELEASE, Released, read_release
from credit_scoring.releases.saving import save_model
from credit_scoring.releases.served import flat_table
from credit_scoring.releases.terms import LoadedTerms, load_terms
from policy.texts import INSTRUMENTS
from sectors.small_sector import PUBLIC, SECTOR, sector_folder, world

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
ON = date(2025, 12, 31)


def built_release(source: Path | str, *, policy: Sequence[Path] = (), version: int = 1) -> Released:
    """A release as `release build` makes it, read back with every hash checked."""
    place = Path(mkdtemp())
    found = read_source(source, policy=policy)
    bundle = write_bundle(
        found, place / "release", author="Ada", at=AT, terms=load_terms(), on=None, report=lambda _: None
    )
    few = bundle.golden.subjects.slice(0, 3)
    save_model(bundle.folder, place / "model", example=flat_table(few, bundle.golden.records.slice(0, 3)))
    return read_release(place / "model", built=_entry(place / "model", version=version))


def resealed(released: Released, *, version: int | None = None) -> Released:
    """A release whose files were changed, with a manifest and an entry that say so: a forger with every key."""
    folder = released.model_folder / RELEASE
    manifest = Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    files = tuple(
        File(path=path, bytes=(folder / path).stat().st_size, sha256=sha256_of_file(folder / path))
        for path in plain_files(folder)
        if path != MANIFEST
    )
    changed = manifest.model_copy(update={"files": files})
    (folder / MANIFEST).write_text(changed.model_dump_json(indent=2) + "\n", encoding="utf-8")
    entry = _entry(released.model_folder, version=version or released.built.version)
    return read_release(released.model_folder, built=entry)


def _entry(model: Path, *, version: int) -> Built:
    manifest = Manifest.model_validate_json((model / RELEASE / MANIFEST).read_bytes())
    return Built(
        format=1, number=2, previous=BEFORE_THE_FIRST, at=AT, by=manifest.author, reason="for a test", nonce="0" * 32,
        kind="built", name=manifest.name, version=version, edition=manifest.edition,
        subject_type=manifest.subject_type, from_=manifest.in_force_from, until=manifest.in_force_until,
        content_sha256=manifest.content_sha256, manifest_sha256=sha256_of_file(model / RELEASE / MANIFEST),
        files_sha256=files_sha256(model), location="artifacts", model_id="m", run_id="r",
    )  # fmt: skip


@cache
def small_files() -> Path:
    """The small public scorecard and the small sector, with catalogue and legal texts."""
    return with_legal_texts(sector_folder(Path(mkdtemp()), sector=SECTOR, public=PUBLIC))


def with_legal_texts(folder: Path) -> Path:
    """The texts that the shipped terms cite, beside that of the small policy."""
    small = INSTRUMENTS.removeprefix("instruments:\n")
    shipped = (default_configs() / "instruments.yaml").read_text(encoding="utf-8")
    (folder / "instruments.yaml").write_text(f"{shipped.rstrip()}\n{small}", encoding="utf-8")
    return folder


def beside(folder: Path) -> list[Path]:
    """What the small sector rests on."""
    return [folder / name for name in ("card.yaml", "catalogue.yaml", "instruments.yaml")]


@cache
def public_release() -> Released:
    """The small public scorecard."""
    folder = small_files()
    return built_release(folder / "card.yaml", policy=beside(folder)[1:])


@cache
def sector_release() -> Released:
    """The small sector, weighted."""
    folder = small_files()
    return built_release(folder / "sector.yaml", policy=beside(folder))


@cache
def learnt_release(family: Family) -> Released:
    """An evaluation learnt for the small sector."""
    from sectors.test_training import trained

    _, out = trained(family)
    with_legal_texts(out.parent)
    return built_release(out, policy=beside(out.parent))


@cache
def population(*, firms: int = 1_500) -> tuple[Path, Path]:
    """The invented world of the small sector as files."""
    folder = Path(mkdtemp())
    found = world(firms=firms)
    pq.write_table(found.subjects, folder / "subjects.parquet")
    pq.write_table(found.records, folder / "records.parquet")
    return folder / "subjects.parquet", folder / "records.parquet"


def written(table: pa.Table, name: str) -> Path:
    """A table as a file of its own."""
    path = Path(mkdtemp()) / f"{name}.parquet"
    pq.write_table(table, path)
    return path


def bench_of(released: Released, **changed: Any) -> Bench:
    """What the gates look at: the release over the invented world, alone, unless something else is said."""
    if id(released) in _SCORED and not {"tables", "coverage", "on", "known_by"} & changed.keys():
        return replace(_SCORED[id(released)][1], scratch=Path(mkdtemp()), **changed)
    usual = not changed
    subjects, records = changed.pop("tables", population())
    place = Path(mkdtemp())
    inputs = Inputs(
        subjects=subjects, records=records, coverage=changed.pop("coverage", None), segments=None,
        on=changed.pop("on", ON), known_by=changed.pop("known_by", ON), threads=2, memory_limit=None,
    )  # fmt: skip
    (place / "out").mkdir()
    bench = Bench(
        candidate=released, in_force=None, base_in_force=None, inputs=inputs, terms=load_terms(), scratch=place,
        out=place / "out", run=run_or_reason(released, inputs, place / "population"),
    )  # fmt: skip
    if usual:
        _SCORED[id(released)] = (released, bench)
    return replace(bench, **changed)


_SCORED: dict[int, tuple[Released, Bench]] = {}
"""Releases, kept so that no other takes their place in memory, with the population as they score it."""


def by_name(found: Finding | GateReport) -> dict[str, Check]:
    """Checks by their name; every name is there once."""
    names = [check.name for check in found.checks]
    assert len(set(names)) == len(names) or isinstance(found, GateReport)
    return {check.id if isinstance(found, GateReport) else check.name: check for check in found.checks}


def with_policy(released: Released, text: str, *, base: str | None = None) -> Released:
    """The release with another scorecard text in its folder, nothing else made anew: what the build would refuse."""
    place = Path(mkdtemp()) / "release"
    (place / "policy").mkdir(parents=True)
    for file in (released.folder / "policy").iterdir():
        (place / "policy" / file.name).write_bytes(file.read_bytes())
    (place / "policy" / f"{released.card.scorecard}-{released.card.edition}.yaml").write_text(
        text, encoding="utf-8"
    )
    if (released.folder / "training").is_dir():
        (place / "training").mkdir()
        for file in (released.folder / "training").iterdir():
            (place / "training" / file.name).write_bytes(file.read_bytes())
    policy = loaded_anyway(place / "policy")
    card = next(c for c in policy.scorecards if c.scorecard == released.card.scorecard)
    return replace(released, folder=place, policy=policy, card=card)


def loaded_anyway(folder: Path) -> Any:
    """A policy with its problems left standing."""
    from credit_scoring.policy.loading import Policy, check_files

    reading, _ = check_files([folder])
    return Policy(
        editions=tuple(reading.editions), catalogue=reading.catalogue, instruments=reading.instruments
    )


def terms_with(**stability: Any) -> LoadedTerms:
    """The shipped terms with another limit of stability."""
    loaded = load_terms()
    limits = loaded.terms.limits
    changed = limits.model_copy(update={"stability": limits.stability.model_copy(update=stability)})
    return replace(loaded, terms=loaded.terms.model_copy(update={"limits": changed}))
