"""The ledger against a slow oracle that keeps a calendar day by day, on sequences of decisions nobody would think of."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from credit_scoring.errors import DecisionError, NotInForceError, TamperedError
from credit_scoring.releases.entries import Entry, text_of
from credit_scoring.releases.ledger import key_of, read_chain
from releases.chains import CHINA, RUN, Chain, approved_fields, built_fields, day, digest, gated_fields, noon

DAYS = range(-12, 32)
"""Of the calendar; decisions fall on days in the middle of it."""


# The oracle: plain dictionaries from the entries' JSON, one day at a time.


@dataclass
class Calendar:
    """Who is in force on each day, by the entries' texts alone."""

    decisions: list[dict[str, Any]] = field(default_factory=list)

    def take(self, text: str) -> None:
        entry = json.loads(text)
        if entry["kind"] == "put_in_force":
            self.decisions.append({"version": entry["version"], "first": entry["from"], "last": entry["until"], "cut": None, "off": False, "number": entry["number"]})  # fmt: skip
        if entry["kind"] == "retired":
            shown = {
                each["number"]
                for d in DAYS
                if str(day(d)) >= entry["from"] and (each := self.on(str(day(d))))
            }
            later = {each["number"] for each in self.decisions if each["first"] >= entry["from"]}
            for each in self.decisions:
                if each["version"] == entry["version"] and each["number"] in shown | later:
                    each["off"] = each["off"] or entry["from"] <= each["first"]
                    each["cut"] = entry["from"]

    def on(self, on: str) -> dict[str, Any] | None:
        """The last decision to begin by then, if it has not ended."""
        begun = [each for each in self.decisions if not each["off"] and each["first"] <= on]
        if not begun:
            return None
        latest = max(begun, key=lambda each: each["first"])
        ended = (latest["last"] and latest["last"] <= on) or (latest["cut"] and latest["cut"] <= on)
        return None if ended else latest

    def versions(self) -> list[int | None]:
        return [None if (found := self.on(str(day(d)))) is None else int(found["version"]) for d in DAYS]


# The decisions


@dataclass(frozen=True)
class Step:
    """Something somebody tries."""

    kind: str
    version: int
    wait: int
    by: str
    first: int
    hour: int
    honest: bool


STEPS = st.builds(
    Step,
    kind=st.sampled_from(["built", "gated", "approved", "put_in_force", "put_in_force", "retired"]),
    version=st.integers(1, 4),
    wait=st.sampled_from([0, 0, 0, 0, 1, 2]),
    by=st.sampled_from(["Ann", "ann ", "Bo", "Bo", "Cy"]),
    first=st.integers(-6, 12),
    hour=st.integers(0, 23),
    honest=st.sampled_from([True, True, True, True, False]),
)
PROMOTIONS = st.builds(
    lambda version, by, first, wait: [
        Step("built", version, 0, "Ann", first, 1, True),
        Step("gated", version, 0, "Ann", first, 1, True),
        Step("approved", version, 0, by, first, 1, True),
        Step("put_in_force", version, wait, "Cy", first, 1, True),
    ],
    version=st.integers(1, 4),
    by=st.sampled_from(["Bo", "Bo", "Bo", "Ann"]),
    first=st.integers(-6, 12),
    wait=st.integers(0, 2),
)
HISTORIES = st.lists(
    st.one_of(PROMOTIONS, st.lists(STEPS, min_size=1, max_size=3)), min_size=3, max_size=12
).map(lambda parts: [step for part in parts for step in part])
UNTIL = {1: None, 2: 9, 3: None, 4: 4}
"""Last days by the editions' own texts."""


def fields_of(step: Step, chain: Chain, today: int) -> dict[str, Any]:
    ledger, version = chain.ledger, step.version
    known = "public" in ledger.names() and version in {built.version for built in ledger.versions("public")}
    until = None if UNTIL[version] is None else day(UNTIL[version])
    match step.kind:
        case "built":
            return built_fields(version) | {"from": day(-10), "until": until}
        case "gated":
            other = ledger.to_compare_with("public", day(today))
            compared = (other.version if other else None) if step.honest else step.version % 3 or None
            fields = gated_fields(version, compared) | {"against": [] if step.first % 3 else ["impact:moved"]}
            fields["acceptable"] = fields["against"] if step.honest else []
            return fields | {"report_sha256": digest((fields["against"], fields["acceptable"], compared))}
        case "approved":
            report = ledger.report("public", version) if known else None
            content = (
                {}
                if report is None
                else {"report_sha256": report.report_sha256, "accepted": list(report.against)}
            )
            return approved_fields(version) | content
        case "put_in_force":
            return {"name": "public", "version": version, "from": day(step.first), "until": until}
    return {"name": "public", "version": version, "from": day(step.first)}


def played(steps: list[Step]) -> tuple[Chain, list[tuple[Entry, int, Calendar]]]:
    """The accepted entries, each with the day it was written on and the calendar after it."""
    chain, calendar, accepted, today = Chain(), Calendar(), [], 0
    for step in steps:
        today += step.wait
        at = max(
            datetime.fromisoformat(json.loads(chain.texts[-1])["at"]),
            noon(today).astimezone(CHINA).replace(hour=step.hour),
        )
        try:
            entry = chain.add(step.kind, at, step.by, **fields_of(step, chain, today))
        except DecisionError:
            continue
        calendar.take(chain.texts[-1])
        snapshot = Calendar([dict(each) for each in calendar.decisions])
        accepted.append((entry, (at.date() - day(0)).days, snapshot))
    return chain, accepted


def in_force(chain: Chain) -> list[int | None]:
    ledger = chain.ledger
    if "public" not in ledger.names():
        return [None for _ in DAYS]

    def on(d: int) -> int | None:
        try:
            return ledger.in_force("public", day(d)).version
        except NotInForceError:
            return None

    return [on(d) for d in DAYS]


@settings(max_examples=120)
@given(HISTORIES)
def test_the_ledger_says_of_every_day_what_the_calendar_says(steps: list[Step]) -> None:
    chain, accepted = played(steps)
    assume(any(entry.kind == "put_in_force" for entry, _, _ in accepted))
    assert in_force(chain) == accepted[-1][2].versions()


@settings(max_examples=120)
@given(HISTORIES)
def test_no_two_releases_are_in_force_on_one_day(steps: list[Step]) -> None:
    chain, accepted = played(steps)
    assume(any(entry.kind == "put_in_force" for entry, _, _ in accepted))
    periods = chain.ledger.periods("public")
    for d in DAYS:
        covering = [p for p in periods if p.from_ <= day(d) and (p.until is None or day(d) < p.until)]
        assert len(covering) <= 1
    assert all(p.until is None or p.from_ < p.until for p in periods)


@settings(max_examples=120)
@given(HISTORIES)
def test_what_was_in_force_on_days_past_stays_so(steps: list[Step]) -> None:
    _, accepted = played(steps)
    written, before = -1000, Calendar().versions()
    for entry, today, calendar in accepted:
        written = max(written, today)
        after = calendar.versions()
        changed = [d for d, old, new in zip(DAYS, before, after, strict=True) if d < written and old != new]
        # Only where nothing was in force can history be added, and only by putting a release in force.
        assert all(before[DAYS.index(d)] is None for d in changed)
        assert not changed or entry.kind == "put_in_force"
        before = after


@settings(max_examples=120)
@given(HISTORIES)
def test_whatever_is_in_force_was_approved_by_another_person_after_its_gates(steps: list[Step]) -> None:
    chain, _ = played(steps)
    entries = [json.loads(text) for text in chain.texts]
    for put in (entry for entry in entries if entry["kind"] == "put_in_force"):
        own = [e for e in entries[: put["number"] - 1] if e.get("version") == put["version"]]
        author = next(e["by"] for e in own if e["kind"] == "built")
        report = [e for e in own if e["kind"] == "gated"][-1]
        given = [e for e in own if e["kind"] == "approved" and e["report_sha256"] == report["report_sha256"]]
        assert given
        assert all(e["by"].strip().lower() != author.strip().lower() for e in given)
        assert set(report["against"]) <= set(given[-1]["accepted"]) <= set(report["acceptable"])


@settings(max_examples=60)
@given(HISTORIES)
def test_reading_all_entries_gives_what_was_checked_one_by_one(steps: list[Step]) -> None:
    chain, _ = played(steps)
    ledger = chain.ledger
    assert [text_of(entry) for entry in ledger.entries] == chain.texts
    assert list(ledger.hashes()) == [hashlib.sha256(text.encode()).hexdigest() for text in chain.texts]


# Tampering


def a_chain() -> Chain:
    chain = Chain()
    for version, at in ((1, 0), (2, 2), (3, 4)):
        chain.ready(version, at, compared_with=version - 1 or None)
        chain.put(version, from_=at + 1, at=at)
    return chain


TEXTS = a_chain().texts
PLACES = st.integers(0, len(TEXTS) - 1)
FOLLOWED = st.integers(0, len(TEXTS) - 2)


def assert_found(texts: dict[int, str]) -> None:
    with pytest.raises(TamperedError):
        read_chain({key_of(number + 1): text for number, text in texts.items()}, run_id=RUN)


@given(FOLLOWED)
def test_every_dropped_entry_is_found(place: int) -> None:
    assert_found({number: text for number, text in enumerate(TEXTS) if number != place})


@given(st.sets(FOLLOWED, min_size=1))
def test_entries_dropped_and_closed_up_are_found(places: set[int]) -> None:
    left = [text for number, text in enumerate(TEXTS) if number not in places]
    assert_found(dict(enumerate(left)))


@given(FOLLOWED, st.data())
def test_every_changed_character_is_found(place: int, data: st.DataObject) -> None:
    text = TEXTS[place]
    at = data.draw(st.integers(0, len(text) - 1))
    put = data.draw(st.characters(codec="utf-8").filter(lambda c: c != text[at]))
    assert_found(dict(enumerate(TEXTS)) | {place: text[:at] + put + text[at + 1 :]})


@given(PLACES, PLACES)
def test_every_swap_is_found(a: int, b: int) -> None:
    assume(a != b)
    assert_found(dict(enumerate(TEXTS)) | {a: TEXTS[b], b: TEXTS[a]})


@given(PLACES, PLACES)
def test_every_entry_put_in_is_found(place: int, copied: int) -> None:
    assert_found(dict(enumerate([*TEXTS[:place], TEXTS[copied], *TEXTS[place:]])))


@given(st.integers(1, len(TEXTS) - 1))
def test_a_shortened_ledger_is_found_by_whoever_noted_the_head(kept: int) -> None:
    head = read_chain({key_of(n + 1): text for n, text in enumerate(TEXTS)}, run_id=RUN).head
    shorter = read_chain({key_of(n + 1): text for n, text in enumerate(TEXTS[:kept])}, run_id=RUN)
    assert head not in shorter.hashes()
