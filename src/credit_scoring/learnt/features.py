"""Features: what a learnt evaluation may look at, and in which direction each may count."""

from __future__ import annotations

from dataclasses import dataclass

from credit_scoring.policy.catalogue import Title
from credit_scoring.policy.training import Polarity


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One column of the training frame.

    `polarity` is about the feature's own values: `worse` means that a higher value may only lower the score,
    `better` that it may only raise it, `free` that it may do either, for which `reason` says why.
    """

    name: str
    polarity: Polarity
    title: Title | None = None
    dimension: str | None = None
    unit: str | None = None
    reason: str | None = None


def monotone_sign(polarity: Polarity) -> int:
    """The sign of the effect on the *risk* (log-odds of bad): 1 rises with the value, -1 falls, 0 either.

    >>> monotone_sign("worse"), monotone_sign("better"), monotone_sign("free")
    (1, -1, 0)
    """
    return {"worse": 1, "better": -1, "free": 0}[polarity]
