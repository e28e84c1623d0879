"""What must hold of every policy and every archive, whatever the oracle says."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import given, settings

from credit_scoring.policy.language import Scorecard
from credit_scoring.policy.loading import dump_scorecard
from credit_scoring.policy.reading import parse_document
from oracle.reading import Node, number, read_yaml
from oracle.rounding import within
from oracle.scoring import all_indicators, floor_of
from properties.policies import Written, scorecards
from properties.runs import all_bytes, kept_events, loaded, results, with_records, without_record
from properties.situations import Situation, situations


@settings(max_examples=25)
@given(situations(most=5, subjects=150))
def test_points_add_up_at_every_level(situation: Situation) -> None:
    written, archive = situation
    result = results(written, archive)
    cards = {one.subject_type: read_yaml(one.text) for one in written}
    points: dict[str, dict[str, Node]] = {}
    for row in result.points.to_pylist():
        points.setdefault(row["subject_id"], {})[row["indicator"]] = row
    for row in result.scores.to_pylist():
        check_sums(cards[row["subject_type"]], row, points.get(row["subject_id"], {}))


def check_sums(card: Node, row: Node, points: dict[str, Node]) -> None:
    """Indicators to groups, groups to dimensions, dimensions to the score; lost is what is missing to the most."""
    of = {
        name: Fraction(points[name]["points"]) if name in points else without_record(rule)
        for name, rule in all_indicators(card).items()
    }
    for one in points.values():
        assert Fraction(one["points"]) + Fraction(one["lost"]) == Fraction(one["most"])
    if any("renormalise" in str(rule) for rule in all_indicators(card).values()):
        return
    for name, one in points.items():
        assert Fraction(one["most"]) == number(all_indicators(card)[name]["points"])
    total = Fraction(0)
    for name, dimension in card["dimensions"].items():
        parts = [of[indicator] for indicator in dimension.get("indicators", {})]
        for group in dimension.get("groups", {}).values():
            inside = sum((of[indicator] for indicator in group["indicators"]), Fraction(0))
            parts.append(within(inside, floor_of(group), number(group["points"])))
        assert Fraction(row[name]) == within(
            sum(parts, Fraction(0)), floor_of(dimension), number(dimension["points"])
        )
        total += Fraction(row[name])
    starts = card["start"]
    possible = [number(starts)] if isinstance(starts, str) else [number(entry["points"]) for entry in starts]
    assert Fraction(row["score_raw"]) in {
        within(start + total, floor_of(card), number(card["total"])) for start in possible
    }


@settings(max_examples=60)
@given(scorecards())
def test_loading_what_was_dumped_gives_the_same_scorecard(written: Written) -> None:
    card = Scorecard.model_validate(parse_document(written.text, file="written").value)
    text = dump_scorecard(card)
    document = parse_document(text, file="dumped")
    assert not document.problems
    again = Scorecard.model_validate(document.value)
    assert again == card
    assert dump_scorecard(again) == text


@settings(max_examples=10)
@given(situations(most=1, subjects=40))
def test_a_scorecard_that_was_dumped_and_loaded_scores_the_same(situation: Situation) -> None:
    (written,), archive = situation
    (card,) = loaded([written]).scorecards
    again = Written(written.subject_type, dump_scorecard(card))
    assert all_bytes(results([again], archive)) == all_bytes(results([written], archive))


@settings(max_examples=15)
@given(situations())
def test_every_record_is_counted_out_of_sight_or_rejected(situation: Situation) -> None:
    written, archive = situation
    stray = [
        replace(record, record_id=f"stray-{record.record_id}", item="no.such")
        for record in archive.records[:5]
    ]
    result = results(written, with_records(archive, [*archive.records, *stray]))
    info = result.info
    assert info.records_admitted + info.records_not_yet_known + info.records_rejected == len(
        archive.records
    ) + len(stray)
    assert info.records_rejected == len(stray)
    assert {row["record_id"] for row in result.rejected.to_pylist()} == {record.record_id for record in stray}


@settings(max_examples=15)
@given(situations())
def test_every_point_of_an_event_leads_to_the_records_that_caused_it(situation: Situation) -> None:
    written, archive = situation
    grouped = {one.subject_type for one in written if "event_groups" in read_yaml(one.text)}
    counted: dict[tuple[str, str], dict[str, Fraction]] = {}
    for row in results(written, archive).evidence.to_pylist():
        if row["indicator"] is not None and row["treatment"] == "counted" and row["points"] is not None:
            counted.setdefault((row["subject_id"], row["indicator"]), {})[row["record_id"]] = Fraction(
                row["points"]
            )
    for subject, events in kept_events(written, archive):
        if subject.subject_type not in grouped:
            for indicator, kept in events.items():
                assert counted.get((subject.subject_id, indicator), {}) == kept
