"""What a gate leaves behind: checks, and tables for the person who decides."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from credit_scoring.policy.catalogue import Title
from credit_scoring.releases.checks import Check, Gate

Text: TypeAlias = Title | str
"""In both languages, or the same in both: a code, a number."""
NOTHING = "-"
"""What stands where nothing was found, or nothing was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """A table of the report behind one or more checks."""

    title: Title
    note: Title | None = None
    heads: tuple[Text, ...]
    rows: tuple[tuple[Text, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The checks of one gate and the tables behind them."""

    checks: tuple[Check, ...]
    exhibits: tuple[Exhibit, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a check looks at; its answer makes it a `Check`."""

    gate: Gate
    name: str
    title: Title
    acceptable: bool = field(default=False)

    def answered(self, *, passed: bool, found: str, limit: str, detail: Title) -> Check:
        """Something was found, and it is as it had to be, or it is not."""
        return Check(
            gate=self.gate, name=self.name, title=self.title, outcome="passed" if passed else "failed",
            found=found, limit=limit, detail=detail, acceptable=self.acceptable,
        )  # fmt: skip

    def counted(self, wrong: int, *, of: int, detail: Title) -> Check:
        """A number of faults, which has to be 0."""
        return self.answered(passed=wrong == 0, found=f"{wrong:,} / {of:,}", limit="0", detail=detail)

    def not_computed(self, why: Title) -> Check:
        """Nothing could be found; that speaks against the release."""
        return Check(
            gate=self.gate, name=self.name, title=self.title, outcome="not_computed",
            found=NOTHING, limit=NOTHING, detail=why, acceptable=self.acceptable,
        )  # fmt: skip

    def does_not_apply(self, why: Title) -> Check:
        """There is nothing to look at."""
        return Check(
            gate=self.gate, name=self.name, title=self.title, outcome="does_not_apply",
            found=NOTHING, limit=NOTHING, detail=why, acceptable=self.acceptable,
        )  # fmt: skip


def listed(names: tuple[str, ...], *, most: int = 20) -> Title:
    """Names in a line; of a long list the first ones and how many more there are.

    >>> listed(("a", "b", "c"), most=2).en
    'a, b and 1 more'
    """
    shown, more = names[:most], len(names) - most
    if more <= 0:
        return Title(zh="、".join(shown) or "无", en=", ".join(shown) or "none")
    return Title(zh=f"{'、'.join(shown)}等{len(names)}项", en=f"{', '.join(shown)} and {more} more")
