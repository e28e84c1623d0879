"""Trying a scorecard on the past: as if it had been in force on a date."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from credit_scoring.policy.gathering import Edition
from credit_scoring.policy.language import InForce
from credit_scoring.policy.loading import Policy, is_in_force


def as_if_in_force(policy: Policy, on: date) -> Policy:
    """The policy with its own scorecards in force on a date; what they extend stays as it is."""

    def moved(edition: Edition) -> Edition:
        if edition.as_base or is_in_force(edition.card, on):
            return edition
        return replace(edition, card=edition.card.model_copy(update={"in_force": InForce(**{"from": on})}))

    return replace(policy, editions=tuple(moved(edition) for edition in policy.editions))
