"""Checks of rows: a subject twice on one date, and training rows among those held out."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from credit_scoring.learnt.frames import Frame, NumberColumn
from credit_scoring.sectors.cohorts.columns import LeakageLimits
from credit_scoring.sectors.cohorts.findings import Finding, finding

Texts = npt.NDArray[np.str_]

_OTHER_SPLITS_OF_A_SUBJECT = ("train", "out_of_time")


def twice(subject: Texts, observed_on: Texts | None) -> Iterator[Finding]:
    """L108: rows of one subject on one date (without dates: rows of one subject)."""
    owner = np.unique(subject, return_inverse=True)[1]
    day = (
        np.zeros(len(subject), np.int64)
        if observed_on is None
        else np.unique(observed_on, return_inverse=True)[1]
    )
    keys, count = np.unique(owner * (day.max(initial=0) + 1) + day, return_counts=True)
    extra = int(count.sum() - len(keys))
    if extra:
        when = ("", "") if observed_on is None else ("在同一观察日", " on one date")
        yield finding(
            "L108", "error", "subject_id", subjects=int((count > 1).sum()), rows=extra,
            zh=f"{int((count > 1).sum())}个主体{when[0]}出现多次，多出{extra}行。",
            en=f"{int((count > 1).sum())} subjects stand in several rows{when[1]}, {extra} rows too many.",
            do=("每个主体每个观察日只保留一行。", "Keep one row per subject and date."),
        )  # fmt: skip


def same_rows(frame: Frame, subject: Texts | None, split: Texts, limits: LeakageLimits) -> Iterator[Finding]:
    """L109: subjects, or without subjects rows, that stand in `train` and in another split.

    Sparse records make many rows equal by nature. So equal rows are suspicious only where held-out rows have a twin
    among the training rows more often than training rows have one among themselves.
    """
    train = split == "train"
    if subject is not None:
        learnt = np.unique(subject[train])
        for name in np.unique(split):
            if name in _OTHER_SPLITS_OF_A_SUBJECT:
                continue
            shared = np.intersect1d(learnt, subject[split == name])
            if len(shared):
                yield finding(
                    "L109", "error", "subject_id", split=str(name), subjects=len(shared),
                    zh=f"{len(shared)}个训练主体同时出现在“{name}”中。",
                    en=f"{len(shared)} subjects are trained on and also stand in '{name}'.",
                    do=("按主体划分样本。", "Split by subject, not by row."),
                )  # fmt: skip
        return
    rows = _row_numbers(frame)
    own, count = np.unique(rows[train], return_counts=True)
    if not len(own):
        return
    among = float(count[count > 1].sum() / count.sum())
    for name in np.unique(split[~train]):
        twin = np.isin(rows[split == name], own)
        share = float(twin.mean())
        if twin.sum() >= limits.rows and share - among > limits.twin_share:
            yield finding(
                "L109", "error", str(name), rows=int(twin.sum()), share=round(share, 4),
                share_within_train=round(among, 4),
                zh=f"“{name}”中{int(twin.sum())}行（{share:.1%}）与训练样本完全相同，训练样本内部仅{among:.1%}。",
                en=f"{int(twin.sum())} rows of '{name}' ({share:.1%}) equal a training row; among training rows "
                f"{among:.1%} do.",
                do=("查明样本是否被重复划分。", "Find out whether rows were put into both splits."),
            )  # fmt: skip


def _row_numbers(frame: Frame) -> npt.NDArray[np.int64]:
    """A number per row, equal where all columns are."""
    number = np.zeros(frame.rows, np.int64)
    for column in frame.columns:
        values = column.values if isinstance(column, NumberColumn) else column.codes
        place = np.unique(values, return_inverse=True)[1]
        number = np.unique(number * (place.max(initial=0) + 1) + place, return_inverse=True)[1]
    return number
