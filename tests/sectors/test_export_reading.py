"""A scorecard of bins as a points table: the engine's points, from SQL over a wide table; everything else is refused by name."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import duckdb
import pytest
import typer
from typer.testing import CliRunner

from credit_scoring.cli.exporting import export_command
from credit_scoring.errors import InputError, NotFoundError, OutputError, PolicyError
from credit_scoring.learnt.features import Feature
from credit_scoring.learnt.points_table import Characteristic, LevelBins, NumericBins, PointsTable
from credit_scoring.policy.language import Scorecard
from credit_scoring.policy.loading import load_policy
from credit_scoring.sectors.export.files import read_scorecard
from credit_scoring.sectors.export.reading import evaluation_of, points_table_of
from credit_scoring.sectors.export.sql import to_sql
from credit_scoring.sectors.learnt_card import learnt_card
from policy.texts import CARD, CATALOGUE, changed, write_policy
from scoring.small import ON, policy_of, record, rows_of, run, subject
from sectors.export_cases import Case, expected

BINNED = """\
scorecard: demo
edition: "1"
subject_type: enterprise
title: {zh: 示例, en: Demo}
in_force: {from: 2024-01-01}
authority: [law art. 1]
basis: published
start: 12.5
total: 100
capped: true
dimensions:
  conduct:
    title: {zh: 行为, en: Conduct}
    points: 40
    basis: published
    groups:
      ratings:
        title: {zh: 评级, en: Ratings}
        points: 40
        basis: published
        indicators:
          rating:
            title: {zh: 评级, en: Rating}
            points: 40
            basis: published
            start: 5
            no_record: 2.125
            measure: {kind: latest_level, items: [a.rating], window: all}
            curve: {levels: {high: 60, low: 2.5, other: 1}}
  merit:
    title: {zh: 优良, en: Merit}
    points: 60
    basis: published
    indicators:
      honours:
        title: {zh: 荣誉, en: Honours}
        points: 30
        basis: published
        start: zero
        no_record: zero
        not_collected: 7
        measure: {kind: count, items: [a.honour], window: all}
        curve: {steps: [{below: 1, points: 0}, {from: 1, below: 3, points: 12.345}, {from: 3, points: 30}]}
      arrears:
        title: {zh: 欠款, en: Arrears}
        points: 30
        basis: published
        start: full
        no_record: full
        measure: {kind: sum, items: [a.arrears], window: 12 months}
        curve:
          steps:
            - {below: 0.1, points: 0}
            - {from: 0.1, below: 5000.0001, points: -10}
            - {from: 5000.0001, points: -45}
grades:
  good: {title: {zh: 良好, en: Good}, from: 80}
  fair: {title: {zh: 中等, en: Fair}, from: 50}
  poor: {title: {zh: 较差, en: Poor}, otherwise: true}
"""


def card(*changes: tuple[str, str], text: str = BINNED) -> Scorecard:
    for old, new in changes:
        text = changed(text, old, new)
    return policy_of(text).scorecards[0]


def firms(count: int, *, seed: int) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]], tuple[Any, ...]]]:
    """Firms with their records, and with what a wide table would hold of them; honours are collected in 330106 only."""
    draw = random.Random(seed)
    for i in range(count):
        name, collected = f"f{i:03}", draw.random() < 0.7
        records: list[dict[str, Any]] = []

        def add(
            item: str, day: date, of: str = name, into: list[dict[str, Any]] = records, **columns: Any
        ) -> None:
            into.append(record(f"{of}-{len(into)}", subject_id=of, item=item, occurred_on=day, **columns))

        levels = [draw.choice(["high", "low", None]) for _ in range(draw.choice([0, 1, 2]))]
        for age, level in enumerate(reversed(levels)):
            add("a.rating", ON - timedelta(days=age + 1), level=level)
        honours = draw.choice([0, 0, 1, 2, 3, 4])
        for age in range(honours):
            add("a.honour", ON - timedelta(days=age))
        amounts = [
            Decimal(draw.choice(["0.0999", "0.1", "0.05", "5000", "4999.9", "0.0001", "7000"]))
            for _ in range(draw.choice([0, 1, 2, 3]))
        ]
        for age, amount in enumerate(amounts):
            add("a.arrears", ON - timedelta(days=age), value=amount)
        wide = (
            name,
            (levels[-1] or "") if levels else None,
            honours if collected or honours else None,
            sum(amounts) if amounts else None,
        )
        yield subject(name, region_code="330106" if collected else "330200"), records, wide


def test_sql_gives_every_firm_the_score_and_grade_of_the_engine(tmp_path: Path) -> None:
    catalogue = changed(CATALOGUE, "a.rating: {title", "a.rating: {level_required: false, title")
    drawn = list(firms(250, seed=7))
    coverage = [{"item": item} for item in ("a.rating", "a.arrears")] + [
        {"item": "a.honour", "region_code": "330106"}
    ]
    result = run(
        [r for _, records, _ in drawn for r in records],
        subjects=[s for s, _, _ in drawn],
        policy=load_policy(write_policy(tmp_path, BINNED, catalogue=catalogue)),
        coverage=[{"covered_from": date(2000, 1, 1)} | row for row in coverage],
    )
    engine = {r["subject_id"]: (int(r["score"] * 1000), r["grade"]) for r in rows_of(result.scores)}
    evaluation = evaluation_of(card())
    sql = to_sql(
        evaluation.table,
        dialect="duckdb",
        source="wide",
        key="firm",
        imprint=evaluation.imprint,
        grades=evaluation.grades,
    )
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE wide (firm TEXT, rating TEXT, honours INTEGER, arrears DECIMAL(18, 4))"
        )
        connection.executemany("INSERT INTO wide VALUES (?, ?, ?, ?)", [wide for _, _, wide in drawn])
        found = {r[0]: r[-2:] for r in connection.execute(sql).fetchall()}
    assert found == engine
    assert len(set(engine.values())) > 30
    assert {grade for _, grade in engine.values()} == {"good", "fair", "poor"}
    assert max(score for score, _ in engine.values()) == 100_000


def test_bins_hold_start_and_points_within_the_indicators_bounds() -> None:
    table = points_table_of(card())
    rating, honours, arrears = table.characteristics
    assert (table.base, table.floor, table.total) == (12_500, 0, 100_000)
    assert rating.bins == LevelBins(
        groups=(("high",), ("low",)), points=(40_000, 7_500), missing=2_125, other=6_000
    )
    assert honours.bins == NumericBins(cuts=(1.0, 3.0), points=(0, 12_345, 30_000), missing=7_000)
    assert arrears.bins == NumericBins(cuts=(0.1, 5000.0001), points=(30_000, 20_000, 0), missing=30_000)
    assert [c.feature.polarity for c in table.characteristics] == ["free", "better", "worse"]
    assert [c.feature.dimension for c in table.characteristics] == ["conduct", "merit", "merit"]


def test_the_file_says_of_each_column_how_nothing_on_record_is_told() -> None:
    evaluation = evaluation_of(card())
    sql = to_sql(
        evaluation.table, dialect="duckdb", source="t", key="k", language="en", imprint=evaluation.imprint
    )
    assert '-- 0: nothing on record; NULL: not collected\n    CAST("honours"' in sql
    assert '-- NULL: nothing on record\n    CAST("arrears"' in sql


def test_a_level_stands_for_nothing_on_record_where_not_collected_earns_something_else() -> None:
    told = card(("no_record: 2.125", "no_record: 2.125\n            not_collected: 3"))
    bins = points_table_of(told).characteristics[0].bins
    assert bins == LevelBins(
        groups=(("high",), ("low",), ("no_record",)),
        points=(40_000, 7_500, 2_125),
        missing=3_000,
        other=6_000,
    )
    notes = evaluation_of(told).imprint
    assert notes.note_on("rating", "en") == "'no_record': nothing on record; NULL: not collected"


def test_weights_are_multiplied_out() -> None:
    weighted = BINNED.replace("start: 12.5\n", "").replace("capped: true\n", "")
    for old, weight in (("points: 40\n            basis", "0.4"), ("points: 30\n        basis", "0.3")):
        head = old.split("\n", maxsplit=1)[0]
        weighted = weighted.replace(
            old,
            old.replace(
                head, f"{head.split(':')[0]}: 100\n{old.split(chr(10))[1].split('basis')[0]}weight: {weight}"
            ),
        )
    written = card(
        text=weighted.replace("high: 60", "high: 95")
        .replace("points: 30}]", "points: 100}]")
        .replace("points: -45", "points: -100")
    )
    table = points_table_of(written)
    assert sum(c.most for c in table.characteristics) == 100_000
    assert table.characteristics[0].bins.points == (40_000, 3_000)
    assert table.characteristics[1].bins.points == (0, 3_704, 30_000)


def test_a_scorecard_without_floor_gets_one_that_never_binds() -> None:
    table = points_table_of(
        card(("total: 100\n", "total: 100\nfloor: none\n"), ("points: -45}", "points: -30}"))
    )
    assert table.floor == 12_500 + 2_125


OVERRIDE = (
    "grades:\n",
    """\
overrides:
  listed:
    title: {zh: 列入名单, en: Listed}
    when: {items: [a.listing]}
    effect: {grade: poor}
    authority: [law art. 2]
    basis: assumed
grades:
""",
)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ([OVERRIDE], "override 'listed'"),
        ([("start: 12.5", "start: [{points: 12.5, when: {subject: closed}}, {points: 1}]")], "start: it depends on conditions"),
        ([("curve: {levels: {high: 60, low: 2.5, other: 1}}", ""), ("kind: latest_level", "kind: count")], "indicator 'rating': points that follow the value (curve `identity`)"),
        ([("curve: {levels: {high: 60, low: 2.5, other: 1}}", ""), ("{kind: latest_level, items: [a.rating], window: all}", "{kind: event_points, items: {a.listing: -5}, window: all}"), ("no_record: 2.125", "no_record: 5")], "indicator 'rating': points of single events"),
        ([("not_collected: 7", "not_collected: unrated")], "indicator 'honours': `not_collected: unrated`"),
        ([("no_record: 2.125", "no_record: renormalise")], "indicator 'rating': `no_record: renormalise`"),
        ([("no_record: zero", "no_record: 1")], "indicator 'honours': `not_collected` and `no_record` earn different points"),
        ([("not_collected: 7", "applies: {when: {subject: closed}, otherwise: zero}")], "indicator 'honours': whether it applies"),
        ([("title: {zh: 评级, en: Ratings}\n        points: 40", "title: {zh: 评级, en: Ratings}\n        capped: true\n        points: 30"), ("en: Conduct}\n    points: 40", "en: Conduct}\n    points: 30")], "group 'ratings': its indicators can give 40 points and it is cut off at 30"),
        ([("en: Merit}\n    points: 60", "en: Merit}\n    points: 60\n    floor: 5")], "dimension 'merit': its indicators can fall to 0 points and its floor is 5"),
    ],
)  # fmt: skip
def test_what_a_points_table_cannot_express_is_refused_by_name(
    changes: list[tuple[str, str]], message: str
) -> None:
    written = card(*changes)
    with pytest.raises(InputError) as caught:
        points_table_of(written)
    assert message in str(caught.value)
    assert str(caught.value).startswith("'demo@1' cannot be written as a points table:")


def test_a_score_that_means_risk_is_refused() -> None:
    risky = card().model_copy(update={"direction": "higher_is_riskier"})
    with pytest.raises(InputError, match="direction: in a points table a higher score is better"):
        points_table_of(risky)


def test_every_culprit_is_named_at_once() -> None:
    with pytest.raises(InputError) as caught:
        points_table_of(card(text=CARD))
    said = str(caught.value)
    for culprit in ("event group 'same_case'", "override 'listed'", "indicator 'penalties'", "indicator 'listings'", "indicator 'honours': points that follow the value (curve `linear`)"):  # fmt: skip
        assert culprit in said
    assert "arrears" not in said


def test_what_training_writes_is_read_back_to_the_same_scores() -> None:
    sector = card()
    lines = {
        "rating": NumericBins(cuts=(0.5,), points=(30_000, -20_000), missing=-5_000),
        "honours": NumericBins(cuts=(0.5, 2.5), points=(-7_001, 4_000, 9_000), missing=1_000),
        "arrears": NumericBins(cuts=(0.125, 0.25, 5_000.25), points=(11, -3, -40_000, -50_000), missing=-100),
    }
    learnt = PointsTable(
        base=500_000,
        characteristics=tuple(
            Characteristic(feature=Feature(name=name, polarity="free"), bins=bins)
            for name, bins in lines.items()
        ),
    )
    policy = policy_of(BINNED)
    written = learnt_card(
        learnt, sector=sector, features=sector, catalogue=policy.catalogue, family="woe"
    ).card
    read = points_table_of(written)
    levels = {0.0: "high", 1.0: "low", None: None}
    amounts = (None, 0.0, 0.124999, 0.125, 0.249999, 0.25, 5_000.249999, 5_000.25, 1e9)
    for rank, honours, amount in product(levels, (None, 0.0, 1.0, 2.0, 3.0), amounts):
        want = expected(Case(table=learnt, grades=(), rows=()), (rank, honours, amount))
        got = expected(Case(table=read, grades=(), rows=()), (levels[rank], honours, amount))
        assert got.score == want.score


def test_without_overrides_the_score_before_them_is_exported_and_the_file_says_so() -> None:
    evaluation = evaluation_of(card(OVERRIDE), without_overrides=True)
    assert evaluation.table == points_table_of(card())
    assert evaluation.grades == ()
    assert "overrides (listed)" in evaluation.imprint.left_out[0].en


@pytest.mark.parametrize(
    ("old", "new", "left_out"),
    [
        ("from: 80}", "from: 80, requires: {items: [a.honour]}}", "'good' depends on more than the score"),
        ("from: 80}", "top_share: 0.1, from: 80}", "'good' depends on more than the score"),
    ],
)
def test_grades_that_need_more_than_the_score_are_left_out_and_named(
    old: str, new: str, left_out: str
) -> None:
    evaluation = evaluation_of(card((old, new)))
    assert evaluation.grades == ()
    assert left_out in evaluation.imprint.left_out[0].en


# The command


CLOSED = (
    "grades:\n",
    """\
overrides:
  closed:
    title: {zh: 注销, en: Closed}
    when: {subject: closed}
    effect: {unrated: true}
    basis: assumed
grades:
""",
)


def exported(*arguments: object) -> Any:
    app = typer.Typer()
    app.command("export")(export_command)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as training writes it: the scorecard, resting on the package's own catalogue."""
    own = load_policy()
    item = next(
        code
        for code, item in sorted(own.catalogue.items())
        if "enterprise" in item.subject_types and not item.levels
    )
    instrument = sorted(own.instruments)[0]
    head = (
        BINNED[: BINNED.index("  conduct:")]
        + BINNED[BINNED.index("  merit:") : BINNED.index("      arrears:")]
        + BINNED[BINNED.index("grades:") :]
    )
    text = (
        head.replace("law art. 1", instrument).replace("a.honour", item).replace("points: 60", "points: 30")
    )
    text = (
        text.replace("start: 12.5", "start: 70")
        .replace("capped: true\n", "")
        .replace("in_force", "extends: public-enterprise\nin_force")
    )
    (tmp_path / "trained").mkdir()
    (tmp_path / "trained" / "scorecard.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "trained" / "report.html").write_text("", encoding="utf-8")
    return tmp_path / "trained"


@pytest.mark.parametrize(
    "arguments",
    [
        ("--to", "sql", "--dialect", "postgres", "--table", "a.b", "--key", "id"),
        ("--to", "pmml", "--reasons", "1"),
    ],
)
def test_the_command_writes_the_same_file_twice(
    folder: Path, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    outs = [tmp_path / "one", tmp_path / "deep" / "two"]
    for out in outs:
        result = exported(folder, *arguments, "--lang", "en", "--out", out)
        assert result.exit_code == 0, result.output
        assert "demo@1: 1 characteristic, written to" in result.output.replace("\n", "")
        assert "points table sha256" in result.output
    one, two = (out.read_bytes() for out in outs)
    assert one == two
    assert sorted(p.name for p in tmp_path.iterdir()) == ["deep", "one", "trained"]
    text = one.decode()
    assert ('FROM "a"."b"' in text) == ("sql" in arguments)
    assert ('"id"' in text) == ("sql" in arguments)
    assert ('<OutputField name="reason_1"' in text) == ("pmml" in arguments)
    assert 'name="reason_2"' not in text


def test_an_existing_file_is_replaced_only_on_demand(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "card.sql"
    out.write_text("precious")
    refused = exported(folder, "--to", "sql", "--out", out)
    assert isinstance(refused.exception, OutputError)
    assert out.read_text() == "precious"
    assert exported(folder, "--to", "sql", "--out", out, "--overwrite").exit_code == 0
    assert '"subject_id"' in out.read_text()
    assert 'FROM "features"' in out.read_text()


def test_the_command_exports_the_score_before_overrides_only_on_demand(folder: Path, tmp_path: Path) -> None:
    file = folder / "scorecard.yaml"
    file.write_text(changed(file.read_text(encoding="utf-8"), *CLOSED), encoding="utf-8")
    refused = exported(folder, "--to", "sql", "--out", tmp_path / "x")
    assert isinstance(refused.exception, InputError)
    assert "override 'closed'" in str(refused.exception)
    done = exported(file, "--to", "sql", "--out", tmp_path / "x", "--without-overrides", "--lang", "en")
    assert done.exit_code == 0, done.output
    sentence = "Not included: the overrides (closed) and the grades. This is the score before overrides."
    assert sentence in " ".join(done.output.split())
    assert f"-- {sentence}\n" in (tmp_path / "x").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--to", "pmml", "--dialect", "spark"), "--dialect has no meaning with --to pmml"),
        (("--to", "sql", "--reasons", "2"), "--reasons has no meaning with --to sql"),
    ],
)
def test_an_option_that_would_change_nothing_is_wrong_usage(
    folder: Path, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    result = exported(folder, *arguments, "--out", tmp_path / "x")
    assert result.exit_code == 2
    assert said in " ".join(result.output.replace("│", " ").split())
    assert not (tmp_path / "x").exists()


def test_what_is_no_scorecard_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"holds no scorecard\.yaml"):
        read_scorecard(tmp_path)
    with pytest.raises(NotFoundError, match="does not exist"):
        read_scorecard(tmp_path / "card.yaml")
    (tmp_path / "card.yaml").write_text("scorecard: x\n")
    with pytest.raises(PolicyError):
        read_scorecard(tmp_path / "card.yaml")


def test_a_model_of_trees_is_refused_with_the_reason() -> None:
    model = {"file": "model.txt", "sha256": "0" * 64, "features": ["honours"]}
    written = card()
    gradient = Scorecard.model_validate(
        written.model_dump(by_alias=True, exclude_unset=True) | {"model": model}
    )
    with pytest.raises(InputError, match="interactions"):
        points_table_of(gradient)
