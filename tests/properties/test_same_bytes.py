"""What a run says depends on nothing but what was known of a subject and its policy: not one byte."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from properties.runs import all_bytes, results
from properties.situations import Situation, situations


@settings(max_examples=12)
@given(situations())
def test_nothing_recorded_after_known_by_matters(situation: Situation) -> None:
    written, archive = situation
    known = [record for record in archive.records if record.recorded_on <= archive.dates.known_by]
    seen = all_bytes(results(written, archive, records=known))
    assert all_bytes(results(written, archive)) == seen


@settings(max_examples=12)
@given(situations(), st.integers(0, 2**32 - 1))
def test_the_order_of_rows_changes_no_byte(situation: Situation, seed: int) -> None:
    written, archive = situation
    rng = Random(seed)
    subjects, records = list(archive.subjects), list(archive.records)
    rng.shuffle(subjects)
    rng.shuffle(records)
    shuffled = results(written, archive, subjects=subjects, records=records)
    assert all_bytes(shuffled) == all_bytes(results(written, archive))


@settings(max_examples=12)
@given(situations())
def test_the_number_of_threads_changes_no_byte(situation: Situation) -> None:
    one, four = (all_bytes(results(*situation, threads=threads)) for threads in (1, 4))
    assert one == four


@settings(max_examples=12)
@given(situations(tops=False), st.integers(0, 60))
def test_the_batch_a_subject_is_scored_in_changes_no_byte(situation: Situation, cut: int) -> None:
    written, archive = situation
    whole = results(written, archive)
    batches = [
        results(
            written,
            archive,
            subjects=batch,
            records=[r for r in archive.records if r.subject_id in {s.subject_id for s in batch}],
        )
        for batch in (archive.subjects[:cut], archive.subjects[cut:])
    ]
    for table in ("scores", "points", "evidence"):
        rows = [row for batch in batches for row in getattr(batch, table).to_pylist()]
        assert sorted(map(repr, rows)) == sorted(map(repr, getattr(whole, table).to_pylist()))
