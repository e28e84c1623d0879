"""The outcome of one check of a release, and the report of all of them: what gates leave behind as evidence."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

from credit_scoring.policy.catalogue import Title
from credit_scoring.scoring.record import InputUsed

Gate = Literal[
    "policy",
    "items",
    "golden",
    "additivity",
    "shap",
    "monotonicity",
    "validation",
    "base",
    "stability",
    "comparison",
    "impact",
]
"""In the order in which they run."""
Outcome = Literal["passed", "failed", "not_computed", "does_not_apply"]


class Check(BaseModel):
    """One thing that was looked at, what was found and what it had to be."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    gate: Gate
    name: str
    """Unique within the gate, such as `grades_moved` or `pyfunc`."""
    title: Title
    outcome: Outcome
    found: str
    """As text with its unit, exact where it is exact; `-` where nothing could be found."""
    limit: str
    """What it had to be, as text; `-` where nothing was asked."""
    detail: Title
    """Where it was found, or why it was not computed or does not apply."""
    acceptable: bool
    """Whether an approver may accept a failure with a reason: a matter of judgment, never of correctness."""

    @property
    def id(self) -> str:
        """`impact:grades_moved`: how a decision names it."""
        return f"{self.gate}:{self.name}"

    @property
    def stands(self) -> bool:
        """Whether nothing speaks against the release here."""
        return self.outcome in ("passed", "does_not_apply")


class Compared(BaseModel):
    """The release in force that a candidate was compared with."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    version: int
    manifest_sha256: str


class EvidenceFile(BaseModel):
    """A file that lies beside `gates.json`. `path` is relative to its folder, with forward slashes."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    path: str
    bytes: int
    sha256: str


class GateReport(BaseModel):
    """What the gates found about one release: the content of `gates.json`, whose hash the ledger keeps."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    version: int
    manifest_sha256: str
    code_version: str
    code_sha256: str
    on: date
    known_by: date
    subjects: InputUsed
    records: InputUsed
    coverage: InputUsed | None
    segments: InputUsed | None
    compared_with: Compared | None
    """None where no release of this scorecard was in force on the date of the gates."""
    terms_sha256: str
    """Of the file of limits and inspection ratios."""
    checks: tuple[Check, ...]
    files: tuple[EvidenceFile, ...] = ()
    """Every other file of the evidence, sorted by path: the ledger's hash of `gates.json` vouches for them too."""

    @property
    def against(self) -> tuple[Check, ...]:
        """The checks that speak against the release."""
        return tuple(check for check in self.checks if not check.stands)

    @property
    def passed(self) -> bool:
        """Whether none does."""
        return not self.against
