"""The distributions Zhejiang published on 13 August 2018, which the invented register is calibrated to.

Source: Zhejiang's first report on the public credit of its five types of subjects (Xinhua, 2018-08-13). Shares in
percent, as printed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Distribution:
    """A published distribution of one subject type: shares by grade, or by band of fifty points."""

    subjects: int
    lowest: int
    """Lowest and highest score."""
    highest: int
    percent: Mapping[str, float] = field(hash=False)
    """By grade; for natural persons, who have none, by band."""


def _grades(excellent: float, good: float, medium: float, poor: float) -> dict[str, float]:
    return {"excellent": excellent, "good": good, "medium": medium, "poor": poor}


PUBLISHED: dict[str, Distribution] = {
    "enterprise": Distribution(2_303_000, 406, 960, _grades(2.3, 76.4, 20.0, 1.3)),
    "social_organisation": Distribution(49_035, 395, 1000, _grades(2.5, 36.3, 52.2, 9.0)),
    "public_institution": Distribution(23_379, 732, 910, _grades(47.6, 51.7, 0.7, 0.0)),
    # Departments; the 100 local governments were published apart.
    "government_agency": Distribution(4_072, 561, 990, _grades(5.4, 93.2, 0.5, 0.9)),
    "natural_person": Distribution(
        41_476_000,
        499,
        890,
        {
            "[850,900)": 0.0007,
            "[800,850)": 97.9,
            "[750,800)": 2.06,
            "[700,750)": 0.0027,
            "[650,700)": 0.01,
            "[600,650)": 0.005,
            # Published as one band from 0 to 600.
            "[0,600)": 0.00002,
        },
    ),
}
