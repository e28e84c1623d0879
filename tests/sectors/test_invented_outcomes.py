"""Invented sectors: what goes bad follows the stated truth, and nothing after a date has a part in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml

from credit_scoring import load_policy, score
from credit_scoring.errors import InputError, NotFoundError
from credit_scoring.policy.catalogue import Title
from credit_scoring.policy.language import Scorecard
from credit_scoring.policy.loading import Policy
from credit_scoring.policy.measures import Count, OfValues
from credit_scoring.policy.training import Feature
from credit_scoring.scoring.measuring import feature_card, measure_values
from credit_scoring.synthetic import DEMO_DAY
from credit_scoring.synthetic.planning import items_read, plan_register
from credit_scoring.synthetic.sectors import FAULTS, SectorRegister, invent_sector
from credit_scoring.synthetic.truths import TRUTHS

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
FIRMS = 6_000
SECTORS = sorted(TRUTHS)

every_sector = pytest.mark.parametrize("sector", SECTORS)


@dataclass(frozen=True)
class Invented:
    """A sector, invented once for all tests."""

    policy: Policy
    card: Scorecard
    register: SectorRegister

    def table(self, name: str) -> Any:
        return pq.read_table(getattr(self.register, name)).to_pandas()

    def labels(self) -> Any:
        """Without the faults, which stand at the end."""
        return self.table("labels").iloc[: -sum(self.register.fault_counts.values())]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Invented]:
    found = {}
    for sector in SECTORS:
        policy = load_policy(CONFIGS / "sectors" / f"{sector}.yaml")
        register = invent_sector(tmp_path_factory.mktemp(sector), policy, sector, subjects=FIRMS)
        found[sector] = Invented(policy, policy.edition_in_force(sector, DEMO_DAY), register)
    return found


def auc(bad: Any, risk: Any) -> float:
    """Share of pairs in which the bad one has the higher risk, ties counting half."""
    bad, risk = np.asarray(bad, bool), np.asarray(risk, np.float64)
    goods = np.sort(risk[~bad])
    below = np.searchsorted(goods, risk[bad], "left") + np.searchsorted(goods, risk[bad], "right")
    return float(below.sum() / 2 / (bad.sum() * len(goods)))


def test_the_same_arguments_give_the_same_bytes_and_another_seed_other_ones(tmp_path: Path) -> None:
    sector = "sector-environment"
    policy = load_policy(CONFIGS / "sectors" / f"{sector}.yaml")
    first, again, other = (
        invent_sector(tmp_path / name, policy, sector, subjects=600, seed=seed)
        for name, seed in (("first", 3), ("again", 3), ("other", 4))
    )
    for name in ("subjects", "records", "labels", "truth"):
        assert getattr(first, name).read_bytes() == getattr(again, name).read_bytes()
        assert getattr(first, name).read_bytes() != getattr(other, name).read_bytes()


@every_sector
def test_it_counts_what_it_wrote(sector: str, world: dict[str, Invented]) -> None:
    register = world[sector].register
    for name, count in (
        ("subjects", register.subject_count),
        ("records", register.record_count),
        ("labels", register.label_count),
    ):
        assert pq.read_metadata(getattr(register, name)).num_rows == count
    assert register.subject_count == FIRMS


@every_sector
def test_the_share_that_goes_bad_lies_in_the_stated_band(sector: str, world: dict[str, Invented]) -> None:
    truth = world[sector].table("truth")
    low, high = TRUTHS[sector].bad_rate
    assert 0.02 <= low < high <= 0.12
    assert low < truth.bad.mean() < high
    for _, rows in truth.groupby("observed_on"):
        assert low / 1.3 < rows.bad.mean() < high * 1.3


@every_sector
def test_the_auc_of_the_truth_lies_in_the_stated_band(sector: str, world: dict[str, Invented]) -> None:
    truth = world[sector].table("truth")
    low, high = TRUTHS[sector].truth_auc
    assert low < auc(truth.bad, truth.probability) < high
    # Bad is drawn from the probability: tenths of the firms go bad as often as it says.
    tenth = pd.qcut(truth.probability, 10, labels=False)
    for _, rows in truth.groupby(tenth):
        error = np.sqrt((rows.probability * (1 - rows.probability)).sum())
        assert abs(rows.bad.sum() - rows.probability.sum()) < 4 * error


def drivers_as_features(invented: Invented, sector: str) -> Scorecard:
    """A card whose features are the drivers of the truth, in the policy language."""
    training = invented.card.training
    assert training is not None
    title = Title(zh="因素", en="driver")
    features = {
        f"driver_{i}": Feature(
            title=title,
            dimension="law_compliance",
            measure=Count(kind="count", items=driver.items, window=f"{driver.months} months"),
        )
        for i, driver in enumerate(TRUTHS[sector].drivers)
    }
    if TRUTHS[sector].log_fleet:
        latest = OfValues(kind="latest", items=("transport.vehicles",), window="all")
        features["the_fleet"] = Feature(title=title, dimension="basic_info", measure=latest)
    left_out = {place.indicator: "not asked here" for place in invented.card.places()}
    update = {"features": features, "leave_out": left_out}
    return feature_card(
        invented.card.model_copy(update={"training": training.model_copy(update=update), "extends": None})
    )


@every_sector
def test_the_probability_hangs_on_what_the_line_could_measure_that_day(
    sector: str, world: dict[str, Invented]
) -> None:
    invented, truth = world[sector], TRUTHS[sector]
    training = invented.card.training
    assert training is not None
    for on in (training.observe[0], training.observe[-1]):
        seen = measure_values(
            invented.policy,
            drivers_as_features(invented, sector),
            subjects=invented.register.subjects,
            records=invented.register.records,
            on=on,
            known_by=on,
            threads=1,
        ).to_pandas()
        table = invented.table("truth")
        rows = table[table.observed_on == on].merge(seen, on="subject_id", validate="one_to_one")
        assert len(rows) == (table.observed_on == on).sum()
        age = (pd.Timestamp(on) - pd.to_datetime(rows.established_on)).dt.days
        log_odds = truth.intercept + truth.negligence * rows.negligence + truth.young * (age < 36 * 30.4375)
        for i, driver in enumerate(truth.drivers):
            log_odds += driver.per_event * rows[f"driver_{i}"].clip(upper=driver.at_most)
        if truth.log_fleet:
            # A fleet reported after the date is known to nature, not to the line.
            rows = rows[rows.the_fleet.notna()]
            log_odds = log_odds[rows.index] + truth.log_fleet * np.log(rows.the_fleet)
            assert len(rows) > 0.7 * FIRMS / 2
        expected = 1 / (1 + np.exp(-log_odds))
        np.testing.assert_allclose(rows.probability, expected, atol=2e-9)


def test_every_coefficient_of_a_truth_makes_the_worse_likelier() -> None:
    for truth in TRUTHS.values():
        assert truth.negligence > 0
        assert min(driver.per_event for driver in truth.drivers) > 0


@every_sector
def test_outcomes_enter_the_records_when_they_happen_and_labels_name_them(
    sector: str, world: dict[str, Invented]
) -> None:
    invented, truth = world[sector], TRUTHS[sector]
    labels, records, table = invented.labels(), invented.table("records"), invented.table("truth")
    bad = labels[labels.label == 1]
    # Every bad firm with a label has one, with the event; a complete sector labels all of them.
    assert len(bad) == (table.bad & table.labelled).sum()
    if truth.inspected is None:
        assert len(bad) == table.bad.sum()
    assert bad.event_id.notna().all()
    assert labels[labels.label == 0].event_id.isna().all()
    told = records[records["item"] == truth.outcome].merge(bad, on="event_id", suffixes=("", "_label"))
    # Records that would be entered after the last day are not delivered; outcomes are in time.
    assert len(told) == len(bad)
    assert (told.subject_id == told.subject_id_label).all()
    assert (told.occurred_on == told.labelled_on).all()
    assert (told.recorded_on > told.occurred_on).all()
    assert (labels.recorded_on > labels.labelled_on).all()
    assert records.occurred_on.max() <= DEMO_DAY


@every_sector
def test_labels_lie_in_the_windows_after_the_observation_dates(
    sector: str, world: dict[str, Invented]
) -> None:
    invented = world[sector]
    assert invented.card.training is not None
    labels = invented.labels()
    assert labels.labelled_on.min() > invented.card.training.observe[0]
    assert labels.labelled_on.max() <= date(2025, 12, 31)
    window = pd.to_datetime(labels.labelled_on).dt.year
    assert labels.groupby([labels.subject_id, window]).size().max() == 1


@every_sector
def test_faults_are_as_many_as_stated_and_each_can_be_told(sector: str, world: dict[str, Invented]) -> None:
    invented = world[sector]
    labels, counts = invented.table("labels"), invented.register.fault_counts
    known = set(invented.table("subjects").subject_id)
    assert set(counts) == set(FAULTS)
    assert (~labels.label.isin([0, 1])).sum() == counts["label_not_0_or_1"] > 0
    assert (~labels.subject_id.isin(known)).sum() == counts["subject_unknown"] > 0
    before = labels.observed_on.notna() & (labels.observed_on >= labels.labelled_on)
    assert before.sum() == counts["label_before_observation"] > 0
    assert labels.duplicated().sum() == counts["label_duplicate"] > 0
    assert sum(counts.values()) < 0.01 * len(labels) + 5


def test_inclusion_probabilities_are_true(world: dict[str, Invented]) -> None:
    truth = world["sector-environment"].table("truth")
    for likely, rows in truth.groupby("inclusion_probability"):
        error = np.sqrt(likely * (1 - likely) * len(rows))
        assert abs(rows.labelled.sum() - likely * len(rows)) < 4 * error + 1e-9, likely
    assert truth.inclusion_probability.nunique() >= 4
    labels = world["sector-environment"].labels()
    assert labels.inclusion_probability.between(0.0001, 1).all()
    # Risky firms are inspected more often: what inspections find is no picture of all firms.
    found, everyone = truth[truth.labelled].bad.mean(), truth.bad.mean()
    assert found > everyone * 1.15


def test_the_horvitz_thompson_estimate_meets_the_population_within_its_error(
    world: dict[str, Invented],
) -> None:
    invented = world["sector-environment"]
    truth, labels = invented.table("truth"), invented.labels()
    weight = 1 / labels.inclusion_probability
    estimate = (labels.label * weight).sum() / len(truth)
    # Variance of the estimate under independent inspections (Horvitz and Thompson 1952).
    variance = (labels.label * (1 - labels.inclusion_probability) * weight**2).sum() / len(truth) ** 2
    assert abs(estimate - truth.bad.mean()) < 2 * np.sqrt(variance)
    assert np.sqrt(variance) < 0.01


@pytest.mark.parametrize("sector", [name for name in SECTORS if TRUTHS[name].inspected is None])
def test_complete_labels_carry_no_probability(sector: str, world: dict[str, Invented]) -> None:
    labels = world[sector].labels()
    assert labels.inclusion_probability.isna().all()
    assert 0 < (labels.label == 0).mean() < 1


@every_sector
def test_every_item_that_the_sector_reads_occurs(sector: str, world: dict[str, Invented]) -> None:
    invented = world[sector]
    assert set(items_read(invented.card)) <= set(invented.table("records")["item"])


@every_sector
def test_the_sector_can_be_scored_and_its_grades_tell_firms_apart(
    sector: str, world: dict[str, Invented]
) -> None:
    register = world[sector].register
    run = score(
        world[sector].policy,
        subjects=register.subjects,
        records=register.records,
        on=date(2024, 12, 31),
        threads=1,
    )
    # Who is founded later is not yet there; nothing else is wrong.
    assert {row["reason"] for row in run.rejected.to_pylist()} <= {"not_yet_established", "subject_rejected"}
    scores = run.scores.to_pandas()
    assert len(set(scores.grade.dropna())) >= 4
    assert scores.grade.value_counts(normalize=True).max() < 0.9
    truth = world[sector].table("truth")
    last = truth[truth.observed_on == date(2024, 12, 31)].merge(scores, on="subject_id")
    # The weighted scorecard knows nothing of the outcome and finds some of it.
    assert 0.62 < auc(last.bad, -last.score.astype(float)) < 0.80


@pytest.mark.parametrize("sector", ["sector-building-market", "sector-environment"])
def test_a_learnt_evaluation_finds_an_honest_part_of_the_truth(
    sector: str, world: dict[str, Invented]
) -> None:
    from lightgbm import LGBMClassifier

    invented = world[sector]
    assert invented.card.training is not None
    truth = invented.table("truth")
    parts = []
    for on in invented.card.training.observe[-3:]:
        seen = measure_values(
            invented.policy,
            feature_card(invented.card),
            subjects=invented.register.subjects,
            records=invented.register.records,
            on=on,
            threads=1,
        ).to_pandas()
        parts.append(seen.merge(truth[truth.observed_on == on], on="subject_id"))
    names = [place.indicator for place in feature_card(invented.card).places()]
    rows = pd.concat(parts)
    last = rows.observed_on == invented.card.training.observe[-1]
    learnt = rows[~last & rows.labelled] if TRUTHS[sector].inspected else rows[~last]
    model = LGBMClassifier(
        n_estimators=60, num_leaves=5, learning_rate=0.08, min_child_samples=100, n_jobs=1, random_state=7,
        deterministic=True, verbose=-1,
    )  # fmt: skip
    model.fit(learnt[names], learnt.bad, sample_weight=1 / learnt.inclusion_probability)
    risk = model.predict_proba(rows[last][names])[:, 1]
    held_out = rows[last]
    found = auc(held_out.bad, risk)
    assert 0.70 < found < 0.83
    assert found < auc(held_out.bad, held_out.probability) + 0.01


def test_the_public_register_holds_no_item_of_the_sectors() -> None:
    plan = plan_register(load_policy(), on=DEMO_DAY, populations={"enterprise": 100})
    text = (CONFIGS / "catalogue" / "sectors.yaml").read_text(encoding="utf-8")
    sectoral = set(yaml.safe_load(text)["items"])
    assert len(sectoral) > 30
    assert not sectoral & {row["item"] for row in plan.plan}


def test_what_cannot_be_invented_is_refused(tmp_path: Path) -> None:
    policy = load_policy(CONFIGS / "sectors" / "sector-environment.yaml")
    with pytest.raises(NotFoundError, match="no scorecard is called"):
        invent_sector(tmp_path, policy, "sector-nothing", subjects=10)
    with pytest.raises(NotFoundError, match="no outcomes can be invented"):
        invent_sector(tmp_path, load_policy(), "public-enterprise", subjects=10)
    with pytest.raises(InputError, match="ends on 2025-12-31, after 2025-06-30"):
        invent_sector(tmp_path, policy, "sector-environment", subjects=10, on=date(2025, 6, 30))
    assert not list(tmp_path.iterdir())
