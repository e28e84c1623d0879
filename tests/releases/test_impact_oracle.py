"""Simulations against a plain, slow account of two runs, subject by subject, on random scorecards and archives."""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from credit_scoring import Run, explain, load_policy, score
from credit_scoring.errors import PolicyError
from credit_scoring.releases.impact import Impact, Side, side_of, simulate_to_folder
from credit_scoring.releases.terms import Inspections, Terms, load_terms
from oracle.scoring import all_indicators
from oracle.tables import coverage_table, records_table, subjects_table
from properties.archives import CATALOGUE, INSTRUMENTS, archives
from properties.policies import scorecards
from sectors.small_sector import world
from sectors.test_training import ON as TRAINED_ON
from sectors.test_training import rests_on, trained

Row = dict[str, Any]
MOST = 50


@dataclass(frozen=True)
class Case:
    """Two scorecards and the tables they are compared on."""

    sides: tuple[Side, Side]
    subjects: pa.Table
    records: pa.Table
    on: date
    known_by: date
    coverage: pa.Table | None
    segments: pa.Table | None
    terms: Terms

    def turned(self) -> Case:
        """The same the other way round."""
        return Case(
            (self.sides[1], self.sides[0]), self.subjects, self.records, self.on, self.known_by, self.coverage,
            self.segments, self.terms,
        )  # fmt: skip

    def simulated(self) -> tuple[Impact, list[Row]]:
        """The simulation, and the rows of `changes.parquet`."""
        with TemporaryDirectory() as name:
            folder = Path(name)
            paths: dict[str, Path | None] = {}
            for table in ("subjects", "records", "coverage", "segments"):
                content = getattr(self, table)
                paths[table] = None if content is None else folder / f"{table}.parquet"
                if content is not None:
                    pq.write_table(content, paths[table])
            assert paths["subjects"] is not None
            assert paths["records"] is not None
            impact = simulate_to_folder(
                *self.sides, subjects=paths["subjects"], records=paths["records"], coverage=paths["coverage"],
                segments=paths["segments"], on=self.on, known_by=self.known_by, terms=self.terms, out=folder / "out",
                threads=1,
            )  # fmt: skip
            return impact, pq.read_table(folder / "out" / "changes.parquet").to_pylist()


@dataclass
class One:
    """What one run says of one subject."""

    row: Row
    state: tuple[str, str | None]
    points: dict[str, Fraction]

    @property
    def raw(self) -> Fraction:
        return Fraction(self.row["score_raw"])

    @property
    def score(self) -> Fraction:
        return Fraction(self.row["score"])


@dataclass
class Told:
    """What the oracle says of a comparison."""

    both: dict[str, tuple[One, One]]
    changes: dict[str, Row] = field(default_factory=dict)


def card_of(side: Side, on: date) -> Any:
    return side.card(on)


def by_subject(case: Case, side: Side) -> tuple[dict[str, One], Run]:
    run = score(
        side.policy.as_if_in_force(case.on), subjects=case.subjects, records=case.records, on=case.on,
        known_by=case.known_by, coverage=case.coverage, threads=1,
    )  # fmt: skip
    card = card_of(side, case.on)
    departed: dict[str, dict[str, Fraction]] = defaultdict(dict)
    for row in run.points.to_pylist():
        departed[row["subject_id"]][row["indicator"]] = Fraction(row["points"])
    found = {}
    for row in run.scores.to_pylist():
        points = {p.indicator: base_of(p.rule) for p in card.places()} | departed[row["subject_id"]]
        found[row["subject_id"]] = One(row, state_of(card, row), points)
    return found, run


def base_of(rule: Any) -> Fraction:
    """Points where nothing is on record, by the text of the rule; who is not rated for it, or it is left out, has none."""
    if rule.no_record in ("unrated", "renormalise"):
        return Fraction(0)
    words = {"full": rule.points, "zero": Decimal(0)}
    points = min(words.get(rule.no_record, rule.no_record), rule.points)
    if rule.floor != "none":
        points = max(points, rule.floor)
    return Fraction(round(Fraction(points) * 1000), 1000)


def state_of(card: Any, row: Row) -> tuple[str, str | None]:
    if row["unrated"]:
        return "unrated", None
    if card.grades:
        return ("grade", row["grade"]) if row["grade"] is not None else ("no_grade", None)
    return ("band", row["band"]) if card.bands is not None else ("rated", None)


def worst_of(card: Any) -> set[str]:
    """From the end: grades only a determination gives, up to the first that points lead to on the ladder."""
    worst: list[str] = []
    for name, grade in reversed(card.grades.items()):
        limits = grade.from_, grade.below, grade.requires, grade.top_share
        reached = grade.otherwise or any(limit is not None for limit in limits)
        if not reached:
            worst.append(name)
        elif grade.ladder:
            return {*worst, name}
    return set()


def told(case: Case) -> Told:
    (old, _), (new, _) = (by_subject(case, side) for side in case.sides)
    cards = [card_of(side, case.on) for side in case.sides]
    result = Told({key: (old[key], new[key]) for key in old.keys() & new.keys()})
    worst = [worst_of(card) for card in cards]
    for key, (a, b) in result.both.items():
        moved = a.state != b.state
        if a.score == b.score and not moved:
            continue
        parts = parts_of(cards, a, b)
        assert sum(parts.values()) == b.score - a.score
        cause, rule, points = cause_of(cards, a, b, parts)
        grade_cause, rules = grade_cause_of(cards, a, b)
        result.changes[key] = {
            "subject_id": key, "score_before": a.score, "score_after": b.score, "change": b.score - a.score,
            "grade_before": a.state[1], "grade_after": b.state[1], "moved": moved,
            "entered_worst": b.state[1] in worst[1] and a.state[1] not in worst[0],
            "left_worst": a.state[1] in worst[0] and b.state[1] not in worst[1],
            "cause": cause, "cause_rule": rule, "cause_change": points, "grade_cause": grade_cause,
            "grade_rules": rules,
        }  # fmt: skip
    return result


def parts_of(cards: list[Any], a: One, b: One) -> dict[tuple[str, str], Fraction]:
    """Start, indicators, what comes and goes with them, bounds, overrides: everything a score is made of."""
    bases = [{p.indicator: base_of(p.rule) for p in card.places()} for card in cards]
    parts: dict[tuple[str, str], Fraction] = {}
    for name in bases[0].keys() | bases[1].keys():
        before = a.points[name] if name in bases[0] else bases[1][name]
        after = b.points[name] if name in bases[1] else bases[0][name]
        parts["indicator", name] = after - before
    parts["start", ""] = Fraction(b.row["start"]) - Fraction(a.row["start"])
    parts["composition", ""] = sum(
        (p for name, p in bases[1].items() if name not in bases[0]), Fraction(0)
    ) - sum((p for name, p in bases[0].items() if name not in bases[1]), Fraction(0))
    cut = [one.raw - Fraction(one.row["start"]) - sum(one.points.values()) for one in (a, b)]
    parts["bounds", ""] = cut[1] - cut[0]
    parts["override", ""] = (b.score - b.raw) - (a.score - a.raw)
    return parts


KINDS = ("indicator", "start", "composition", "bounds", "override")


def cause_of(
    cards: list[Any], a: One, b: One, parts: dict[tuple[str, str], Fraction]
) -> tuple[str, str | None, Any]:
    if a.score == b.score:
        cause, rules = grade_cause_of(cards, a, b)
        return str(cause), ", ".join(rules) if cause == "override" else None, None
    way = 1 if b.score > a.score else -1
    kind, name = min(parts, key=lambda p: (-way * parts[p], KINDS.index(p[0]), p[1]))
    rule = {"indicator": name, "override": ", ".join(determinations(a, b))}.get(kind)
    return kind, rule, parts[kind, name]


def determinations(a: One, b: One) -> list[str]:
    old, new = set(a.row["overrides"]), set(b.row["overrides"])
    return sorted(old ^ new or old | new)


def grade_cause_of(cards: list[Any], a: One, b: One) -> tuple[str | None, list[str]]:
    if a.state == b.state:
        return None, []
    override = "override", determinations(a, b)
    if a.row["unrated"] != b.row["unrated"]:
        card, one = (cards[0], a) if a.row["unrated"] else (cards[1], b)
        given = any(card.overrides[name].effect.unrated for name in one.row["overrides"])
        return override if given else ("unrated", [])
    same = limits_of(cards[0]) == limits_of(cards[1])
    by_points: tuple[str, list[str]] = ("points" if same else "points_and_limits", [])
    if not (cards[0].grades and cards[1].grades):
        if a.score == b.score:
            return "limits", []
        return override if a.raw == b.raw else by_points
    if a.row["grade_raw"] == b.row["grade_raw"]:
        return override
    determined = any(one.row["grade"] != one.row["grade_raw"] for one in (a, b))
    if determined and set(a.row["overrides"]) != set(b.row["overrides"]):
        return override
    return ("limits", []) if a.raw == b.raw else by_points


def limits_of(card: Any) -> list[Any]:
    grades = [
        (k, g.from_, g.below, g.otherwise, g.requires, g.top_share, g.within, g.ladder)
        for k, g in card.grades.items()
    ]
    return [grades, card.bands.width if card.bands is not None else None]


def groups_of(case: Case) -> dict[str, dict[str, str | None]]:
    """The values of every grouping, by subject."""
    found: dict[str, dict[str, str | None]] = defaultdict(dict)
    for row in case.subjects.to_pylist():
        key, region, industry, born = (
            row[c] for c in ("subject_id", "region_code", "industry_code", "established_on")
        )
        found["subject_type"][key] = row["subject_type"]
        found["region"][key] = region
        found["prefecture"][key] = region[:4] if region else None
        found["industry"][key] = industry[0] if industry else None
        found["division"][key] = industry[:3] if industry else None
        found["age"][key] = age_of(born, case.on)
    for row in case.segments.to_pylist() if case.segments is not None else ():
        found["size"][row["subject_id"]] = row["size"]
    return found


def age_of(born: date | None, on: date) -> str | None:
    if born is None:
        return None
    years = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    ends = ((1, "0"), (3, "1-2"), (5, "3-4"), (10, "5-9"), (20, "10-19"))
    return next((name for end, name in ends if years < end), "20+")


def check(case: Case) -> tuple[Impact, list[Row], Told]:
    """The simulation is what the oracle says, number by number."""
    impact, rows = case.simulated()
    expected = told(case)
    cards = [card_of(side, case.on) for side in case.sides]
    assert impact.population.reconciles
    assert impact.population.both == len(expected.both) == impact.everyone.subjects

    everyone = list(expected.both)
    check_movement(impact, impact.everyone, everyone, expected, case, cards)
    groups = groups_of(case)
    for kind in impact.by:
        values: dict[str | None, list[str]] = defaultdict(list)
        for key in everyone:
            values[groups[kind.name].get(key)].append(key)
        assert {s.value for s in kind.segments} == set(values)
        for segment in kind.segments:
            check_movement(impact, segment.movement, values[segment.value], expected, case, cards)
            assert segment.judged == (
                len(values[segment.value]) >= case.terms.limits.impact.segment_size_at_least
            )

    found = {row["subject_id"]: row for row in rows}
    assert found.keys() == expected.changes.keys()
    for key, row in expected.changes.items():
        shown = {name: exact(found[key][name]) for name in row}
        assert shown == row, f"{key}: {shown} for {row}"

    check_reasons(impact, expected, cards)
    check_movers(impact, expected, cards, {row["subject_id"]: row["mover"] for row in rows})
    counts = Counter((row["cause"], row["cause_rule"]) for row in expected.changes.values())
    assert {(c.cause, c.rule): c.subjects for c in impact.causes} == counts
    check_distribution(impact, expected)
    return impact, rows, expected


def exact(value: Any) -> Any:
    return Fraction(value) if isinstance(value, Decimal) else value


def check_movement(
    impact: Impact, m: Any, keys: list[str], expected: Told, case: Case, cards: list[Any]
) -> None:
    both = expected.both
    matrix = Counter((both[k][0].state, both[k][1].state) for k in keys)
    states = [[(s.kind, s.name) for s in side] for side in (impact.states_before, impact.states_after)]
    assert {(states[0][c.before], states[1][c.after]): c.subjects for c in m.cells} == matrix
    changes = [expected.changes[k] for k in keys if k in expected.changes]
    assert m.subjects == len(keys)
    assert m.moved == sum(c["moved"] for c in changes)
    assert m.entered_worst == sum(c["entered_worst"] for c in changes)
    assert m.left_worst == sum(c["left_worst"] for c in changes)
    assert m.score_changed == sum(c["change"] != 0 for c in changes)
    assert Fraction(m.change) == sum(c["change"] for c in changes)
    assert Fraction(m.absolute_change) == sum(abs(c["change"]) for c in changes)
    steps = [steps_of(cards, *both[k]) for k in keys]
    same = list(cards[0].grades) == list(cards[1].grades) and width_of(cards[0]) == width_of(cards[1])
    assert impact.same_ladder == same
    assert m.better == (sum(s > 0 for s in steps) if same else None)
    assert m.worse == (sum(s < 0 for s in steps) if same else None)
    for side, drawn in enumerate((m.inspections_before, m.inspections_after)):
        ratios = case.terms.inspections_of(cards[side].scorecard)
        if ratios is None:
            assert drawn is None
        else:
            names = [both[k][side].state[1] for k in keys]
            assert Fraction(drawn) == sum(Fraction(ratios.ratios.get(str(n), Decimal(0))) for n in names)


def width_of(card: Any) -> Any:
    return card.bands.width if card.bands is not None and not card.grades else None


def steps_of(cards: list[Any], a: One, b: One) -> int:
    """Steps up the ladder; bands count as steps; none where somebody has no grade."""
    if "grade" == a.state[0] == b.state[0]:
        order = list(cards[0].grades)
        if order != list(cards[1].grades):
            return 0
        return order.index(str(a.state[1])) - order.index(str(b.state[1]))
    if "band" == a.state[0] == b.state[0] and width_of(cards[0]) == width_of(cards[1]):
        places = [one.score // Fraction(width_of(cards[0])) for one in (a, b)]
        return int(places[1] - places[0]) * (1 if cards[0].direction == "higher_is_better" else -1)
    return 0


def check_reasons(impact: Impact, expected: Told, cards: list[Any]) -> None:
    for kind, column in (("indicator", "reasons"), ("override", "overrides")):
        counts: list[Counter[str]] = [
            Counter(rule for pair in expected.both.values() for rule in pair[side].row[column])
            for side in (0, 1)
        ]
        known = [
            {p.indicator for p in card.places()} if kind == "indicator" else set(card.overrides)
            for card in cards
        ]
        found = {r.rule: (r.before, r.after) for r in impact.reasons if r.kind == kind}
        assert found == {
            rule: tuple(counts[side][rule] if rule in known[side] else None for side in (0, 1))
            for rule in known[0] | known[1]
        }


def check_movers(impact: Impact, expected: Told, cards: list[Any], numbers: dict[str, Any]) -> None:
    sign = 1 if cards[0].direction == "higher_is_better" else -1
    standing = {
        key: (sign * row["change"], steps_of(cards, *expected.both[key]))
        for key, row in expected.changes.items()
    }
    up = sorted(
        (k for k, s in standing.items() if s > (0, 0)), key=lambda k: (-standing[k][0], -standing[k][1], k)
    )
    down = sorted((k for k, s in standing.items() if s < (0, 0)), key=lambda k: (*standing[k], k))
    private = cards[0].subject_type == "natural_person"
    wanted = {key: i + 1 for i, key in enumerate(up[:MOST])} | {
        key: -i - 1 for i, key in enumerate(down[:MOST])
    }
    assert {key: number for key, number in numbers.items() if number is not None} == wanted
    keys = {number: key for key, number in wanted.items()}
    assert [m.number for m in impact.rising] == list(range(1, len(up[:MOST]) + 1))
    assert [m.number for m in impact.falling] == [-n - 1 for n in range(len(down[:MOST]))]
    for mover in (*impact.rising, *impact.falling):
        key = keys[mover.number]
        row = expected.changes[key]
        assert mover.subject_id == (None if private else key)
        assert Fraction(mover.change) == row["change"]
        assert (mover.cause, mover.cause_rule, mover.grade_cause) == (
            row["cause"],
            row["cause_rule"],
            row["grade_cause"],
        )
        parts = {k: v for k, v in parts_of(cards, *expected.both[key]).items() if v}
        shown: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
        for part in mover.parts:
            kind = "bounds" if part.kind in ("heading", "scale") else part.kind
            shown[kind, part.rule if part.kind == "indicator" and part.rule else ""] += Fraction(part.change)
        assert {k: v for k, v in shown.items() if v} == parts
        assert sum((part.change for part in mover.parts), Decimal(0)) == mover.change


def check_distribution(impact: Impact, expected: Told) -> None:
    if not expected.both:
        assert impact.distribution is None
        return
    assert impact.distribution is not None
    for side, name in enumerate(("before", "after")):
        scores = sorted(pair[side].score for pair in expected.both.values())
        mean = Fraction(getattr(impact.distribution, f"mean_{name}"))
        assert abs(mean - sum(scores) / len(scores)) <= Fraction(1, 2000)
        for q in impact.distribution.quantiles:
            value = Fraction(getattr(q, name))
            assert value in scores
            assert 100 * sum(s <= value for s in scores) >= q.percent * len(scores)
            assert 100 * sum(s < value for s in scores) < max(q.percent, 1) * len(scores)
        for b in impact.distribution.bins:
            assert getattr(b, name) == sum(Fraction(b.low) <= s < Fraction(b.high) for s in scores)


def check_turned(case: Case, impact: Impact, rows: list[Row]) -> None:
    """The other way round the matrix is transposed and every change has the other sign."""
    back, changes = case.turned().simulated()
    states = impact.states_before, impact.states_after
    assert (back.states_after, back.states_before) == states
    cells = {(c.before, c.after, c.subjects) for c in impact.everyone.cells}
    assert {(c.after, c.before, c.subjects) for c in back.everyone.cells} == cells
    here, there = impact.everyone, back.everyone
    assert (there.better, there.worse) == (here.worse, here.better)
    assert (there.entered_worst, there.left_worst) == (here.left_worst, here.entered_worst)
    assert (there.change, there.absolute_change) == (-here.change, here.absolute_change)
    assert (there.inspections_before, there.inspections_after) == (
        here.inspections_after,
        here.inspections_before,
    )
    assert {(r.rule, r.after, r.before) for r in back.reasons} == {
        (r.rule, r.before, r.after) for r in impact.reasons
    }
    turned = {row["subject_id"]: row for row in changes}
    assert turned.keys() == {row["subject_id"] for row in rows}
    for row in rows:
        other = turned[row["subject_id"]]
        assert other["change"] == -row["change"]
        assert (other["cause"], other["cause_rule"], other["grade_cause"]) == (
            row["cause"],
            row["cause_rule"],
            row["grade_cause"],
        )
        assert other["cause_change"] == (None if row["cause_change"] is None else -row["cause_change"])
        assert (other["entered_worst"], other["left_worst"]) == (row["left_worst"], row["entered_worst"])
        assert other["mover"] == (None if row["mover"] is None else -row["mover"])


def terms_for(rng: random.Random, names: dict[str, list[str]]) -> Terms:
    """Made-up ratios for some of the grades of some scorecards, and segments judged from three subjects on."""
    usual = load_terms().terms
    parts = tuple(
        Inspections(
            scorecards=(name,), authority=("rule",), basis="assumed",
            ratios={g: Decimal(rng.randint(1, 10**6)).scaleb(-6) for g in grades if rng.random() < 0.8} or {"none": Decimal(1)},
        )
        for name, grades in names.items() if rng.random() < 0.8
    )  # fmt: skip
    limits = usual.limits.impact.model_copy(update={"segment_size_at_least": 3})
    return usual.model_copy(
        update={"inspections": parts, "limits": usual.limits.model_copy(update={"impact": limits})}
    )


def changed(text: str, rng: random.Random) -> str:
    """A draft: other cuts, windows, points, without a determination, or with one more."""
    tree = yaml.load(text, Loader=yaml.BaseLoader)
    tree["edition"] = "draft"
    tree["in_force"] = {"from": "2090-01-01"}
    for _ in range(rng.randint(1, 3)):
        what = rng.choice(("cuts", "cuts", "window", "points", "points", "determination", "effect"))
        if what == "cuts":
            by = rng.choice((Decimal("0.5"), Decimal(3), Decimal("-2")))
            for grade in tree.get("grades", {}).values():
                for key in ("from", "below"):
                    if key in grade:
                        grade[key] = str(Decimal(grade[key]) + by)
        elif what == "window":
            return redated(yaml.dump(tree, sort_keys=False, allow_unicode=True), rng)
        elif what == "determination" and tree.get("overrides"):
            tree["overrides"].pop(rng.choice(sorted(tree["overrides"])))
        elif what == "effect" and tree.get("grades"):
            letter = rng.choice(list(tree["grades"]))
            tree.setdefault("overrides", {})["young"] = {
                "title": {"zh": "新", "en": "New"}, "when": {"items": ["bad.plain"]},
                "effect": {rng.choice(("grade", "grade_at_most")): letter}, "basis": "assumed",
            }  # fmt: skip
        else:
            for rule in all_indicators(tree).values():
                if rule["measure"]["kind"] == "event_points":
                    items = rule["measure"]["items"]
                    items |= {item: doubled(points) for item, points in items.items()}
                elif rng.random() < 0.5:
                    rule["start"] = rule["no_record"] = "full"
    return yaml.dump(tree, sort_keys=False, allow_unicode=True)


def doubled(points: Any) -> Any:
    """Points of an event, or of each of its levels, twice as many."""
    if isinstance(points, dict):
        return {key: doubled(one) if key not in ("per", "units") else one for key, one in points.items()}
    return str(2 * Decimal(points))


def redated(text: str, rng: random.Random) -> str:
    spans = sorted(
        {line.split("window: ")[1] for line in text.splitlines() if "window: " in line and "months" in line}
    )
    return (
        text.replace(f"window: {spans[0]}", f"window: {rng.choice((1, 5, 18, 40))} months") if spans else text
    )


def random_side(text: str, label: str) -> Side:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "card.yaml"
        file.write_text(_plain_numbers(text), encoding="utf-8")
        return Side(label=label, policy=load_policy(file, CATALOGUE, INSTRUMENTS), released=None)


def _plain_numbers(text: str) -> str:
    """Text that `yaml.BaseLoader` read comes back in quotes; what was a number or a date is one again."""
    return re.sub(r"'(-?[0-9][0-9.]*|true|false|[0-9]{4}-[0-9]{2}-[0-9]{2})'", r"\1", text).replace(
        "edition: draft", 'edition: "draft"'
    )


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A scorecard and a draft of it, or two that have nothing in common."""
    kind = draw(st.sampled_from(("enterprise", "enterprise", "enterprise", "natural_person")))
    rng = random.Random(draw(st.integers(0, 2**32 - 1)))
    first = draw(scorecards(kind))
    text = changed(first.text, rng) if draw(st.integers(0, 2)) else draw(scorecards(kind)).text
    try:
        sides = random_side(first.text, "A"), random_side(text, "B")
    except PolicyError:
        assume(False)
        raise
    assume(sides[0].policy.scorecards[0].direction == sides[1].policy.scorecards[0].direction)
    archive = draw(archives((kind,), subjects=60, covered=st.booleans()))
    subjects = subjects_table(archive.subjects)
    names = {card.scorecard: list(card.grades) for side in sides for card in side.policy.scorecards}
    ids = [s.subject_id for s in archive.subjects if rng.random() < 0.8] + ["nobody"]
    segments = pa.table(
        {"subject_id": ids, "size": pa.array([rng.choice(("大", "小", None)) for _ in ids], pa.string())}
    )
    return Case(
        sides, subjects, records_table(archive.records), archive.dates.on, archive.dates.known_by,
        None if archive.coverage is None else coverage_table(archive.coverage),
        segments if rng.random() < 0.7 else None, terms_for(rng, names),
    )  # fmt: skip


@settings(max_examples=4)
@given(cases())
def test_a_simulation_is_what_two_runs_say_and_turns_round(case: Case) -> None:
    impact, rows, _ = check(case)
    check_turned(case, impact, rows)


def sector_case(a: str, b: str) -> Case:
    _, out = trained("woe")
    named = {"weighted": out.parent / "sector.yaml", "learnt": out}
    sides = [side_of(str(named[name]), on=TRAINED_ON, policy=rests_on(out.parent)) for name in (a, b)]
    tables = world()
    rng = random.Random(3)
    names = {card.scorecard: list(card.grades) for side in sides for card in [side.card(TRAINED_ON)]}
    return Case(
        (sides[0], sides[1]), tables.subjects.slice(0, 400), tables.records, TRAINED_ON, TRAINED_ON, None, None,
        terms_for(rng, names),
    )  # fmt: skip


def test_a_learnt_evaluation_is_compared_with_the_weighted_one_it_replaces() -> None:
    case = sector_case("weighted", "learnt")
    impact, rows, _ = check(case)
    check_turned(case, impact, rows)
    assert impact.before.extends == impact.after.extends == "demo@1"
    assert impact.everyone.score_changed > 100
    # And by the explanations a party would be given.
    runs = [by_subject(case, side)[1] for side in case.sides]
    for mover in impact.falling[:3]:
        assert mover.subject_id is not None
        lines = [
            {line.indicator: line.points for d in explain(run, mover.subject_id).dimensions for g in d.groups for line in g.indicators}
            for run in runs
        ]  # fmt: skip
        for part in mover.parts:
            if part.kind == "indicator" and part.rule:
                assert (part.before, part.after) == (lines[0].get(part.rule), lines[1].get(part.rule))


def test_a_scorecard_against_itself_changes_nothing() -> None:
    impact, rows = sector_case("learnt", "learnt").simulated()
    assert rows == []
    assert (impact.everyone.moved, impact.everyone.score_changed, impact.everyone.absolute_change) == (
        0,
        0,
        0,
    )
    assert (
        impact.everyone.better,
        impact.everyone.worse,
        impact.everyone.entered_worst,
        impact.everyone.left_worst,
    ) == (0, 0, 0, 0)
    assert impact.inspections_before == impact.inspections_after
    assert all(reason.before == reason.after for reason in impact.reasons)
    assert impact.rising == impact.falling == impact.causes == ()
    assert all(cell.before == cell.after for cell in impact.everyone.cells)
