"""An audit office's published risk table as a policy file: every one of its 776 rows scored by the engine."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from cases.engine import Answer, answers_of, load_policy, run
from oracle.reading import Dates, Record, Subject

pytestmark = pytest.mark.real_data

SCHEMES = Path(__file__).parents[1] / "schemes"
ON = date(2017, 12, 31)
LEVELS = {Decimal("0.2"): "low", Decimal("0.4"): "middle", Decimal("0.6"): "high"}
# By position: two columns are called Score_B, and PROB and Prob differ by case only.
COLUMNS = {"planned": (2, 3), "unplanned": (5, 6), "past_findings": (9, 10), "misstated": (12, 13), "district": (15, 16), "loss": (18, 19)}  # fmt: skip
INHERENT, CONTROL, DETECTION, FLAGGED = 22, 23, 24, 26
THOUSANDTH = Decimal("0.001")


@dataclass(frozen=True)
class Row:
    """One published row: value and score of each risk, and what the table says of the firm."""

    subject_id: str
    risks: dict[str, tuple[Decimal, Decimal]]
    control: Decimal
    detection: Decimal
    inherent: Decimal
    flagged: bool

    @property
    def summed(self) -> Decimal:
        """Inherent risk from its six parts, without rounding."""
        return sum((value * score for value, score in self.risks.values()), Decimal())


def read_rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        _, *lines = csv.reader(file)
    return [
        Row(
            subject_id=f"row-{i:03}",
            # A value left out stands for a risk of 0 in the published sum.
            risks={
                name: (Decimal(line[value] or 0), Decimal(line[score]))
                for name, (value, score) in COLUMNS.items()
            },
            control=Decimal(line[CONTROL]),
            detection=Decimal(line[DETECTION]),
            inherent=Decimal(line[INHERENT]),
            flagged=line[FLAGGED] == "1",
        )
        for i, line in enumerate(lines)
    ]


def records_of(row: Row) -> list[Record]:
    entries = [(f"audit.{name}_{LEVELS[score]}", value) for name, (value, score) in row.risks.items()]
    entries.append(("audit.control_risk", row.control))
    return [
        Record(
            record_id=f"{row.subject_id}-{item}",
            subject_id=row.subject_id,
            item=item,
            occurred_on=date(2016, 1, 1),
            recorded_on=date(2016, 1, 1),
            value=value,
        )
        for item, value in entries
    ]


@pytest.fixture(scope="module")
def rows(shared: Path) -> list[Row]:
    return read_rows(shared / "audit-risk" / "audit_risk.csv")


@pytest.fixture(scope="module")
def answers(rows: list[Row]) -> dict[str, Answer]:
    policy = load_policy(*(SCHEMES / f"{name}.yaml" for name in ("audit-risk", "catalogue", "instruments")))
    subjects = [Subject(row.subject_id, subject_type="enterprise") for row in rows]
    result = run(policy, subjects, [record for row in rows for record in records_of(row)], Dates(ON, ON))
    assert result.rejected.num_rows == 0
    return answers_of(result)


def test_every_published_flag_is_ours(rows: list[Row], answers: dict[str, Answer]) -> None:
    ours = {row.subject_id: answers[row.subject_id]["grade"] == "flagged" for row in rows}
    assert len(ours) == 776
    assert ours == {row.subject_id: row.flagged for row in rows}
    assert sum(ours.values()) == 305


def test_every_flag_is_that_of_the_product(rows: list[Row], answers: dict[str, Answer]) -> None:
    for row in rows:
        score = (
            Decimal(answers[row.subject_id]["score"].numerator) / answers[row.subject_id]["score"].denominator
        )
        flagged = score * row.control * row.detection >= 1
        assert (answers[row.subject_id]["grade"] == "flagged") == flagged


def test_every_score_is_the_sum_of_the_six_products(rows: list[Row], answers: dict[str, Answer]) -> None:
    for row in rows:
        score = answers[row.subject_id]["score"]
        coarse = [v for v, s in row.risks.values() if v * s != (v * s).quantize(THOUSANDTH)]
        # Each risk is rounded once, to the nearest thousandth; most are thousandths as they stand.
        assert abs(Decimal(score.numerator) / score.denominator - row.summed) <= len(coarse) * THOUSANDTH / 2


def test_every_score_but_one_is_the_published_inherent_risk(
    rows: list[Row], answers: dict[str, Answer]
) -> None:
    apart = {}
    for row in rows:
        score = answers[row.subject_id]["score"]
        if abs(Decimal(score.numerator) / score.denominator - row.inherent) > Decimal("0.0015"):
            apart[row.subject_id] = (Decimal(score.numerator) / score.denominator, row.inherent)
    # The first row of the table states 8.574; its own six risks add up to 5.084. Both are flagged.
    assert apart == {"row-000": (Decimal("5.084"), Decimal("8.574"))}
