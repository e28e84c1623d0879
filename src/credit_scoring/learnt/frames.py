"""Tables of features as typed columns: pandas, Polars, Arrow or numpy in, numbers and texts out, nothing coerced.

A column is a number or a text, decided by its type and never by what its texts look like: `"7"` stays a text.
Null and NaN are missing. Whatever is neither (dates, lists, several types in one column, infinite values, integers that a
64-bit float cannot hold) is refused with the name of the column.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.types as kinds_of

from credit_scoring.errors import FeatureTableError, did_you_mean

Kind: TypeAlias = Literal["number", "text"]
Floats: TypeAlias = npt.NDArray[np.float64]

_NAMES_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberColumn:
    """n numbers; NaN is missing, infinite values do not occur. May be a view of the caller's memory: read only."""

    name: str
    values: Floats

    @property
    def kind(self) -> Kind:
        """`number`."""
        return "number"

    def missing(self) -> npt.NDArray[np.bool_]:
        """Where the value is missing."""
        return np.isnan(self.values)

    def where(self, rows: npt.NDArray[Any]) -> NumberColumn:
        """The rows of a mask or of positions."""
        return NumberColumn(name=self.name, values=self.values[rows])


@dataclass(frozen=True, slots=True, kw_only=True)
class TextColumn:
    """n texts, as positions in `levels`; -1 is missing. A level may occur in no row."""

    name: str
    codes: npt.NDArray[np.int64]
    levels: tuple[str, ...]

    @property
    def kind(self) -> Kind:
        """`text`."""
        return "text"

    def missing(self) -> npt.NDArray[np.bool_]:
        """Where the value is missing."""
        return self.codes < 0

    def where(self, rows: npt.NDArray[Any]) -> TextColumn:
        """The rows of a mask or of positions."""
        return TextColumn(name=self.name, codes=self.codes[rows], levels=self.levels)


Column: TypeAlias = NumberColumn | TextColumn


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Columns of equal length under different names."""

    columns: tuple[Column, ...]
    rows: int
    named: bool
    """Whether the names are the table's own, not the `x0`, `x1`, ... given to an array."""

    @property
    def names(self) -> tuple[str, ...]:
        """In the order of the table."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """The column of that name.

        Raises:
            FeatureTableError: there is none.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise FeatureTableError(f"the table has no column '{name}'.{did_you_mean(name, self.names)}")

    def select(self, names: Iterable[str]) -> Frame:
        """These columns, in this order."""
        return Frame(columns=tuple(self.column(n) for n in names), rows=self.rows, named=self.named)

    def where(self, rows: npt.NDArray[Any]) -> Frame:
        """The rows of a mask or of positions."""
        columns = tuple(column.where(rows) for column in self.columns)
        count = int(np.count_nonzero(rows)) if rows.dtype == np.bool_ else len(rows)
        return Frame(columns=columns, rows=count, named=self.named)


def frame_of(table: Any) -> Frame:
    """Read a table of features.

    Args:
        table: a pandas or Polars data frame, an Arrow table or record batch, anything else that hands over an Arrow
            stream, or a two-dimensional array (its columns are named `x0`, `x1`, ...). float64 columns are not copied.
            Booleans count as 0 and 1; decimals and integers become the nearest 64-bit float, integers beyond 2^53 are
            refused; categories are numbers or texts as their labels are. A column without any value is a number column.

    Raises:
        FeatureTableError: not a table, no columns, a name twice, or a column that holds neither numbers nor texts.

    >>> frame = frame_of(pa.table({"visits": [3, None], "region": ["3301", "3302"]}))
    >>> frame.names, frame.column("visits").kind, frame.column("region").kind
    (('visits', 'region'), 'number', 'text')
    """
    if isinstance(table, Frame):
        return table
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(table, pandas.DataFrame):
        names, named = _names(list(table.columns))
        columns = [_of_series(name, table.iloc[:, i]) for i, name in enumerate(names)]
        rows = len(table)
    elif hasattr(table, "__arrow_c_stream__") or isinstance(table, pa.Table | pa.RecordBatch):
        arrow = table if isinstance(table, pa.Table) else pa.table(table)
        names, named = _names(arrow.column_names)
        columns = [_of_arrow(name, _one_chunk(arrow.column(i))) for i, name in enumerate(names)]
        rows = arrow.num_rows
    else:
        array = _array(table)
        names, named = tuple(f"x{i}" for i in range(array.shape[1])), False
        columns = [_of_array(name, array[:, i]) for i, name in enumerate(names)]
        rows = len(array)
    if not names:
        raise FeatureTableError(
            f"the table has 0 feature(s) (shape=({rows}, 0)) while a minimum of 1 is required."
        )
    return Frame(columns=tuple(columns), rows=rows, named=named)


def require_learnt(frame: Frame, *, names: Sequence[str], kinds: Sequence[Kind], learner: str) -> Frame:
    """The frame, if it has the features learnt from, in their order and of their kinds.

    A table without names is taken in the order of the columns. A column without any value fits both kinds.

    Args:
        names: of the features learnt from.
        kinds: one per name.
        learner: named in messages.

    Raises:
        FeatureTableError: features are missing, unknown or in another order, or a text stands where numbers stood.
    """
    if frame.named and frame.names != tuple(names):
        raise FeatureTableError(_difference(frame.names, names))
    if len(frame.columns) != len(names):
        raise FeatureTableError(
            f"X has {len(frame.columns)} features, but {learner} is expecting {len(names)} features as input: "
            f"{', '.join(names)}."
        )
    columns = []
    for column, name, kind in zip(frame.columns, names, kinds, strict=True):
        columns.append(_as_learnt(column, name=name, kind=kind))
    return Frame(columns=tuple(columns), rows=frame.rows, named=frame.named)


def _as_learnt(column: Column, *, name: str, kind: Kind) -> Column:
    if column.kind != kind and not column.missing().all():
        held = {"number": "numbers", "text": "texts"}
        raise FeatureTableError(
            f"column '{column.name}' held {held[kind]} when the scorecard was learnt and holds "
            f"{held[column.kind]} now. Convert it before scoring."
        )
    if isinstance(column, NumberColumn):
        if kind == "text":
            return TextColumn(name=name, codes=np.full(len(column.values), -1, np.int64), levels=())
        return NumberColumn(name=name, values=column.values)
    if kind == "number":
        return NumberColumn(name=name, values=np.full(len(column.codes), np.nan))
    return TextColumn(name=name, codes=column.codes, levels=column.levels)


def _difference(given: Sequence[str], learnt: Sequence[str]) -> str:
    # The first lines are scikit-learn's own, which its checks and its users look for.
    unseen, gone = sorted(set(given) - set(learnt)), sorted(set(learnt) - set(given))
    lines = ["The feature names should match those that were passed during fit."]
    for title, names in (
        ("Feature names unseen at fit time:", unseen),
        ("Feature names seen at fit time, yet now missing:", gone),
    ):
        if names:
            lines += [title, *(f"- {name}" for name in names[:_NAMES_SHOWN])]
            lines += ["- ..."] if len(names) > _NAMES_SHOWN else []
    if not unseen and not gone:
        lines.append("Feature names must be in the same order as they were in fit.")
    hints = {f"'{name}':{hint}" for name in unseen if (hint := did_you_mean(name, gone))}
    lines += sorted(hints)
    lines.append("Pass exactly the columns of `feature_names_in_`, in that order.")
    return "\n".join(lines)


def _names(labels: list[Any]) -> tuple[tuple[str, ...], bool]:
    texts = [isinstance(label, str) for label in labels]
    if any(texts) and not all(texts):
        # The first words are scikit-learn's own, which its checks look for.
        raise FeatureTableError(
            "Feature names are only supported if all input features have string names, but some columns have names of "
            "other types. Convert them: X.columns = X.columns.astype(str)."
        )
    twice = sorted({str(label) for label in labels if labels.count(label) > 1})
    if twice:
        raise FeatureTableError(f"several columns are named {', '.join(twice)}. Give every feature one name.")
    if labels and all(texts):
        return tuple(labels), True
    return tuple(f"x{i}" for i in range(len(labels))), False


def _array(table: Any) -> npt.NDArray[Any]:
    if hasattr(table, "toarray"):
        raise FeatureTableError("sparse tables are not read. Pass `table.toarray()` or a data frame.")
    if hasattr(table, "collect_schema") and hasattr(table, "collect"):
        raise FeatureTableError("a lazy frame is not a table yet. Pass `frame.collect()`.")
    if isinstance(table, str | bytes) or table is None:
        raise FeatureTableError(
            f"not a table: {type(table).__name__}. Pass a data frame, an Arrow table or an array."
        )
    try:
        # Lists become objects: numpy would turn a number beside a text into a text.
        array = np.array(table, dtype=object) if isinstance(table, list | tuple) else np.asarray(table)
    except ValueError as error:
        raise FeatureTableError(f"not a table: the rows differ in length ({error}).") from None
    if array.ndim != 2:
        raise FeatureTableError(
            f"Expected 2D array, got {array.ndim}D array instead. Reshape your data: rows by features, "
            "array.reshape(-1, 1) for a single feature."
        )
    if array.dtype.kind == "c":
        raise FeatureTableError("Complex data not supported. Pass real numbers.")
    return array


def _of_array(name: str, values: npt.NDArray[Any]) -> Column:
    if values.dtype == np.float64:
        return _number(name, values)
    if values.dtype.kind in "OU":
        return _of_arrow(name, _objects(name, values.tolist()))
    return _of_arrow(name, _objects(name, np.ascontiguousarray(values)))


def _of_series(name: str, series: Any) -> Column:
    if series.dtype == np.float64 and isinstance(series.dtype, np.dtype):
        return _number(name, series.to_numpy())
    array = _objects(name, series)
    return _of_arrow(name, _one_chunk(array) if isinstance(array, pa.ChunkedArray) else array)


def _objects(name: str, values: Any) -> pa.Array | pa.ChunkedArray:
    try:
        return pa.array(values, from_pandas=True)
    except (pa.ArrowException, OverflowError, TypeError, ValueError) as error:
        raise FeatureTableError(
            f"column '{name}' mixes types or holds something else than numbers and texts: {error}. "
            "A feature's argument must be a string or a number, one type per column."
        ) from None


def _one_chunk(column: pa.ChunkedArray) -> pa.Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    if kinds_of.is_dictionary(column.type):
        column = column.unify_dictionaries()
    joined = column.combine_chunks()
    return pa.concat_arrays(joined.chunks) if isinstance(joined, pa.ChunkedArray) else joined


def _of_arrow(name: str, array: pa.Array) -> Column:
    if kinds_of.is_dictionary(array.type):
        if _is_text(array.type.value_type) and not array.dictionary.null_count:
            return _text(name, array)
        array = array.dictionary_decode()
    kind = array.type
    if kinds_of.is_null(kind):
        return NumberColumn(name=name, values=np.full(len(array), np.nan))
    if _is_text(kind):
        plain = array.cast(pa.large_string()) if kind == pa.string_view() else array
        return _text(name, plain.dictionary_encode())
    if not (
        kinds_of.is_boolean(kind)
        or kinds_of.is_integer(kind)
        or kinds_of.is_floating(kind)
        or kinds_of.is_decimal(kind)
    ):
        raise FeatureTableError(
            f"column '{name}' has type {kind}. A feature's argument must be a string or a number: "
            "turn dates into days, drop what is no feature."
        )
    try:
        numbers = array.cast(pa.float64())
    except pa.ArrowInvalid as error:
        raise FeatureTableError(
            f"column '{name}' holds integers that a 64-bit float cannot hold: {error}. "
            "Round them, or pass them as text if they are identifiers."
        ) from None
    return _number(name, numbers.to_numpy(zero_copy_only=False))


def _is_text(kind: pa.DataType) -> bool:
    return bool(kinds_of.is_string(kind) or kinds_of.is_large_string(kind) or kind == pa.string_view())


def _number(name: str, values: Floats) -> NumberColumn:
    infinite = int(np.count_nonzero(np.isinf(values)))
    if infinite:
        raise FeatureTableError(
            f"column '{name}' is infinite (inf) in {infinite} of {len(values)} rows. "
            "Divide only where the denominator is not zero; leave such values missing."
        )
    return NumberColumn(name=name, values=values)


def _text(name: str, array: pa.DictionaryArray) -> TextColumn:
    indices = array.indices.cast(pa.int64())
    codes = indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return TextColumn(name=name, codes=codes, levels=tuple(array.dictionary.to_pylist()))
