"""What was changed behind the program's back is found: every kind by its own code, all of it at once."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from credit_scoring.errors import InputError, NotFoundError, TamperedError
from credit_scoring.releases.deciding import approve, put_in_force
from credit_scoring.releases.listing import in_force
from credit_scoring.releases.quiet_mlflow import client
from credit_scoring.releases.showing import diff_releases, show_release
from credit_scoring.releases.store.address import store_address
from credit_scoring.releases.store.registry import Registry
from credit_scoring.releases.verifying import KINDS, Verified, verify
from policy.texts import CATALOGUE
from releases.decision_cases import (
    APPROVER,
    AT,
    FINE,
    MOVED,
    TODAY,
    build,
    copy_of,
    go_through_gates,
    ledger_of,
    new_edition,
    release,
)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """demo:1 in force since January, demo:2 through its gates."""
    folder = tmp_path_factory.mktemp("sound")
    store = folder / "store"
    build(store, folder / "policy")
    go_through_gates(store, "demo", 1)
    approve("demo:1", by=APPROVER, reason="in order", at=AT, store=str(store))
    put_in_force("demo:1", from_=date(2025, 1, 1), by=APPROVER, reason="decided", at=AT, store=str(store))
    build(store, folder / "policy", new_edition())
    go_through_gates(store, "demo", 2, [FINE, MOVED])
    return store


@pytest.fixture
def store(sound: Path, tmp_path: Path) -> Path:
    """For one test to change."""
    return copy_of(sound, tmp_path / "store")


def looked_at(store: Path, **options: str) -> Verified:
    return verify(on=TODAY, store=str(store), **options)


def codes(verified: Verified) -> list[str]:
    return [finding.code for finding in verified.findings]


def execute(store: Path, statement: str, *values: object) -> None:
    """Change the registry's database as somebody with a SQL shell would."""
    with closing(sqlite3.connect(store / "registry.db")) as database, database:
        assert database.execute(statement, values).rowcount != 0


def mlflow_client(store: Path):  # type: ignore[no-untyped-def]
    return client(store_address(str(store)).uri)


def one(store: Path, name: str, version: int) -> Path:
    """A file of a release."""
    location = store / ledger_of(store).built("demo", version).location
    (found,) = location.rglob(name)
    return found


def test_a_store_that_nobody_touched_is_sound(sound: Path) -> None:
    verified = looked_at(sound)
    assert verified.sound
    assert verified.findings == ()
    assert (verified.releases, verified.reports, verified.entries) == (2, 2, 7)
    assert verified.head == ledger_of(sound).head


def test_looking_changes_nothing(sound: Path) -> None:
    before = {p: p.read_bytes() for p in sorted(sound.rglob("*")) if p.is_file()}
    looked_at(sound)
    assert {p: p.read_bytes() for p in sorted(sound.rglob("*")) if p.is_file()} == before


# Each thing that can be changed, how, and what is found


def change_a_value(store: Path) -> None:
    path = one(store, "demo-1.yaml", 1)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("serious: -20", "serious: -19"), encoding="utf-8")
    assert path.read_text(encoding="utf-8") != text


def remove_the_manifest(store: Path) -> None:
    one(store, "manifest.json", 2).unlink()


def add_a_file(store: Path) -> None:
    one(store, "terms.yaml", 1).with_name("more.yaml").write_text("scorecard: more\n", encoding="utf-8")


def change_the_evidence(store: Path) -> None:
    (path,) = (p for p in store.rglob("gates.json") if '"failed"' in p.read_text(encoding="utf-8"))
    path.write_text(path.read_text(encoding="utf-8").replace('"failed"', '"passed"'), encoding="utf-8")


def change_a_tag(store: Path) -> None:
    registry = Registry.open(store_address(str(store)))
    registry.tag("demo", 1, "credit-scoring.author", "Somebody Else")


def remove_a_tag(store: Path) -> None:
    mlflow_client(store).delete_model_version_tag("demo", "1", "credit-scoring.content_sha256")


def move_the_alias(store: Path) -> None:
    Registry.open(store_address(str(store))).set_alias("demo", "in-force", 2)


def remove_the_alias(store: Path) -> None:
    Registry.open(store_address(str(store))).set_alias("demo", "in-force", None)


def delete_a_version(store: Path) -> None:
    mlflow_client(store).delete_model_version("demo", "2")


def delete_every_version(store: Path) -> None:
    for version in ("1", "2"):
        mlflow_client(store).delete_model_version("demo", version)


def take_our_tag_away(store: Path) -> None:
    mlflow_client(store).delete_registered_model_tag("demo", "credit-scoring.release")
    change_a_tag(store)


def delete_the_model(store: Path) -> None:
    mlflow_client(store).delete_registered_model("demo")


def swap_the_model(store: Path) -> None:
    other = ledger_of(store).built("demo", 2)
    mine = ledger_of(store).built("demo", 1)
    execute(
        store,
        "UPDATE model_versions SET source = replace(source, ?, ?) WHERE version = 1",
        mine.model_id,
        other.model_id,
    )
    execute(store, "DELETE FROM model_version_tags WHERE key = 'mlflow.model_id' OR 1 = 1")


def change_an_entry(store: Path) -> None:
    execute(
        store,
        "UPDATE params SET value = replace(value, ?, ?) WHERE key = 'entry-000004'",
        APPROVER,
        "Somebody Else",
    )


def drop_an_entry(store: Path) -> None:
    execute(store, "DELETE FROM params WHERE key = 'entry-000003'")


def delete_the_ledger(store: Path) -> None:
    registry = mlflow_client(store)
    registry.delete_experiment(registry.get_experiment_by_name("credit-scoring-ledger").experiment_id)


CHANGES: dict[Callable[[Path], None], tuple[set[str], str]] = {
    change_a_value: ({"V301"}, "demo-1.yaml"),
    remove_the_manifest: ({"V301"}, "manifest.json"),
    add_a_file: ({"V301"}, "more.yaml"),
    change_the_evidence: ({"V302"}, "gates.json"),
    change_a_tag: ({"V402"}, "credit-scoring.author is 'Somebody Else', not 'Zhang San'"),
    remove_a_tag: ({"V402"}, "credit-scoring.content_sha256 is missing"),
    move_the_alias: ({"V401"}, "points to version 2; on 2025-06-02 the ledger has version 1"),
    remove_the_alias: ({"V401"}, "points to no version"),
    delete_a_version: ({"V202"}, "no version has this number"),
    delete_every_version: ({"V202", "V401"}, "demo:2: no version has this number"),
    take_our_tag_away: ({"V402"}, "Somebody Else"),
    delete_the_model: ({"V201"}, "no registered model has this name"),
    change_an_entry: ({"V102"}, "entry 5 does not carry the hash of entry 4"),
    drop_an_entry: ({"V102"}, "entry 3 is missing"),
    delete_the_ledger: ({"V102"}, "mlflow experiments restore --experiment-id"),
}


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_change_is_found_and_named(change: Callable[[Path], None], store: Path) -> None:
    change(store)
    verified = looked_at(store)
    expected, says = CHANGES[change]
    assert set(codes(verified)) == expected
    assert not verified.sound
    assert says in "\n".join(map(str, verified.findings))


def test_another_model_under_the_number_of_a_release_is_found(store: Path) -> None:
    swap_the_model(store)
    verified = looked_at(store)
    assert "V203" in codes(verified)
    assert any("released was" in finding.message for finding in verified.findings)


def test_everything_is_found_at_once(store: Path) -> None:
    for change in (change_a_value, change_the_evidence, change_a_tag, move_the_alias, delete_a_version):
        change(store)
    assert set(codes(looked_at(store))) == {"V202", "V301", "V302", "V401", "V402"}


def test_a_broken_ledger_hides_nothing_else(store: Path) -> None:
    for change in (change_a_value, change_the_evidence, change_a_tag, delete_a_version, change_an_entry):
        change(store)
    verified = looked_at(store)
    assert set(codes(verified)) == {"V102", "V202", "V301", "V302", "V402"}
    assert verified.head is None


def test_every_finding_says_what_it_means_and_what_to_do(store: Path) -> None:
    change_a_tag(store)
    (finding,) = looked_at(store).findings
    assert (finding.name, finding.version) == ("demo", 1)
    for kind in KINDS.values():
        assert kind.meaning.endswith(".")
        assert kind.remedy.endswith(".")
    done = release("verify", store=store)
    assert done.code == 1
    assert "V402" in done.out


# The end of the chain, which nothing follows


def test_a_ledger_cut_short_is_found_by_a_head_noted_earlier(store: Path) -> None:
    noted = ledger_of(store).hashes()
    assert all(looked_at(store, since=head).sound for head in noted)
    execute(store, "DELETE FROM params WHERE key = 'entry-000007'")
    assert codes(looked_at(store)) == ["V102"]
    execute(store, "DELETE FROM params WHERE key = 'seal-000007'")
    assert looked_at(store).sound
    assert codes(looked_at(store, since=noted[-1])) == ["V103"]
    assert looked_at(store, since=noted[-2]).sound


def test_a_last_entry_rewritten_in_good_form_is_found_by_a_head_noted_earlier(store: Path) -> None:
    noted = ledger_of(store).head
    execute(store, "UPDATE params SET value = replace(value, 'gates', 'other') WHERE key = 'entry-000007'")
    assert codes(looked_at(store)) == ["V102"]
    execute(store, "DELETE FROM params WHERE key = 'seal-000007'")
    assert codes(looked_at(store, since=noted)) == ["V103"]


@pytest.mark.parametrize("text", ["abc", "", "G" * 64, "a" * 63])
def test_half_a_head_is_no_head(sound: Path, text: str) -> None:
    with pytest.raises(InputError, match="no head of a ledger"):
        looked_at(sound, since=text)


# What is no release


def test_a_version_without_an_entry_is_a_warning_and_shown_by_nothing_else(store: Path) -> None:
    registry = Registry.open(store_address(str(store)))
    built = ledger_of(store).built("demo", 1)
    made = registry.register("demo", store / built.location, title="half", tags={})
    verified = looked_at(store)
    assert codes(verified) == ["V501"]
    assert verified.sound
    assert verified.findings[0].version == made.version == 3
    assert release("verify", store=store).code == 0
    assert "demo:3" not in release("list", store=store).out
    with pytest.raises(NotFoundError, match="its versions are 1, 2"):
        show_release("demo:3", on=TODAY, store=str(store))


def test_releases_without_a_ledger_are_found(store: Path) -> None:
    execute(store, "DELETE FROM params")
    execute(store, "DELETE FROM experiment_tags")
    execute(store, "UPDATE experiments SET name = 'x' WHERE name = 'credit-scoring-ledger'")
    verified = looked_at(store)
    assert set(codes(verified)) == {"V101", "V501"}
    assert not verified.sound


def test_a_store_without_anything_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        looked_at(tmp_path / "none")
    assert list(tmp_path.iterdir()) == []


def test_one_scorecard_can_be_looked_at_alone(store: Path) -> None:
    change_a_value(store)
    assert codes(looked_at(store, name="demo")) == ["V301"]
    with pytest.raises(NotFoundError, match="Did you mean 'demo'"):
        looked_at(store, name="dmo")


# What the ledger says stays right


@pytest.mark.parametrize(
    "change",
    [change_a_value, change_the_evidence, change_a_tag, move_the_alias, delete_a_version, delete_the_model],
    ids=lambda change: change.__name__,
)
def test_what_was_in_force_is_answered_whatever_became_of_mlflow(
    change: Callable[[Path], None], store: Path
) -> None:
    before = in_force("demo", on=TODAY, store=str(store))
    change(store)
    assert in_force("demo", on=TODAY, store=str(store)) == before


@pytest.mark.parametrize(
    "change", [change_an_entry, drop_an_entry, delete_the_ledger], ids=lambda c: c.__name__
)
def test_a_ledger_that_is_not_sound_answers_nothing(change: Callable[[Path], None], store: Path) -> None:
    change(store)
    with pytest.raises(TamperedError):
        in_force("demo", on=TODAY, store=str(store))


# Showing and comparing


def test_a_release_is_shown_with_all_there_is(sound: Path) -> None:
    shown = show_release("demo:1", on=TODAY, store=str(sound))
    assert [entry.kind for entry in shown.entries] == ["built", "gated", "approved", "put_in_force"]
    assert shown.line.state == "in_force"
    assert shown.manifest is not None
    assert shown.manifest.edition == "1"
    assert shown.report is not None
    assert shown.report.passed
    assert shown.findings == ()
    assert show_release("demo", on=TODAY, store=str(sound)).built.version == 2
    assert show_release("demo@in-force", on=TODAY, store=str(sound)).built.version == 1
    for wrong in ("demo:0", "demo@latest", "demo:x"):
        with pytest.raises(InputError, match="names no release"):
            show_release(wrong, on=TODAY, store=str(sound))


def test_a_release_that_is_not_as_released_is_shown_with_what_was_found(store: Path) -> None:
    change_a_value(store)
    shown = show_release("demo:1", on=TODAY, store=str(store))
    assert shown.manifest is None
    assert any("demo-1.yaml" in finding for finding in shown.findings)
    assert len(shown.entries) == 4


def test_two_releases_are_compared_value_by_value(sound: Path) -> None:
    found = diff_releases("demo:1", "demo:2", on=TODAY, store=str(sound))
    scorecard = {d.change.path: (d.change.before, d.change.after) for d in found if d.part == "scorecard"}
    assert scorecard == {
        "edition": ("1", "2"),
        "dimensions.merit.indicators.honours.curve.linear.points": ("5", "6"),
    }
    manifest = {d.change.path for d in found if d.part == "manifest"}
    assert {"edition", "policy_sha256", "content_sha256"} <= manifest
    assert not manifest & {"code.sha256", "code.lock_sha256", "author", "name"}
    assert [d for d in found if d.part == "catalogue"] == []
    assert diff_releases("demo:1", "demo@in-force", on=TODAY, store=str(sound)) == ()


def test_a_changed_item_of_the_catalogue_is_named(store: Path, tmp_path: Path) -> None:
    card = new_edition(edition="3")
    policy = tmp_path / "policy"
    build(store, policy, card, catalogue=CATALOGUE.replace("en: Honour}", "en: Award}"))
    found = diff_releases("demo:2", "demo:3", on=TODAY, store=str(store))
    catalogue = {d.change.path: (d.change.before, d.change.after) for d in found if d.part == "catalogue"}
    assert catalogue == {"a.honour.title.en": ("Honour", "Award")}


def test_a_store_of_our_own_can_be_moved(sound: Path, tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere" / "models"
    shutil.copytree(sound, moved)
    assert looked_at(moved).sound
