from __future__ import annotations

import math

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit_scoring.errors import FeatureTableError
from credit_scoring.learnt.features import Feature
from credit_scoring.learnt.frames import frame_of
from credit_scoring.learnt.lookup import TableModel, points_of, positions_of, scores_of
from credit_scoring.learnt.points_table import Characteristic, LevelBins, NumericBins, PointsTable

numbers = st.floats(allow_infinity=False, allow_nan=False)
points = st.integers(-(10**6), 10**6)


def table_of(**bins: NumericBins | LevelBins) -> PointsTable:
    features = {name: Feature(name=name, polarity="free") for name in bins}
    return PointsTable(
        base=500_000,
        characteristics=tuple(Characteristic(feature=features[n], bins=b) for n, b in bins.items()),
    )


def points_by_hand(bins: NumericBins | LevelBins, value: float | str | None) -> int:
    """One value at a time, as the contract says it."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return bins.missing
    if isinstance(bins, LevelBins):
        for group, given_points in zip(bins.groups, bins.points, strict=True):
            if value in group:
                return given_points
        return bins.other
    place = 0
    for cut in bins.cuts:
        if cut <= value:  # type: ignore[operator]
            place += 1
    return bins.points[place]


@st.composite
def numeric(draw: st.DrawFn) -> tuple[NumericBins, list[float]]:
    cuts = sorted(set(draw(st.lists(numbers, max_size=8))))
    earned = draw(st.lists(points, min_size=len(cuts) + 1, max_size=len(cuts) + 1))
    bins = NumericBins(cuts=tuple(cuts), points=tuple(earned), missing=draw(points))
    near = [n for cut in cuts for n in (cut, math.nextafter(cut, math.inf), math.nextafter(cut, -math.inf))]
    near = [n for n in near if math.isfinite(n)] or [0.0]
    values = draw(st.lists(st.one_of(numbers, st.just(math.nan), st.sampled_from(near)), max_size=30))
    return bins, values


@given(numeric())
def test_a_number_earns_the_points_of_its_bin_and_a_cut_belongs_to_the_bin_above(
    case: tuple[NumericBins, list[float]],
) -> None:
    bins, values = case
    found = points_of(table_of(x=bins), frame_of(pa.table({"x": pa.array(values, pa.float64())})))
    assert found[:, 0].tolist() == [points_by_hand(bins, value) for value in values]


@given(st.lists(st.one_of(st.none(), st.sampled_from("abcdef")), max_size=20), st.booleans())
def test_a_text_earns_the_points_of_its_group_and_a_level_never_seen_those_of_other(
    cells: list[str | None], as_polars: bool
) -> None:
    bins = LevelBins(groups=(("a", "b"), ("c",)), points=(5, -7), missing=3, other=-1)
    table = (
        pl.DataFrame({"x": pl.Series(cells, dtype=pl.String)}) if as_polars else pd.DataFrame({"x": cells})
    )
    found = points_of(table_of(x=bins), frame_of(table))
    assert found[:, 0].tolist() == [points_by_hand(bins, cell) for cell in cells]


@pytest.mark.parametrize("count", [1, 253, 254, 255, 256, 400])
def test_few_cuts_and_very_many_give_exact_points(count: int) -> None:
    cuts = tuple(float(i) for i in range(count))
    bins = NumericBins(cuts=cuts, points=tuple(range(10, count + 11)), missing=-1)
    values = np.concatenate((np.arange(-1, count + 1, 0.5), [np.nan]))
    found = points_of(table_of(x0=bins), frame_of(values.reshape(-1, 1)))
    assert found[:, 0].tolist() == [points_by_hand(bins, float(value)) for value in values]


def wide(rows: int, seed: int = 0) -> tuple[PointsTable, pd.DataFrame]:
    draw = np.random.default_rng(seed)
    data = pd.DataFrame({f"f{i}": draw.normal(size=rows).round(1) for i in range(6)})
    data[data > 2] = np.nan
    bins = {
        name: NumericBins(cuts=(-1.0, 0.0, 0.5 + i), points=(i, 2 * i, -i, 9), missing=-3 * i)
        for i, name in enumerate(data)
    }
    return table_of(**bins), data


def test_points_do_not_depend_on_the_block_a_row_falls_into() -> None:
    table, data = wide(40_000)
    frame = frame_of(data)
    whole = points_of(table, frame)
    picked = np.array([0, 32_767, 32_768, 32_769, 39_999])
    assert (points_of(table, frame.where(picked)) == whole[picked]).all()
    assert (whole[:, 2] == positions_points(table, frame, 2)).all()


def positions_points(table: PointsTable, frame: object, j: int) -> np.ndarray:
    line = table.characteristics[j]
    earned = np.asarray((*line.bins.points, line.bins.missing))
    return earned[positions_of(line.bins, frame.column(line.feature.name))]  # type: ignore[attr-defined]


def test_base_and_points_add_up_to_the_score_in_every_row() -> None:
    table, data = wide(50_000)
    frame = frame_of(data)
    assert (scores_of(table, frame) == table.base + points_of(table, frame).sum(axis=1)).all()


def test_a_bounded_score_keeps_within_floor_and_total() -> None:
    bins = NumericBins(cuts=(0.0,), points=(-900_000, 900_000), missing=0)
    frame = frame_of(pa.table({"x": [-1.0, 1.0, None]}))
    assert scores_of(table_of(x=bins), frame, bounded=True).tolist() == [0, 1_000_000, 500_000]
    assert scores_of(table_of(x=bins), frame).tolist() == [-400_000, 1_400_000, 500_000]


def test_a_model_of_a_table_says_what_the_table_says() -> None:
    table, data = wide(10)
    model = TableModel(table=table)
    assert (model.base, model.floor, model.total) == (500_000, 0, 1_000_000)
    assert [feature.name for feature in model.features] == list(data)
    assert (model.points(frame_of(data)) == points_of(table, frame_of(data))).all()


def test_columns_the_table_does_not_know_are_ignored_and_those_it_needs_are_asked_for() -> None:
    table, data = wide(3)
    frame = frame_of(data.assign(more=1))
    assert (points_of(table, frame) == points_of(table, frame_of(data))).all()
    with pytest.raises(FeatureTableError, match="no column 'f5'"):
        points_of(table, frame_of(data.drop(columns="f5")))


def test_texts_for_numbers_and_numbers_for_texts_are_refused_unless_all_are_missing() -> None:
    number, text = (
        NumericBins(cuts=(), points=(1,), missing=2),
        LevelBins(groups=(), points=(), missing=3, other=4),
    )
    with pytest.raises(FeatureTableError, match="'x' holds texts, and its points are given for numbers"):
        points_of(table_of(x=number), frame_of(pa.table({"x": ["1"]})))
    with pytest.raises(FeatureTableError, match="'x' holds numbers, and its points are given for texts"):
        points_of(table_of(x=text), frame_of(pa.table({"x": [1]})))
    nothing = frame_of(pa.table({"x": pa.nulls(2)}))
    assert points_of(table_of(x=text), nothing)[:, 0].tolist() == [3, 3]
    texts = frame_of(pa.table({"x": pa.nulls(2, pa.string())}))
    assert points_of(table_of(x=number), texts)[:, 0].tolist() == [2, 2]


def test_no_rows_give_no_points() -> None:
    table, data = wide(1)
    assert points_of(table, frame_of(data.head(0))).shape == (0, 6)
    assert scores_of(table, frame_of(data.head(0))).shape == (0,)
