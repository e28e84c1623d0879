"""Decisions about releases: what is asked of them, and that a refused one leaves no trace."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest

from credit_scoring.errors import (
    DecisionError,
    InputError,
    NotFoundError,
    NotInForceError,
    StoreError,
    TamperedError,
)
from credit_scoring.releases.aliases import alias_of, mend
from credit_scoring.releases.deciding import approve, put_in_force, retire
from credit_scoring.releases.listing import in_force, list_releases
from credit_scoring.releases.store.address import store_address
from credit_scoring.releases.store.registry import Registry
from releases.decision_cases import (
    APPROVER,
    AT,
    AUTHOR,
    FINE,
    MOVED,
    TODAY,
    WRONG,
    build,
    copy_of,
    go_through_gates,
    ledger_of,
    new_edition,
)

LATER = date(2025, 7, 1)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with demo:1 built, and nothing else."""
    folder = tmp_path_factory.mktemp("built")
    build(folder / "store", folder / "policy")
    return folder / "store"


@pytest.fixture(scope="module")
def two(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with demo:1 in force from 1 January 2025 without end, and demo:2 built."""
    store = copy_of(built, tmp_path_factory.mktemp("two") / "store")
    go_through_gates(store, "demo", 1)
    approve("demo:1", by=APPROVER, reason="in order", at=AT, store=str(store))
    put_in_force("demo:1", from_=date(2025, 1, 1), by=APPROVER, reason="decided", at=AT, store=str(store))
    build(store, store.parent / "policy", new_edition())
    return store


@pytest.fixture
def store(built: Path, tmp_path: Path) -> Path:
    """demo:1 built, for one test to change."""
    return copy_of(built, tmp_path / "store")


@pytest.fixture
def second(two: Path, tmp_path: Path) -> Path:
    """demo:1 in force and demo:2 built, for one test to change."""
    return copy_of(two, tmp_path / "store")


@contextmanager
def nothing_changes(store: Path) -> Iterator[None]:
    """The ledger is afterwards what it was."""
    before = ledger_of(store).entries
    yield
    assert ledger_of(store).entries == before


def refused(store: Path, decide: Callable[[], object], *words: str) -> None:
    with nothing_changes(store), pytest.raises(DecisionError) as error:
        decide()
    for word in words:
        assert word in str(error.value)


def approved(store: Path, reference: str = "demo:1") -> None:
    name, version = reference.split(":")
    go_through_gates(store, name, int(version))
    approve(reference, by=APPROVER, reason="in order", at=AT, store=str(store))


# The way it goes


def test_a_release_goes_into_force_by_two_people(store: Path) -> None:
    states = [list_releases(on=LATER, store=str(store))[0].state]
    go_through_gates(store, "demo", 1)
    states.append(list_releases(on=LATER, store=str(store))[0].state)
    entry = approve("demo:1", by=f"  {APPROVER} ", reason=" in order ", at=AT, store=str(store))
    assert (entry.by, entry.reason) == (APPROVER, "in order")
    states.append(list_releases(on=LATER, store=str(store))[0].state)
    put_in_force("demo:1", from_=LATER, by=APPROVER, reason="decided", at=AT, store=str(store))
    for on in (TODAY, LATER):
        states.append(list_releases(on=on, store=str(store))[0].state)
    retire("demo:1", from_=date(2025, 9, 1), by=AUTHOR, reason="repealed", at=AT, store=str(store))
    states.append(list_releases(on=date(2025, 9, 1), store=str(store))[0].state)
    assert states == ["built", "gated", "approved", "scheduled", "in_force", "ended"]


def test_who_decided_why_and_on_what_evidence_is_told_for_any_day(store: Path) -> None:
    gated = go_through_gates(store, "demo", 1, [FINE, MOVED])
    approve("demo:1", by=APPROVER, reason="small", at=AT, accept=("impact:grades_moved",), store=str(store))
    put_in_force("demo:1", from_=LATER, by="Wang Wu", reason="decided", at=AT, store=str(store))
    retire("demo:1", from_=date(2025, 9, 1), by="Zhao Liu", reason="repealed", at=AT, store=str(store))
    found = in_force("demo", on=date(2025, 8, 31), store=str(store))
    assert (found.version, found.edition, found.author, found.approver) == (1, "1", AUTHOR, APPROVER)
    assert (found.approval_reason, found.accepted) == ("small", ("impact:grades_moved",))
    assert found.report_sha256 == gated.report_sha256
    assert (found.span.from_, found.span.until) == (LATER, date(2025, 9, 1))
    assert (found.span.decided_by, found.span.reason) == ("Wang Wu", "decided")
    assert (found.span.ended_by, found.span.end_reason) == ("Zhao Liu", "repealed")
    assert found.ledger_head == ledger_of(store).head
    for on in (LATER - timedelta(1), date(2025, 9, 1)):
        with pytest.raises(NotInForceError, match=r"version 1 from 2025-07-01 until before 2025-09-01"):
            in_force("demo", on=on, store=str(store))


def test_a_second_edition_ends_the_first_on_its_day(second: Path) -> None:
    approved(second, "demo:2")
    put_in_force("demo:2", from_=LATER, by=APPROVER, reason="better", at=AT, store=str(second))
    found = {on: in_force("demo", on=on, store=str(second)) for on in (TODAY, date(2025, 6, 30), LATER)}
    assert [answer.version for answer in found.values()] == [1, 1, 2]
    first = found[TODAY].span
    assert (first.until, first.ended_by, first.end_reason) == (LATER, APPROVER, "better")


def test_an_answer_rests_on_the_approval_of_its_time_also_after_new_gates(second: Path) -> None:
    before = in_force("demo", on=TODAY, store=str(second))
    go_through_gates(second, "demo", 1, [FINE, MOVED])
    after = in_force("demo", on=TODAY, store=str(second))
    assert after.report_sha256 == before.report_sha256
    assert after.approver == APPROVER


# Two people


@pytest.mark.parametrize("name", [AUTHOR, "zhang san", "ZHANG  SAN", "Ｚｈａｎｇ　Ｓａｎ"])
def test_the_author_cannot_approve_however_the_name_is_written(store: Path, name: str) -> None:
    go_through_gates(store, "demo", 1)
    refused(
        store,
        lambda: approve("demo:1", by=name, reason="mine", at=AT, store=str(store)),
        "is the author of demo:1",
        "a second person",
    )


@pytest.mark.parametrize(("by", "reason"), [("", "x"), ("  ", "x"), (APPROVER, ""), (APPROVER, " \n"), ("x" * 101, "x"), ("Li\tSi", "x"), ("Li Si 11010519491231002X", "x"), (APPROVER, "x" * 1001)])  # fmt: skip
def test_every_decision_has_a_name_and_a_reason(store: Path, by: str, reason: str) -> None:
    go_through_gates(store, "demo", 1)
    with (
        nothing_changes(store),
        pytest.raises(InputError, match=r"the ledger keeps|characters|identity number"),
    ):
        approve("demo:1", by=by, reason=reason, at=AT, store=str(store))


# Evidence


def test_nothing_is_approved_before_the_gates(store: Path) -> None:
    refused(
        store,
        lambda: approve("demo:1", by=APPROVER, reason="fine", at=AT, store=str(store)),
        "demo:1 has not been through the gates",
        "release gate demo:1",
    )


def test_what_speaks_against_a_release_must_be_accepted_by_name(store: Path) -> None:
    go_through_gates(store, "demo", 1, [FINE, MOVED])

    def decide(*accept: str) -> object:
        return approve("demo:1", by=APPROVER, reason="fine", at=AT, accept=accept, store=str(store))

    refused(store, decide, "impact:grades_moved speaks against demo:1")
    refused(
        store,
        lambda: decide("impact:grades_moved", "policy:problems"),
        "'policy:problems' does not speak against",
    )
    refused(store, lambda: decide("impact:grades_moved", "impact:grade_moved"), "'impact:grade_moved'")
    decide("impact:grades_moved")
    assert list_releases(on=TODAY, store=str(store))[0].state == "approved"


def test_what_is_wrong_cannot_be_accepted(store: Path) -> None:
    go_through_gates(store, "demo", 1, [FINE, MOVED, WRONG])
    refused(
        store,
        lambda: approve(
            "demo:1", by=APPROVER, reason="x", at=AT, accept=("golden:duckdb", "impact:grades_moved"), store=str(store)
        ),
        "golden:duckdb",
        "nobody may accept",
    )  # fmt: skip


def test_an_approval_does_not_outlive_new_gates(store: Path) -> None:
    approved(store)
    go_through_gates(store, "demo", 1, [FINE, MOVED])
    refused(
        store,
        lambda: put_in_force("demo:1", from_=LATER, by=APPROVER, reason="x", at=AT, store=str(store)),
        "demo:1 is not approved on its latest report",
    )


def test_the_gates_must_have_compared_with_what_is_in_force(second: Path) -> None:
    go_through_gates(second, "demo", 2)
    build(second, second.parent / "third", new_edition(edition="3"))
    approved(second, "demo:3")
    put_in_force("demo:3", from_=TODAY, by=APPROVER, reason="x", at=AT, store=str(second))
    refused(
        second,
        lambda: approve("demo:2", by=APPROVER, reason="x", at=AT, store=str(second)),
        "compared demo:2 with version 1",
        "run the gates again",
    )


# Days


@pytest.mark.parametrize(
    ("from_", "says"),
    [
        (date(2023, 12, 31), "cannot be in force from 2023-12-31"),
        (TODAY - timedelta(1), "What was in force on days past is not changed"),
        (date(2024, 6, 1), "would overlap with version 1 from 2025-01-01"),
    ],
)
def test_days_do_not_overlap_and_the_past_is_not_rewritten(second: Path, from_: date, says: str) -> None:
    approved(second, "demo:2")
    refused(
        second,
        lambda: put_in_force("demo:2", from_=from_, by=APPROVER, reason="x", at=AT, store=str(second)),
        says,
    )


def test_a_release_in_force_is_not_put_in_force_twice(second: Path) -> None:
    refused(
        second,
        lambda: put_in_force("demo:1", from_=LATER, by=APPROVER, reason="x", at=AT, store=str(second)),
        "was used",
    )


def test_what_was_never_in_force_or_is_past_cannot_be_retired(second: Path) -> None:
    def decide(reference: str, from_: date) -> object:
        return retire(reference, from_=from_, by=APPROVER, reason="x", at=AT, store=str(second))

    refused(second, lambda: decide("demo:2", LATER), "demo:2 is not in force", "never put in force")
    refused(second, lambda: decide("demo:1", TODAY - timedelta(1)), "days past is not changed")


def test_a_scheduled_release_can_be_cancelled_and_the_one_before_goes_on(second: Path) -> None:
    approved(second, "demo:2")
    put_in_force("demo:2", from_=LATER, by=APPROVER, reason="x", at=AT, store=str(second))
    retire("demo:2", from_=LATER, by=APPROVER, reason="a mistake", at=AT, store=str(second))
    assert in_force("demo", on=date(2030, 1, 1), store=str(second)).version == 1


# What is not there


def test_unknown_names_and_versions_are_named_with_what_there_is(store: Path) -> None:
    for wrong, says in (("deom:1", "Did you mean 'demo'?"), ("demo:7", "its versions are 1")):
        with nothing_changes(store), pytest.raises(NotFoundError, match=says.replace("?", r"\?")):
            approve(wrong, by=APPROVER, reason="x", at=AT, store=str(store))


def test_decisions_are_about_one_version_by_its_number(store: Path) -> None:
    with nothing_changes(store), pytest.raises(InputError, match="may name another release tomorrow"):
        retire("demo@in-force", from_=LATER, by=APPROVER, reason="x", at=AT, store=str(store))


def test_a_place_without_a_store_is_named_and_left_as_it_is(tmp_path: Path) -> None:
    for decide in (
        lambda: approve("demo:1", by="x", reason="x", at=AT, store=str(tmp_path / "no")),
        lambda: in_force("demo", on=TODAY, store=str(tmp_path / "no")),
        lambda: list_releases(on=TODAY, store=str(tmp_path / "no")),
    ):
        with pytest.raises(NotFoundError, match="build a release first"):
            decide()
    assert list(tmp_path.iterdir()) == []


def test_a_store_that_does_not_answer_is_an_error_within_seconds() -> None:
    for decide in (
        lambda: in_force("demo", on=TODAY, store="http://127.0.0.1:9"),
        lambda: approve("demo:1", by="x", reason="x", at=AT, store="http://127.0.0.1:9"),
    ):
        with pytest.raises(StoreError, match=r"127\.0\.0\.1:9"):
            decide()


def test_a_store_of_a_newer_version_is_left_alone(store: Path) -> None:
    with sqlite3.connect(store / "registry.db") as database:
        (text,) = database.execute("SELECT value FROM params WHERE key = 'entry-000002'").fetchone()
        database.execute(
            "UPDATE params SET value = ? WHERE key = 'entry-000002'",
            (text.replace('"format":1', '"format":2'),),
        )
        # A newer version would have sealed it as well.
        database.execute("DELETE FROM params WHERE key = 'seal-000002'")
    database.close()
    for decide in (
        lambda: in_force("demo", on=TODAY, store=str(store)),
        lambda: approve("demo:1", by="x", reason="x", at=AT, store=str(store)),
    ):
        with pytest.raises(StoreError, match="newer version"):
            decide()


# What was tampered with


def files_of(store: Path, name: str) -> list[Path]:
    return [path for path in store.rglob(name) if path.is_file()]


def test_a_changed_file_is_neither_approved_nor_put_in_force_and_can_be_retired(store: Path) -> None:
    go_through_gates(store, "demo", 1)
    (card,) = files_of(store, "demo-1.yaml")
    text = card.read_text(encoding="utf-8")
    card.write_text(text.replace("serious: -20", "serious: -2"), encoding="utf-8")
    assert card.read_text(encoding="utf-8") != text

    with nothing_changes(store), pytest.raises(TamperedError, match=r"demo-1\.yaml"):
        approve("demo:1", by=APPROVER, reason="x", at=AT, store=str(store))
    card.write_text(text, encoding="utf-8")
    approve("demo:1", by=APPROVER, reason="x", at=AT, store=str(store))
    card.unlink()
    with nothing_changes(store), pytest.raises(TamperedError, match=r"demo-1\.yaml"):
        put_in_force("demo:1", from_=LATER, by=APPROVER, reason="x", at=AT, store=str(store))
    card.write_text(text, encoding="utf-8")
    put_in_force("demo:1", from_=LATER, by=APPROVER, reason="x", at=AT, store=str(store))
    card.write_text("", encoding="utf-8")
    told: list[str] = []
    retire("demo:1", from_=LATER, by=APPROVER, reason="x", at=AT, store=str(store), warn=told.append)
    assert len(told) == 1
    assert "demo-1.yaml" in told[0]
    with pytest.raises(NotInForceError):
        in_force("demo", on=LATER, store=str(store))


def test_changed_evidence_supports_no_approval(store: Path) -> None:
    go_through_gates(store, "demo", 1, [FINE, MOVED])
    (report,) = files_of(store, "gates.json")
    report.write_text(report.read_text(encoding="utf-8").replace('"failed"', '"passed"'), encoding="utf-8")
    with nothing_changes(store), pytest.raises(TamperedError, match="gates"):
        approve("demo:1", by=APPROVER, reason="x", at=AT, accept=("impact:grades_moved",), store=str(store))
    shutil.rmtree(report.parent)
    with nothing_changes(store), pytest.raises(TamperedError, match="missing"):
        approve("demo:1", by=APPROVER, reason="x", at=AT, accept=("impact:grades_moved",), store=str(store))


# Aliases


def alias(store: Path) -> int | None:
    return alias_of(Registry.open(store_address(str(store))), "demo")


def test_the_alias_follows_the_ledger_on_the_day_of_any_decision(second: Path) -> None:
    assert alias(second) == 1
    approved(second, "demo:2")
    put_in_force("demo:2", from_=LATER, by=APPROVER, reason="x", at=AT, store=str(second))
    assert alias(second) == 1
    assert [(c.before, c.after) for c in mend(on=LATER, store=str(second)).changes] == [(1, 2)]
    assert mend(on=LATER, store=str(second)).changes == ()
    assert alias(second) == 2
    later = AT.replace(month=8)
    retire("demo:2", from_=later.date(), by=APPROVER, reason="x", at=later, store=str(second))
    assert alias(second) is None


def test_a_moved_alias_changes_no_answer_and_is_set_right_by_the_next_decision(second: Path) -> None:
    Registry.open(store_address(str(second))).set_alias("demo", "in-force", 2)
    assert in_force("demo", on=TODAY, store=str(second)).version == 1
    retire("demo:1", from_=date(2025, 12, 1), by=APPROVER, reason="x", at=AT, store=str(second))
    assert alias(second) == 1


def test_a_decision_stands_when_the_alias_cannot_be_set(second: Path) -> None:
    with sqlite3.connect(second / "registry.db") as database:
        database.execute(
            "CREATE TRIGGER no_aliases BEFORE DELETE ON registered_model_aliases "
            "BEGIN SELECT RAISE(ABORT, 'aliases are kept by somebody else'); END"
        )
    database.close()
    told: list[str] = []
    retire("demo:1", from_=TODAY, by=APPROVER, reason="x", at=AT, store=str(second), warn=told.append)
    assert len(told) == 1
    assert "The decision stands in the ledger" in told[0]
    assert "--mend-aliases" in told[0]
    with pytest.raises(NotInForceError):
        in_force("demo", on=TODAY, store=str(second))
