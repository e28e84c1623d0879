"""What a policy must satisfy beyond its grammar: one function per rule, a stable code per rule.

A check yields problems and never raises, so that a file is reported whole.
"""

from __future__ import annotations

from collections.abc import Callable

from credit_scoring.policy.checks.citations import catalogue_cites, citations_exist, numbers_have_authority
from credit_scoring.policy.checks.context import Context, Found
from credit_scoring.policy.checks.items import (
    items_exist,
    levels_exist,
    one_event_counts_once,
    severity_is_monotone,
    values_exist,
    worse_never_pays,
)
from credit_scoring.policy.checks.points import (
    bins_meet,
    cap_has_a_side,
    curve_fits_measure,
    first_bad_record_never_pays,
    further_record_may_pay,
    levels_add_up,
    points_stay_in_range,
    unrated_is_no_better,
)
from credit_scoring.policy.checks.references import (
    editions_do_not_overlap,
    grades_cover_everyone,
    names_are_unique,
    points_come_first,
    references_exist,
)
from credit_scoring.policy.checks.sectors import (
    base_is_there,
    features_have_polarity,
    model_is_there,
    outcome_items_exist,
    papers_are_of_this_card,
    training_has_grades,
    weights_add_up,
    weights_move_points,
)
from credit_scoring.policy.checks.weighing import (
    combined_methods_have_material,
    expert_weights_add_up,
    judgments_are_complete,
    weight_limits_can_be_met,
)
from credit_scoring.policy.gathering import Reading

CHECKS: tuple[Callable[[Context], Found], ...] = (
    numbers_have_authority,
    citations_exist,
    items_exist,
    levels_exist,
    values_exist,
    levels_add_up,
    bins_meet,
    severity_is_monotone,
    worse_never_pays,
    points_stay_in_range,
    curve_fits_measure,
    cap_has_a_side,
    first_bad_record_never_pays,
    further_record_may_pay,
    names_are_unique,
    references_exist,
    points_come_first,
    grades_cover_everyone,
    unrated_is_no_better,
    one_event_counts_once,
    base_is_there,
    weights_add_up,
    weights_move_points,
    model_is_there,
    features_have_polarity,
    outcome_items_exist,
    papers_are_of_this_card,
    training_has_grades,
    judgments_are_complete,
    expert_weights_add_up,
    weight_limits_can_be_met,
    combined_methods_have_material,
)


def check(reading: Reading) -> Found:
    """Run every check over everything that could be read."""
    for edition in reading.editions:
        context = Context(edition, reading)
        for rule in CHECKS:
            yield from rule(context)
    yield from editions_do_not_overlap(reading)
    yield from catalogue_cites(reading)


__all__ = ["CHECKS", "Context", "check"]
