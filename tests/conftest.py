"""Profiles of hypothesis: the same examples on every run, as many as the suite's time allows."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

SLOW_BY_NATURE = [HealthCheck.too_slow, HealthCheck.data_too_large]

settings.register_profile(
    "steady", derandomize=True, deadline=None, database=None, suppress_health_check=SLOW_BY_NATURE
)
settings.register_profile("search", deadline=None, suppress_health_check=SLOW_BY_NATURE, print_blob=True)
settings.load_profile("steady")
