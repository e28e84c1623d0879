"""A policy and an archive for it."""

from __future__ import annotations

from typing import TypeAlias

from hypothesis import strategies as st

from properties.archives import Archive, archives
from properties.policies import Written, policies, scorecards

Situation: TypeAlias = tuple[tuple[Written, ...], Archive]


@st.composite
def situations(draw: st.DrawFn, most: int = 2, subjects: int = 60, tops: bool = True) -> Situation:
    """Scorecards for one or two subject types and an archive for them, with or without coverage."""
    written = draw(policies(most=most, card=lambda kind: scorecards(kind, tops)))
    kinds = tuple(one.subject_type for one in written)
    return written, draw(archives(kinds, subjects=subjects, covered=st.booleans()))
