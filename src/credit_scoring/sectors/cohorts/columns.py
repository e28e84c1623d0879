"""Checks of single columns: does one know the outcome, or is it an identifier?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from credit_scoring.learnt.frames import Column, Frame, NumberColumn, TextColumn
from credit_scoring.records.contracts import Outcome as Code
from credit_scoring.records.identifiers import classify
from credit_scoring.sectors.cohorts.findings import Finding, Severity, finding

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_CODES = frozenset(
    {
        Code.CREDIT_CODE, Code.RESIDENT_ID, Code.ORGANISATION_CODE, Code.LEGACY_TAX_NUMBER, Code.REGISTRATION_NUMBER,
        Code.PERSONAL_NUMBER, Code.PERSONAL_TAX_NUMBER, Code.MASKED,
    }
)  # fmt: skip
_LOOKED_AT = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakageLimits:
    """Where suspicion begins. None of them decides a score."""

    auc: float = 0.97
    """A single feature that orders bad and good rows this well, in either direction, knows the outcome."""
    rows: int = 30
    """Rows of a class needed to judge at all, and rows of the other class expected where a value shows none."""
    one_class_share: float = 0.5
    """A value of one class only is an error where it covers this share of the class, else a warning."""
    unique_share: float = 0.95
    """Distinct values per row, or per subject, from which a column is an identifier."""
    unique_rows: int = 100
    """Rows with a value needed to call a column unique."""
    code_share: float = 0.5
    """Share of values that are valid codes, or the subject's own identifier, from which a column is an identifier."""
    twin_share: float = 0.05
    """Share of held-out rows that equal a training row, beyond what training rows show among themselves."""


def auc_of(column: Column, bad: Ints, weights: Floats, *, rows: int) -> float:
    """Weighted AUC of one column by itself, at least 0.5: the better of both directions.

    Missing values stand at whichever end serves better. The levels of a text are ordered by their own share of bad
    rows; levels with fewer than `rows` rows are one level, so that rare levels cannot spell out the outcome.
    """
    if isinstance(column, TextColumn):
        return _auc(bad, _share_of_bads(column.codes, bad, weights, rows=rows), weights)
    missing = column.missing()
    if missing.all():
        return 0.5
    # The order is what counts; ranks also keep a place free at either end, however large the values are.
    ranks = np.unique(column.values[~missing], return_inverse=True)[1] + 1.0
    found = []
    for end in (0.0, ranks.max() + 1) if missing.any() else (0.0,):
        values = np.full(len(missing), end)
        values[~missing] = ranks
        found.append(_auc(bad, values, weights))
    return max(found)


def _auc(bad: Ints, values: Floats, weights: Floats) -> float:
    from sklearn.metrics import roc_auc_score

    if (values == values[0]).all():
        return 0.5
    auc = float(roc_auc_score(bad, values, sample_weight=weights))
    return max(auc, 1 - auc)


def _share_of_bads(codes: Ints, bad: Ints, weights: Floats, *, rows: int) -> Floats:
    levels, place = np.unique(codes, return_inverse=True)
    count = np.bincount(place)
    group = np.where(count < rows, len(levels), np.arange(len(levels)))[place]
    total = np.bincount(group, weights=weights, minlength=len(levels) + 1)
    bads = np.bincount(group, weights=weights * bad, minlength=len(levels) + 1)
    return np.asarray(np.divide(bads, total, out=np.zeros_like(bads), where=total > 0)[group], np.float64)


def knows_the_outcome(frame: Frame, bad: Ints, weights: Floats, limits: LeakageLimits) -> Iterator[Finding]:
    """L101 and L102: a feature that separates the classes, or a value found with one class only."""
    bads = int(bad.sum())
    if min(bads, len(bad) - bads) == 0:
        return
    enough = min(bads, len(bad) - bads) >= limits.rows
    for column in frame.columns:
        auc = auc_of(column, bad, weights, rows=limits.rows)
        if auc >= limits.auc:
            severity: Severity = "error" if enough else "warning"
            few_zh, few_en = ("", "") if enough else ("（样本很少，仅供参考）", " (too few rows to be sure)")
            yield finding(
                "L101", severity, column.name, auc=round(auc, 4), limit=limits.auc, bads=bads,
                zh=f"单凭“{column.name}”即可区分好坏：AUC {auc:.3f}，限值{limits.auc}{few_zh}。",
                en=f"'{column.name}' alone tells bad from good: AUC {auc:.3f}, limit {limits.auc}{few_en}.",
                do=(
                    "查明其在观察日是否已知；否则列入 leave_out。",
                    "Find out whether it was known on the observation date; else list it under leave_out.",
                ),
            )  # fmt: skip
        yield from _of_one_class(column, bad, limits)


def _of_one_class(column: Column, bad: Ints, limits: LeakageLimits) -> Iterator[Finding]:
    values, texts = _places(column)
    count = np.bincount(values)
    bads = np.bincount(values, weights=bad)
    of_class = (len(bad) - int(bad.sum()), int(bad.sum()))
    for label in (1, 0):
        other = count - bads if label else bads
        expected = count * of_class[1 - label] / len(bad)
        for place in np.flatnonzero((other == 0) & (expected >= limits.rows)):
            share = count[place] / of_class[label]
            shown, word = texts(int(place)), ("bad", "不良") if label else ("good", "良好")
            yield finding(
                "L102", "error" if share >= limits.one_class_share else "warning", column.name,
                value=shown, rows=int(count[place]), share_of_class=round(float(share), 4),
                expected_of_other_class=round(float(expected[place]), 1),
                zh=f"“{column.name}”取值{shown}的{count[place]}行全为{word[1]}样本，占该类{share:.1%}。",
                en=f"all {count[place]} rows where '{column.name}' is {shown} are {word[0]}, {share:.1%} of that class.",
                do=(
                    "查明该取值是否由结果产生；若是，列入 leave_out。",
                    "Find out whether the outcome brings the value about; if so, list it under leave_out.",
                ),
            )  # fmt: skip
            return


def _places(column: Column) -> tuple[Ints, Callable[[int], str]]:
    """Each row's value as a position, and how to show a position; missing is a value of its own."""
    if isinstance(column, TextColumn):
        levels = column.levels
        return column.codes + 1, lambda place: levels[place - 1] if place else "missing"
    found, places = np.unique(column.values, return_inverse=True)
    return places, lambda place: "missing" if np.isnan(found[place]) else f"{found[place]:g}"


def identifiers(
    frame: Frame, subject: npt.NDArray[np.str_] | None, limits: LeakageLimits
) -> Iterator[Finding]:
    """L106: a column that names its row or its subject."""
    for column in frame.columns:
        rows = ~column.missing()
        present = int(rows.sum())
        if not present:
            continue
        own = None if subject is None else subject[rows]
        reason = (
            _text_names(column, rows, own, limits)
            if isinstance(column, TextColumn)
            else _number_names(column, rows, own, limits)
        )
        if reason is not None:
            severity, zh, en, share = reason
            yield finding(
                "L106", severity, column.name, share=round(share, 4), rows=present,
                zh=f"“{column.name}”{zh}。", en=f"'{column.name}' {en}.",
                do=("标识符不能作特征：删除该列。", "An identifier says nothing about others: drop the column."),
            )  # fmt: skip


_Reason = tuple[Severity, str, str, float]


def _text_names(
    column: TextColumn,
    rows: npt.NDArray[np.bool_],
    subject: npt.NDArray[np.str_] | None,
    limits: LeakageLimits,
) -> _Reason | None:
    codes = column.codes[rows]
    used = np.unique(codes)
    texts = np.array(column.levels, dtype=object)
    if subject is not None and (same := float(np.mean(texts[codes] == subject))) >= limits.code_share:
        return (
            "error",
            f"在{same:.0%}的行中即主体标识",
            f"is the subject's identifier in {same:.0%} of its rows",
            same,
        )
    looked = texts[used[:: max(1, len(used) // _LOOKED_AT)]]
    if (valid := float(np.mean([classify(text) in _CODES for text in looked]))) >= limits.code_share:
        return (
            "error",
            f"有{valid:.0%}的取值是有效代码",
            f"holds valid codes in {valid:.0%} of its values",
            valid,
        )
    if (share := _distinct(codes, subject, limits)) is not None:
        return (
            "error",
            f"几乎每行（每主体）各不相同（{share:.0%}）",
            f"is nearly unique per row or subject ({share:.0%})",
            share,
        )
    return None


def _number_names(
    column: NumberColumn,
    rows: npt.NDArray[np.bool_],
    subject: npt.NDArray[np.str_] | None,
    limits: LeakageLimits,
) -> _Reason | None:
    values = column.values[rows]
    if (values != np.trunc(values)).any():
        return None
    if subject is not None:
        texts = np.array([f"{int(value)}" for value in values], dtype=object)
        if (same := float(np.mean(texts == subject))) >= limits.code_share:
            return (
                "error",
                f"在{same:.0%}的行中即主体标识",
                f"is the subject's identifier in {same:.0%} of its rows",
                same,
            )
    share = _distinct(np.unique(values, return_inverse=True)[1], subject, limits)
    if share is None:
        return None
    looked = values[:: max(1, len(values) // _LOOKED_AT)]
    if (valid := float(np.mean([classify(f"{int(v)}") in _CODES for v in looked]))) >= limits.code_share:
        return (
            "error",
            f"有{valid:.0%}的取值是有效代码",
            f"holds valid codes in {valid:.0%} of its values",
            valid,
        )
    steps = np.diff(values)
    if len(steps) and (steps == steps[0]).all():
        return "error", "是行号", "counts the rows", share
    if values.max() - values.min() < 2 * len(values):
        return "error", "是连续编号", "is a running number", share
    return (
        "warning",
        f"几乎每行（每主体）各不相同（{share:.0%}），且全为整数",
        f"holds whole numbers, nearly unique per row or subject ({share:.0%})",
        share,
    )


def _distinct(codes: Ints, subject: npt.NDArray[np.str_] | None, limits: LeakageLimits) -> float | None:
    """The share of distinct values per row, or per subject where each has one value; None below the limit."""
    if len(codes) < limits.unique_rows:
        return None
    distinct = len(np.unique(codes))
    share = distinct / len(codes)
    if subject is not None:
        owners, place = np.unique(subject, return_inverse=True)
        pairs = len(np.unique(place * (codes.max() + 1) + codes)) if len(owners) < len(codes) else 0
        if pairs and len(owners) >= limits.unique_rows and pairs <= len(owners) / limits.unique_share:
            share = max(share, distinct / pairs)
    return share if share >= limits.unique_share else None
