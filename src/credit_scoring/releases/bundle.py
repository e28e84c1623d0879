"""The folder of a release: policy, golden rows, papers, dossier, and the manifest that names every file with its hash."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa

from credit_scoring import __version__
from credit_scoring.errors import InputError, PolicyError, ReleaseError
from credit_scoring.policy.gathering import kind_of, yaml_files
from credit_scoring.policy.language import Scorecard
from credit_scoring.policy.loading import Policy, is_in_force, load_policy
from credit_scoring.policy.reading import read_document
from credit_scoring.releases.checks import Check
from credit_scoring.releases.fingerprints import (
    base_editions,
    code_sha256,
    content_sha256,
    libraries,
    lock_sha256,
    only_of,
    plain_files,
    policy_sha256,
    python_version,
    sha256_of_file,
)
from credit_scoring.releases.golden import (
    GoldenTables,
    golden_differences,
    golden_tables,
    results_of_run,
    run_of,
    write_golden,
)
from credit_scoring.releases.learnt_papers import SCORECARD, LearntPapers, is_learnt, read_papers
from credit_scoring.releases.manifest import FORMAT, Base, Code, File, Golden, Manifest, Stated
from credit_scoring.releases.reference import is_reference
from credit_scoring.releases.terms import LoadedTerms, check_terms
from credit_scoring.scoring.output import write_policy

_EDITION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a release is built from, checked."""

    file: Path
    policy: Policy
    """The scorecard and what it extends, nothing else."""
    card: Scorecard
    papers: LearntPapers | None
    """Of a learnt evaluation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A release's folder, complete."""

    folder: Path
    manifest: Manifest
    policy: Policy
    golden: GoldenTables


def read_source(source: Path | str, *, policy: Sequence[Path] = ()) -> Source:
    """The one scorecard that is to be released, with every check of a policy passed.

    Args:
        source: a scorecard's file, a folder made by `train`, or `name@edition` of the package's configs.
        policy: what the scorecard rests on where that is not the package's own.

    Raises:
        NotFoundError: there is no such file, folder or edition.
        InputError: it is no scorecard, or more than one.
        PolicyError: the policy has problems; carries every one.
        ReleaseError: a learnt scorecard's papers are missing or belong to another.
    """
    from credit_scoring.releases.impact.sides import side_of

    text = str(source)
    if is_reference(text) and not Path(text).exists():
        raise InputError(
            f"'{text}' is a release already: name a scorecard's file, or a folder made by `train`."
        )
    _check_one_scorecard(Path(text))
    # The day only says which release `name@in-force` is, and that is no source.
    side = side_of(text, on=date.max, policy=policy)
    edition = next(edition for edition in side.policy.editions if not edition.as_base)
    card, file = edition.card, Path(edition.document.file)
    if not is_reference(f"{card.scorecard}:1") or not _EDITION.match(card.edition):
        raise InputError(
            f"{file}: '{card.id}' cannot name a release: letters, figures, '.', '_' and '-' make up both parts."
        )
    papers = None
    if is_learnt(card) or Path(text).is_dir():
        papers = read_papers(file, card)
    return Source(file=file, policy=only_of(side.policy, card), card=card, papers=papers)


def _check_one_scorecard(path: Path) -> None:
    if not path.is_dir():
        return
    found = [file for file in yaml_files([path]) if kind_of(read_document(file)) == "scorecard"]
    if [file.name for file in found] != [SCORECARD]:
        names = ", ".join(sorted(file.name for file in found)) or "none"
        raise InputError(
            f"{path}: a folder made by `train` holds one scorecard, '{SCORECARD}'; this one holds: {names}. Name the "
            "scorecard's file."
        )


def write_bundle(
    source: Source,
    folder: Path,
    *,
    author: str,
    at: datetime,
    terms: LoadedTerms,
    on: date | None = None,
    report: Callable[[str], None] = lambda _: None,
) -> Bundle:
    """Write everything a release holds into a new folder.

    Args:
        on: day of the golden rows if the scorecard is in force on it by its own text; one is chosen otherwise.

    Raises:
        PolicyError: the terms cite what the policy does not state.
        NotInForceError: there is no day on which the scorecard is in force.
        ReleaseError: the policy read back from the release is another, or golden rows do not repeat.
    """
    from credit_scoring.releases.paperwork import dossier_papers, read_training

    folder.mkdir(parents=True)
    report("writing the policy")
    policy, card = _written_policy(source, folder / "policy")
    _write_terms(terms, folder / "terms.yaml", policy)
    report("golden rows")
    tables = golden_tables(policy, card, on=on if on is not None and _is_usable(policy, card, on) else None)
    run = run_of(policy, tables)
    results = results_of_run(run)
    write_golden(tables, results, folder / "golden")
    if source.papers is not None:
        (folder / "training").mkdir()
        for file in source.papers.files:
            shutil.copyfile(file, folder / "training" / file.name)
    report("checking the golden rows")
    from credit_scoring.releases.built_checks import built_checks

    again = results_of_run(run_of(policy, reversed_rows(tables)))
    checks = built_checks(policy, card, run, differences=golden_differences(results, again))
    if failed := [check for check in checks if check.outcome == "failed" and not check.acceptable]:
        raise ReleaseError(
            f"'{card.id}' cannot be released: "
            + "; ".join(f"{c.title.en}: {c.found}, not {c.limit} ({c.detail.en})" for c in failed)
            + "."
        )
    manifest = _manifest(
        source, policy, card, tables, results.rejected.num_rows, author=author, at=at, checks=checks
    )
    report("writing the dossier")
    (folder / "dossier").mkdir()
    training = None if source.papers is None else read_training(folder / "training" / "training.json")
    for paper in dossier_papers(policy, card, manifest, terms.terms, training=training):
        (folder / "dossier" / paper.name).write_text(paper.text, encoding="utf-8", newline="")
    manifest = manifest.model_copy(update={"files": listed_files(folder)})
    (folder / "manifest.json").write_text(
        manifest.model_dump_json(indent=1) + "\n", encoding="utf-8", newline=""
    )
    return Bundle(folder=folder, manifest=manifest, policy=policy, golden=tables)


def _is_usable(policy: Policy, card: Scorecard, on: date) -> bool:
    bases = base_editions(policy, card)
    return is_in_force(card, on) and (not bases or any(is_in_force(base, on) for base in bases))


def reversed_rows(tables: GoldenTables) -> GoldenTables:
    """The same rows in the opposite order: results must not depend on it."""

    def turned(table: pa.Table) -> pa.Table:
        return table.take(pa.array(range(table.num_rows - 1, -1, -1), pa.int64()))

    return GoldenTables(subjects=turned(tables.subjects), records=turned(tables.records), on=tables.on)


def listed_files(folder: Path) -> tuple[File, ...]:
    """Every file of a release's folder but the manifest, sorted by path."""
    return tuple(
        File(path=path, bytes=(folder / path).stat().st_size, sha256=sha256_of_file(folder / path))
        for path in plain_files(folder)
        if path != "manifest.json"
    )


def _written_policy(source: Source, folder: Path) -> tuple[Policy, Scorecard]:
    """The policy as it stands in the release, read back: from here on nothing else is looked at."""
    wanted = policy_sha256(source.policy, source.card)
    write_policy(source.policy, (source.card, *base_editions(source.policy, source.card)), folder)
    loaded = load_policy(folder)
    card = next((card for card in loaded.scorecards if card.id == source.card.id), None)
    if card is None:
        raise ReleaseError(f"'{source.card.id}' is not found in the policy written for its release.")
    own = only_of(loaded, card)
    if policy_sha256(own, card) != wanted:
        raise ReleaseError(
            f"'{card.id}' reads differently once it is written into a release. This is a fault of this package: report it."
        )
    return own, card


def _write_terms(terms: LoadedTerms, path: Path, policy: Policy) -> None:
    path.write_text(terms.text, encoding="utf-8", newline="")
    if problems := tuple(check_terms([path], policy.instruments)):
        raise PolicyError(problems)


def _manifest(
    source: Source,
    policy: Policy,
    card: Scorecard,
    tables: GoldenTables,
    rejected: int,
    *,
    author: str,
    at: datetime,
    checks: tuple[Check, ...],
) -> Manifest:
    from credit_scoring.releases.signature import signature

    papers = source.papers
    stated = Stated(kind="stated", authority=_authority(card))
    return Manifest(
        format=FORMAT,
        name=card.scorecard,
        edition=card.edition,
        title=card.title,
        subject_type=card.subject_type,
        in_force_from=card.in_force.from_,
        in_force_until=card.in_force.until,
        author=author,
        built_at=at,
        policy_sha256=policy_sha256(policy, card),
        content_sha256=content_sha256(policy, card),
        code=Code(
            version=__version__,
            sha256=code_sha256(),
            lock_sha256=lock_sha256(),
            python=python_version(),
            libraries=libraries(),
        ),
        data=stated if papers is None else papers.data,
        bases=tuple(
            Base(scorecard=base.scorecard, edition=base.edition, policy_sha256=policy.fingerprint((base,)))
            for base in base_editions(policy, card)
        ),
        signature=signature(),
        golden=Golden(
            on=tables.on,
            subjects=tables.subjects.num_rows,
            records=tables.records.num_rows,
            rejected=rejected,
        ),
        validation=(*checks, *(() if papers is None else papers.checks)),
        files=(),
    )


def _authority(card: Scorecard) -> tuple[str, ...]:
    """Keys of every legal text a scorecard cites, sorted."""
    from credit_scoring.policy.walking import codes

    return tuple(sorted({text.split(" ", 1)[0] for _, text in codes(card, "authority")}))
