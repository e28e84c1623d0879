"""Folders of releases and saved models to serve: a public scorecard, a sector over it, and a gradient model."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pyarrow as pa

from credit_scoring import Policy, __version__, load_policy
from credit_scoring.policy.language import Scorecard
from credit_scoring.releases.fingerprints import (
    code_sha256,
    content_sha256,
    libraries,
    lock_sha256,
    plain_files,
    policy_sha256,
    python_version,
    sha256_of_file,
)
from credit_scoring.releases.golden import golden_results, golden_tables, write_golden
from credit_scoring.releases.manifest import Code, File, Golden, Manifest, Stated
from credit_scoring.releases.signature import signature
from credit_scoring.scoring.output import write_policy
from scoring.small import CLOSED, ON, RECORDS, SUBJECTS, firm_card, policy_of, record, subject, table
from sectors.small_sector import sector_folder, sector_policy, world

DAY = ON.isoformat()


def rows() -> tuple[pa.Table, pa.Table]:
    """Firms with and without records, records that count, and some that cannot."""
    subjects = [
        subject("firm", established_on=date(2001, 2, 3), industry_code="0111"),
        subject("quiet"),
        subject("odd", region_code="33x"),
        subject("gone", closed_on=date(2024, 1, 1), established_on=date(2010, 1, 1)),
    ]
    records = [
        record("r1"),
        record("r2", level="minor", occurred_on=date(2025, 9, 1)),
        record("r3", item="a.arrears", value=5000, occurred_on=date(2025, 7, 1)),
        record("r4", item="a.honour", occurred_on=date(2025, 1, 5)),
        record("r5", item="nothing.known"),
        record("r6", recorded_on=date(2026, 1, 2)),
        record("r7", withdrawn_on=date(2025, 8, 1)),
        record("r8", subject_id="odd"),
        record("r9", subject_id="gone", level="serious", occurred_on=date(2025, 2, 1)),
    ]
    return table(subjects, SUBJECTS), table(records, RECORDS)


@cache
def public_policy() -> Policy:
    """The small public scorecard, in which who is closed is not rated."""
    return policy_of(firm_card(CLOSED))


@cache
def gradient_policy() -> Policy:
    """A gradient model over the small public scorecard, learnt once from the records of `sectors.small_sector`."""
    folder = sector_folder(Path(mkdtemp()))
    learnt = Path(__file__).with_name("gradient") / "scorecard.yaml"
    return load_policy(learnt, *(folder / f"{name}.yaml" for name in ("catalogue", "instruments", "card")))


POLICIES = {
    "public": public_policy,
    "sector": sector_policy,
    "gradient": gradient_policy,
}


def population(kind: str) -> tuple[pa.Table, pa.Table]:
    """Subjects and records that the scorecards of `POLICIES` are for."""
    if kind == "public":
        return rows()
    return world(firms=150).subjects, world(firms=150).records


def own_card(policy: Policy) -> Scorecard:
    """The scorecard of a policy that no other extends."""
    extended = {card.extends for card in policy.scorecards}
    (card,) = (card for card in policy.scorecards if card.scorecard not in extended)
    return card


def release_folder(
    policy: Policy, folder: Path, *, changed: Any = None, before: Callable[[Path], None] = lambda _: None
) -> Path:
    """A release's folder: policy, golden rows, manifest.

    `changed` are fields of the manifest to replace; `before` may change the folder before its files are listed.
    """
    card = own_card(policy)
    folder.mkdir(parents=True)
    write_policy(policy, policy.scorecards, folder / "policy")
    golden = golden_tables(policy, card)
    write_golden(golden, golden_results(policy, golden), folder / "golden")
    before(folder)
    files = [
        File(path=path, bytes=(folder / path).stat().st_size, sha256=sha256_of_file(folder / path))
        for path in plain_files(folder)
    ]
    manifest = Manifest(
        format=1,
        name=card.scorecard,
        edition=card.edition,
        title=card.title,
        subject_type=card.subject_type,
        in_force_from=card.in_force.from_,
        in_force_until=card.in_force.until,
        author="Ada",
        built_at=datetime(2026, 1, 5, 9, 0, tzinfo=UTC),
        policy_sha256=policy_sha256(policy, card),
        content_sha256=content_sha256(policy, card),
        code=Code(
            version=__version__,
            sha256=code_sha256(),
            lock_sha256=lock_sha256(),
            python=python_version(),
            libraries=libraries(),
        ),
        data=Stated(kind="stated", authority=("law",)),
        bases=(),
        signature=signature(),
        golden=Golden(
            on=golden.on, subjects=golden.subjects.num_rows, records=golden.records.num_rows, rejected=0
        ),
        validation=(),
        files=tuple(files),
    )
    text = manifest.model_copy(update=changed or {}).model_dump_json(indent=2)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")
    return folder


@cache
def saved_model(kind: str) -> Path:
    """A saved model of one of `POLICIES`, made once."""
    from credit_scoring.releases.saving import save_model
    from credit_scoring.releases.served import flat_table

    folder = Path(mkdtemp())
    subjects, records = population(kind)
    example = flat_table(subjects.slice(0, 4), records.slice(0, 9))
    save_model(release_folder(POLICIES[kind](), folder / "release"), folder / "model", example=example)
    return folder / "model"
