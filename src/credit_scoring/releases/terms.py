"""The terms under which scorecards are released: who publishes, how to object and repair, limits of the gates, inspections.

They stand in `configs/releases.yaml` and change no score. Nothing here is a rule of a scorecard.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from credit_scoring.errors import PolicyError, Problem, did_you_mean
from credit_scoring.policy.catalogue import Instrument, Months, Title
from credit_scoring.policy.gathering import default_configs
from credit_scoring.policy.measures import InstrumentRef
from credit_scoring.policy.numbers import Factor
from credit_scoring.policy.reading import Strict, read_document, validated

Basis = Literal["published", "assumed"]


class Publisher(Strict):
    """Who answers for the releases."""

    name: Title
    contact: Title


class Route(Strict):
    """A way that is open to a party scored: an enquiry, an objection, a repair."""

    how: tuple[Title, ...] = Field(min_length=1)
    """Steps, in order."""
    working_days: int | None = Field(default=None, ge=1)
    """Within which it is decided, where a text says so."""
    authority: tuple[InstrumentRef, ...] = Field(min_length=1)
    basis: Basis


class Register(Strict):
    """What a public register of algorithms asks for, apart from what the release itself says."""

    purpose: Title
    """What the result is used for, and what it must not be used for."""
    authority: tuple[InstrumentRef, ...] = Field(min_length=1)
    human_review: Title
    risks: tuple[Title, ...] = Field(min_length=1)
    monitoring: tuple[Title, ...] = Field(min_length=1)


class Inspections(Strict):
    """Share of subjects of each grade that is drawn for inspection in a year."""

    scorecards: tuple[str, ...] = Field(min_length=1)
    ratios: dict[str, Factor] = Field(min_length=1)
    """By grade; a grade that is not named has no stated ratio."""
    authority: tuple[InstrumentRef, ...] = Field(min_length=1)
    basis: Basis
    note: Title | None = None

    @model_validator(mode="after")
    def _shares(self) -> Inspections:
        for grade, ratio in self.ratios.items():
            if not 0 < ratio <= 1:
                raise ValueError(
                    f"the ratio of '{grade}' is {ratio}: above 0 (nobody is exempt) and at most 1"
                )
        return self


class ImpactLimits(Strict):
    """Largest effects of a release on the population that need no acceptance; shares of the subjects scored by both."""

    grades_moved_at_most: Factor
    """Share whose grade changes."""
    worst_grade_entries_at_most: Factor
    """Share that enters the worst grade."""
    worst_grade_exits_at_most: Factor
    """Share that leaves it."""
    segment_grades_moved_at_most: Factor
    """Share whose grade changes, in the segment where most do."""
    segment_size_at_least: int = Field(ge=1)
    """Smaller segments are shown and not judged."""
    inspections_change_at_most: Factor
    """Relative change of the number of inspections, up or down."""
    score_changed_mean_at_most: Factor
    """Mean absolute change of the score, in points."""


class StabilityLimits(Strict):
    """The release on the same subjects at two dates."""

    apart: Months
    psi_at_most: Factor
    """Population stability index over the grades (over the bands, where there are no grades)."""


class Limits(Strict):
    """What the gates ask beyond correctness."""

    impact: ImpactLimits
    stability: StabilityLimits
    basis: Basis


class Terms(Strict):
    """`releases.yaml`."""

    releases: str
    """Name of this set of terms."""
    publisher: Publisher
    enquiry: Route
    """How a party sees its own score and the records behind it."""
    objection: Route
    repair: Route
    public: Register
    """For public scorecards."""
    sector: Register
    """For sector evaluations."""
    inspections: tuple[Inspections, ...]
    limits: Limits

    @model_validator(mode="after")
    def _named_once(self) -> Terms:
        names = [name for part in self.inspections for name in part.scorecards]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"'{twice[0]}' has inspection ratios twice")
        return self

    def inspections_of(self, scorecard: str) -> Inspections | None:
        """The ratios of a scorecard; None where none are stated."""
        return next((part for part in self.inspections if scorecard in part.scorecards), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedTerms:
    """Terms and the file they stand in."""

    terms: Terms
    text: str
    sha256: str


def default_terms() -> Path:
    """The file shipped with the package."""
    return default_configs() / "releases.yaml"


def load_terms(path: Path | None = None) -> LoadedTerms:
    """Read the terms; without a path, those shipped with the package.

    Raises:
        PolicyError: carries every problem of the file.
    """
    file = path or default_terms()
    document = read_document(file)
    terms = None if document.problems else validated(Terms, document, code="R001")
    if terms is None:
        raise PolicyError(document.problems)
    content = file.read_bytes()
    return LoadedTerms(
        terms=terms, text=content.decode("utf-8-sig"), sha256=hashlib.sha256(content).hexdigest()
    )


def check_terms(paths: Sequence[Path], instruments: Mapping[str, Instrument]) -> Iterator[Problem]:
    """Problems of files of terms: grammar (R001), legal texts that are not stated (R101)."""
    for path in paths:
        document = read_document(path)
        terms = None if document.problems else validated(Terms, document, code="R001")
        yield from document.problems
        for keys, reference in _citations(terms) if terms is not None else ():
            key = reference.split(" ", 1)[0]
            if key not in instruments:
                hint = did_you_mean(key, instruments)
                yield document.problem(keys, "R101", f"no legal text is called '{key}'.{hint}")


def _citations(terms: Terms) -> Iterator[tuple[tuple[str | int, ...], str]]:
    for name in ("enquiry", "objection", "repair", "public", "sector"):
        for reference in getattr(terms, name).authority:
            yield (name, "authority"), reference
    for place, part in enumerate(terms.inspections):
        for reference in part.authority:
            yield ("inspections", place, "authority"), reference
