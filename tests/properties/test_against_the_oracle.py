"""The engine and the oracle on random policies and random archives: every number and every letter."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.reading import read_yaml
from oracle.scoring import all_indicators
from properties.archives import archives
from properties.policies import Written, policies
from properties.runs import differences
from properties.situations import Situation


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    """Scorecards for some subject types and an archive for them, half the time with what sources have delivered."""
    written = draw(policies())
    kinds = tuple(one.subject_type for one in written)
    archive = draw(archives(kinds, subjects=60 * len(kinds), covered=st.booleans()))
    if archive.coverage is not None and any(has_ratio_of_two_windows(one) for one in written):
        # From which day the items of such a ratio must be covered, the rule book does not say.
        coverage = tuple(replace(delivery, covered_from=None) for delivery in archive.coverage)
        archive = replace(archive, coverage=coverage)
    return written, archive


def has_ratio_of_two_windows(written: Written) -> bool:
    """Whether some indicator puts records of one window over those of another."""
    measures = [rule["measure"] for rule in all_indicators(read_yaml(written.text)).values()]
    return any(
        one["numerator"]["window"] != one["denominator"]["window"]
        for one in measures
        if one["kind"] == "ratio"
    )


@settings(max_examples=70)
@given(situations())
def test_the_engine_gives_everyone_what_the_oracle_gives(situation: Situation) -> None:
    assert not differences(*situation)
