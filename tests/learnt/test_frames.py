from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit_scoring.errors import FeatureTableError
from credit_scoring.learnt.frames import NumberColumn, TextColumn, frame_of, require_learnt

CELLS = {"visits": [3, None, 0], "arrears": [1.5, None, -2.0], "region": ["3301", None, "3302"]}


def values_of(column: NumberColumn | TextColumn) -> list[Any]:
    if isinstance(column, NumberColumn):
        return [None if np.isnan(v) else v for v in column.values]
    return [None if c < 0 else column.levels[c] for c in column.codes]


MAKERS = {
    "pandas": lambda: pd.DataFrame(CELLS),
    "pandas nullable": lambda: pd.DataFrame(CELLS).convert_dtypes(),
    "pandas arrow": lambda: pd.DataFrame(CELLS).convert_dtypes(dtype_backend="pyarrow"),
    "pandas objects": lambda: pd.DataFrame({k: pd.Series(v, dtype=object) for k, v in CELLS.items()}),
    "pandas category": lambda: pd.DataFrame(CELLS).astype("category"),
    "polars": lambda: pl.DataFrame(CELLS),
    "polars category": lambda: pl.DataFrame(CELLS).with_columns(pl.col("region").cast(pl.Categorical)),
    "arrow": lambda: pa.table(CELLS),
    "arrow batch": lambda: pa.RecordBatch.from_pydict(CELLS),
    "arrow chunks": lambda: pa.concat_tables([pa.table(CELLS).slice(0, 1), pa.table(CELLS).slice(1)]),
    "arrow dictionaries": lambda: pa.concat_tables(
        [
            pa.table({k: pa.array(v[s]).dictionary_encode() for k, v in CELLS.items()})
            for s in (slice(0, 1), slice(2, 3))
        ]
    ),
}


@pytest.mark.parametrize("kind", MAKERS)
def test_every_kind_of_table_gives_the_same_columns(kind: str) -> None:
    frame = frame_of(MAKERS[kind]())
    rows = [0, 2] if kind == "arrow dictionaries" else [0, 1, 2]
    assert frame.names == tuple(CELLS)
    assert frame.named
    assert frame.rows == len(rows)
    assert [column.kind for column in frame.columns] == ["number", "number", "text"]
    for name, cells in CELLS.items():
        assert values_of(frame.column(name)) == [cells[row] for row in rows]


def test_an_array_gets_names_and_a_data_frame_with_numbers_for_names_too() -> None:
    assert frame_of(np.eye(2)).names == ("x0", "x1")
    assert frame_of(pd.DataFrame(np.eye(2))).names == ("x0", "x1")
    assert not frame_of(np.eye(2)).named
    assert frame_of([[1, "a"], [2, None]]).column("x1").kind == "text"


def test_columns_of_floats_are_not_copied() -> None:
    table = pa.table({"a": np.arange(9.0)})
    data = frame_of(table).columns[0]
    assert isinstance(data, NumberColumn)
    assert np.shares_memory(data.values, table["a"].chunk(0).to_numpy())
    array = np.arange(9.0).reshape(3, 3)
    frame = frame_of(array).columns[1]
    assert isinstance(frame, NumberColumn)
    assert np.shares_memory(frame.values, array)


def test_booleans_and_decimals_are_numbers_and_digits_in_a_text_stay_text() -> None:
    frame = frame_of(pd.DataFrame({"b": [True, False], "d": [Decimal("0.1"), None], "t": ["1", "2"]}))
    assert values_of(frame.column("b")) == [1.0, 0.0]
    assert values_of(frame.column("d")) == [0.1, None]
    assert values_of(frame.column("t")) == ["1", "2"]


def test_a_column_without_values_fits_numbers_and_texts() -> None:
    frame = frame_of(pa.table({"a": pa.nulls(2), "b": pa.array([None, None], pa.string())}))
    learnt = require_learnt(frame, names=("a", "b"), kinds=("text", "number"), learner="Scorecard")
    assert [column.kind for column in learnt.columns] == ["text", "number"]
    assert all(column.missing().all() for column in learnt.columns)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (pd.DataFrame({"arrears": [1.0, np.inf, -np.inf]}), "'arrears' is infinite (inf) in 2 of 3 rows"),
        (pl.DataFrame({"arrears": [1.0, float("inf")]}), "'arrears' is infinite (inf) in 1 of 2 rows"),
        (np.array([[1.0, np.inf]]), "'x1' is infinite"),
        (pd.DataFrame({"arrears": pd.Series([1, "a"], dtype=object)}), "'arrears' mixes types"),
        (pd.DataFrame({"arrears": pd.Series([1, True], dtype=object)}), "'arrears' mixes types"),
        ([[1, 2], ["a", 3]], "'x0' mixes types"),
        (pa.table({"day": [date(2024, 1, 1)]}), "'day' has type date32"),
        (pa.table({"bag": [[1]]}), "'bag' has type list"),
        (pa.table({"id": [2**53 + 1]}), "'id' holds integers that a 64-bit float cannot hold"),
        (pd.DataFrame(np.eye(2), columns=["a", "a"]), "several columns are named a"),
        (pa.Table.from_arrays([pa.array([1]), pa.array([2])], ["a", "a"]), "several columns are named a"),
        (pd.DataFrame({"a": [1], 2: [3]}), "Feature names are only supported if all"),
        (pl.DataFrame({"a": [1]}).lazy(), "collect()"),
        (np.ones(3), "Expected 2D array, got 1D"),
        (np.ones((2, 0)), "0 feature(s) (shape=(2, 0))"),
        (np.ones((2, 1), complex), "Complex data"),
        ([[1, 2], [3]], "Expected 2D array"),
        ("records.csv", "not a table: str"),
        (None, "not a table: NoneType"),
    ],
)
def test_what_cannot_be_read_is_refused_in_our_words(table: Any, words: str) -> None:
    with pytest.raises(FeatureTableError) as caught:
        frame_of(table)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["visits"], "yet now missing:\n- arrears"),
        (["visits", "arears"], "'arears': Did you mean 'arrears'?"),
        (["visits", "arrears", "more"], "unseen at fit time:\n- more"),
        (["arrears", "visits"], "must be in the same order"),
    ],
)
def test_features_that_differ_from_those_learnt_are_named(names: list[str], words: str) -> None:
    frame = frame_of(pd.DataFrame({name: [1.0] for name in names}))
    with pytest.raises(FeatureTableError) as caught:
        require_learnt(frame, names=("visits", "arrears"), kinds=("number",) * 2, learner="Scorecard")
    assert words in str(caught.value)


def test_a_text_where_numbers_were_learnt_is_refused_by_name() -> None:
    frame = frame_of(pd.DataFrame({"visits": ["3", "4"]}))
    with pytest.raises(FeatureTableError, match=r"column 'visits' held numbers .* holds texts now"):
        require_learnt(frame, names=("visits",), kinds=("number",), learner="Scorecard")


def test_a_column_that_is_not_there_is_asked_for_by_its_likely_name() -> None:
    with pytest.raises(FeatureTableError, match=r"no column 'arears'\. Did you mean 'arrears'"):
        frame_of(pa.table({"arrears": [1]})).column("arears")


@given(st.lists(st.one_of(st.none(), st.text(max_size=3)), min_size=1, max_size=20))
def test_texts_come_back_as_they_were_given(cells: list[str | None]) -> None:
    column = frame_of(pa.table({"t": pa.array(cells, pa.string())})).columns[0]
    assert values_of(column) == cells


@given(st.lists(st.one_of(st.none(), st.floats(allow_infinity=False)), min_size=1, max_size=20))
def test_numbers_come_back_as_they_were_given_and_nan_is_missing(cells: list[float | None]) -> None:
    column = frame_of(pl.DataFrame({"v": pl.Series(cells, dtype=pl.Float64)})).columns[0]
    assert values_of(column) == [None if v is None or v != v else v for v in cells]
