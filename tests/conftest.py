"""Profiles of hypothesis: the same examples on every run, as many as the suite's time allows.

A failure under `steady` is reported as it was found, at once. To have it made smaller, which can take minutes:
`pytest --hypothesis-profile search tests/properties`.
"""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, settings

SLOW_BY_NATURE = [HealthCheck.too_slow, HealthCheck.data_too_large]

settings.register_profile(
    "steady",
    derandomize=True,
    deadline=None,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    report_multiple_bugs=False,
    suppress_health_check=SLOW_BY_NATURE,
)
settings.register_profile("search", deadline=None, suppress_health_check=SLOW_BY_NATURE, print_blob=True)
settings.load_profile("steady")
