"""A sector's scorecard builds on a public one: its score and grade are read, its run is kept, weights are multiplied out."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credit_scoring import explain, load_policy
from credit_scoring.errors import NotFoundError, PolicyError
from credit_scoring.policy.loading import check_files
from credit_scoring.scoring.record import RunInfo
from credit_scoring.scoring.run import score_to_folder
from policy.texts import CARD, changed
from scoring.small import RECORDS, SUBJECTS, record, run, score_of, subject, table
from sectors.small_sector import SECTOR, sector_folder, sector_policy

POLICY = sector_policy(SECTOR)


def test_a_clean_firm_gets_its_public_score_by_weight_and_full_marks_elsewhere() -> None:
    result = run([], policy=POLICY)
    # Public: 50 + 0 rating + 0 honours + 30 arrears = 80 of 100. Sector: 300 * 80 % + 450 + 100 + 0 + 50 * 40 %.
    assert result.public is not None
    assert score_of(result.public)["score"] == 80
    assert score_of(result)["score"] == Decimal(240 + 450 + 100 + 0 + 20)


@pytest.mark.parametrize(
    ("level", "public", "own"), [("minor", 79, -3), ("general", 75, -7), ("serious", 60, -50)]
)
def test_a_penalty_counts_in_the_public_score_and_in_the_sectors_own_indicator(
    level: str, public: int, own: int
) -> None:
    result = run([record("r", level=level)], policy=POLICY)
    assert result.public is not None
    assert score_of(result.public)["score"] == public
    assert score_of(result)["score"] == 3 * public + Decimal("4.5") * (100 + own) + 100 + 20


def test_the_grade_by_the_public_scorecard_can_bound_the_sectors_grade() -> None:
    row = score_of(run([record("r", level="serious"), *[record(f"h{i}", item="a.honour") for i in range(4)],
                        record("x", item="a.rating", level="high")], policy=sector_policy(
                            changed(SECTOR, "strong: {title: {zh: 好, en: Strong}, from: 800}", "strong: {title: {zh: 好, en: Strong}, from: 600}"))))  # fmt: skip
    assert row["score"] >= 600
    assert (row["grade_raw"], row["grade"], row["overrides"]) == ("strong", "weak", ["publicly_poor"])


def test_without_a_public_score_the_stated_points_are_given() -> None:
    closed = changed(
        CARD, "overrides:\n",
        "overrides:\n  closed: {title: {zh: 注销, en: Closed}, when: {subject: closed}, effect: {unrated: true}, authority: [law art. 3], basis: assumed}\n",
    )  # fmt: skip
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        policy = load_policy(sector_folder(Path(name), sector=SECTOR, public=closed))
    result = run([], policy=policy, subjects=[subject(closed_on=date(2025, 1, 1))])
    assert score_of(result)["public"] == 180  # 60 of 100 on its own scale


def test_known_by_reaches_the_public_score() -> None:
    late = record("r", level="general", occurred_on=date(2025, 5, 1), recorded_on=date(2025, 8, 1))
    before = run([late], policy=POLICY, known_by=date(2025, 7, 31))
    assert score_of(before)["score"] == score_of(run([], policy=POLICY))["score"]


weights = st.lists(st.integers(1, 60), min_size=5, max_size=5).map(
    lambda parts: [Decimal(p) / 1000 for p in parts[:-1]]
)


@settings(max_examples=8)
@given(weights, st.integers(0, 3), st.integers(0, 2), st.integers(0, 8000))
def test_weights_are_multiplied_out_number_by_number(
    shares: list[Decimal], penalties: int, honours: int, debt: int
) -> None:
    given_weights = [*shares, 1 - sum(shares)]
    text = SECTOR
    for old, new in zip(("0.3", "0.45", "0.1", "0.1", "0.05"), given_weights, strict=True):
        text = text.replace(f"weight: {old}\n", f"weight: {new} \n", 1)
    text = changed(text, "points: 300\n", f"points: {given_weights[0] * 1000}\n")
    text = changed(text, "points: 700\n", f"points: {(1 - given_weights[0]) * 1000}\n")
    records = [record(f"p{i}", level="general", event_id=f"e{i}") for i in range(penalties)]
    records += [record(f"h{i}", item="a.honour") for i in range(honours)]
    records += [record("d", item="a.arrears", value=debt)]
    result = run(records, policy=sector_policy(text))
    assert result.public is not None
    public = score_of(result.public)["score"]

    def weighed(weight: Decimal, points: Decimal) -> Decimal:
        return (weight * 10 * points).quantize(Decimal("0.001"), rounding=ROUND_HALF_UP)

    w_public, w_sanctions, w_debts, w_merits, w_rating = given_weights
    step = 0 if debt < 1000 else Decimal("33.3") if debt < 5000 else 100
    expected = (
        (weighed(w_public, Decimal(1)) * public).quantize(Decimal("0.001"), rounding=ROUND_HALF_UP)
        + weighed(w_sanctions, Decimal(100)) - penalties * weighed(w_sanctions, Decimal(7))
        + weighed(w_debts, Decimal(100)) - weighed(w_debts, Decimal(step))
        + honours * weighed(w_merits, Decimal(25))
        + weighed(w_rating, Decimal(40))
    )  # fmt: skip
    assert score_of(result)["score_raw"] == expected


def test_the_run_of_the_public_scorecard_is_kept_whole_inside_the_sectors(tmp_path: Path) -> None:
    pq.write_table(table([subject()], SUBJECTS), tmp_path / "subjects.parquet")
    pq.write_table(table([record("r", level="general")], RECORDS), tmp_path / "records.parquet")
    out = tmp_path / "run"
    for _ in range(2):
        info = score_to_folder(
            POLICY, subjects=tmp_path / "subjects.parquet", records=tmp_path / "records.parquet",
            on=date(2025, 12, 31), out=out, overwrite=True,
        )  # fmt: skip
    public = RunInfo.model_validate_json((out / "public" / "run.json").read_text(encoding="utf-8"))
    assert [c.scorecard for c in info.scorecards] == ["sector"]
    assert [c.scorecard for c in public.scorecards] == ["demo"]
    found = explain(out, "firm")
    (line,) = found.dimensions[0].groups[0].indicators
    assert (line.measure, line.points, found.extends) == (75, 225, "demo")
    assert explain(out / "public", "firm").score == 75
    again = score_to_folder(
        load_policy(out / "policy"), subjects=tmp_path / "subjects.parquet", records=tmp_path / "records.parquet",
        on=date(2025, 12, 31), out=tmp_path / "again",
    )  # fmt: skip
    assert again.policy_sha256 == info.policy_sha256


def test_whoever_is_extended_is_not_run_by_itself() -> None:
    assert [card.scorecard for card in POLICY.in_force(date(2025, 1, 1))] == ["sector"]
    assert [card.scorecard for card in POLICY.bases(POLICY.in_force(date(2025, 1, 1)), date(2025, 1, 1))] == [
        "demo"
    ]


def test_a_public_scorecard_shipped_with_the_package_is_found_by_its_name() -> None:
    from credit_scoring.policy.gathering import default_configs

    shipped = sorted((default_configs() / "sectors").glob("*.yaml"))
    policy = load_policy(shipped[0])
    assert policy.names() == ("public-enterprise", shipped[0].stem)
    assert len(policy.in_force(date(2025, 12, 31))) == 1


@pytest.mark.parametrize(
    ("old", "new", "code", "says"),
    [
        ("extends: demo\n", "extends: demi\n", "P409", "Did you mean 'demo'"),
        ("extends: demo\n", "", "P409", "needs `extends:`"),
        ("measure: {kind: public_score}", "measure: {kind: public_score, dimension: merits}", "P409", "no dimension 'merits'"),
        ("one_of: [poor]", "one_of: [pour]", "P409", "no grade 'pour'"),
        ("weight: 0.45", "weight: 0.44", "P309", "add up to 0.99"),
        ("        weight: 0.05\n", "", "P309", "'rating' has no weight"),
        ("points: 700", "points: 690", "P301", "own states 690"),
    ],
)  # fmt: skip
def test_faults_of_a_sectors_scorecard_are_named(
    tmp_path: Path, old: str, new: str, code: str, says: str
) -> None:
    folder = sector_folder(tmp_path, sector=changed(SECTOR, old, new))
    _, problems = check_files([folder])
    found = [p for p in problems if p.code == code]
    assert found, problems
    assert any(says in p.message for p in found)
    assert all(Path(p.file).name == "sector.yaml" and p.line > 0 for p in found)


def test_a_policy_of_bases_only_says_what_to_name(tmp_path: Path) -> None:
    from dataclasses import replace

    bases_only = replace(POLICY, editions=tuple(replace(e, as_base=True) for e in POLICY.editions))
    with pytest.raises(NotFoundError, match="name the sector's own file"):
        bases_only.in_force(date(2025, 1, 1))


def test_two_sectors_for_the_same_subjects_are_not_run_together(tmp_path: Path) -> None:
    folder = sector_folder(tmp_path, sector=SECTOR)
    (folder / "other.yaml").write_text(
        changed(SECTOR, "scorecard: sector", "scorecard: other"), encoding="utf-8"
    )
    with pytest.raises(PolicyError, match="P601"):
        run([], policy=load_policy(folder))


@pytest.mark.parametrize(
    ("weight", "curve", "expected"),
    [
        ("0.3", "identity", "24"),  # 80 points of 100 on the own scale: 300 * 80 / 1000 of a scale of 1000
        ("0.3", "{linear: {per: 0.1, points: 1}}", "240"),
        ("0.307", "{linear: {per: 0.3, points: 1}}", "81.867"),  # 80 / 0.3 = 266.67 of 1000
    ],
)
def test_a_straight_line_is_weighed_exactly_however_fine_its_units(
    weight: str, curve: str, expected: str
) -> None:
    text = changed(
        SECTOR,
        "        points: 100\n        weight: 0.3\n",
        f"        points: 1000\n        weight: {weight}\n",
    )
    text = changed(text, "curve: {linear: {per: 1, points: 1}}", f"curve: {curve}")
    text = changed(text, "        no_record: 60\n", "        no_record: 600\n")
    rest = Decimal("0.75") - Decimal(weight)
    text = changed(text, "weight: 0.45", f"weight: {rest}")
    text = changed(text, "points: 300", f"points: {Decimal(weight) * 1000}")
    text = changed(text, "points: 700", f"points: {(1 - Decimal(weight)) * 1000}")
    row = score_of(run([], policy=sector_policy(text)))
    assert row["public"] == Decimal(expected)
