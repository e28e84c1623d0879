"""Hashes of what decides a score."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from credit_scoring import load_policy, score
from credit_scoring.errors import ReleaseError
from credit_scoring.policy.gathering import default_configs
from credit_scoring.releases import fingerprints
from credit_scoring.releases.fingerprints import (
    base_editions,
    code_sha256,
    combined_sha256,
    content_sha256,
    files_sha256,
    lock_sha256,
    only_of,
    plain_files,
    policy_sha256,
)
from scoring.small import firm_card, policy_of


def test_the_hash_of_a_folder_is_that_of_what_sha256sum_prints(tmp_path: Path) -> None:
    contents = {"b.txt": b"two", "a/deep/c.txt": b"", "a-b.txt": b"three"}
    for name, content in contents.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    printed = "".join(f"{hashlib.sha256(contents[name]).hexdigest()}  {name}\n" for name in sorted(contents))
    assert files_sha256(tmp_path) == hashlib.sha256(printed.encode()).hexdigest()


@pytest.mark.parametrize("change", ["content", "name", "added", "removed"])
def test_the_hash_of_a_folder_notices(tmp_path: Path, change: str) -> None:
    (tmp_path / "a").write_text("1")
    (tmp_path / "b").write_text("2")
    before = files_sha256(tmp_path)
    match change:
        case "content":
            (tmp_path / "b").write_text("3")
        case "name":
            (tmp_path / "b").rename(tmp_path / "c")
        case "added":
            (tmp_path / "c").write_text("")
        case _:
            (tmp_path / "b").unlink()
    assert files_sha256(tmp_path) != before


def test_a_link_in_a_folder_is_refused_even_inside_it(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(ReleaseError, match="no plain file"):
        plain_files(tmp_path)
    (tmp_path / "b").unlink()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ReleaseError, match="no plain file"):
        plain_files(tmp_path)


def test_the_hash_of_the_code_is_over_every_source_of_the_stages_that_decide(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    package = Path(fingerprints.__file__).parents[1]
    hashes = {}
    for stage in ("policy", "engines", "records", "learnt", "scoring"):
        for path in (package / stage).rglob("*"):
            if path.suffix in (".py", ".sql", ".csv"):
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
                hashes[path.relative_to(package).as_posix()] = digest
    assert "scoring/sql/70_scores.sql" in hashes
    assert "learnt/trees.py" in hashes
    assert code_sha256() == combined_sha256(hashes)
    # One byte more in one step of the line is another program.
    copied = tmp_path / "package"
    for name in hashes:
        (copied / name).parent.mkdir(parents=True, exist_ok=True)
        (copied / name).write_bytes((package / name).read_bytes())
    monkeypatch.setattr(fingerprints, "_PACKAGE", copied)
    code_sha256.cache_clear()
    assert code_sha256() == combined_sha256(hashes)
    with (copied / "scoring/sql/70_scores.sql").open("a") as stream:
        stream.write("\n")
    code_sha256.cache_clear()
    assert code_sha256() != combined_sha256(hashes)
    monkeypatch.undo()
    code_sha256.cache_clear()


def test_a_package_without_its_lock_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(fingerprints, "_PACKAGE", tmp_path / "a" / "b")
    lock_sha256.cache_clear()
    with pytest.raises(ReleaseError, match="Install the package again"):
        lock_sha256()
    monkeypatch.undo()
    assert lock_sha256() == hashlib.sha256(Path("requirements.lock").read_bytes()).hexdigest()


def test_the_hash_of_a_policy_is_the_one_a_run_states() -> None:
    sectors = load_policy(default_configs() / "sectors" / "sector-road-transport.yaml")
    card = next(edition.card for edition in sectors.editions if not edition.as_base)
    import pyarrow as pa

    none = {
        name: pa.array([], pa.string())
        for name in ("record_id", "subject_id", "item", "occurred_on", "recorded_on")
    }
    subjects = pa.table({"subject_id": ["a"], "subject_type": ["enterprise"]})
    run = score(sectors, subjects=subjects, records=pa.table(none), on=date(2025, 12, 31))
    assert run.info.policy_sha256 == policy_sha256(sectors, card)


def test_a_release_holds_every_edition_it_extends_while_it_is_in_force() -> None:
    public = load_policy(
        default_configs() / "public", default_configs() / "sectors" / "sector-road-transport.yaml"
    )
    (card,) = (card for card in public.scorecards if card.scorecard == "sector-road-transport")
    assert [base.id for base in base_editions(public, card)] == ["public-enterprise@2020"]
    own = only_of(public, card)
    assert sorted(card.id for card in own.scorecards) == [
        "public-enterprise@2020",
        "sector-road-transport@2020",
    ]
    assert [edition.card.id for edition in own.editions if edition.as_base] == ["public-enterprise@2020"]
    earlier = card.model_copy(
        update={"in_force": card.in_force.model_copy(update={"from_": date(2020, 1, 1)})}
    )
    both = replace(
        public,
        editions=tuple(
            replace(edition, card=earlier) if edition.card == card else edition for edition in public.editions
        ),
    )
    assert [base.edition for base in base_editions(both, earlier)] == ["2019", "2020"]


def test_the_hash_of_the_content_is_of_policy_model_code_and_lock() -> None:
    policy = policy_of(firm_card())
    card = policy.scorecards[0]
    other = policy_of(firm_card(("points: 5}", "points: 6}")))
    one = content_sha256(policy, card)
    assert one == content_sha256(policy, card, code=code_sha256(), lock=lock_sha256())
    different = {
        one,
        content_sha256(other, other.scorecards[0]),
        content_sha256(policy, card, code="0" * 64),
        content_sha256(policy, card, lock="0" * 64),
    }
    assert len(different) == 4
