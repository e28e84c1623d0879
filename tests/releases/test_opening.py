"""A release is opened only if every file of it is the one that was built."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from credit_scoring import load_policy, score
from credit_scoring.errors import (
    CreditScoringError,
    InputError,
    NotFoundError,
    NotInForceError,
    ReleaseError,
    StoreError,
    TamperedError,
)
from credit_scoring.policy.language import Scorecard
from credit_scoring.releases.building import build_release
from credit_scoring.releases.entries import Built
from credit_scoring.releases.fingerprints import files_sha256
from credit_scoring.releases.manifest import Manifest
from credit_scoring.releases.opening import Released, check_golden, load_release, open_release, read_release
from credit_scoring.releases.reference import parse_reference
from credit_scoring.releases.store.address import store_address
from policy.texts import CARD
from releases.test_building import card_folder
from scoring.small import PERSON, RECORDS, SUBJECTS, record, subject, table

AT = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
ON = date(2025, 12, 31)
RELEASE = Path("artifacts/release")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with two editions of one scorecard."""
    folder = tmp_path_factory.mktemp("store")
    second = CARD.replace('edition: "1"', 'edition: "2"').replace("from: 2024-01-01", "from: 2026-01-01")
    for number, card in enumerate((CARD, second)):
        policy = card_folder(tmp_path_factory.mktemp("policy"), card)
        build_release(
            policy / "card.yaml",
            author="Ada",
            reason=f"edition {number + 1}",
            at=AT,
            store=str(folder),
            policy=[policy],
        )
    return folder


def release(store: Path, version: int = 1) -> Released:
    return open_release(parse_reference(f"demo:{version}"), address=store_address(str(store)))


def copied(store: Path, folder: Path) -> tuple[Path, Built]:
    """The files of the first release, to be changed."""
    found = release(store)
    shutil.copytree(found.model_folder, folder / "model")
    return folder / "model", found.built


def resealed(model: Path, built: Built, change: Callable[[dict[str, Any]], None]) -> Built:
    """The entry of a release whose manifest was changed before it was built: all hashes agree."""
    path = model / RELEASE / "manifest.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return built.model_copy(update={"manifest_sha256": digest, "files_sha256": files_sha256(model)})


def relisted(model: Path, built: Built, **stated: Any) -> Built:
    """The same, with the files listed as they are."""

    def change(content: dict[str, Any]) -> None:
        for file in content["files"]:
            found = (model / RELEASE / file["path"]).read_bytes()
            file |= {"sha256": hashlib.sha256(found).hexdigest(), "bytes": len(found)}
        content |= stated

    return resealed(model, built, change)


def test_an_opened_release_scores_as_the_files_it_was_built_from(store: Path, tmp_path: Path) -> None:
    found = release(store)
    assert found.policy.releases[0].model_dump() == {
        "name": "demo",
        "version": 1,
        "content_sha256": found.built.content_sha256,
        "manifest_sha256": found.manifest_sha256,
    }
    assert not found.code_differs
    policy = card_folder(tmp_path / "policy")
    rows = {
        "subjects": table([subject(), subject("quiet")], SUBJECTS),
        "records": table([record("r1"), record("r2", item="a.listing")], RECORDS),
    }
    by_files = score(load_policy(policy), **rows, on=ON)
    by_release = score(found.policy, **rows, on=ON)
    assert by_release.scores == by_files.scores
    assert by_release.info.policy_sha256 == by_files.info.policy_sha256 == found.manifest.policy_sha256
    assert by_release.info.releases == found.policy.releases


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("policy/demo-1.yaml", "policy/demo-1.yaml was changed"),
        ("golden/scores.csv", "golden/scores.csv was changed"),
        ("terms.yaml", "terms.yaml was changed"),
        ("dossier/model-card.zh.md", "dossier/model-card.zh.md was changed"),
        ("manifest.json", "manifest.json is not the one the ledger names"),
        ("../../MLmodel", "files of the model are not those"),
        ("../../model_code.py", "files of the model are not those"),
    ],
)
def test_one_changed_byte_of_any_file_is_found(store: Path, tmp_path: Path, path: str, named: str) -> None:
    model, built = copied(store, tmp_path)
    file = model / RELEASE / path
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(bytes(content))
    with pytest.raises(TamperedError) as error:
        read_release(model, built=built)
    assert any(named in finding for finding in error.value.findings), error.value.findings


def test_all_findings_are_told_at_once(store: Path, tmp_path: Path) -> None:
    model, built = copied(store, tmp_path)
    (model / RELEASE / "policy" / "more.yaml").write_text("scorecard: more\n")
    (model / RELEASE / "terms.yaml").unlink()
    (model / RELEASE / "golden" / "points.csv").write_text("x\n")
    with pytest.raises(TamperedError) as error:
        read_release(model, built=built)
    assert {"policy/more.yaml was added", "terms.yaml is missing", "golden/points.csv was changed"} <= {
        *error.value.findings
    }
    assert "verify" in str(error.value)


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_link_is_refused_though_what_it_leads_to_is_unchanged(
    store: Path, tmp_path: Path, kind: str
) -> None:
    model, built = copied(store, tmp_path)
    what = model / RELEASE / ("terms.yaml" if kind == "file" else "policy")
    outside = tmp_path / "outside"
    what.rename(outside)
    what.symlink_to(outside)
    with pytest.raises(TamperedError, match="holds no links"):
        read_release(model, built=built)


@pytest.mark.parametrize("field", sorted(Manifest.model_fields))
def test_a_manifest_without_any_one_field_is_refused_by_its_name(
    store: Path, tmp_path: Path, field: str
) -> None:
    model, built = copied(store, tmp_path)
    with pytest.raises(TamperedError, match=f"manifest.json: {field} is missing"):
        read_release(model, built=resealed(model, built, lambda content: content.pop(field)))


def test_a_manifest_with_a_field_too_many_or_too_few_deep_inside_is_refused(
    store: Path, tmp_path: Path
) -> None:
    model, built = copied(store, tmp_path)

    def change(content: dict[str, Any]) -> None:
        content["extra"] = 1
        del content["code"]["lock_sha256"]
        content["validation"][0]["outcome"] = "fine"

    with pytest.raises(TamperedError) as error:
        read_release(model, built=resealed(model, built, change))
    said = " ".join(error.value.findings)
    assert "extra is not known" in said
    assert "code.lock_sha256 is missing" in said
    assert "validation.0.outcome" in said


@pytest.mark.parametrize(
    "path", ["../secret", "/etc/passwd", "policy/../../secret", "policy\\x", "c:x", "a//b"]
)
def test_a_path_that_leads_outside_is_refused(store: Path, tmp_path: Path, path: str) -> None:
    model, built = copied(store, tmp_path)

    def change(content: dict[str, Any]) -> None:
        content["files"][0]["path"] = path

    with pytest.raises(TamperedError, match="does not lie in the release"):
        read_release(model, built=resealed(model, built, change))


def test_a_file_listed_twice_is_refused(store: Path, tmp_path: Path) -> None:
    model, built = copied(store, tmp_path)
    with pytest.raises(TamperedError, match="lists a file twice"):
        read_release(
            model, built=resealed(model, built, lambda content: content["files"].append(content["files"][0]))
        )


def test_a_manifest_of_a_newer_version_asks_for_it(store: Path, tmp_path: Path) -> None:
    model, built = copied(store, tmp_path)
    with pytest.raises(StoreError, match="newer version"):
        read_release(model, built=resealed(model, built, lambda content: content.update(format=2, more=1)))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "other"),
        ("edition", "3"),
        ("author", "Eve"),
        ("in_force_from", "2020-01-01"),
        ("in_force_until", "2030-01-01"),
        ("subject_type", "natural_person"),
        ("content_sha256", "0" * 64),
    ],
)
def test_a_manifest_that_contradicts_the_ledger_is_refused(
    store: Path, tmp_path: Path, field: str, value: str
) -> None:
    model, built = copied(store, tmp_path)
    with pytest.raises(TamperedError, match=f"{field} is .*, the ledger says"):
        read_release(model, built=resealed(model, built, lambda content: content.update({field: value})))


def test_a_policy_that_is_not_the_stated_content_is_refused_though_every_file_agrees(
    store: Path, tmp_path: Path
) -> None:
    model, built = copied(store, tmp_path)
    file = model / RELEASE / "policy" / "demo-1.yaml"
    text = file.read_text(encoding="utf-8")
    assert "from: 80" in text
    file.write_text(text.replace("from: 80", "from: 70"), encoding="utf-8")
    with pytest.raises(TamperedError, match="does not give the hash of the content"):
        read_release(model, built=relisted(model, built))


def other_code(content: dict[str, Any]) -> dict[str, Any]:
    return {**content["code"], "sha256": "0" * 64, "version": "0.0.9"}


def with_other_code(
    store: Path, folder: Path, *, change: Callable[[Path], None] = lambda _: None
) -> Released:
    """The first release as if another program had built it."""
    from credit_scoring.releases.fingerprints import content_sha256

    model, built = copied(store, folder)
    found = release(store)
    change(model / RELEASE)
    content = content_sha256(found.policy, found.card, code="0" * 64)
    stated = json.loads((model / RELEASE / "manifest.json").read_text(encoding="utf-8"))
    entry = relisted(model, built, code=other_code(stated), content_sha256=content)
    return read_release(model, built=entry.model_copy(update={"content_sha256": content}))


def test_another_program_may_score_a_release_whose_golden_rows_it_gives_the_same_results(
    store: Path, tmp_path: Path
) -> None:
    found = with_other_code(store, tmp_path)
    assert found.code_differs
    check_golden(found)


def test_another_program_that_gives_golden_rows_other_results_may_not_score(
    store: Path, tmp_path: Path
) -> None:
    def change(folder: Path) -> None:
        file = folder / "golden" / "scores.csv"
        head, first, *others = file.read_text(encoding="utf-8").splitlines(keepends=True)
        assert "good" in first
        file.write_text("".join([head, first.replace("good", "fair"), *others]), encoding="utf-8")

    found = with_other_code(store, tmp_path, change=change)
    with pytest.raises(ReleaseError, match=r"differently.*grade is good, and was fair.*version 0\.0\.9"):
        check_golden(found)


def test_releases_are_loaded_as_a_policy_by_version(store: Path) -> None:
    policy = load_release("demo:1", "demo:1", on=ON, store=str(store))
    assert [used.version for used in policy.releases] == [1]
    assert [card.id for card in policy.in_force(ON)] == ["demo@1"]
    run = score(policy, subjects=table([subject()], SUBJECTS), records=table([record("r1")], RECORDS), on=ON)
    # 40 - 5 and 10 for conduct, 0 for a rating and honours nobody gave, 30 for no arrears.
    assert run.scores["score"].to_pylist() == [Decimal(75)]
    assert run.info.releases == policy.releases


@pytest.mark.parametrize(
    ("references", "error", "said"),
    [
        ((), InputError, "no release was named"),
        (("demo",), InputError, "names no release"),
        (("demo:0",), InputError, "names no release"),
        (("demo:1", "demo:2"), InputError, "two versions of 'demo'"),
        (("demo:7",), NotFoundError, "no release demo:7"),
        (("nemo:1",), NotFoundError, "nemo"),
        (("demo@in-force",), NotInForceError, "in force"),
    ],
)
def test_what_is_no_release_is_refused(
    store: Path, references: tuple[str, ...], error: type[CreditScoringError], said: str
) -> None:
    with pytest.raises(error, match=said):
        load_release(*references, on=ON, store=str(store))


def test_an_edition_is_not_in_force_before_its_own_first_day(store: Path) -> None:
    policy = load_release("demo:2", on=ON, store=str(store))
    with pytest.raises(NotInForceError, match="2026-01-01"):
        score(policy, subjects=table([subject()], SUBJECTS), records=table([], RECORDS), on=ON)


def test_there_is_nothing_to_open_where_there_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        load_release("demo:1", on=ON, store=str(tmp_path / "nowhere"))
    assert not (tmp_path / "nowhere").exists()


def merged_with(store: Path, other: Released) -> Any:
    from credit_scoring.releases.opening import merged

    return merged((release(store), other))


def test_releases_of_different_catalogues_or_texts_do_not_go_together(store: Path) -> None:
    from dataclasses import replace

    one = release(store)
    items = dict(one.policy.catalogue)
    del items["a.note"]
    person = next(iter(load_cards(PERSON)))
    edition = replace(one.policy.editions[0], card=person, written=person)
    other = replace(one, policy=replace(one.policy, editions=(edition,)))
    policy = merged_with(store, other)
    assert {card.scorecard for card in policy.scorecards} == {"demo", "persons"}
    assert len(policy.releases) == 2
    with pytest.raises(InputError, match=r"different catalogues or legal texts \(item 'a\.note'\)"):
        merged_with(store, replace(other, policy=replace(other.policy, catalogue=items)))
    changed = one.card.model_copy(update={"total": one.card.total + 1})
    edition = replace(one.policy.editions[0], card=changed, written=changed)
    with pytest.raises(InputError, match="another text of 'demo@1'"):
        merged_with(store, replace(one, policy=replace(one.policy, editions=(edition,))))
    renamed = one.card.model_copy(update={"edition": "1b"})
    edition = replace(one.policy.editions[0], card=renamed, written=renamed)
    with pytest.raises(InputError, match="holds at the same time"):
        merged_with(store, replace(one, policy=replace(one.policy, editions=(edition,))))


def load_cards(text: str) -> tuple[Scorecard, ...]:
    from scoring.small import policy_of

    return policy_of(text).scorecards


def test_the_files_of_an_open_release_stay_while_the_process_lives(store: Path) -> None:
    found = release(store)
    assert (found.folder / "manifest.json").is_file()
    assert isinstance(found.golden.subjects, pa.Table)
