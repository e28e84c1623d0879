"""The engine and the oracle on random policies and random archives: every number and every letter."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from properties.archives import archives
from properties.policies import policies
from properties.runs import differences
from properties.situations import Situation


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    """Scorecards for some subject types and an archive for them, half the time with what sources have delivered."""
    written = draw(policies())
    kinds = tuple(one.subject_type for one in written)
    return written, draw(archives(kinds, subjects=60 * len(kinds), covered=st.booleans()))


@settings(max_examples=70)
@given(situations())
def test_the_engine_gives_everyone_what_the_oracle_gives(situation: Situation) -> None:
    assert not differences(*situation)
