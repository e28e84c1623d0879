"""The door of learning: rows, labels and weights are checked once, for every family, before any library sees them."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.exceptions import DataConversionWarning

from credit_scoring.errors import TrainingError, did_you_mean
from credit_scoring.learnt.features import Feature
from credit_scoring.learnt.frames import Column, Frame, NumberColumn
from credit_scoring.policy.catalogue import Title
from credit_scoring.policy.training import Polarity

Floats: TypeAlias = npt.NDArray[np.float64]
Integers: TypeAlias = npt.NDArray[np.int64]
ExclusionCode: TypeAlias = Literal[
    "all_missing", "constant", "one_bin", "impossible_trend", "wrong_sign", "weak", "unused"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """A feature that gives no points, and why."""

    feature: str
    code: ExclusionCode
    reason: Title


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRows:
    """n rows to learn from: features that can be used, labels and weights. Rows of weight 0 are gone."""

    frame: Frame
    """Without the features excluded; order of the table."""
    features: tuple[Feature, ...]
    """One per column of the frame."""
    bad: Integers
    """1 is bad, 0 good; both occur."""
    weights: Floats
    """Above 0; 1 where none were given."""
    classes: npt.NDArray[Any]
    """The two labels as given: good, bad."""
    excluded: tuple[Exclusion, ...]
    groups: Integers | None = None
    """Rows with the same number are of one subject; None: every row is a subject of its own."""


def training_rows(
    frame: Frame,
    labels: Any,
    *,
    weights: Any = None,
    groups: Any = None,
    polarity: Mapping[str, Polarity] | None = None,
    min_bads: int = 1,
) -> TrainingRows:
    """Check what is to be learnt from.

    Args:
        frame: n rows.
        labels: n labels, 0 good and 1 bad. Two other labels are accepted as scikit-learn asks; the greater is bad.
        weights: n numbers, 0 or more; a row of weight 0 does not exist.
        groups: n subjects, see `group_codes`; None: every row is a subject of its own.
        polarity: of every feature; None declares all of them free.
        min_bads: fewest rows of either class.

    Raises:
        TrainingError: one class, too few of a class, labels missing or of more than two kinds, weights negative or
            missing, subjects missing, a polarity missing, unknown, or given for a text.
    """
    described = _described(frame, polarity)
    bad, classes = _bad(labels, rows=frame.rows)
    weigh = _weights(weights, rows=frame.rows)
    subjects = None if groups is None else group_codes(groups, rows=frame.rows)
    if frame.rows == 1:
        raise TrainingError("nothing can be learnt from one sample (n_samples = 1). Pass more rows.")
    some = weigh > 0
    if not some.any():
        raise TrainingError("every sample weight is zero: no row is left to learn from.")
    if not some.all():
        frame, bad, weigh = frame.where(some), bad[some], weigh[some]
        subjects = None if subjects is None else subjects[some]
    bads = int(bad.sum())
    fewest = min(bads, len(bad) - bads)
    if fewest == 0:
        raise TrainingError(
            f"the {len(bad)} rows of weight above 0 are of one class only: all "
            f"{'bad' if bads else 'good'}. Widen the outcome window or the population."
        )
    if fewest < min_bads:
        raise TrainingError(
            f"only {fewest} rows are {'bad' if bads == fewest else 'good'}, and {min_bads} are asked for (min_bads). "
            "Widen the outcome window or the population."
        )
    out = tuple(e for column in frame.columns if (e := _unusable(column)) is not None)
    gone = {exclusion.feature for exclusion in out}
    kept = tuple(name for name in frame.names if name not in gone)
    return TrainingRows(
        frame=frame.select(kept),
        features=tuple(described[name] for name in kept),
        bad=bad,
        weights=weigh,
        classes=classes,
        excluded=out,
        groups=subjects,
    )


def group_codes(groups: Any, *, rows: int) -> Integers:
    """Numbers in place of subjects: n whole numbers from 0, in the order in which the subjects first occur.

    Args:
        groups: n subjects, one per row: texts, numbers, or anything else that can be hashed.
        rows: n.

    Raises:
        TrainingError: of another length, missing, or of a kind that cannot be hashed.
    """
    # A list one by one: numpy would make a table of subjects that are tuples.
    given = np.asarray(groups) if hasattr(groups, "__array__") else np.fromiter(groups, dtype=object)
    if given.shape != (rows,):
        raise TrainingError(
            f"{rows} rows have groups of shape {given.shape}. Give one group, the row's subject, per row."
        )
    try:
        codes = pd.factorize(given)[0]
    except TypeError:
        raise TrainingError("the groups cannot be hashed: name subjects by texts or numbers.") from None
    lacking = int(np.count_nonzero(codes < 0))
    if lacking:
        raise TrainingError(
            f"{lacking} rows have no group: name the subject of every row, or leave the groups out."
        )
    return np.asarray(codes, np.int64)


def _described(frame: Frame, polarity: Mapping[str, Polarity] | None) -> dict[str, Feature]:
    if polarity is None:
        found = {name: Feature(name=name, polarity="free") for name in frame.names}
    else:
        found = {name: Feature(name=name, polarity=value) for name, value in polarity.items()}
    for name in found:
        if name not in frame.names:
            raise TrainingError(
                f"a polarity is given for '{name}', which the table does not have.{did_you_mean(name, frame.names)}"
            )
    for column in frame.columns:
        if column.name not in found:
            raise TrainingError(
                f"feature '{column.name}' has no polarity. Say whether more of it is 'better' or 'worse', or 'free'."
            )
        given = found[column.name].polarity
        if given not in ("better", "worse", "free"):
            raise TrainingError(
                f"the polarity of '{column.name}' is '{given}'; it is 'better', 'worse' or 'free'."
            )
        if column.kind == "text" and given != "free":
            raise TrainingError(
                f"feature '{column.name}' is a text and cannot be '{given}': texts have no order. Declare it 'free', "
                "or turn its levels into numbers."
            )
    return found


def _bad(labels: Any, *, rows: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[Any]]:
    if labels is None:
        # The first words are scikit-learn's own, which its checks look for.
        raise TrainingError(
            "requires y to be passed, but the target y is None: give one label per row, 1 for bad."
        )
    values = _one_dimension(labels, what="labels")
    if len(values) != rows:
        raise TrainingError(f"{rows} rows have {len(values)} labels. Give one label per row.")
    missing = pd.isna(values)
    if missing.any():
        raise TrainingError(
            f"{int(missing.sum())} labels are missing (NaN). Leave unlabelled rows out, or call them good."
        )
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise TrainingError("labels hold inf (infinity). They are 0 for good and 1 for bad.")
    try:
        classes = np.unique(values)
    except TypeError:
        raise TrainingError("labels mix texts and numbers. They are 0 for good and 1 for bad.") from None
    if values.dtype.kind == "f" and (classes != np.trunc(classes)).any():
        raise TrainingError(
            "Unknown label type: labels are not whole numbers. They are 0 for good and 1 for bad."
        )
    if len(classes) == 1:
        raise TrainingError(
            f"all {rows} rows are of one class: the label is always {classes[0]}. "
            "Nothing tells bad from good."
        )
    if len(classes) > 2:
        raise TrainingError(
            "Only binary classification is supported. The type of the target is multiclass: "
            f"{len(classes)} labels. They are 0 for good and 1 for bad."
        )
    if not np.isin(classes.astype(str), ("0", "1", "0.0", "1.0", "False", "True")).all():
        # scikit-learn wants any two labels to do; which of them is bad must not be guessed in silence.
        warnings.warn(
            f"the labels are {classes[0]} and {classes[1]}: {classes[1]}, the later in order, is taken for bad. Code bad "
            "as 1 and good as 0 to be sure.",
            UserWarning,
            stacklevel=5,
        )
    return (values == classes[1]).astype(np.int64), classes


def _one_dimension(values: Any, *, what: str) -> npt.NDArray[Any]:
    array = np.asarray(values)
    if array.ndim == 2 and array.shape[1] == 1:
        # scikit-learn asks estimators to warn of a column where a list is meant.
        warnings.warn(
            f"A column-vector y was passed when a 1d array was expected: {what} were flattened.",
            DataConversionWarning,
            stacklevel=5,
        )
        array = array[:, 0]
    if array.ndim != 1:
        raise TrainingError(f"{what} must be one per row, not a table of shape {array.shape}.")
    if array.dtype.kind == "c":
        raise TrainingError("Complex data not supported: labels are 0 for good and 1 for bad.")
    return array


def _weights(weights: Any, *, rows: int) -> Floats:
    if weights is None:
        return np.ones(rows)
    array = np.asarray(weights, np.float64)
    if array.ndim == 0:
        array = np.full(rows, float(array))
    if array.ndim != 1:
        raise TrainingError(
            "Sample weights must be 1D array or scalar: one weight per row, "
            f"not a table of shape {array.shape}."
        )
    if len(array) != rows:
        raise TrainingError(f"{rows} rows have {len(array)} weights. Give one weight per row.")
    if not np.isfinite(array).all():
        raise TrainingError(
            f"{int(np.count_nonzero(~np.isfinite(array)))} sample weights are missing or infinite."
        )
    if (array < 0).any():
        raise TrainingError(f"{int(np.count_nonzero(array < 0))} sample weights are negative.")
    return array


def _unusable(column: Column) -> Exclusion | None:
    missing = column.missing()
    if missing.all():
        return Exclusion(
            feature=column.name,
            code="all_missing",
            reason=Title(zh="所有训练样本均缺失", en="missing in every training row"),
        )
    if missing.any():
        return None
    values = column.values if isinstance(column, NumberColumn) else column.codes
    if (values == values[0]).all():
        first = values[0] if isinstance(column, NumberColumn) else column.levels[int(values[0])]
        return Exclusion(
            feature=column.name,
            code="constant",
            reason=Title(
                zh=f"所有训练样本取值相同（{first}）", en=f"the same in every training row ({first})"
            ),
        )
    return None
