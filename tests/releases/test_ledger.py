"""The ledger: what may follow, who is in force when, and what is found when somebody changes it."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from credit_scoring.errors import DecisionError, NotFoundError, NotInForceError, StoreError, TamperedError
from credit_scoring.releases.entries import LONGEST, sha256_of_text, text_of
from credit_scoring.releases.ledger import Ledger, check_next, key_of, read_chain, same_person, seal_of
from credit_scoring.releases.reference import parse_reference
from releases.chains import RUN, Chain, day, digest, noon, rechained, utc


def a_history() -> Chain:
    """Version 1 in force from day 1, version 2 from day 10, which is retired from day 20."""
    chain = Chain()
    chain.ready(1)
    chain.put(1, from_=1)
    chain.ready(2, at=5, compared_with=1)
    chain.put(2, from_=10, at=6)
    chain.retired(2, from_=20, at=12)
    return chain


def who(chain: Chain, *days: int) -> list[int | None]:
    """Versions in force on days."""

    def on(number: int) -> int | None:
        try:
            return chain.ledger.in_force("public", day(number)).version
        except NotInForceError:
            return None

    return [on(number) for number in days]


# Who is in force


def test_a_release_is_in_force_from_its_day_until_its_successor_begins_or_it_is_retired() -> None:
    chain = a_history()
    assert who(chain, 0, 1, 9, 10, 19, 20, 500) == [None, 1, 1, 2, 2, None, None]
    first, second = chain.ledger.periods("public")
    assert (first.until, first.ended_by and first.ended_by.kind) == (day(10), "put_in_force")
    assert (second.until, second.ended_by and second.ended_by.kind) == (day(20), "retired")


def test_a_release_ends_by_the_text_of_its_edition() -> None:
    chain = Chain()
    chain.ready(1, until=day(5))
    chain.put(1, from_=1, until=5)
    assert who(chain, 4, 5) == [1, None]
    assert chain.ledger.periods("public")[0].ended_by is None


def test_a_scheduled_beginning_that_is_cancelled_ends_nothing() -> None:
    chain = Chain()
    chain.ready(1)
    chain.put(1, from_=1)
    chain.ready(2, at=5, compared_with=1)
    chain.put(2, from_=10, at=6)
    assert who(chain, 9, 10) == [1, 2]
    chain.retired(2, from_=9, at=7)
    assert who(chain, 9, 10, 500) == [1, 1, 1]
    chain.put(2, from_=15, at=8)
    assert who(chain, 14, 15) == [1, 2]


def test_a_release_retired_from_its_first_day_was_never_in_force() -> None:
    chain = Chain()
    chain.ready(1)
    chain.put(1, from_=1)
    chain.ready(2, at=5, compared_with=1)
    chain.put(2, from_=10, at=6)
    chain.retired(2, from_=10, at=7)
    assert who(chain, 9, 10, 500) == [1, 1, 1]
    assert chain.ledger.state("public", 2, day(10)) == "approved"
    assert [period.version for period in chain.ledger.periods("public")] == [1]


def test_a_retirement_can_be_moved_forward_and_not_back() -> None:
    chain = Chain()
    chain.ready(1)
    chain.put(1, from_=1)
    chain.retired(1, from_=20, at=5)
    chain.retired(1, from_=10, at=6)
    assert who(chain, 9, 10) == [1, None]
    with pytest.raises(
        DecisionError, match="is not in force on 2026-01-16 or later: version 1 from 2026-01-02 until"
    ):
        chain.retired(1, from_=15, at=6)


def test_a_release_can_return_after_new_gates_and_a_new_approval() -> None:
    chain = Chain()
    chain.ready(1)
    chain.put(1, from_=1)
    chain.ready(2, at=5, compared_with=1)
    chain.put(2, from_=6, at=5)
    with pytest.raises(DecisionError, match=r"approval of public:1 was used on .* have it approved again"):
        chain.put(1, from_=9, at=8)
    chain.gated(1, at=8, compared_with=2)
    chain.approved(1, at=8)
    chain.put(1, from_=9, at=8)
    assert who(chain, 5, 6, 8, 9) == [1, 2, 2, 1]


def test_history_before_the_first_release_may_be_entered_and_history_is_not_changed() -> None:
    chain = Chain()
    chain.ready(1, until=day(-100))
    chain.put(1, from_=-500, until=-100)
    chain.ready(2)
    chain.put(2, from_=-100)
    assert who(chain, -501, -500, -101, -100, 0) == [None, 1, 1, 2, 2]
    chain.ready(3, compared_with=2)
    with pytest.raises(
        DecisionError, match=r"in force on days past is not changed: version 2 .* from 2026-01-01 or later"
    ):
        chain.put(3, from_=-1)
    chain.put(3, from_=0)
    assert who(chain, -1, 0) == [2, 3]


def test_a_day_is_past_once_it_is_past_where_anything_was_written() -> None:
    chain = Chain()
    chain.ready(1)
    chain.put(1, from_=1)
    chain.ready(2, at=5, compared_with=1)
    # Two in the morning of day 6 in China is six in the evening of day 5 in UTC.
    chain.add("gated", noon(6).replace(hour=2), **json_of(chain, "gated"))
    chain.add("approved", noon(6).replace(hour=2), "Bo", **json_of(chain, "approved"))
    with pytest.raises(DecisionError, match="days past is not changed"):
        chain.put(2, from_=5, at=utc(5, 19))
    chain.put(2, from_=6, at=utc(5, 19))
    assert who(chain, 5, 6) == [1, 2]


def json_of(chain: Chain, kind: str) -> dict[str, object]:
    """Fields of the last entry of a kind, to write it again."""
    found = next(json.loads(text) for text in reversed(chain.texts) if json.loads(text)["kind"] == kind)
    return {
        name: value
        for name, value in found.items()
        if name not in ("number", "previous", "at", "nonce", "by", "kind")
    }


def test_names_and_references_are_looked_up_with_suggestions() -> None:
    ledger = a_history().ledger
    assert ledger.names() == ("public",)
    assert [built.version for built in ledger.versions("public")] == [1, 2]
    assert ledger.resolve(parse_reference("public:1"), None).version == 1
    assert ledger.resolve(parse_reference("public@in-force"), day(12)).version == 2
    assert ledger.to_compare_with("public", day(12)) == ledger.built("public", 2)
    assert ledger.to_compare_with("public", day(30)) == ledger.built("public", 2), "the last before the day"
    assert ledger.to_compare_with("public", day(-30)) is None
    assert ledger.to_compare_with("nothing", day(30)) is None
    with pytest.raises(NotFoundError, match=r"'publik' was ever released; .*Did you mean 'public'\?"):
        ledger.versions("publik")
    with pytest.raises(NotFoundError, match=r"no release public:7; its versions are 1, 2"):
        ledger.resolve(parse_reference("public:7"), None)
    with pytest.raises(
        NotInForceError, match=r"on 2026-02-10\. In force: version 1 from 2026-01-02 until before"
    ):
        ledger.in_force("public", day(40))
    with pytest.raises(NotInForceError, match="name the date"):
        ledger.resolve(parse_reference("public@in-force"), None)


def test_a_release_never_put_in_force_says_so() -> None:
    chain = Chain()
    chain.built(1)
    with pytest.raises(NotInForceError, match="None was ever put in force"):
        chain.ledger.in_force("public", day(1))


def test_the_state_of_a_release_follows_its_entries() -> None:
    chain = Chain()

    def state(on: int = 5) -> str:
        return chain.ledger.state("public", 1, day(on))

    chain.built(1)
    assert state() == "built"
    chain.gated(1)
    assert state() == "gated"
    chain.approved(1)
    assert state() == "approved"
    chain.put(1, from_=5)
    assert [state(4), state(5)] == ["scheduled", "in_force"]
    chain.retired(1, from_=8, at=5)
    assert [state(7), state(8)] == ["in_force", "ended"]


def test_a_new_report_takes_an_approval_away() -> None:
    chain = Chain()
    chain.ready(1)
    assert chain.ledger.approval("public", 1) is not None
    chain.gated(1, report_sha256=digest("another"))
    assert chain.ledger.approval("public", 1) is None
    assert chain.ledger.state("public", 1, day(0)) == "gated"
    with pytest.raises(DecisionError, match="not approved on its latest report"):
        chain.put(1, from_=1)


# What may follow


def test_people_are_told_apart_by_their_names_and_not_by_how_they_type_them() -> None:
    assert same_person("Zhang San", " zhang\u3000SAN ")
    assert same_person("Straße", "STRASSE")
    assert same_person("Å", "A\u030a")
    assert not same_person("张三", "张山")


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (lambda c: c.built(1), "public:1 exists already"),
        (
            lambda c: c.built(9, edition="edition-1", content_sha256=digest("content 1")),
            "is version 1 already",
        ),
        (
            lambda c: c.built(9, until=day(-1000)),
            "would end on 2023-04-07, not after its first day 2023-04-07",
        ),
        (lambda c: c.gated(9), "no release public:9: build it first"),
        (lambda c: c.gated(2, manifest_sha256=digest("x")), "looked at another content"),
        (lambda c: c.gated(2, compared_with=8), "with version 8, which was never built"),
        (lambda c: c.gated(2, acceptable=["impact:moved"]), "cannot be acceptable"),
        (lambda c: c.approved(2), "have not looked at public:2"),
        (lambda c: c.approved(1, by=" ANN"), "is the author of public:1 and cannot approve it"),
        (lambda c: c.approved(1, manifest_sha256=digest("x")), "Another content"),
        (lambda c: c.approved(1, report_sha256=digest("x")), "decide on their latest report"),
        (
            lambda c: c.approved(1, accepted=["impact:moved"]),
            "'impact:moved' does not speak against public:1",
        ),
        (lambda c: c.put(2, from_=9), "public:2 is not approved"),
        (lambda c: c.put(7, from_=9), "no release public:7"),
        (
            lambda c: c.retired(2, from_=9),
            "is not in force on 2026-01-10 or later: it was never put in force",
        ),
        (lambda c: c.retired(1, from_=0, at=1), "retire public:1 from 2026-01-02 or later"),
        (lambda c: c.built(3, at=-1), "set the clock right"),
        (lambda c: c.add("opened", run_id="x"), "is its first one, and only that"),
    ],
)
def test_a_step_that_breaks_a_rule_is_refused_with_what_to_do(
    step: Callable[[Chain], object], message: str
) -> None:
    chain = Chain()
    chain.ready(1)
    chain.built(2)
    chain.put(1, from_=0)
    before = list(chain.texts)
    with pytest.raises(DecisionError, match=message):
        step(chain)
    assert chain.texts == before


def test_the_same_content_in_another_edition_is_another_release() -> None:
    chain = Chain()
    chain.built(1)
    chain.built(2, content_sha256=digest("content 1"))
    assert len(chain.ledger.versions("public")) == 2


def test_names_do_not_touch_each_other() -> None:
    chain = Chain()
    chain.ready(1)
    chain.put(1, from_=1)
    chain.built(1, name="sector")
    with pytest.raises(NotInForceError):
        chain.ledger.in_force("sector", day(2))
    assert chain.ledger.names() == ("public", "sector")


def test_failures_are_accepted_by_name_and_only_where_that_is_allowed() -> None:
    chain = Chain()
    chain.built(1)
    chain.gated(1, against=["impact:moved", "golden:pyfunc"], acceptable=["impact:moved"])
    with pytest.raises(DecisionError, match="failed golden:pyfunc, which nobody may accept"):
        chain.approved(1, accepted=["impact:moved", "golden:pyfunc"])
    chain.gated(1, against=["impact:moved"], acceptable=["impact:moved"], report_sha256=digest("again"))
    with pytest.raises(DecisionError, match="impact:moved speaks against public:1: accept it by name"):
        chain.approved(1)
    chain.approved(1, accepted=["impact:moved"])


def test_an_approval_rests_on_a_comparison_with_the_release_in_force() -> None:
    chain = Chain()
    chain.ready(1)
    chain.built(2)
    chain.gated(2)
    chain.put(1, from_=0)
    with pytest.raises(
        DecisionError, match="compared public:2 with no release, but what it follows is version 1"
    ):
        chain.approved(2)
    chain.gated(2, compared_with=1)
    chain.approved(2)
    chain.ready(3, compared_with=1)
    chain.put(2, from_=5)
    with pytest.raises(
        DecisionError, match=r"compared public:3 with version 1, but what it follows is version 2 .*again"
    ):
        chain.put(3, from_=6)


def test_after_a_release_has_ended_nothing_to_compare_with_is_needed() -> None:
    chain = Chain()
    chain.ready(1)
    chain.put(1, from_=0)
    chain.retired(1, from_=5)
    chain.ready(2, at=6)
    chain.put(2, from_=6, at=6)
    assert who(chain, 4, 5, 6) == [1, None, 2]


def test_an_approval_is_good_for_one_period() -> None:
    chain = Chain()
    chain.ready(1)
    chain.put(1, from_=0)
    chain.retired(1, from_=5)
    with pytest.raises(DecisionError, match="have it approved again"):
        chain.put(1, from_=7, at=6)


def test_two_releases_cannot_begin_on_one_day_or_overlap() -> None:
    chain = Chain()
    chain.ready(1)
    chain.put(1, from_=10)
    chain.ready(2)
    with pytest.raises(
        DecisionError, match="would overlap with version 1 from 2026-01-11 with no end: retire"
    ):
        chain.put(2, from_=10)
    with pytest.raises(DecisionError, match="would overlap"):
        chain.put(2, from_=5)
    chain.ready(3, until=day(10))
    chain.put(3, from_=5, until=10)
    assert who(chain, 4, 5, 9, 10) == [None, 3, 3, 1]


def test_a_release_is_in_force_only_on_days_of_its_edition() -> None:
    chain = Chain()
    chain.ready(1, **{"from": day(0), "until": day(5)})
    for first in (-1, 5):
        with pytest.raises(DecisionError, match="edition-1 holds from 2026-01-01 until before 2026-01-06"):
            chain.put(1, from_=first, until=5)
    with pytest.raises(DecisionError, match="would be in force until None"):
        chain.put(1, from_=1)


def test_a_release_in_force_is_not_put_in_force_again() -> None:
    chain = Chain()
    chain.ready(1)
    chain.put(1, from_=0)
    chain.gated(1, compared_with=1)
    chain.approved(1)
    with pytest.raises(DecisionError, match="is in force on 2026-01-04 already"):
        chain.put(1, from_=3)


def test_an_entry_must_follow_the_last_one() -> None:
    chain = Chain()
    other = Chain()
    other.built(1)
    late = other.entry("built", **{**json_of(other, "built"), "version": 2})
    with pytest.raises(DecisionError, match="does not follow the last one, 1,"):
        check_next(chain.ledger, late)


def test_a_ledger_begins_by_being_opened() -> None:
    chain = Chain()
    chain.texts.clear()
    with pytest.raises(DecisionError, match="opens a ledger is its first one"):
        chain.built(1)


# Reading


def test_a_ledger_is_read_as_it_was_written() -> None:
    chain = a_history()
    ledger = chain.ledger
    assert [text_of(entry) for entry in ledger.entries] == chain.texts
    assert ledger.hashes()[-1] == ledger.head
    assert Ledger(entries=ledger.entries, head=ledger.head) == ledger


def findings(values: dict[str, str], run_id: str = RUN) -> tuple[str, ...]:
    with pytest.raises(TamperedError) as error:
        read_chain(values, run_id=run_id)
    assert all(finding in str(error.value) for finding in error.value.findings)
    return error.value.findings


def test_every_finding_is_told_at_once() -> None:
    values = a_history().values()
    del values[key_of(3)]
    values[key_of(5)] = values[key_of(5)].replace('"reason":"', '"reason":"not ')
    values[key_of(8)] = "not JSON"
    assert findings(values) == (
        "entry 3 is missing",
        "entry 6 does not carry the hash of entry 5: one of them was changed",
        "entry 8 is not JSON",
        "entry 9 does not carry the hash of entry 8: one of them was changed",
    )


@pytest.mark.parametrize("stray", ["note", "entry-10", "entry-000000", "seal-1"])
def test_what_is_no_entry_does_not_take_the_ledger_out_of_use(stray: str) -> None:
    history = a_history()
    assert read_chain(history.values() | {stray: "x"}, run_id=RUN).entries == history.ledger.entries


def test_a_changed_last_entry_is_found_by_its_seal() -> None:
    values = a_history().values()
    last = max(values)
    values[seal_of(len(values))] = sha256_of_text(values[last])
    assert read_chain(values, run_id=RUN).entries
    values[last] = values[last].replace('"reason":"', '"reason":"not ')
    assert any("is not the one that was sealed" in finding for finding in findings(values))


def test_a_gap_in_the_past_is_not_filled_later() -> None:
    chain = Chain()
    chain.ready(1)
    chain.put(1, from_=-500)
    chain.retired(1, from_=5, at=5)
    chain.ready(2, at=20, compared_with=1)
    with pytest.raises(DecisionError, match="and public:2 was not"):
        chain.put(2, from_=6, at=20)


def changed(number: int, /, **fields: object) -> dict[str, str]:
    values = a_history().values()
    content = json.loads(values[key_of(number)]) | fields
    values[key_of(number)] = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return values


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (lambda: {}, "entry 1 is missing"),
        (lambda: changed(9, kind="invented"), "entry 9 is not one this package writes"),
        (lambda: changed(9, number=8), "entry 9 calls itself entry 8"),
        (lambda: changed(9, previous="0" * 64), "entry 9 does not carry the hash of entry 8"),
        (lambda: changed(9, more="x"), "entry 9 is not one this package writes: put_in_force.more"),
        (lambda: changed(9, by=""), "entry 9 is not one this package writes: put_in_force.by"),
        (
            lambda: changed(9, at="2026-01-07T12:00:00"),
            "entry 9 is not one this package writes: put_in_force.at",
        ),
        (lambda: changed(1, run_id="f" * 32), "entry 1 opens the ledger of run ffff"),
        (lambda: changed(1, previous="1" * 64), "entry 1 names an entry before it"),
        (lambda: changed(9, format=True), "entry 9 is not one this package writes: format"),
        (
            lambda: a_history().values() | {key_of(10): " " + a_history().values()[key_of(10)]},
            "not in the form",
        ),
        (lambda: a_history().values() | {key_of(10): "[1]"}, "entry 10 is not one this package writes"),
        (lambda: a_history().values() | {key_of(10): "[" * 100_000}, "entry 10 is not JSON"),
        (lambda: a_history().values() | {key_of(10): '{"format":1,"format":1}'}, "entry 10 is not one"),
        (lambda: a_history().values() | {key_of(900_000): "x"}, "entry 900000 stands far beyond the others"),
        (lambda: {k.upper(): v for k, v in a_history().values().items()}, "entry 1 is missing"),
        (lambda: a_history().values() | {seal_of(10): "0" * 64}, "entry 10 is not the one that was sealed"),
        (lambda: a_history().values() | {seal_of(11): "0" * 64}, "entry 11 is missing"),
    ],
)
def test_what_is_wrong_with_an_entry_is_named(values: Callable[[], dict[str, str]], message: str) -> None:
    assert any(message in finding for finding in findings(values()))


def test_a_copy_in_another_run_is_no_ledger() -> None:
    (finding,) = findings(a_history().values(), run_id="e" * 32)
    assert finding == f"entry 1 opens the ledger of run {RUN}: this one is a copy"


def test_a_chain_made_anew_is_found_where_it_breaks_a_rule() -> None:
    texts = a_history().texts
    assert read_chain(rechained(texts), run_id=RUN).entries
    without_the_approval = [
        text for text in texts if '"kind":"approved"' not in text or '"version":2' not in text
    ]
    (finding,) = findings(rechained(without_the_approval))
    assert finding.startswith("entry 8 breaks a rule: public:2 is not approved")


def test_an_entry_of_a_newer_version_is_told_apart_from_a_changed_one() -> None:
    with pytest.raises(
        StoreError, match=r"Entry 10 of the ledger .* newer version of credit-scoring: install"
    ):
        read_chain(changed(10, format=2, kind="invented"), run_id=RUN)
    assert "entry 9 does not carry the hash of entry 8" in findings(changed(8, format=2))[0]


def test_a_change_of_the_last_entry_is_found_by_whoever_noted_the_head() -> None:
    chain = a_history()
    noted = chain.ledger.head
    chain.retired(2, from_=15, at=13)
    assert noted in chain.ledger.hashes()
    assert noted not in read_chain(changed(10, reason="other"), run_id=RUN).hashes()


def test_the_longest_reason_and_name_fit_into_an_entry() -> None:
    chain = Chain()
    reason = "因" * 1000
    entry = chain.built(
        1, by="名" * 100, reason=reason, name="n" * 100, edition="e" * 100, location="l" * 500
    )
    assert len(text_of(entry)) < LONGEST
