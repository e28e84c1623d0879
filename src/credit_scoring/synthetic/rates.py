"""How often each kind of entry occurs in the invented register, and upon whom it falls.

No rate per item is published. These are chosen so that the scorecards, reading the register, give the distribution
that Zhejiang published in 2018; the reason beside each rate says what it stands for. Rates count entries, not
subjects: a few subjects hold most of the bad ones. Items that no line names take the last line of the table, so
that an item new to a scorecard appears in the register by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field

ENTERPRISE = "enterprise"
PERSON = "natural_person"
SOCIETY = "social_organisation"
INSTITUTION = "public_institution"
AGENCY = "government_agency"


@dataclass(frozen=True, slots=True)
class Rate:
    """One line of the table.

    Subjects of a type stand in two orders, by exposure to trouble and by merit. An entry falls upon the first
    `among` (a share) of the order that its kind belongs to, the denser the further to the front. So bad entries
    gather on the same few, and so do merits.
    """

    items: str
    """An item's code, or its beginning. The longest line that fits an item is used; equal ones add up."""
    per_subject: float
    """Entries per subject of the type, over `months`."""
    why: str
    among: float = 0.05
    types: tuple[str, ...] = (ENTERPRISE, PERSON, SOCIETY, INSTITUTION, AGENCY)
    months: int = 42
    """Entries occurred within so many months before the date of the register."""
    even: bool = False
    """Spread over the share one by one, so that hardly anyone has two."""
    levels: dict[str, float] = field(default_factory=dict)
    """Shares of the levels; without any, each level is a third as frequent as the milder one before it."""
    value: tuple[float, float] = (500, 2_000_000)
    """Most frequent and most extreme value, where the item has a value."""


_E, _P, _S, _I, _A = (ENTERPRISE,), (PERSON,), (SOCIETY,), (INSTITUTION,), (AGENCY,)
_ORGANISATIONS = (ENTERPRISE, SOCIETY, INSTITUTION, AGENCY)
_INSPECTED = {"no_problem": 0.84, "problem_corrected": 0.1, "problem_found": 0.03, "unable_to_inspect": 0.03}
_PENALTY = {"minor": 0.35, "general": 0.27, "serious": 0.03, "unclassified": 0.35}
_EVALUATED = {"excellent": 0.3, "good": 0.5, "passed": 0.198, "failed": 0.002}

RATES: tuple[Rate, ...] = (
    # Enterprises: one in five is medium, mostly for an omission (not found at its address, no annual report).
    Rate("listing.abnormal_operation", 0.36, "the commonest entry against firms: not found, no report", 0.37, _E),
    Rate("listing.abnormal_individual_business", 0.05, "individual businesses marked as abnormal", 0.26, _E),
    Rate("annual_report.missing", 0.18, "missed reports come year after year, from dormant firms", 0.26, _E),
    Rate("registration.not_updated", 0.03, "changes of address and managers not registered", 0.2, _E),
    Rate("tax.abnormal_household", 0.08, "dormant firms stop filing too", 0.25, _E),
    Rate("penalty.", 0.009, "about one penalty in a field for ten firms", 0.2, _E, levels=_PENALTY),
    Rate("penalty.ordinary", 0.05, "decisions by ordinary procedure", 0.2, _E, levels=_PENALTY),
    Rate("penalty.simplified", 0.12, "fines on the spot, many of them", 0.4, _E, levels={"minor": 1}),
    Rate("penalty.unmarked", 0.12, "11 million penalties were not marked by procedure in 2019", 0.3, _E,
         levels=_PENALTY),
    Rate("judgment.", 0.0002, "crime and false litigation are rare", 0.01, _E, 60),
    Rate("judgment.unperformed", 0.018, "debts adjudged and not paid", 0.03, _E, 72),
    Rate("judgment.unperformed_key_personnel", 0.01, "debts of managers", 0.05, _E),
    Rate("judgment.unperformed_financing", 0.004, "bank loans adjudged and not paid", 0.012, _E, 60),
    Rate("judgment.dishonest_debtor", 0.021, "the largest of the lists that make a firm poor", 0.02, _E),
    Rate("judgment.consumption_limit", 0.012, "most limited firms are no dishonest debtors", 0.03, _E),
    Rate("listing.", 0.0004, "lists of serious dishonesty are short", 0.02, _E, 60),
    Rate("listing.key_personnel_serious_dishonesty", 0.004, "managers on a list of their own", 0.03, _E),
    Rate("listing.civil_air_defence", 0.0004, "one sector, one short list", 0.02, _E),
    Rate("inspection.", 0.10, "five per cent drawn each year, by several departments", 1, _E,
         levels=_INSPECTED),
    Rate("inspection.double_random", 0.20, "the draw that reaches every firm sooner or later", 1, _E,
         levels=_INSPECTED),
    Rate("sampling.", 0.06, "samples of goods; few fail", 0.5, _E, levels={"passed": 0.96, "failed": 0.04}),
    Rate("social_security.arrears", 0.08, "those in arrears are so for months", 0.03, _E, 30),
    Rate("tax.arrears", 0.05, "announced every quarter until paid", 0.03, _E, value=(2_000, 8_000_000)),
    Rate("hazard.", 0.012, "hazards not removed in time", 0.1, _E),
    Rate("accident.", 0.0004, "accidents with responsibility", 0.01, _E),
    Rate("assessment.environment_credit", 0.02, "only polluting firms are evaluated", 1, _E,
         levels={"green": 0.2, "blue": 0.65, "yellow": 0.1, "red": 0.03, "black": 0.02}),
    # Merits of enterprises: 2.3 % are excellent, far more have some merit.
    Rate("honour.", 0.075, "honours gather on few firms", 0.07, _E),
    Rate("red_list.tax_a", 0.25, "about one firm in ten is a class A taxpayer in a year", 0.35, _E, 36),
    Rate("red_list.", 0.02, "sector red lists name a few", 0.06, _E, 24),
    Rate("commitment.credit_pledge", 0.30, "pledges come with many applications", 1, _E, 24),
    Rate("commitment.kept", 0.20, "kept commitments are recorded since few years", 0.3, _E, 24),
    Rate("declaration.", 0.02, "few firms register information of their own", 0.2, _E, 18,
         levels={"verified": 0.3, "pledged": 0.4, "unverified": 0.3}),
    Rate("donation.", 0.02, "donations through charities", 0.06, _E, value=(2_000, 3_000_000)),
    Rate("volunteer.hours", 0.02, "hours of staff", 0.06, _E, value=(8, 400)),
    Rate("public_service.", 0.02, "service to the public", 0.06, _E),
    Rate("standard.drafting", 0.012, "drafters of standards are few and draft many", 0.03, _E, 60),

    # Natural persons: 98 in 100 have nothing that moves them out of the band; published tail below 750: 0.02 %.
    Rate("judgment.dishonest_debtor", 0.0225, "about two adults in a hundred; from this alone they lose 60 points",
         1, _P, 40, even=True),
    Rate("judgment.consumption_limit", 0.006, "limited and no dishonest debtor", 1, _P, even=True),
    Rate("judgment.unperformed_person", 0.004, "debts adjudged and not yet paid", 1, _P, even=True),
    Rate("judgment.unperformed_related_entity", 0.002, "the judgment against one's firm", 1, _P, even=True),
    Rate("penalty.natural_person", 0.01, "most penalties of persons are traffic fines outside the catalogue", 1, _P,
         levels=_PENALTY),
    Rate("arrears.", 0.003, "rent of public housing, student loans", 0.01, _P, 20),
    Rate("housing_fund.loan_overdue", 0.004, "few are overdue, and then for months", 0.002, _P, 20),
    Rate("commitment.broken_person", 0.001, "commitments in place of certificates", 1, _P),
    Rate("tax.arrears_person", 0.0005, "announced arrears of persons", 1, _P, even=True),
    Rate("listing.serious_dishonesty_person", 0.0002, "the list that bounds a score at 699: one in ten thousand",
         0.0004, _P, levels={"general": 0.3, "serious": 0.7}),
    Rate("volunteer.hours", 0.12, "volunteers are many, their hours few", 0.3, _P, 24, value=(1, 24)),
    Rate("donation.", 0.03, "small donations", 0.2, _P, value=(10, 3_000)),
    Rate("honour.blood_donation", 0.0015, "donors honoured for many donations", 1, _P, even=True),
    Rate("honour.", 0.00001, "one honoured person in a hundred thousand", 0.0005, _P),
    Rate("red_list.", 0.00001, "star volunteers", 0.0005, _P),

    # Social organisations: half medium; one in eleven neither reports nor is active.
    Rate("listing.abnormal_activity", 0.25, "one in five is or was dormant and listed for it", 0.19, _S, 36, even=True),
    Rate("annual_report.missing_social_organisation", 0.51, "and misses report after report", 0.19, _S, 30, even=True),
    Rate("assessment.social_organisation_check", 0.8, "the annual check reaches most", 1, _S, 14,
         levels={"passed": 0.97, "basically_passed": 0.03}),
    Rate("assessment.social_organisation_check", 0.25, "a check failed for want of activity", 0.19, _S, 3, even=True,
         levels={"failed": 1}),
    Rate("assessment.social_organisation", 1.05, "four in ten have been assessed, mostly 3A", 0.56, _S, 60,
         levels={"aaaaa": 0.06, "aaaa": 0.16, "aaa": 0.48, "aa": 0.2, "a": 0.1}),
    Rate("honour.", 0.06, "honours of the best", 0.055, _S),
    Rate("red_list.social_organisation", 0.04, "named for good faith", 0.06, _S, 14),
    Rate("public_service.", 0.10, "services for government and poorer districts", 0.16, _S, 24),
    Rate("donation.", 0.06, "charities and foundations", 0.1, _S, 36, value=(2_000, 3_000_000)),
    Rate("volunteer.hours", 0.2, "hours of members", 0.1, _S, 24, value=(20, 600)),
    Rate("commitment.credit_pledge", 0.2, "pledges of self-discipline", 0.5, _S, 12),
    Rate("commitment.kept", 0.1, "kept commitments", 0.1, _S, 24),
    Rate("penalty.", 0.004, "penalties are rare", 0.08, _S, levels=_PENALTY),
    Rate("inspection.", 0.1, "some are drawn each year", 1, _S, levels=_INSPECTED),
    Rate("social_security.arrears", 0.03, "small employers in arrears", 0.05, _S, 24),
    Rate("tax.late_filing", 0.04, "small filers, late", 0.06, _S, 12),

    # Public institutions: none poor, nearly half with merits worth twenty points.
    Rate("honour.", 0.21, "civilised and advanced units abound", 0.65, _I, 36, even=True,
         levels={"national": 0.01, "provincial": 0.09, "municipal": 0.4, "county": 0.5}),
    Rate("red_list.", 0.02, "few red lists name institutions", 0.3, _I, 24),
    Rate("public_service.", 0.14, "free opening, support of districts", 0.65, _I, 24, even=True),
    Rate("volunteer.hours", 0.4, "hours of staff", 0.5, _I, 24, value=(20, 600)),
    Rate("commitment.", 0.2, "pledges and their keeping", 0.65, _I, 24, even=True),
    Rate("assessment.", 0.8, "yearly evaluations", 1, _I, 20, levels=_EVALUATED),
    Rate("annual_report.missing_public_institution", 0.045, "reports are rarely missed", 0.02, _I, 24),
    Rate("listing.institution_abnormal", 0.02, "few are listed", 0.02, _I, even=True),
    Rate("listing.", 0, "none is poor in the published distribution", 1, _I),
    Rate("judgment.dishonest_debtor", 0, "for the same reason", 1, _I),

    # Government agencies: nine in ten good; one in a hundred is a dishonest debtor, and poor for it.
    Rate("judgment.dishonest_debtor_government", 0.0125, "the list that makes an agency poor", 0.012, _A, 40,
         even=True),
    Rate("judgment.administrative_lost", 0.6, "lost lawsuits, one or two a year where many decisions are made", 0.4,
         _A, 30),
    Rate("judgment.review_reversed", 0.6, "decisions reversed on review", 0.4, _A, 30),
    Rate("government.publicity_late", 0.3, "permits and penalties published late", 0.3, _A, 14),
    Rate("government.disclosure_failed", 0.05, "information withheld against the law", 0.2, _A, 30),
    Rate("government.service_overdue", 0.2, "services beyond their time limit", 0.2, _A, 14),
    Rate("assessment.", 0.8, "yearly evaluations", 1, _A, 20, levels=_EVALUATED),
    Rate("assessment.service_quality", 2.0, "feedback at counters, mostly full", 0.7, _A, 14, value=(100, 82)),
    Rate("honour.", 0.08, "model units", 0.14, _A, 36),
    Rate("public_service.", 0.09, "support of districts, convenience", 0.14, _A, 20),
    Rate("volunteer.hours", 0.3, "hours of staff", 0.2, _A, 24, value=(20, 600)),
    Rate("commitment.", 0.4, "pledges and their keeping", 0.3, _A, 20),
    Rate("commitment.broken", 0.004, "broken ones", 0.05, _A),

    # What no line above names.
    Rate("commitment.broken", 0.003, "broken commitments", 0.05, (ENTERPRISE, SOCIETY, INSTITUTION)),
    Rate("inspection.", 0.2, "drawn like firms", 1, (INSTITUTION, AGENCY), levels=_INSPECTED),
    Rate("penalty.", 0.004, "penalties of public bodies are rare", 0.1, (INSTITUTION, AGENCY), levels=_PENALTY),
    Rate("", 0.004, "audits, promises, debts: few agencies, several findings each", 0.012, _A),
    Rate("", 0.0001, "rare for persons", 0.0004, _P),
    Rate("", 0.0008, "rare for organisations", 0.01, _ORGANISATIONS),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Echo:
    """One event that two items report under one event id."""

    items: str
    """Item (or beginning of items) of the event."""
    other: str
    """The second item that reports it, where the subject's scorecard reads that too."""
    share: float
    why: str


ECHOES: tuple[Echo, ...] = (
    Echo(
        "penalty.", "penalty.ordinary", 0.25, "the field's own feed and the general one deliver one decision"
    ),
    Echo("judgment.dishonest_debtor", "judgment.unperformed", 0.6, "a dishonest debtor has not performed"),
    Echo("judgment.dishonest_debtor", "judgment.unperformed_person", 0.6, "as above, of a person"),
    Echo(
        "judgment.dishonest_debtor", "judgment.consumption_limit", 0.7, "the listing brings the limit with it"
    ),
    Echo("listing.major_tax_violation", "penalty.tax", 0.8, "the list rests on a penalty"),
    Echo("listing.wage_arrears", "penalty.labour", 0.8, "the list rests on a penalty"),
    Echo("listing.market_regulation", "penalty.market_regulation", 0.8, "the list rests on a penalty"),
    Echo("accident.work_safety", "penalty.work_safety", 0.7, "the accident is also penalised"),
    Echo("honour.civilised_unit", "honour.award", 0.3, "one honour in two feeds"),
)

TWICE_REPORTED = 0.04
"""Share of bad events with an identity that a second department reports again."""
