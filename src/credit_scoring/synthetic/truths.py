"""What is true of the invented firms of each sector: how often things happen, and what the outcome hangs on.

Every firm has a negligence z, standard normal and never seen. It drives how often bad entries occur, and with them
the outcome: `log-odds of bad = intercept + negligence · z + Σ per_event · min(count, at_most) + …`, counts being of
what was known on the observation date. Nobody has published such numbers. They are chosen so that few firms go bad
and a good evaluation finds many of them, but far from all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from credit_scoring.errors import NotFoundError, did_you_mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """Entries of an item that occur at any time."""

    item: str
    per_year: float
    """Mean entries per firm and year."""
    slope: float = 0.0
    """By how much the logarithm of the rate rises with one unit of negligence; below 0 for merits."""
    per_vehicle: bool = False
    """The rate is in proportion to the fleet."""
    levels: Mapping[str, float] = field(default_factory=dict)
    """Weights of the levels; without any, each level is a third as frequent as the one before it."""
    value: tuple[float, float] = (1_000, 2_000_000)
    """Most frequent and most extreme value, where the item has a unit."""
    repaired: float = 0.15
    """Share of bad entries that are repaired."""
    repaired_days: tuple[int, int] = (20, 400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reports:
    """Entries of an item that come on a schedule: evaluations, returns, fleets."""

    item: str
    every_months: int
    share: float = 1.0
    """Of the firms that have them at all."""
    strength: float = 0.0
    """Correlation of what is reported with negligence, above 0 where the negligent do worse."""
    cuts: tuple[float, ...] = ()
    """Of a standard normal: where the next worse level begins."""
    mean: float = 0.0
    spread: float = 0.0
    """Of the value: mean, and standard deviation."""
    least: float = 0.0
    most: float = 1e12
    fleet: bool = False
    """The value is the number of vehicles."""
    weight: tuple[float, float] | None = None
    """Most frequent and most extreme weight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """Events known on the observation date that make the outcome likelier."""

    items: tuple[str, ...]
    months: int
    per_event: float
    at_most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Echo:
    """A second entry about the outcome, under its event_id."""

    item: str
    share: float
    level: str | None = None
    days: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """The outcome is only seen where an inspection takes place, and risky firms are inspected more often."""

    item: str
    least: float
    """Probability of inspection within the window of a firm without any of the events."""
    per_event: float
    most: float
    items: tuple[str, ...]
    """Events of the 24 months before the observation date that raise it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """How one sector was invented."""

    industries: tuple[str, ...]
    intercept: float
    negligence: float
    young: float
    """Added in the first 36 months of a firm."""
    log_fleet: float = 0.0
    """Per unit of the natural logarithm of the fleet."""
    drivers: tuple[Driver, ...]
    outcome: str
    outcome_levels: Mapping[str, float]
    echoes: tuple[Echo, ...] = ()
    inspected: Inspected | None = None
    reviewed: float = 0.1
    """Share of the good firms with a review that found nothing, where labels are complete."""
    entries: tuple[Entries, ...]
    reports: tuple[Reports, ...]
    bad_rate: tuple[float, float]
    """Band of the share that goes bad within a window."""
    truth_auc: tuple[float, float]
    """Band of the AUC of the true probability: no evaluation can do better."""


_PENALTY = {"minor": 0.4, "general": 0.35, "serious": 0.05, "unclassified": 0.2}
_EVERY_FIRM = (
    Entries(item="listing.abnormal_operation", per_year=0.04, slope=0.6, repaired=0.5),
    Entries(item="annual_report.missing", per_year=0.04, slope=0.6),
    Entries(item="registration.not_updated", per_year=0.02, slope=0.3),
    Entries(item="penalty.ordinary", per_year=0.05, slope=0.6, levels=_PENALTY),
    Entries(item="penalty.simplified", per_year=0.08, slope=0.4, levels={"minor": 1}),
    Entries(item="judgment.unperformed", per_year=0.012, slope=0.7, value=(5_000, 9_000_000), repaired=0.4),
    Entries(item="judgment.dishonest_debtor", per_year=0.006, slope=0.8, value=(5_000, 9_000_000), repaired=0.4),
    Entries(item="tax.arrears", per_year=0.03, slope=0.6, value=(2_000, 4_000_000), repaired=0.5),
    Entries(item="social_security.arrears", per_year=0.08, slope=0.7, value=(1_000, 300_000)),
    Entries(item="red_list.tax_a", per_year=0.12, slope=-0.4),
    Entries(item="commitment.credit_pledge", per_year=0.2, slope=-0.2),
    Entries(item="commitment.kept", per_year=0.15, slope=-0.3),
)  # fmt: skip

TRUTHS: Mapping[str, Truth] = MappingProxyType({
    "sector-building-market": Truth(
        industries=("E47", "E47", "E48", "E48", "E49", "E50", "E50"),
        intercept=-4.10,
        negligence=0.55,
        young=0.35,
        drivers=(
            Driver(items=("penalty.construction",), months=12, per_event=0.50, at_most=3),
            Driver(items=("hazard.work_safety",), months=24, per_event=0.40, at_most=4),
            Driver(items=("construction.illegal_contracting",), months=36, per_event=0.65, at_most=2),
            Driver(items=("arrears.wages",), months=24, per_event=0.30, at_most=4),
            Driver(items=("accident.work_safety",), months=36, per_event=0.60, at_most=2),
        ),
        outcome="accident.work_safety",
        outcome_levels={"general": 0.93, "larger": 0.06, "major": 0.01},
        echoes=(Echo(item="penalty.construction", share=0.6, level="serious"),
                Echo(item="penalty.work_safety", share=0.4, level="general", days=35),
                Echo(item="listing.work_safety", share=0.02, days=90)),
        entries=(
            *_EVERY_FIRM,
            Entries(item="penalty.construction", per_year=0.18, slope=0.8, levels=_PENALTY),
            Entries(item="penalty.work_safety", per_year=0.03, slope=0.7, levels=_PENALTY),
            Entries(item="penalty.labour", per_year=0.02, slope=0.7, levels=_PENALTY),
            Entries(item="hazard.work_safety", per_year=0.45, slope=0.8, repaired=0.6, repaired_days=(3, 150),
                    levels={"general": 0.85, "major": 0.15}),
            Entries(item="construction.illegal_contracting", per_year=0.05, slope=0.9),
            Entries(item="bidding.collusion", per_year=0.012, slope=0.6),
            Entries(item="arrears.wages", per_year=0.12, slope=0.9, value=(10_000, 3_000_000), repaired=0.4),
            Entries(item="arrears.sme_payment", per_year=0.06, slope=0.7, value=(20_000, 6_000_000), repaired=0.3),
            Entries(item="contract.construction", per_year=1.4, value=(200_000, 90_000_000)),
            Entries(item="inspection.construction_site", per_year=0.6,
                    levels={"no_problem": 0.75, "problem_corrected": 0.12, "problem_found": 0.1, "unable_to_inspect": 0.03}),
            Entries(item="inspection.construction_site", per_year=0.12, slope=0.9, levels={"problem_found": 1}),
            Entries(item="honour.construction_prize", per_year=0.03, slope=-0.7),
            Entries(item="honour.civilised_site", per_year=0.06, slope=-0.6),
        ),
        reports=(
            Reports(item="contract.construction_evaluation", every_months=8, share=0.8, strength=0.45, mean=82, spread=9,
                    most=100, weight=(200_000, 90_000_000)),
            Reports(item="construction.qualification_check", every_months=12, share=0.5, strength=0.4, cuts=(1.3, 2.2)),
            Reports(item="assessment.labour_security", every_months=12, share=0.6, strength=0.35, cuts=(-0.2, 1.7)),
        ),
        bad_rate=(0.03, 0.08),
        truth_auc=(0.76, 0.84),
    ),
    "sector-environment": Truth(
        industries=("C13", "C17", "C17", "C22", "C26", "C26", "C31", "C33", "C33", "D46", "N77"),
        intercept=-3.20,
        negligence=0.85,
        young=0.10,
        drivers=(
            Driver(items=("penalty.environment",), months=24, per_event=0.55, at_most=3),
            Driver(items=("environment.emission_exceeded",), months=12, per_event=0.40, at_most=4),
            Driver(items=("environment.complaint_verified",), months=12, per_event=0.45, at_most=3),
            Driver(items=("environment.permit_report_missing",), months=24, per_event=0.35, at_most=3),
        ),
        outcome="penalty.environment",
        outcome_levels={"minor": 0.35, "general": 0.55, "serious": 0.1},
        echoes=(Echo(item="penalty.ordinary", share=0.5, level="general"),
                Echo(item="environment.compulsory_measure", share=0.06, level="limited", days=40)),
        inspected=Inspected(item="inspection.environment", least=0.15, per_event=0.15, most=0.8,
                            items=("penalty.environment", "environment.complaint_verified")),
        entries=(
            *_EVERY_FIRM,
            Entries(item="penalty.environment", per_year=0.05, slope=0.8, levels=_PENALTY),
            Entries(item="environment.emission_exceeded", per_year=0.25, slope=0.9),
            Entries(item="environment.complaint_verified", per_year=0.15, slope=0.8),
            Entries(item="environment.permit_report_missing", per_year=0.12, slope=0.7),
            Entries(item="environment.compulsory_measure", per_year=0.015, slope=0.9),
            Entries(item="environment.monitoring_fraud", per_year=0.006, slope=1.1),
            Entries(item="environment.emergency_plan_missing", per_year=0.05, slope=0.6, repaired=0.6),
            Entries(item="environment.compensation_unpaid", per_year=0.008, slope=0.8, repaired=0.5),
            Entries(item="accident.environment", per_year=0.006, slope=0.9),
            Entries(item="honour.green_factory", per_year=0.02, slope=-0.7),
            Entries(item="red_list.environment", per_year=0.03, slope=-0.8),
            Entries(item="environment.disclosure", per_year=0.3, slope=-0.3),
            Entries(item="environment.liability_insurance", per_year=0.2, slope=-0.3),
        ),
        reports=(
            Reports(item="environment.monitoring_rate", every_months=3, share=0.35, strength=0.5, mean=93, spread=6, most=100),
            Reports(item="environment.hazardous_waste_assessment", every_months=12, share=0.4, strength=0.5, cuts=(0.7, 1.7)),
        ),
        bad_rate=(0.06, 0.12),
        truth_auc=(0.76, 0.84),
    ),
    "sector-road-transport": Truth(
        industries=("G54", "G54", "G54", "G58"),
        intercept=-5.00,
        negligence=0.50,
        young=0.30,
        log_fleet=0.55,
        drivers=(
            Driver(items=("transport.traffic_violation",), months=12, per_event=0.07, at_most=10),
            Driver(items=("transport.overload",), months=12, per_event=0.30, at_most=4),
            Driver(items=("transport.driver_unqualified",), months=24, per_event=0.35, at_most=2),
            Driver(items=("accident.road_traffic",), months=24, per_event=0.35, at_most=3),
        ),
        outcome="accident.road_traffic",
        outcome_levels={"injury": 0.8, "fatal": 0.19, "major": 0.01},
        echoes=(Echo(item="penalty.transport", share=0.4, level="general"),),
        entries=(
            *_EVERY_FIRM,
            Entries(item="accident.road_traffic", per_year=0.15, slope=0.5, per_vehicle=True, levels={"property": 1},
                    repaired=0.0),
            Entries(item="transport.traffic_violation", per_year=2.2, slope=0.6, per_vehicle=True, repaired=0.0),
            Entries(item="transport.overload", per_year=0.25, slope=0.8, per_vehicle=True),
            Entries(item="transport.driver_unqualified", per_year=0.08, slope=0.8),
            Entries(item="transport.maintenance_overdue", per_year=0.2, slope=0.6, per_vehicle=True, repaired=0.9),
            Entries(item="transport.insurance_lapsed", per_year=0.1, slope=0.7),
            Entries(item="transport.complaint_verified", per_year=0.2, slope=0.4),
            Entries(item="penalty.transport", per_year=0.12, slope=0.7, levels=_PENALTY),
            Entries(item="penalty.work_safety", per_year=0.03, slope=0.7, levels=_PENALTY),
            Entries(item="honour.award", per_year=0.03, slope=-0.6),
            Entries(item="public_service.rescue_relief", per_year=0.02, slope=-0.4),
        ),
        reports=(
            Reports(item="transport.vehicles", every_months=12, fleet=True),
            Reports(item="transport.positioning_rate", every_months=3, share=0.7, strength=0.5, mean=93, spread=6, most=100),
            Reports(item="transport.safety_standardisation", every_months=24, share=0.6, strength=0.4, cuts=(-0.8, 0.4)),
            Reports(item="industry_evaluation.road_transport", every_months=12, share=0.7, strength=0.5, cuts=(-0.5, 0.7, 1.9)),
        ),
        bad_rate=(0.03, 0.10),
        truth_auc=(0.76, 0.84),
    ),
    "sector-financial-risk": Truth(
        industries=("J66", "J66", "J69", "L72"),
        intercept=-4.70,
        negligence=0.70,
        young=0.50,
        drivers=(
            Driver(items=("finance.complaint_verified",), months=12, per_event=0.75, at_most=3),
            Driver(items=("finance.illegal_advertising",), months=24, per_event=0.75, at_most=2),
            Driver(items=("registration.key_personnel",), months=12, per_event=0.22, at_most=5),
            Driver(items=("registration.branch",), months=12, per_event=0.20, at_most=5),
            Driver(items=("finance.report_late",), months=12, per_event=0.28, at_most=6),
        ),
        outcome="finance.illegal_fundraising",
        outcome_levels={"general": 0.7, "serious": 0.3},
        echoes=(Echo(item="finance.regulatory_measure", share=0.7, level="suspension"),
                Echo(item="judgment.criminal_financing", share=0.1, days=120)),
        entries=(
            *_EVERY_FIRM,
            Entries(item="finance.complaint_verified", per_year=0.12, slope=0.9),
            Entries(item="finance.illegal_advertising", per_year=0.06, slope=0.9, levels={"general": 0.85, "serious": 0.15}),
            Entries(item="finance.report_late", per_year=0.5, slope=0.8, repaired=0.1),
            Entries(item="finance.regulatory_measure", per_year=0.08, slope=0.8, levels={"talk": 0.7, "rectification": 0.3}),
            Entries(item="penalty.finance", per_year=0.03, slope=0.8, levels=_PENALTY),
            Entries(item="penalty.market_regulation", per_year=0.05, slope=0.6, levels=_PENALTY),
            Entries(item="registration.key_personnel", per_year=0.6, slope=0.4),
            Entries(item="registration.branch", per_year=0.3, slope=0.4),
            Entries(item="finance.fundraising_pledge", per_year=0.3, slope=-0.4),
            Entries(item="finance.overdue_products", per_year=0.15, slope=1.0, value=(50_000, 20_000_000), repaired=0.2),
            Entries(item="inspection.local_finance", per_year=0.4,
                    levels={"no_problem": 0.75, "problem_corrected": 0.12, "problem_found": 0.1, "unable_to_inspect": 0.03}),
            Entries(item="inspection.local_finance", per_year=0.08, slope=0.9, levels={"problem_found": 1}),
            Entries(item="commitment.broken", per_year=0.02, slope=0.8),
        ),
        reports=(
            Reports(item="finance.supervisory_rating", every_months=12, share=0.75, strength=0.5, cuts=(-0.3, 0.9, 2.0)),
            Reports(item="finance.fund_custody", every_months=12, share=0.5, strength=0.4, cuts=(0.4, 1.4)),
            Reports(item="finance.outstanding_products", every_months=3, share=0.7, mean=20_000_000, spread=8_000_000,
                    least=500_000),
            Reports(item="finance.paid_in_share", every_months=12, share=0.8, strength=0.4, mean=65, spread=25, most=100),
        ),
        bad_rate=(0.02, 0.06),
        truth_auc=(0.76, 0.85),
    ),
})  # fmt: skip
"""By the name of the sector's scorecard."""


def truth_of(scorecard: str) -> Truth:
    """How a sector is invented.

    Raises:
        NotFoundError: nothing is stated for the sector.
    """
    if scorecard not in TRUTHS:
        raise NotFoundError(
            f"no outcomes can be invented for '{scorecard}'.{did_you_mean(scorecard, TRUTHS)} "
            f"Known: {', '.join(sorted(TRUTHS))}."
        )
    return TRUTHS[scorecard]
