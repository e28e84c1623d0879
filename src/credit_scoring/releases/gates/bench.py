"""What every gate looks at: the candidate, what it is compared with, the population, the terms."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from credit_scoring.errors import CreditScoringError, EngineError, InputError, NotFoundError, OutputError
from credit_scoring.policy.gathering import Edition
from credit_scoring.policy.language import InForce, Scorecard
from credit_scoring.policy.loading import Policy, is_in_force
from credit_scoring.releases.terms import LoadedTerms
from credit_scoring.scoring.record import RunInfo
from credit_scoring.scoring.run import score_to_folder

if TYPE_CHECKING:
    from credit_scoring.releases.opening import Released


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The population as it was handed in, and how to work on it."""

    subjects: Path
    records: Path
    coverage: Path | None
    segments: Path | None
    on: date
    known_by: date
    threads: int | None
    memory_limit: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A run of a release over the population."""

    folder: Path
    """As `score_to_folder` writes it."""
    policy: Policy
    """As it was run: with the release in force on the date."""
    card: Scorecard
    base: Scorecard | None
    """The public scorecard its run rests on, which lies in the folder `public`."""
    info: RunInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Everything the gates may look at."""

    candidate: Released
    in_force: Released | None
    base_in_force: Released | None
    inputs: Inputs
    terms: LoadedTerms
    scratch: Path
    """A folder that is gone after the gates."""
    out: Path
    """The folder of the report."""
    run: Scored | CreditScoringError
    """The candidate over the population, scored once; or why it could not be."""

    @property
    def population(self) -> Scored:
        """The candidate over the population.

        Raises:
            CreditScoringError: it could not be scored.
        """
        if isinstance(self.run, CreditScoringError):
            raise self.run
        return self.run


def base_on(policy: Policy, card: Scorecard, on: date) -> Scorecard | None:
    """The edition that a scorecard builds on as seen on a date: the one in force, else the nearest before or after it.

    Raises:
        NotFoundError: the policy does not hold what the scorecard extends.
    """
    if card.extends is None:
        return None
    editions = sorted(
        (c for c in policy.scorecards if c.scorecard == card.extends), key=lambda c: c.in_force.from_
    )
    if not editions:
        raise NotFoundError(f"'{card.id}' extends '{card.extends}', which is not among its files.")
    begun = [c for c in editions if c.in_force.from_ <= on]
    return begun[-1] if begun else editions[0]


def as_if_in_force(released: Released, on: date) -> Policy:
    """The policy of a release with its scorecard, and the one it extends, in force on a date.

    A release is judged before it is in force, and on a date when it may not have been.
    """
    base = base_on(released.policy, released.card, on)
    wanted = [released.card] + ([] if base is None else [base])
    editions = tuple(
        _moved(edition, on) if edition.card in wanted else replace(edition, as_base=True)
        for edition in released.policy.editions
    )
    return replace(released.policy, editions=editions)


def _moved(edition: Edition, on: date) -> Edition:
    if is_in_force(edition.card, on):
        return edition
    span = InForce(**{"from": on})
    return replace(edition, card=edition.card.model_copy(update={"in_force": span}))


def score_population(released: Released, inputs: Inputs, folder: Path) -> Scored:
    """Score the population by a release, as if it were in force on the date.

    Raises:
        CreditScoringError: as `score_to_folder`.
    """
    policy = as_if_in_force(released, inputs.on)
    info = score_to_folder(
        policy, subjects=inputs.subjects, records=inputs.records, coverage=inputs.coverage, on=inputs.on,
        known_by=inputs.known_by, out=folder, threads=inputs.threads, memory_limit=inputs.memory_limit,
    )  # fmt: skip
    (card,) = policy.in_force(inputs.on)
    return Scored(folder=folder, policy=policy, card=card, base=base_on(policy, card, inputs.on), info=info)


def run_or_reason(released: Released, inputs: Inputs, folder: Path) -> Scored | CreditScoringError:
    """The run, or why the release cannot be scored.

    Raises:
        InputError, EngineError, OutputError: the population or the set-up is at fault, which no release answers for.
    """
    try:
        return score_population(released, inputs, folder)
    except (InputError, EngineError, OutputError):
        raise
    except CreditScoringError as error:
        return error
