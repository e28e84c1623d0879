"""Splits: which rows a fit may see. Out of region, out of time, held out at random by subject, and the rest."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from credit_scoring.policy.training import HoldOut

Split: TypeAlias = Literal["train", "held_out", "out_of_time", "out_of_region"]
SPLITS: tuple[Split, ...] = ("train", "held_out", "out_of_time", "out_of_region")

_HASH_BYTES = 8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Assignment:
    """n rows: the split of each, and whether it must be left out of training as not known when the hold-out begins."""

    split: npt.NDArray[np.str_]
    purged: npt.NDArray[np.bool_]
    """Training rows whose outcome window reaches beyond the first day of the hold-out: on that day their outcome was
    not yet known (purging; López de Prado 2018, Advances in Financial Machine Learning, 7.4.1)."""
    unknown: npt.NDArray[np.bool_]
    """Other training rows whose deciding label was known only after that day, though its window was over."""
    seen_subject: npt.NDArray[np.bool_]
    """The subject has a training row left. Never so for `held_out` and `out_of_region`."""


def assign(
    *,
    subject: Sequence[str],
    region: Sequence[str | None],
    observed_on: Sequence[date],
    ends_on: Sequence[date],
    known_on: Sequence[date | None],
    hold_out: HoldOut,
    seed: int,
) -> Assignment:
    """The split of each row, which depends on nothing but the row itself and the seed.

    A subject of a region held out is out of region on every date. Of the others, dates from `hold_out.from` on are out
    of time; of the rest, a share of the subjects is held out at random on every date. A subject without a region is of
    no region held out.

    Args:
        subject, region, observed_on: of each row.
        ends_on: the last day of each row's outcome window.
        known_on: the day each row's deciding label was known; None where no label decides.
        hold_out: what no fit sees; without `from`, no row is left out for what was not yet known.
        seed: of the random share.
    """
    regions = hold_out.regions
    away = np.fromiter((r is not None and r.startswith(regions) for r in region), np.bool_, len(region))
    start = hold_out.from_ or date.max
    late = np.fromiter((on >= start for on in observed_on), np.bool_, len(observed_on))
    reaches = np.fromiter((end > start for end in ends_on), np.bool_, len(ends_on))
    unsaid = np.fromiter((on is not None and on > start for on in known_on), np.bool_, len(known_on))
    held = held_out(subject, share=float(hold_out.share or 0), seed=seed)
    split = np.select([away, late, held], ["out_of_region", "out_of_time", "held_out"], "train")
    train = split == "train"
    learnt = {name for name, use in zip(subject, train & ~reaches & ~unsaid, strict=True) if use}
    return Assignment(
        split=split,
        purged=train & reaches,
        unknown=train & ~reaches & unsaid,
        seen_subject=np.fromiter((name in learnt for name in subject), np.bool_, len(subject)),
    )


def held_out(subject: Sequence[str], *, share: float, seed: int) -> npt.NDArray[np.bool_]:
    """Whether each subject belongs to the random share held out: the same on every date, machine and row order.

    A subject is held out if the first eight bytes of the BLAKE2b digest of `seed:subject`, as a fraction, are below the
    share.

    >>> held_out(["a", "b", "a"], share=0.5, seed=7).tolist()
    [True, False, True]
    """
    limit = int(share * 2 ** (8 * _HASH_BYTES))
    drawn = {name: _number(f"{seed}:{name}") < limit for name in set(subject)} if share else {}
    return np.fromiter((drawn.get(name, False) for name in subject), np.bool_, len(subject))


def _number(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=_HASH_BYTES).digest(), "big")
