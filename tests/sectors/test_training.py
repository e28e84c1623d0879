"""From a sector's file, records and labels to an evaluation that the engine scores alike, with its papers."""

from __future__ import annotations

import json
import shutil
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from credit_scoring import Policy, explain, load_policy, score
from credit_scoring.errors import FeatureTableError, LeakageError, PolicyError, TrainingError
from credit_scoring.policy.training import Family
from credit_scoring.sectors.training import FILES, Sources, Trained, train, train_to_folder
from policy.texts import changed
from scoring.small import PERSON
from sectors.small_sector import SECTOR, TRAINING, sector_folder, world

FAMILIES: tuple[Family, ...] = ("woe", "additive", "gradient")
ON = date(2025, 3, 31)
SOURCES = Sources(
    subjects=world().subjects,
    records=world().records,
    labels=world().labels,
    labels_until=date(2026, 3, 31),
)


def rests_on(folder: Path) -> list[Path]:
    """What a sector's file rests on, beside itself."""
    return [folder / name for name in ("card.yaml", "catalogue.yaml", "instruments.yaml")]


@cache
def trained(family: Family) -> tuple[Trained, Path]:
    """One evaluation of each family, learnt once."""
    folder = sector_folder(Path(mkdtemp()))
    out = folder / "learnt"
    return train_to_folder(
        folder / "sector.yaml",
        policy=rests_on(folder),
        sources=SOURCES,
        out=out,
        family=family,
        draws=20,
        lang="en",
    ), out


def policy_of(family: Family) -> Policy:
    _, out = trained(family)
    base = out.parent
    return load_policy(
        out / "scorecard.yaml", base / "catalogue.yaml", base / "instruments.yaml", base / "card.yaml"
    )


@pytest.fixture(params=FAMILIES)
def family(request: pytest.FixtureRequest) -> Family:
    found: Family = request.param
    return found


def test_the_engine_gives_every_subject_the_estimators_score(family: Family) -> None:
    found, _ = trained(family)
    rows = found.cohort.table.filter(pc.equal(found.cohort.table["observed_on"], pa.scalar(ON)))
    ours = dict(
        zip(
            rows["subject_id"].to_pylist(),
            found.fitted.estimator.scores(rows.select(list(found.cohort.names)), bounded=True).tolist(),
            strict=True,
        )
    )
    result = score(
        policy_of(family).as_if_in_force(ON), subjects=SOURCES.subjects, records=SOURCES.records, on=ON
    )
    engine = {r["subject_id"]: int(r["score_raw"] * 1000) for r in result.tables["scores"].to_pylist()}
    assert len(ours) > 1_000
    assert {s: engine[s] for s in ours} == ours
    assert len(set(ours.values())) > 20


def test_base_and_points_add_up_to_the_score_in_every_row(family: Family) -> None:
    result = score(
        policy_of(family).as_if_in_force(ON), subjects=SOURCES.subjects, records=SOURCES.records, on=ON
    )
    policy = policy_of(family)
    (card,) = policy.as_if_in_force(ON).in_force(ON)
    points: dict[str, dict[str, Decimal]] = {}
    for row in result.tables["points"].to_pylist():
        points.setdefault(row["subject_id"], {})[row["indicator"]] = row["points"]
    silent = {
        p.indicator: p.rule.no_record if isinstance(p.rule.no_record, Decimal) else Decimal(0)
        for p in card.places()
    }
    for row in result.tables["scores"].to_pylist():
        of_each = silent | points.get(row["subject_id"], {})
        total = row["start"] + sum(of_each.values())
        assert min(max(total, Decimal(0)), card.total) == row["score_raw"]
        assert sum(row[name] for name in card.dimensions) == sum(of_each.values())


def test_a_folder_holds_scorecard_papers_and_validation_and_nothing_that_can_run(family: Family) -> None:
    found, out = trained(family)
    names = {path.name for path in out.iterdir()}
    expected = set(FILES) - ({"model.json", "shap.png"} if family != "gradient" else set())
    assert names == expected
    papers = json.loads((out / "training.json").read_text(encoding="utf-8"))
    assert papers["family"] == family
    assert papers["cohort"]["rows"] == papers["cohort"]["used"] + papers["cohort"]["excluded"]
    assert papers["engine"]["differences"] == 0
    assert {f["table"] for f in papers["inputs"]} == {"subjects", "records", "labels"}
    assert (papers["shap"] is not None) == (family == "gradient")
    assert found.card.id == f"sector@1-{family}"
    text = (out / "scorecard.yaml").read_text(encoding="utf-8")
    assert "&id" not in text
    assert "training:" not in text


def test_a_learnt_evaluation_tells_bad_from_good_on_rows_it_has_not_seen(family: Family) -> None:
    found, _ = trained(family)
    held = next(s for s in found.validation.splits if s.name == "held_out")
    checks = {(c.name, c.split): c for c in found.validation.checks}
    auc = checks["auc_at_least", "held_out"].found.value
    assert auc is not None
    assert 0.6 < auc < 0.95
    assert held is not None
    assert checks["monotonicity", None].found.value == 0


def test_no_further_bad_record_raises_a_learnt_score(family: Family) -> None:
    policy = policy_of(family).as_if_in_force(ON)
    before = score(policy, subjects=SOURCES.subjects, records=SOURCES.records, on=ON).tables["scores"]
    firms = [r["subject_id"] for r in world().subjects.to_pylist()]
    more = [
        {"record_id": f"more{i}", "subject_id": name, "item": "a.penalty", "occurred_on": date(2025, 1, 15),
         "recorded_on": date(2025, 1, 20), "level": ("minor", "general", "serious")[i % 3]}
        for i, name in enumerate(firms)
    ]  # fmt: skip
    records = pa.concat_tables([world().records, pa.Table.from_pylist(more, schema=world().records.schema)])
    after = score(policy, subjects=SOURCES.subjects, records=records, on=ON).tables["scores"]
    earlier = dict(zip(before["subject_id"].to_pylist(), before["score_raw"].to_pylist(), strict=True))
    later = dict(zip(after["subject_id"].to_pylist(), after["score_raw"].to_pylist(), strict=True))
    assert [s for s in earlier if later[s] > earlier[s]] == []
    assert sum(later[s] < earlier[s] for s in earlier) > len(earlier) / 2


def test_reasons_lead_to_the_records_behind_them(family: Family) -> None:
    result = score(
        policy_of(family).as_if_in_force(ON), subjects=SOURCES.subjects, records=SOURCES.records, on=ON
    )
    worst = min(result.tables["scores"].to_pylist(), key=lambda r: r["score_raw"])
    found = explain(result, worst["subject_id"])
    lines = {line.indicator: line for d in found.dimensions for g in d.groups for line in g.indicators}
    assert found.reasons
    assert any(lines[name].records for name in found.reasons)
    assert (
        found.start + sum((d.points for d in found.dimensions), Decimal(0)) + found.kept_within
        == found.score_raw
    )
    assert all(line.basis == "learnt" for line in lines.values())
    assert {line.by_model for line in lines.values()} == {family == "gradient"}


def test_the_same_inputs_give_the_same_scorecard(family: Family, tmp_path: Path) -> None:
    _, out = trained(family)
    folder = sector_folder(tmp_path)
    shuffled = Sources(
        subjects=SOURCES.subjects.take(list(reversed(range(SOURCES.subjects.num_rows)))),
        records=SOURCES.records.take(list(reversed(range(SOURCES.records.num_rows)))),
        labels=SOURCES.labels.take(list(reversed(range(SOURCES.labels.num_rows)))),
        labels_until=SOURCES.labels_until,
    )
    train_to_folder(
        folder / "sector.yaml",
        policy=rests_on(folder),
        sources=shuffled,
        out=tmp_path / "again",
        family=family,
        draws=0,
    )
    assert (tmp_path / "again" / "scorecard.yaml").read_bytes() == (out / "scorecard.yaml").read_bytes()


def test_a_model_that_was_changed_is_refused(tmp_path: Path) -> None:
    _, out = trained("gradient")
    shutil.copytree(out, tmp_path / "learnt")
    model = tmp_path / "learnt" / "model.json"
    base = out.parent
    rest = (base / "catalogue.yaml", base / "instruments.yaml", base / "card.yaml")
    policy = load_policy(tmp_path / "learnt" / "scorecard.yaml", *rest)
    model.write_text(model.read_text(encoding="utf-8").replace("0.1", "0.2", 1), encoding="utf-8")
    with pytest.raises(PolicyError, match="P408"):
        load_policy(tmp_path / "learnt" / "scorecard.yaml", *rest)
    with pytest.raises(PolicyError, match="P408"):
        score(policy.as_if_in_force(ON), subjects=SOURCES.subjects, records=SOURCES.records, on=ON)
    model.unlink()
    with pytest.raises(PolicyError, match="does not lie beside"):
        load_policy(tmp_path / "learnt" / "scorecard.yaml", *rest)


def test_a_run_by_a_model_can_be_repeated_from_its_folder(tmp_path: Path) -> None:
    from credit_scoring.scoring.run import score_to_folder

    pq.write_table(SOURCES.subjects, tmp_path / "subjects.parquet")
    pq.write_table(SOURCES.records, tmp_path / "records.parquet")
    runs = []
    policy = policy_of("gradient").as_if_in_force(ON)
    for name in ("first", "second"):
        score_to_folder(
            policy, subjects=tmp_path / "subjects.parquet", records=tmp_path / "records.parquet", on=ON,
            out=tmp_path / name, threads=1 if name == "first" else 2,
        )  # fmt: skip
        runs.append(pq.read_table(tmp_path / name / "scores.parquet").sort_by("subject_id"))
        policy = load_policy(tmp_path / "first" / "policy")
    assert runs[0].equals(runs[1])


def learnt_from(tmp_path: Path, *, sector: str = SECTOR + TRAINING, **changes: object) -> Trained:
    from dataclasses import replace

    folder = sector_folder(tmp_path, sector=sector)
    return train(
        folder / "sector.yaml", policy=rests_on(folder), sources=replace(SOURCES, **changes), draws=0
    )  # type: ignore[arg-type]


def test_labels_of_one_class_are_an_error_in_our_words(tmp_path: Path) -> None:
    none = world().labels.slice(0, 0)
    some = pa.concat_tables(
        [none, pa.table({"subject_id": ["firm00001"], "label": [0], "labelled_on": [date(2026, 3, 31)]})]
    )
    with pytest.raises(TrainingError, match="one class"):
        learnt_from(tmp_path, labels=some.cast(world().labels.schema))


def test_too_few_bad_rows_are_an_error_in_our_words(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="bad"):
        learnt_from(tmp_path, labels=world().labels.slice(0, 12), labels_until=date(2026, 3, 31))


def test_a_sector_without_a_training_block_says_so(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="training"):
        learnt_from(tmp_path, sector=SECTOR)


def test_a_feature_without_polarity_must_be_given_one(tmp_path: Path) -> None:
    text = changed(TRAINING, "    age: {polarity: free, reason: age may speak either way here}\n", "")
    with pytest.raises(PolicyError, match="P701"):
        learnt_from(tmp_path, sector=SECTOR + text)


def test_an_indicator_that_knows_the_outcome_is_named(tmp_path: Path) -> None:
    bads = [(r["subject_id"], r["labelled_on"]) for r in world().labels.to_pylist()]
    telling = [
        {
            "record_id": f"t{i}{w}",
            "subject_id": name,
            "item": "a.listing",
            "occurred_on": when,
            "recorded_on": when,
        }
        for i, (name, day) in enumerate(bads)
        for w, when in enumerate([date(day.year - (day.month < 4), 3, 30)])
    ]
    records = pa.concat_tables(
        [world().records, pa.Table.from_pylist(telling, schema=world().records.schema)]
    )
    text = changed(
        TRAINING, "  polarity:",
        "    warned:\n      title: {zh: 预警, en: Warned}\n      dimension: own\n"
        "      measure: {kind: count, items: [a.listing], window: 1 months}\n  polarity:",
    )  # fmt: skip
    with pytest.raises(LeakageError, match="warned"):
        learnt_from(tmp_path, sector=SECTOR + text, records=records)


def test_features_that_differ_at_scoring_are_named() -> None:
    estimator = trained("woe")[0].fitted.estimator
    frame = trained("woe")[0].cohort.frame("train")
    with pytest.raises(FeatureTableError, match="sanctions"):
        estimator.scores(frame.drop_columns(["sanctions"]))
    with pytest.raises(FeatureTableError, match="another"):
        estimator.scores(frame.append_column("another", pa.array([1.0] * frame.num_rows)))


def test_the_cut_lies_where_the_stated_share_of_the_training_rows_is(family: Family) -> None:
    found, _ = trained(family)
    rows = found.cohort.rows("train")
    scores = found.fitted.estimator.scores(rows.select(list(found.cohort.names)), bounded=True)
    cut = found.card.grades["strong"].from_
    assert cut is not None
    share = (scores >= int(cut * 1000)).mean()
    above = (scores > int(cut * 1000)).mean()
    assert above < 0.4 <= share


def test_a_scorecard_changed_after_its_validation_is_refused_beside_its_papers(tmp_path: Path) -> None:
    _, out = trained("woe")
    shutil.copytree(out, tmp_path / "learnt")
    card = tmp_path / "learnt" / "scorecard.yaml"
    card.write_text(
        card.read_text(encoding="utf-8").replace("from: 2024-01-01", "from: 2024-01-02", 1), encoding="utf-8"
    )
    rest = rests_on(out.parent)
    with pytest.raises(PolicyError, match="P410"):
        load_policy(card, *rest)
    (tmp_path / "learnt" / "training.json").unlink()
    assert load_policy(card, *rest).names() == ("demo", "sector")


def test_labels_coded_otherwise_are_not_learnt_from(tmp_path: Path) -> None:
    codes = pa.array([2 if label else 1 for label in world().labels["label"].to_pylist()], pa.int64())
    labels = world().labels.set_column(1, "label", codes)
    with pytest.raises(TrainingError, match="neither 0 nor 1"):
        learnt_from(tmp_path, labels=pa.concat_tables([labels, world().labels.slice(0, 200)]))


def test_what_is_collected_counts_towards_completeness_whatever_the_family(family: Family) -> None:
    coverage = pa.table({"item": ["a.penalty"], "region_code": [None], "covered_from": [date(2000, 1, 1)]})
    result = score(
        policy_of(family).as_if_in_force(ON),
        subjects=SOURCES.subjects,
        records=SOURCES.records,
        on=ON,
        coverage=coverage,
    )
    shares = [row["completeness"] for row in result.tables["scores"].to_pylist()]
    assert 0 < min(shares) < 1


def test_a_learnt_score_does_not_depend_on_the_other_scorecards_of_the_run(
    family: Family, tmp_path: Path
) -> None:
    base = trained(family)[1].parent
    catalogue = (base / "catalogue.yaml").read_text(encoding="utf-8")
    for_persons = ("subject_types: [enterprise]", "subject_types: [enterprise, natural_person]")
    (tmp_path / "catalogue.yaml").write_text(catalogue.replace(*for_persons), encoding="utf-8")
    # A heading whose cap binds brings in the step that bounds headings, for everyone in the run.
    assert PERSON.count("    points: 60\n") == 1
    capped = PERSON.replace("    points: 60\n", "    points: 50\n    capped: true\n").replace(
        "total: 100", "total: 90"
    )
    (tmp_path / "persons.yaml").write_text(capped, encoding="utf-8")
    own = [trained(family)[1] / "scorecard.yaml", tmp_path / "catalogue.yaml"]
    rest = [base / "instruments.yaml", base / "card.yaml"]

    def scores(*more: Path) -> list[dict[str, object]]:
        policy = load_policy(*own, *rest, *more).as_if_in_force(ON)
        columns = ["subject_id", "score_raw", "score", "grade", "public"]
        run = score(policy, subjects=SOURCES.subjects, records=SOURCES.records, on=ON)
        return run.tables["scores"].select(columns).to_pylist()

    alone = scores()
    assert len(alone) > 1_000
    assert scores(tmp_path / "persons.yaml") == alone


def test_a_feature_that_does_not_exist_is_named_with_its_line(tmp_path: Path) -> None:
    text = changed(TRAINING, "measure: {kind: months_since, items: [a.penalty], window: 36 months}",
                   "measure: {kind: months_since, items: [a.penaltyy], window: 36 months}")  # fmt: skip
    with pytest.raises(PolicyError, match=r"P201 item 'a.penaltyy' .* Did you mean 'a.penalty'"):
        learnt_from(tmp_path, sector=SECTOR + text)
    text = changed(text, "a.penaltyy", "a.secret")
    with pytest.raises(PolicyError, match="P205"):
        learnt_from(tmp_path, sector=SECTOR + text)
