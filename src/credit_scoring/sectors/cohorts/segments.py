"""Segments: how the rows of a cohort are grouped for comparison."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from credit_scoring.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Segments:
    """How rows are grouped for comparison."""

    region_digits: int = 4
    """Leading figures of the division code that make a region: 2 province, 4 prefecture, 6 county (GB/T 2260)."""
    age_years: tuple[int, ...] = (3, 10)
    """Bounds of the age bands in whole years since establishment; rising."""

    def __post_init__(self) -> None:
        if not 1 <= self.region_digits <= 6:
            raise InputError(f"a region has 1 to 6 leading figures, not {self.region_digits}.")
        if not self.age_years or any(a >= b for a, b in pairwise((0, *self.age_years))):
            raise InputError(f"age bands need rising bounds above 0, not {self.age_years}.")


def age_bands(rows: pa.Table, segments: Segments) -> pa.Array:
    """`0-2`, `3-9`, `10+`: whole years on the observation date, a year being full on the same day of the month."""
    on, born = rows["observed_on"], rows["established_on"]
    months = pc.add(
        pc.multiply(pc.subtract(pc.year(on), pc.year(born)), 12), pc.subtract(pc.month(on), pc.month(born))
    )
    full = pc.subtract(months, pc.cast(pc.greater(pc.day(born), pc.day(on)), pa.int64()))
    years = np.floor_divide(full.to_numpy(zero_copy_only=False), 12)
    bounds = (0, *segments.age_years)
    bands = [f"{low}-{high - 1}" for low, high in pairwise(bounds)] + [f"{bounds[-1]}+"]
    known = ~np.isnan(years.astype(np.float64))
    place = np.searchsorted(np.array(bounds[1:]), np.where(known, years, 0), side="right")
    return pa.array(np.array(bands, dtype=object)[place], pa.string(), mask=~known)
