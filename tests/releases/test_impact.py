"""Simulations on a handful of firms, worked out by hand: sides, ladders, causes, limits, the report."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from credit_scoring.engines.duckdb import DuckDBEngine
from credit_scoring.errors import InputError, NotFoundError, OutputError, PolicyError, TableError
from credit_scoring.releases.impact import Impact, impact_checks, side_of, simulate_to_folder
from credit_scoring.releases.impact.bases import card_points
from credit_scoring.releases.impact.comparing import Sides, compare_runs
from credit_scoring.releases.impact.contents import Movement
from credit_scoring.releases.impact.ladders import ladder_of
from credit_scoring.releases.impact.report import impact_report
from credit_scoring.releases.impact.simulating import FILES
from credit_scoring.releases.terms import Inspections, Terms, load_terms
from credit_scoring.reports.rendering import render
from credit_scoring.scoring.run import score_to_folder
from policy.texts import CARD, changed, write_policy
from scoring.small import RECORDS, SUBJECTS, record, subject, table

ON = date(2025, 12, 31)
NOW = changed(CARD, "from: 80}", "from: 70}")
DRAFT = changed(NOW, 'edition: "1"', 'edition: "2"').replace("from: 2024-01-01", "from: 2030-01-01")
FIRMS = [
    subject("clean", industry_code="C13", established_on=date(2020, 12, 31)),
    subject("fined", industry_code="C1411", established_on=date(2021, 1, 1)),
    subject("grave", industry_code="E47", region_code="330109"),
    subject("owing", region_code=None, established_on=date(2025, 1, 1)),
    subject("young", industry_code="47", established_on=date(2025, 12, 1)),
    subject("later", established_on=date(2026, 5, 1)),
]
DEEDS = [
    record("r1", subject_id="fined"),
    record("r2", subject_id="fined", occurred_on=date(2025, 7, 1)),
    record("r3", subject_id="grave", level="serious"),
    record("r4", subject_id="owing", item="a.arrears", value=7000),
    record("r5", subject_id="owing", item="a.honour"),
]
"""Under the edition: clean and young 80 good, fined 70 good, grave 60 poor (determined), owing 55 fair."""


RISKIER = """\
scorecard: risk
edition: "1"
subject_type: enterprise
title: {zh: 风险, en: Risk}
in_force: {from: 2024-01-01}
authority: [law art. 1]
basis: assumed
total: 40
direction: higher_is_riskier
dimensions:
  conduct:
    title: {zh: 行为, en: Conduct}
    points: 40
    basis: assumed
    indicators:
      penalties:
        title: {zh: 处罚, en: Penalties}
        points: 40
        basis: assumed
        start: zero
        no_record: zero
        measure: {kind: event_points, items: {a.penalty: 5}, window: 36 months}
grades:
  low: {title: {zh: 低, en: Low}, below: 10}
  high: {title: {zh: 高, en: High}, otherwise: true}
"""


@dataclass(frozen=True)
class Place:
    folder: Path
    subjects: Path
    records: Path

    def card(self, name: str, text: str) -> str:
        path = self.folder / f"{name}.yaml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    @property
    def beneath(self) -> tuple[Path, ...]:
        return self.folder / "catalogue.yaml", self.folder / "instruments.yaml"

    def side(self, name: str, text: str) -> Any:
        return side_of(self.card(name, text), on=ON, policy=self.beneath)

    def simulate(
        self, after: str, before: str = NOW, *, terms: Terms | None = None, **options: Any
    ) -> Impact:
        return simulate_to_folder(
            self.side("before", before), self.side("after", after), subjects=self.subjects, records=self.records,
            on=ON, terms=terms or stated(), **({"out": self.folder / "out", "overwrite": True, "threads": 1} | options),
        )  # fmt: skip

    def changes(self) -> dict[str, dict[str, Any]]:
        return {
            row["subject_id"]: row
            for row in pq.read_table(self.folder / "out" / "changes.parquet").to_pylist()
        }


def placed(folder: Path) -> Place:
    write_policy(folder)
    pq.write_table(table(FIRMS, SUBJECTS), folder / "subjects.parquet")
    pq.write_table(table(DEEDS, RECORDS), folder / "records.parquet")
    return Place(folder, folder / "subjects.parquet", folder / "records.parquet")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return placed(tmp_path)


@pytest.fixture(scope="module")
def unmoved(tmp_path_factory: pytest.TempPathFactory) -> Impact:
    """The edition against one that differs in nothing but its name."""
    return placed(tmp_path_factory.mktemp("unmoved")).simulate(DRAFT)


def stated(**ratios: str) -> Terms:
    """The package's terms with ratios for the small scorecard."""
    numbers = {
        grade: Decimal(ratio)
        for grade, ratio in (ratios or {"good": "0.01", "fair": "0.1", "poor": "0.3"}).items()
    }
    part = Inspections(scorecards=("demo",), ratios=numbers, authority=("law",), basis="assumed")
    return load_terms().terms.model_copy(update={"inspections": (part,)})


def test_a_draft_that_deducts_more_is_worked_out_to_the_point(place: Place) -> None:
    impact = place.simulate(
        changed(DRAFT, "{minor: -1, general: -5, serious: -20}", "{minor: -1, general: -9, serious: -20}")
    )
    assert (impact.before.edition, impact.after.edition, impact.after.in_force) == ("1", "2", False)
    assert impact.population.rows == 6
    assert impact.population.both == 5
    assert impact.population.rejected_after == {"not_yet_established": 1}
    everyone = impact.everyone
    assert (everyone.moved, everyone.better, everyone.worse, everyone.entered_worst) == (1, 0, 1, 0)
    assert (everyone.change, everyone.absolute_change) == (Decimal("-8.000"), Decimal("8.000"))
    # good 3, fair 1, poor 1: 0.03 + 0.1 + 0.3; one of the good becomes fair.
    assert (everyone.inspections_before, everyone.inspections_after) == (Decimal("0.43"), Decimal("0.52"))
    names = [state.name for state in impact.states_before]
    assert names == ["good", "fair", "poor"]
    assert {(names[c.before], names[c.after]): c.subjects for c in everyone.cells} == {
        ("good", "good"): 2, ("good", "fair"): 1, ("fair", "fair"): 1, ("poor", "poor"): 1,
    }  # fmt: skip
    (mover,) = impact.falling
    assert (mover.subject_id, mover.cause, mover.cause_rule, mover.cause_change) == (
        "fined",
        "indicator",
        "penalties",
        Decimal(-8),
    )
    assert (mover.parts[0].before, mover.parts[0].after) == (Decimal(30), Decimal(22))
    assert mover.grade_cause == "points"
    assert impact.rising == ()
    (row,) = place.changes().values()
    assert (row["grade_before"], row["grade_after"], row["moved"], row["mover"]) == ("good", "fair", True, -1)


def test_other_points_without_a_record_move_everyone_by_their_indicator(place: Place) -> None:
    text = changed(DRAFT, "points: 40\n            basis: published\n            start: full\n            no_record: full", "points: 40\n            basis: published\n            start: 38\n            no_record: 38")  # fmt: skip
    impact = place.simulate(text)
    assert impact.everyone.score_changed == 5
    assert [(c.cause, c.rule, c.subjects, c.change) for c in impact.causes] == [
        ("indicator", "penalties", 5, Decimal(-10))
    ]


def test_other_cuts_move_grades_by_the_limits_alone(place: Place) -> None:
    impact = place.simulate(changed(DRAFT, "from: 70}", "from: 75}"))
    assert (impact.everyone.moved, impact.everyone.score_changed) == (1, 0)
    (mover,) = impact.falling
    assert (mover.subject_id, mover.cause, mover.grade_cause, mover.parts, mover.cause_change) == (
        "fined",
        "limits",
        "limits",
        (),
        None,
    )


def test_a_determination_that_goes_is_named(place: Place) -> None:
    start, end = DRAFT.index("overrides:"), DRAFT.index("grades:")
    impact = place.simulate(DRAFT[:start] + DRAFT[end:])
    assert (impact.everyone.left_worst, impact.everyone.entered_worst) == (1, 0)
    (mover,) = impact.rising
    assert (mover.subject_id, mover.cause, mover.cause_rule, mover.grade_rules) == (
        "grave",
        "override",
        "listed",
        ("listed",),
    )
    listed = next(reason for reason in impact.reasons if reason.rule == "listed")
    assert (listed.before, listed.after) == (1, None)
    assert place.changes()["grave"]["left_worst"]


def test_a_window_that_closes_earlier_gives_points_back(place: Place) -> None:
    impact = place.simulate(changed(DRAFT, "window: 36 months", "window: 6 months"))
    assert {m.subject_id: m.change for m in impact.rising} == {"fined": Decimal(5), "grave": Decimal(20)}


def test_an_indicator_that_comes_in_counts_by_what_it_departs_from_its_no_record_points(place: Place) -> None:
    start, end = DRAFT.index("      arrears:"), DRAFT.index("event_groups:")
    without = (DRAFT[:start] + DRAFT[end:]).replace("total: 100", "total: 70").replace("points: 40\n    basis: published\n    indicators:\n      honours", "points: 10\n    basis: published\n    indicators:\n      honours")  # fmt: skip
    impact = place.simulate(without)
    rows = place.changes()
    # Who owes loses the 30 points and regains the 30 that the debt cost.
    assert {key: row["change"] for key, row in rows.items()} == dict.fromkeys(
        ("clean", "fined", "grave", "young"), Decimal(-30)
    )
    assert {row["cause"] for row in rows.values()} == {"composition"}
    (part,) = impact.falling[0].parts
    assert (part.kind, part.before, part.after, part.change) == (
        "composition",
        Decimal(30),
        Decimal(0),
        Decimal(-30),
    )


def test_other_grades_are_shown_side_by_side_without_up_and_down(place: Place) -> None:
    text = DRAFT[: DRAFT.index("grades:")].replace("grade: poor", "grade: low") + (
        "grades:\n  high: {title: {zh: 高, en: High}, from: 60}\n  low: {title: {zh: 低, en: Low}, otherwise: true}\n"
    )
    impact = place.simulate(text, terms=stated(good="0.01", low="1"))
    assert not impact.same_ladder
    assert (impact.everyone.better, impact.everyone.worse, impact.everyone.moved) == (None, None, 5)
    assert [state.name for state in impact.states_after] == ["high", "low"]
    assert (impact.everyone.entered_worst, impact.everyone.left_worst) == (1, 0)
    assert impact.inspections_before is not None
    assert impact.inspections_before.without_ratio == 2
    assert impact.inspections_before.total == Decimal("0.03")


@pytest.mark.parametrize(
    ("grades", "worst"),
    [
        ("good: {title: {zh: 甲, en: A}, from: 80}\n  poor: {title: {zh: 乙, en: B}, otherwise: true}", ("poor",)),
        ("good: {title: {zh: 甲, en: A}, from: 80}\n  fair: {title: {zh: 乙, en: B}, otherwise: true}\n  poor: {title: {zh: 丙, en: C}}", ("fair", "poor")),
        ("good: {title: {zh: 甲, en: A}, from: 80}\n  poor: {title: {zh: 乙, en: B}, from: 0}\n  new: {title: {zh: 丙, en: C}, otherwise: true, ladder: false}", ("poor",)),
    ],
)  # fmt: skip
def test_the_worst_grade_is_the_last_points_lead_to_and_what_only_determinations_give(
    place: Place, grades: str, worst: tuple[str, ...]
) -> None:
    text = CARD[: CARD.index("grades:")] + f"grades:\n  {grades}\n"
    assert ladder_of(place.side("card", text).card(ON)).worst == worst


def test_bands_have_no_worst_grade_and_persons_no_identifier(tmp_path: Path) -> None:
    people = Path(__file__).resolve().parents[2] / "configs" / "public" / "public-natural-person-2020.yaml"
    draft = tmp_path / "draft.yaml"
    text = people.read_text("utf-8").replace(
        "{general: -10, serious: -30}", "{general: -10, serious: -25}", 1
    )
    draft.write_text(
        text.replace('edition: "2020"', 'edition: "2031"').replace("from: 2020-08-17", "from: 2031-01-01"),
        "utf-8",
    )
    pq.write_table(table([subject("p1", subject_type="natural_person"), subject("p2", subject_type="natural_person")], SUBJECTS), tmp_path / "s.parquet")  # fmt: skip
    deed = record("r", subject_id="p1", item="listing.related_entity_serious_dishonesty", level="serious")
    pq.write_table(table([deed], RECORDS), tmp_path / "r.parquet")
    impact = simulate_to_folder(
        side_of("public-natural-person@2020", on=ON), side_of(str(draft), on=ON), subjects=tmp_path / "s.parquet",
        records=tmp_path / "r.parquet", on=ON, terms=load_terms().terms, out=tmp_path / "out",
    )  # fmt: skip
    (mover,) = impact.rising
    assert (mover.subject_id, mover.number, mover.change) == (None, 1, Decimal(5))
    assert "p1" not in (tmp_path / "out" / "impact.json").read_text("utf-8")
    assert "p1" not in (tmp_path / "out" / "impact.en.html").read_text("utf-8")
    (row,) = pq.read_table(tmp_path / "out" / "changes.parquet").to_pylist()
    assert (row["subject_id"], row["mover"]) == ("p1", 1)
    checks = {check.name: check for check in impact_checks(impact, load_terms().terms.limits.impact)}
    assert checks["worst_grade_entries"].outcome == "does_not_apply"
    assert checks["inspections_change"].outcome == "does_not_apply"
    assert impact.inspections_before is None


def test_who_is_scored_under_one_only_stands_in_a_row_of_their_own(place: Place) -> None:
    side = place.side("card", CARD)
    fewer = place.folder / "fewer.parquet"
    pq.write_table(table(FIRMS[1:], SUBJECTS), fewer)
    for name, subjects in (("a", place.subjects), ("b", fewer)):
        score_to_folder(
            side.moved(ON), subjects=subjects, records=place.records, on=ON, out=place.folder / name
        )
    points = card_points(side.card(ON), side.policy.catalogue, on=ON)
    sides = Sides(
        before=points, after=points, ladder_before=ladder_of(points.card), ladder_after=ladder_of(points.card)
    )
    with DuckDBEngine() as engine:
        compare_runs(
            engine,
            sides,
            before=place.folder / "a",
            after=place.folder / "b",
            subjects=place.subjects,
            segments=None,
            on=ON,
        )
        rows = engine.table("SELECT * FROM changes").to_pylist()
    (row,) = rows
    assert (row["subject_id"], row["state_before"], row["state_after"]) == ("clean", "rated", "not_scored")
    assert (row["moved"], row["change"], row["entered_worst"]) == (None, None, False)


def test_groups_are_told_by_region_industry_age_and_the_columns_of_a_table(place: Place) -> None:
    segments = pa.table(
        {
            "subject_id": ["clean", "fined", "nobody"],
            "size": ["大", " ", "小"],
            "ownership": ["state", "private", "x"],
        }
    )
    pq.write_table(segments, place.folder / "segments.parquet")
    impact = place.simulate(DRAFT, segments=place.folder / "segments.parquet")
    found = {kind.name: {s.value: s.movement.subjects for s in kind.segments} for kind in impact.by}
    assert found["region"] == {"330106": 3, "330109": 1, None: 1}
    assert found["prefecture"] == {"3301": 4, None: 1}
    assert found["industry"] == {"C": 2, "E": 1, None: 2}
    assert found["division"] == {"C13": 1, "C14": 1, "E47": 1, "47": 1, None: 1}
    assert found["age"] == {"5-9": 1, "3-4": 1, "0": 2, None: 1}
    assert found["size"] == {"大": 1, None: 4}
    assert found["ownership"] == {"state": 1, "private": 1, None: 3}
    assert impact.segments_unused == 1
    assert impact.segments is not None
    assert impact.segments.rows == 3
    assert {kind.title.zh for kind in impact.by} >= {"规模", "所有制"}
    assert not any(segment.judged for kind in impact.by for segment in kind.segments)


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"firm": ["a"], "size": ["b"]}, "has a column 'subject_id'"),
        ({"subject_id": ["a"]}, "others to group by"),
        ({"subject_id": ["a", "a"], "size": ["b", "c"]}, "1 of the subjects stand in it more than once"),
        ({"subject_id": ["a"], "Region": ["b"]}, "'Region' is a grouping of our own"),
        (
            {"subject_id": [f"s{i}" for i in range(1001)], "name": [f"n{i}" for i in range(1001)]},
            "1,001 different values",
        ),
    ],
)
def test_a_faulty_table_of_segments_is_named_and_nothing_is_written(
    place: Place, columns: dict[str, list[str]], says: str
) -> None:
    pq.write_table(pa.table(columns), place.folder / "segments.parquet")
    with pytest.raises((TableError, InputError), match=re.escape(says)):
        place.simulate(DRAFT, segments=place.folder / "segments.parquet")
    assert not (place.folder / "out").exists()


def test_a_draft_does_not_clash_with_the_edition_it_replaces(place: Place) -> None:
    place.card("card", CARD)
    overlapping = DRAFT.replace("from: 2030-01-01", "from: 2024-06-01")
    side = side_of(place.card("draft", overlapping), on=ON, policy=[place.folder])
    assert [card.id for card in side.policy.in_force(ON)] == ["demo@2"]
    assert side.policy.fingerprint(side.policy.scorecards) == place.side(
        "again", overlapping
    ).policy.fingerprint(side.policy.scorecards)


def test_an_edition_of_the_configs_goes_by_its_name() -> None:
    side = side_of("public-enterprise@2019", on=ON)
    assert [card.id for card in side.policy.scorecards] == ["public-enterprise@2019"]
    assert side.is_draft(ON)
    sector = (
        side_of("sector-environment@2024", on=ON)
        if _has("sector-environment@2024")
        else side_of(_sector(), on=ON)
    )
    assert [card.scorecard for card in sector.bases(ON)] == ["public-enterprise"]


def _sector() -> str:
    card = next(
        iter((Path(__file__).resolve().parents[2] / "configs" / "sectors").glob("sector-environment*.yaml"))
    )
    edition = re.search(r'^edition: "?([^"\n]+)', card.read_text("utf-8"), re.M)
    assert edition is not None
    return f"sector-environment@{edition[1]}"


def _has(name: str) -> bool:
    return _sector() == name


@pytest.mark.parametrize(
    ("name", "error", "says"),
    [
        ("public-enterprise@2021", NotFoundError, "Did you mean 'public-enterprise@20"),
        ("nowhere.yaml", NotFoundError, "there is no scorecard 'nowhere.yaml'"),
        ("nowhere/card@1.yaml", NotFoundError, "there is no scorecard"),
    ],
)
def test_an_unknown_side_is_an_error_that_says_what_there_is(
    name: str, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=re.escape(says)):
        side_of(name, on=ON)


def test_a_file_that_is_no_scorecard_and_a_folder_without_one_are_refused(place: Place) -> None:
    with pytest.raises(InputError, match="is no scorecard"):
        side_of(str(place.folder / "catalogue.yaml"), on=ON)
    with pytest.raises(InputError, match="is no folder made by `train`"):
        side_of(str(place.folder), on=ON)
    with pytest.raises(PolicyError):
        place.side("broken", CARD.replace("total: 100", "total: 90"))


def test_only_scorecards_for_the_same_subjects_counting_the_same_way_are_compared(place: Place) -> None:
    a = side_of("public-enterprise@2020", on=ON)
    b = side_of("public-natural-person@2020", on=ON)
    with pytest.raises(
        InputError, match="scores enterprises and 'public-natural-person@2020' natural persons"
    ):
        simulate_to_folder(
            a,
            b,
            subjects=place.subjects,
            records=place.records,
            on=ON,
            terms=stated(),
            out=place.folder / "out",
        )
    with pytest.raises(InputError, match="mean more risk under the other"):
        place.simulate(RISKIER)


def test_the_same_tables_leave_the_same_bytes_whatever_the_threads(place: Place) -> None:
    draft = changed(DRAFT, "window: 36 months", "window: 6 months")
    kept = []
    for threads in (1, 2):
        place.simulate(draft, threads=threads)
        kept.append({f.name: f.read_bytes() for f in sorted((place.folder / "out").iterdir())})
    assert kept[0] == kept[1]
    assert set(kept[0]) == set(FILES)
    assert Impact.model_validate_json(kept[0]["impact.json"]).model_dump_json() == json.dumps(json.loads(kept[0]["impact.json"]), ensure_ascii=False, separators=(",", ":"))  # fmt: skip
    assert str(place.folder).encode() not in kept[0]["impact.json"].replace(str(place.folder / "before.yaml").encode(), b"").replace(str(place.folder / "after.yaml").encode(), b"")  # fmt: skip


def test_an_earlier_result_is_only_replaced_on_request(place: Place) -> None:
    place.simulate(DRAFT)
    with pytest.raises(OutputError, match="exists already"):
        place.simulate(DRAFT, overwrite=False)


def test_the_report_says_the_answer_first_in_both_languages(place: Place) -> None:
    hostile = changed(DRAFT, "en: Penalties}", 'en: "<script>alert(1)</script>"}').replace(
        "general: -5", "general: -9"
    )
    impact = place.simulate(hostile)
    english = render(impact_report(impact, "en"), "html")
    chinese = render(impact_report(impact, "zh"), "html")
    assert "the grade of 1 (20.00 %) changes. 0 go up, 1 go down" in english
    assert "其中1个（20.00 %）等级变动。升级0个，降级1个" in chinese
    assert "go from 0.43 to 0.52 (+20.93 %)" in english
    assert re.search(r'<td class="n" style="background: rgb\(31 90 140 / 53%\)">2</td>', english)
    assert "<script>" not in english
    assert "http" not in english.replace("http://www.w3.org/2000/svg", "")
    for text in (
        impact.before.policy_sha256,
        impact.after.policy_sha256,
        impact.subjects.sha256,
        impact.records.sha256,
    ):
        assert text in english
        assert text in chinese
    assert "rows of subjects = 5 scored by both" in english
    markdown = render(impact_report(impact, "en"), "md")
    assert "| Good | 2 | 1 | 0 | 3 |" in markdown
    assert "(scores.svg)" in markdown


def test_a_report_without_stated_inspections_says_so(place: Place) -> None:
    impact = place.simulate(DRAFT, terms=load_terms().terms)
    assert impact.inspections_before is None
    assert "No inspection ratios are stated for demo" in render(impact_report(impact, "en"), "html")
    assert "Nobody" in render(impact_report(impact, "en"), "html")
    assert checks_of(impact)["inspections_change"].outcome == "does_not_apply"


def checks_of(impact: Impact) -> dict[str, Any]:
    return {check.name: check for check in impact_checks(impact, load_terms().terms.limits.impact)}


def with_everyone(impact: Impact, **numbers: Any) -> Impact:
    movement = Movement.model_validate(impact.everyone.model_dump() | numbers)
    return impact.model_copy(update={"everyone": movement})


def test_a_share_equal_to_its_limit_passes_and_one_subject_more_fails(unmoved: Impact) -> None:
    impact = unmoved
    for name, key, most in (("grades_moved", "moved", 30_000), ("worst_grade_entries", "entered_worst", 3_000), ("worst_grade_exits", "left_worst", 6_000)):  # fmt: skip
        at = checks_of(with_everyone(impact, subjects=300_000, **{key: most}))[name]
        beyond = checks_of(with_everyone(impact, subjects=300_000, **{key: most + 1}))[name]
        assert (at.outcome, beyond.outcome) == ("passed", "failed"), name
        assert beyond.acceptable
        assert beyond.gate == "impact"
    assert (
        "30,001 / 300,000 (10.0003 %)"
        in checks_of(with_everyone(impact, subjects=300_000, moved=30_001))["grades_moved"].found
    )


def test_inspections_and_the_mean_are_judged_exactly(unmoved: Impact) -> None:
    impact = unmoved

    def outcome(name: str, **numbers: Any) -> str:
        return str(checks_of(with_everyone(impact, **numbers))[name].outcome)

    before = {"inspections_before": Decimal("0.3")}
    assert outcome("inspections_change", **before, inspections_after=Decimal("0.33")) == "passed"
    assert outcome("inspections_change", **before, inspections_after=Decimal("0.27")) == "passed"
    assert outcome("inspections_change", **before, inspections_after=Decimal("0.330001")) == "failed"
    assert outcome("inspections_change", **before, inspections_after=Decimal("0.269999")) == "failed"
    assert (
        outcome("inspections_change", inspections_before=Decimal(0), inspections_after=Decimal("0.1"))
        == "failed"
    )
    assert (
        outcome("inspections_change", inspections_before=Decimal(0), inspections_after=Decimal(0)) == "passed"
    )
    assert (
        outcome("inspections_change", inspections_before=None, inspections_after=Decimal("0.1"))
        == "not_computed"
    )
    assert outcome("score_changed_mean", subjects=3, absolute_change=Decimal("60.000")) == "passed"
    assert outcome("score_changed_mean", subjects=3, absolute_change=Decimal("60.001")) == "failed"


def test_the_segment_where_most_grades_change_is_named_and_small_ones_are_not_judged(place: Place) -> None:
    draft = changed(DRAFT, "from: 70}", "from: 75}")
    impact = place.simulate(draft)
    assert checks_of(impact)["segment_grades_moved"].outcome == "does_not_apply"
    limits = load_terms().terms.limits
    terms = stated().model_copy(
        update={
            "limits": limits.model_copy(
                update={"impact": limits.impact.model_copy(update={"segment_size_at_least": 2})}
            )
        }
    )
    check = checks_of(place.simulate(draft, terms=terms))["segment_grades_moved"]
    assert (check.outcome, check.found) == ("failed", "1 / 2 (50 %)")
    assert check.detail.en == "Industry section: C"


def test_nobody_scored_by_both_is_no_pass(place: Place) -> None:
    pq.write_table(table([FIRMS[5]], SUBJECTS), place.folder / "none.parquet")
    impact = simulate_to_folder(
        place.side("a", CARD), place.side("b", DRAFT), subjects=place.folder / "none.parquet", records=place.records,
        on=ON, terms=stated(), out=place.folder / "out",
    )  # fmt: skip
    assert impact.distribution is None
    checks = checks_of(impact)
    assert checks["grades_moved"].outcome == checks["score_changed_mean"].outcome == "not_computed"
    assert impact.population.neither == 1
    assert impact.population.reconciles
