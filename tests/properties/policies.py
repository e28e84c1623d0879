"""Random scorecards: every kind of measure, curve, window, decay, repair, heading, override and grade.

A scorecard is built as the tree its YAML file holds and written as text, so that the engine and the oracle read
the same file, each in its own way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import yaml
from hypothesis import strategies as st

from properties.archives import MONTHS, catalogue

Node = dict[str, Any]

SUBJECT_TYPES = (
    "enterprise",
    "natural_person",
    "social_organisation",
    "public_institution",
    "government_agency",
)
FREE = ("free.plain", "free.value", "free.level", "free.letter", "free.kept")
"""Items that may count either way."""
WITH_VALUE = ("free.value", "free.level", "free.kept")
WITH_LEVELS = ("free.level", "free.letter", "free.kept")


@dataclass(frozen=True)
class Written:
    """A scorecard as its YAML text."""

    subject_type: str
    text: str

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(f"\n{self.text}")


def within_scale(node: Node) -> Node:
    """The scorecard with the scores its overrides set brought into its scale: anything else is refused."""
    low = Decimal("-Infinity") if node.get("floor") == "none" else Decimal(str(node.get("floor", 0)))
    for override in node.get("overrides", {}).values():
        for effect, score in override["effect"].items():
            if effect.startswith("score"):
                override["effect"][effect] = max(min(Decimal(str(score)), Decimal(str(node["total"]))), low)
    return node


def in_yaml(node: Node) -> str:
    """The tree as YAML, numbers exactly as they are."""
    return yaml.dump(node, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100)


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _decimal(dumper: yaml.SafeDumper, value: Decimal) -> yaml.Node:
    whole = value == value.to_integral_value()
    tag = "tag:yaml.org,2002:int" if whole else "tag:yaml.org,2002:float"
    return dumper.represent_scalar(tag, format(value.to_integral_value() if whole else value, "f"))


_Dumper.add_representer(Decimal, _decimal)

half = st.booleans()
months = st.sampled_from(MONTHS)


def seldom(one_in: int = 4) -> st.SearchStrategy[bool]:
    """True once in so many; shrinks to False."""
    return st.integers(0, one_in - 1).map(lambda n: n == one_in - 1)


def thousandths(low: int, high: int) -> st.SearchStrategy[Decimal]:
    """Points between two numbers, mostly whole, sometimes to the thousandth."""
    whole = st.integers(low, high).map(Decimal)
    return st.one_of(whole, whole, st.integers(low * 1000, high * 1000).map(lambda n: Decimal(n) / 1000))


def signed_points(sign: str) -> st.SearchStrategy[Decimal]:
    """Points of an event: deducted, earned, or either."""
    if sign == "-":
        return thousandths(0, 15).map(lambda p: -p if p else p)
    return thousandths(0, 15) if sign == "+" else thousandths(-15, 15)


def factors() -> st.SearchStrategy[Decimal]:
    """Factors between 0 and 1."""
    return st.sampled_from([Decimal(f) for f in ("0", "0.2", "0.333333", "0.5", "0.6", "1")])


# --- which records, which events ------------------------------------------------------------------------------


@st.composite
def windows(draw: st.DrawFn, items: tuple[str, ...]) -> Any:
    """A window in months, none, calendar years, or each record's own term."""
    kind = draw(st.sampled_from(("months", "months", "all", "calendar", "own_term")))
    if kind == "months":
        return f"{draw(months)} months"
    if kind == "all":
        return "all"
    if kind == "calendar":
        return {"calendar_years": draw(st.integers(1, 3)), "offset": draw(st.integers(0, 2))}
    term: Node = {"default": f"{draw(months)} months"}
    levels = levels_of(items)
    if levels and draw(half):
        term["until_repaired"] = [draw(st.sampled_from(levels))]
    return {"own_term": term}


def levels_of(items: tuple[str, ...]) -> list[str]:
    """Every level of some items."""
    return list(dict.fromkeys(level for item in items for level in catalogue()[item].get("levels", ())))


@st.composite
def shared_keys(draw: st.DrawFn, items: tuple[str, ...]) -> Node:
    """What all measures over records have in common."""
    node: Node = {"window": draw(windows(items))}
    if draw(half):
        node["repaired"] = draw(st.sampled_from(("excluded", "counts", "only")))
    if draw(half):
        node["same_event"] = draw(st.sampled_from(("largest", "first", "sum")))
    if draw(seldom(3)):
        node["one_event"] = draw(st.sampled_from(("event_id", "month", "record")))
    if all(item in WITH_VALUE for item in items):
        if draw(seldom()):
            node["value_at_least"] = draw(st.sampled_from((Decimal("2.5"), 1, 0)))
        if draw(seldom()):
            node["value_below"] = draw(st.sampled_from((Decimal("33.3333"), 10)))
    return node


@st.composite
def selected(draw: st.DrawFn, kinds: tuple[str, ...], pool: tuple[str, ...]) -> Node:
    """A measure over some items, or some of their levels."""
    items = tuple(draw(st.lists(st.sampled_from(pool), min_size=1, max_size=2, unique=True)))
    node: Node = {"kind": draw(st.sampled_from(kinds)), "items": list(items)}
    levels = levels_of(items)
    if levels and draw(seldom(3)):
        node["levels"] = draw(st.lists(st.sampled_from(levels), min_size=1, max_size=2, unique=True))
    return node | draw(shared_keys(items))


# --- measures and curves --------------------------------------------------------------------------------------

COUNTS = ("count", "count_months", "longest_run_months", "ever")
VALUES = ("sum", "mean", "weighted_mean", "minimum", "maximum", "latest")


@st.composite
def item_points(draw: st.DrawFn, item: str, sign: str) -> Any:
    """A number, a number per level, or a number per unit of the value."""
    kinds = ["points"]
    if "levels" in catalogue()[item]:
        kinds.append("levels")
    if "unit" in catalogue()[item]:
        kinds.append("per")
    kind = draw(st.sampled_from(kinds))
    if kind == "points":
        return draw(signed_points(sign))
    if kind == "per":
        return {
            "per": draw(st.sampled_from((1, Decimal("2.5"), 3, 10000))),
            "points": draw(signed_points(sign)),
            "units": draw(st.sampled_from(("exact", "whole", "started"))),
        }
    levels = list(catalogue()[item]["levels"])
    points: Node = {level: draw(signed_points(sign)) for level in levels}
    if draw(half):
        points.pop(levels[0])
        points["other"] = draw(signed_points(sign))
    return points


@st.composite
def event_points(draw: st.DrawFn, sign: str, pool: tuple[str, ...] = FREE) -> Node:
    """The sum of the events' own points, with decay, repair factors, repeats and a cap."""
    items = tuple(draw(st.lists(st.sampled_from(pool), min_size=1, max_size=3, unique=True)))
    node: Node = {"kind": "event_points", "items": {item: draw(item_points(item, sign)) for item in items}}
    node |= draw(shared_keys(items))
    if draw(seldom(3)):
        node["repaired"] = {"factors": draw(repair_factors())}
    if isinstance(node["window"], str) and node["window"] != "all":
        decay = draw(st.sampled_from(("none", "none", "linear", "steps")))
        if decay == "linear":
            node["decay"] = "linear"
        elif decay == "steps":
            node["decay"] = {"steps": draw(decay_steps(int(node["window"].split()[0])))}
    if draw(seldom(3)):
        node["repeat"] = {
            "within": f"{draw(months)} months",
            "factor": draw(st.sampled_from((2, Decimal("1.5"), 3, Decimal("1.333333"), 1))),
        }
    if sign in ("-", "+") and draw(seldom(3)):
        node["cap"] = draw(thousandths(1, 30)) * (-1 if sign == "-" else 1)
    return node


@st.composite
def repair_factors(draw: st.DrawFn) -> list[Node]:
    """What is left after repair, by how soon it came and how small it was; more after a longer delay."""
    days = sorted(draw(st.lists(st.sampled_from((0, 3, 30, 90)), max_size=3)))
    rising = sorted(draw(st.lists(factors(), min_size=len(days) + 1, max_size=len(days) + 1)))
    entries: list[Node] = [{"days_at_most": limit} for limit in days]
    for entry in entries:
        if draw(seldom()):
            entry["value_at_most"] = draw(st.sampled_from((10, Decimal("2.5"))))
    return [entry | {"factor": factor} for entry, factor in zip([*entries, {}], rising, strict=True)]


@st.composite
def decay_steps(draw: st.DrawFn, window: int) -> dict[int, Decimal]:
    """Falling factors up to the window."""
    ages = sorted({m for m in draw(st.lists(months, max_size=2)) if m < window} | {window})
    falling = sorted(draw(st.lists(factors(), min_size=len(ages), max_size=len(ages))), reverse=True)
    return dict(zip(ages, falling, strict=True))


@st.composite
def ratios(draw: st.DrawFn) -> Node:
    """One measure over another."""

    def side() -> Node:
        if draw(half):
            return draw(selected(COUNTS, FREE))
        return draw(selected(VALUES, WITH_VALUE))

    return {
        "kind": "ratio",
        "numerator": side(),
        "denominator": side(),
        "empty": draw(st.sampled_from(("no_record", 0, Decimal("1.5")))),
    }


@st.composite
def numbers_measured(draw: st.DrawFn) -> Node:
    """Any measure that yields a number."""
    kind = draw(
        st.sampled_from(
            ("counts", "counts", "values", "values", "months_since", "age", "ratio", "event_points")
        )
    )
    if kind == "counts":
        return draw(selected(COUNTS, FREE))
    if kind == "values":
        return draw(selected(VALUES, WITH_VALUE))
    if kind == "months_since":
        return draw(selected(("months_since",), FREE))
    if kind == "age":
        return {"kind": "months_since", "date": "established_on"}
    if kind == "ratio":
        return draw(ratios())
    return draw(event_points("±"))


@st.composite
def curves(draw: st.DrawFn) -> Any:
    """From a number to points."""
    kind = draw(st.sampled_from(("identity", "steps", "linear")))
    if kind == "identity":
        return "identity"
    if kind == "steps":
        edges = sorted(
            draw(
                st.sets(st.sampled_from([Decimal(v) for v in ("0", "1", "2.5", "3", "12", "36")]), max_size=4)
            )
        )
        bins: list[Node] = [{"points": draw(thousandths(-10, 20))} for _ in range(len(edges) + 1)]
        for i, edge in enumerate(edges):
            bins[i]["below"] = edge
            bins[i + 1]["from"] = edge
        return {"steps": bins}
    return {
        "linear": {
            "from": draw(st.sampled_from((0, 2, Decimal("2.5"), -3))),
            "per": draw(st.sampled_from((1, 3, Decimal("0.7"), 100))),
            "points": draw(thousandths(-8, 8)),
            "units": draw(st.sampled_from(("exact", "whole", "started"))),
        }
    }


@st.composite
def level_readings(draw: st.DrawFn) -> tuple[Node, Node]:
    """The latest level and its points."""
    measure = draw(selected(("latest_level",), WITH_LEVELS))
    levels = measure.get("levels") or levels_of(tuple(measure["items"]))
    points: Node = {level: draw(thousandths(-5, 20)) for level in levels}
    if draw(half):
        points.pop(next(iter(points)))
        points["other"] = draw(thousandths(-5, 20))
    return measure, {"levels": points}


# --- the tree -------------------------------------------------------------------------------------------------


@st.composite
def indicators(draw: st.DrawFn) -> Node:
    """One line of a scorecard."""
    points = draw(thousandths(1, 40))
    kind = draw(st.sampled_from(("deducted", "earned", "either", "number", "number", "number", "level")))
    node: Node = {"title": title(), "points": points, "basis": "assumed"}
    lowest: Decimal | None = Decimal(0)
    if draw(seldom(3)):
        floor = draw(st.sampled_from(("none", "number")))
        lowest = None if floor == "none" else min(draw(thousandths(-10, 10)), points)
        node["floor"] = "none" if lowest is None else lowest
    stated = stated_points(lowest, points)
    node["start"] = draw(st.one_of(st.sampled_from(_allowed(("full", "zero"), lowest)), stated))
    silence = st.one_of(
        st.sampled_from(_allowed(("full", "zero"), lowest)),
        st.sampled_from(("full", "unrated", "renormalise")),
        stated,
    )
    node["no_record"] = draw(silence)
    if draw(seldom(3)):
        node["not_collected"] = draw(silence)
    if draw(seldom(5)):
        otherwise = st.one_of(st.sampled_from((*_allowed(("full", "zero"), lowest), "renormalise")), stated)
        node["applies"] = {"when": draw(conditions(early())), "otherwise": draw(otherwise)}
    if kind == "level":
        node["measure"], node["curve"] = draw(level_readings())
    elif kind == "number":
        node["measure"] = draw(numbers_measured())
        node["curve"] = draw(curves())
    else:
        node["measure"] = draw(event_points({"deducted": "-", "earned": "+", "either": "±"}[kind]))
    return node


def _allowed(words: tuple[str, ...], lowest: Decimal | None) -> tuple[str, ...]:
    return tuple(word for word in words if word != "zero" or lowest is None or lowest <= 0)


def stated_points(lowest: Decimal | None, highest: Decimal) -> st.SearchStrategy[Decimal]:
    """A number within the bounds of an indicator."""
    low = int((Decimal(-10) if lowest is None else lowest) * 1000)
    return st.integers(low, int(highest * 1000)).map(lambda n: Decimal(n) / 1000)


def title() -> Node:
    """Any title."""
    return {"zh": "甲", "en": "A"}


@st.composite
def headings(draw: st.DrawFn, parts: dict[str, Node], under: str) -> Node:
    """A heading over its parts: their sum, or capped below it; with a floor of its own or none."""
    points = sum((part["points"] for part in parts.values()), Decimal(0))
    node: Node = {"title": title(), "points": points, "basis": "assumed"}
    if draw(seldom()):
        node["capped"] = True
        node["points"] = draw(st.integers(1, max(int(points), 1)).map(Decimal))
        node["points"] = min(node["points"], points)
    if draw(seldom()):
        node["floor"] = draw(st.sampled_from(("none", Decimal("-4"), Decimal("0.5"))))
        if node["floor"] != "none":
            node["floor"] = min(node["floor"], node["points"])
    node[under] = parts
    return node


@st.composite
def dimensions(draw: st.DrawFn, number: int) -> Node:
    """A dimension with or without a second level."""
    if draw(half):
        names = [f"i{number}_{k}" for k in range(draw(st.integers(1, 3)))]
        return draw(headings({name: draw(indicators()) for name in names}, "indicators"))
    groups: dict[str, Node] = {}
    for g in range(draw(st.integers(1, 2))):
        names = [f"i{number}_{g}_{k}" for k in range(draw(st.integers(1, 2)))]
        groups[f"g{number}_{g}"] = draw(headings({name: draw(indicators()) for name in names}, "indicators"))
    return draw(headings(groups, "groups"))


# --- conditions -----------------------------------------------------------------------------------------------


@st.composite
def bounds(draw: st.DrawFn, low: int, high: int) -> Node:
    """One or two limits."""
    names = draw(
        st.lists(
            st.sampled_from(("at_least", "at_most", "above", "below")), min_size=1, max_size=2, unique=True
        )
    )
    return {name: draw(st.integers(low, high)) for name in names}


@st.composite
def record_conditions(draw: st.DrawFn) -> Node:
    """At least so many events."""
    node = draw(selected(("count",), FREE))
    node.pop("kind")
    if node["window"] == "all" and draw(half):
        node.pop("window")
    if draw(seldom()):
        node["at_least"] = 2
    return node


@st.composite
def measure_conditions(draw: st.DrawFn) -> Node:
    """A measure within bounds."""
    return {"measure": draw(numbers_measured())} | draw(bounds(-3, 12))


def subject_conditions() -> st.SearchStrategy[Node]:
    """A property of the subject."""
    return st.sampled_from(
        (
            {"subject": "industry_code", "starts_with": ["C"]},
            {"subject": "industry_code", "one_of": ["C13", "E47"]},
            {"subject": "industry_code", "missing": True},
            {"subject": "region_code", "starts_with": ["3301", "31"]},
            {"subject": "region_code", "missing": True},
            {"subject": "established_on", "missing": True},
            {"subject": "closed"},
        )
    )


def early() -> st.SearchStrategy[Node]:
    """Conditions that do not depend on points."""
    return st.one_of(record_conditions(), subject_conditions(), measure_conditions())


def late(dimension_ids: list[str], indicator_ids: list[str], total: int) -> st.SearchStrategy[Node]:
    """Conditions of overrides and grades: points as well."""
    about_dimension = st.builds(
        lambda name, limits: {"dimension": name} | limits, st.sampled_from(dimension_ids), bounds(-5, 30)
    )
    about_indicator = st.builds(
        lambda name, limits: {"indicator": name} | limits, st.sampled_from(indicator_ids), bounds(-5, 30)
    )
    about_score = bounds(0, max(total, 1)).map(lambda limits: {"score": limits})
    return st.one_of(early(), about_dimension, about_indicator, about_score)


@st.composite
def conditions(draw: st.DrawFn, simple: st.SearchStrategy[Node], depth: int = 2) -> Node:
    """A simple condition, or some of them combined."""
    kind = draw(st.sampled_from(("simple", "simple", "simple", "all", "any", "not"))) if depth else "simple"
    if kind == "simple":
        return draw(simple)
    if kind == "not":
        return {"not": draw(conditions(simple, depth - 1))}
    return {kind: draw(st.lists(conditions(simple, depth - 1), min_size=1, max_size=2))}


# --- starts, event groups, overrides, grades ------------------------------------------------------------------


@st.composite
def starts(draw: st.DrawFn) -> Any:
    """A start score, or several by condition."""
    if draw(half):
        return draw(thousandths(0, 50))
    conditional = [
        {"points": draw(thousandths(0, 50)), "when": draw(conditions(early()))}
        for _ in range(draw(st.integers(1, 2)))
    ]
    return [*conditional, {"points": draw(thousandths(0, 50))}]


def highest_start(start: Any) -> Decimal:
    """The most points a subject starts with."""
    return max(entry["points"] for entry in start) if isinstance(start, list) else start


@st.composite
def event_groups(draw: st.DrawFn, rules: dict[str, Node]) -> Node:
    """Indicators of one sign that may report the same event."""
    groups: Node = {}
    for sign in (-1, 1):
        members = [name for name, rule in rules.items() if sign_of(rule) == sign]
        if len(members) >= 2 and draw(half):
            groups[f"shared_{sign + 1}"] = {"title": title(), "indicators": draw(st.permutations(members))}
    return groups


def sign_of(rule: Node) -> int | None:
    """1 or −1 where all points of the events have that sign; None where they differ or there is a curve."""
    if rule["measure"]["kind"] != "event_points" or rule.get("curve", "identity") != "identity":
        return None
    numbers: list[Decimal] = []
    for points in rule["measure"]["items"].values():
        if isinstance(points, dict):
            numbers += [points["points"]] if "per" in points else points.values()
            if "per" in points:
                return None
        else:
            numbers.append(points)
    signs = {1 if n > 0 else -1 for n in numbers if n}
    return signs.pop() if len(signs) == 1 else None


LETTERS = ("a", "b", "c", "d", "e")


@st.composite
def grades(draw: st.DrawFn, total: int, riskier: bool, simple: st.SearchStrategy[Node]) -> Node:
    """Grades from the best to one that takes everyone else, and letters beside the ladder."""
    count = draw(st.integers(1, 4))
    limits = sorted(
        draw(st.sets(st.integers(1, max(total, 5)), min_size=count, max_size=count)), reverse=not riskier
    )
    result: Node = {}
    for letter, limit in zip(LETTERS, limits, strict=False):
        grade: Node = {"title": title(), "below" if riskier else "from": limit}
        if draw(seldom()):
            grade["requires"] = draw(conditions(simple))
        if draw(seldom()):
            grade["top_share"] = draw(st.sampled_from((Decimal("0.1"), Decimal("0.333333"), 1)))
            if draw(half):
                grade["within"] = draw(st.sampled_from(("industry_code", "region_code")))
        if draw(seldom()):
            grade["ladder"] = False
        result[letter] = grade
    result[LETTERS[len(limits)]] = {"title": title(), "otherwise": True}
    if draw(half):
        result["x"] = {"title": title()}
    return result


@st.composite
def overrides(draw: st.DrawFn, letters: list[str], total: int, simple: st.SearchStrategy[Node]) -> Node:
    """Direct determinations with every effect."""
    score = thousandths(0, max(total, 1))
    effects = [
        st.builds(lambda p: {"score": p}, score),
        st.builds(lambda p: {"score_at_most": p}, score),
        st.builds(lambda p: {"score_at_least": p}, score),
        st.just({"unrated": True}),
    ]
    if letters:
        letter = st.sampled_from(letters)
        effects += [
            st.builds(lambda g: {"grade": g}, letter),
            st.builds(lambda g: {"grade_at_most": g}, letter),
            st.builds(lambda g: {"grade_at_least": g}, letter),
            st.integers(1, 3).map(lambda n: {"grades_down": n}),
        ]
    return {
        f"o{k}": {
            "title": title(),
            "when": draw(conditions(simple)),
            "effect": draw(st.one_of(effects)),
            "basis": "assumed",
        }
        for k in range(draw(st.integers(0, 5)))
    }


@st.composite
def scorecards(draw: st.DrawFn, subject_type: str = "enterprise", tops: bool = True) -> Written:
    """A whole scorecard."""
    tree = {f"d{k}": draw(dimensions(k)) for k in range(draw(st.integers(1, 3)))}
    rules = rules_of(tree)
    start = draw(starts())
    total = highest_start(start) + sum((d["points"] for d in tree.values()), Decimal(0))
    riskier = draw(seldom())
    node: Node = {
        "scorecard": f"random-{subject_type}",
        "edition": "r1",
        "subject_type": subject_type,
        "title": title(),
        "in_force": {"from": "2000-01-01"},
        "authority": ["rule"],
        "basis": "assumed",
        "total": total,
        "start": start,
        "dimensions": tree,
    }
    node["in_force"] = yaml.safe_load("{from: 2000-01-01}")
    if draw(seldom()) and total >= 2:
        node["capped"] = True
        node["total"] = draw(st.integers(1, int(total)).map(Decimal))
    if draw(seldom()):
        node["floor"] = draw(st.sampled_from(("none", Decimal("-4"), Decimal("0.5"))))
    if riskier:
        node["direction"] = "higher_is_riskier"
    if groups := draw(event_groups(rules)):
        node["event_groups"] = groups
    simple = late(list(tree), list(rules), int(total))
    if subject_type == "natural_person" or draw(seldom(5)):
        node["bands"] = {"width": draw(st.sampled_from((50, 7, Decimal("2.5"))))}
    else:
        node["grades"] = draw(grades(int(total), riskier, simple))
        if not tops:
            for grade in node["grades"].values():
                grade.pop("top_share", None)
                grade.pop("within", None)
    node["overrides"] = draw(overrides(list(node.get("grades", {})), int(total), simple))
    return Written(subject_type, in_yaml(within_scale(node)))


def rules_of(tree: Node) -> dict[str, Node]:
    """Every indicator of a tree of dimensions."""
    rules: dict[str, Node] = {}
    for dimension in tree.values():
        rules |= dimension.get("indicators", {})
        for group in dimension.get("groups", {}).values():
            rules |= group["indicators"]
    return rules


@st.composite
def policies(draw: st.DrawFn, most: int = 5, card: Callable[..., Any] = scorecards) -> tuple[Written, ...]:
    """Scorecards for some of the subject types, as one run takes them."""
    return tuple(draw(card(kind)) for kind in SUBJECT_TYPES[: draw(st.integers(1, most))])


# --- scorecards that can only deduct --------------------------------------------------------------------------

AGAINST = ("bad.plain", "bad.value", "bad.level")


@st.composite
def worsening_points(draw: st.DrawFn, item: str) -> Any:
    """Deductions that do not fall with severity."""
    if "levels" in catalogue()[item] and draw(half):
        mild, grave, unclassified = sorted(draw(st.lists(thousandths(0, 15), min_size=3, max_size=3)))
        return {"mild": -mild, "grave": -unclassified, "unclassified": -grave}
    if "unit" in catalogue()[item] and draw(seldom(3)):
        return {
            "per": 10,
            "points": -draw(thousandths(0, 5)),
            "units": draw(st.sampled_from(("exact", "started"))),
        }
    return -draw(thousandths(0, 15))


@st.composite
def deducting_events(draw: st.DrawFn) -> Node:
    """Points lost by bad events, in every way that leaves more events, and graver ones, the dearer."""
    items = tuple(draw(st.lists(st.sampled_from(AGAINST), min_size=1, max_size=3, unique=True)))
    measure = draw(event_points("-", AGAINST))
    measure["items"] = {item: draw(worsening_points(item)) for item in items}
    if "decay" not in measure and draw(half):
        measure["window"] = "all"
    if draw(half):
        measure["repeat"] = {
            "within": f"{draw(st.sampled_from((2, 6, 12, 24)))} months",
            "factor": draw(st.sampled_from((2, Decimal("1.5"), 3))),
        }
    return draw(worsening(measure, items))


@st.composite
def worsening(draw: st.DrawFn, measure: Node, items: tuple[str, ...]) -> Node:
    """The measure without the choices by which a graver record counts less: only mild ones, the first report."""
    for key in ("value_at_least", "value_below"):
        measure.pop(key, None)
    if measure.get("repaired") == "only":
        measure.pop("repaired")
    if measure.get("same_event") == "first":
        measure.pop("same_event")
    if "levels" in measure:
        measure["levels"] = ["grave"]
    if isinstance(measure["window"], dict) and "own_term" in measure["window"]:
        measure["window"] = {"own_term": {"default": f"{draw(months)} months"}}
        if levels_of(items) and draw(half):
            measure["window"]["own_term"]["until_repaired"] = ["grave"]
    return measure


@st.composite
def worsening_numbers(draw: st.DrawFn) -> Node:
    """A number that no further, graver or larger bad record lowers."""
    kind = draw(st.sampled_from(("count", "ever", "count_months", "longest_run_months", "sum", "maximum")))
    pool = AGAINST[1:] if kind in ("sum", "maximum") else AGAINST
    measure = draw(selected((kind,), pool))
    measure = draw(worsening(measure, tuple(measure["items"])))
    if kind in ("count_months", "longest_run_months"):
        measure["one_event"] = "record"
    if kind == "sum":
        measure["value_at_least"] = 0
    return measure


@st.composite
def falling_steps(draw: st.DrawFn, points: Decimal, edges: tuple[str, ...]) -> Node:
    """Fewer points from one bin to the next."""
    chosen = sorted(draw(st.sets(st.sampled_from([Decimal(edge) for edge in edges]), min_size=1, max_size=3)))
    falling = sorted(
        draw(st.lists(stated_points(Decimal(0), points), min_size=len(chosen) + 1, max_size=len(chosen) + 1)),
        reverse=True,
    )
    bins: list[Node] = [{"points": p} for p in falling]
    for k, edge in enumerate(chosen):
        bins[k]["below"] = edge
        bins[k + 1]["from"] = edge
    return {"steps": bins}


def mirrored(curve: Node) -> Node:
    """Falling bins of a number as rising bins of the points lost, which are below zero."""
    turned: list[Node] = []
    for one in reversed(curve["steps"]):
        # The edge itself moves over to the dearer bin: rising all the same.
        turned.append({"points": one["points"]})
        if "below" in one:
            turned[-1]["from"] = -one["below"]
        if "from" in one:
            turned[-1]["below"] = -one["from"]
    return {"steps": turned}


@st.composite
def deducting_indicators(draw: st.DrawFn) -> Node:
    """From full marks, less for every bad event; without a record full marks."""
    points = draw(st.one_of(st.just(Decimal(100)), thousandths(1, 40)))
    node: Node = {
        "title": title(),
        "points": points,
        "basis": "assumed",
        "start": "full",
        "no_record": "full",
    }
    kind = draw(st.sampled_from(("events", "events", "events", "bins of events", "bins", "line")))
    node["measure"] = draw(deducting_events() if "events" in kind else worsening_numbers())
    if kind == "bins of events":
        node |= {"start": "zero", "curve": mirrored(draw(falling_steps(points, ("0.5", "3", "10", "20"))))}
    elif kind == "bins":
        node |= {"start": "zero", "curve": draw(falling_steps(points, ("1", "2", "3", "10")))}
    elif kind == "line":
        node["curve"] = {
            "linear": {
                "from": draw(st.sampled_from((0, 1))),
                "per": draw(st.sampled_from((1, 3, Decimal("0.7")))),
                "points": -draw(thousandths(0, 8)),
                "units": draw(st.sampled_from(("exact", "whole", "started"))),
            }
        }
    if draw(seldom()):
        node["floor"] = "none"
    return node


@st.composite
def monotone_scorecards(draw: st.DrawFn, subject_type: str = "enterprise") -> Written:
    """A scorecard of deductions for bad records, with headings, caps, event groups and downward overrides."""
    tree: dict[str, Node] = {}
    groups: dict[str, Node] = {}
    for d in range(draw(st.integers(1, 2))):
        rules = {f"i{d}_{k}": draw(deducting_indicators()) for k in range(draw(st.integers(1, 4)))}
        tree[f"d{d}"] = draw(headings(rules, "indicators"))
        members = [name for name, rule in rules.items() if loses_by_events(rule)]
        if len(members) >= 2 and not draw(seldom()):
            groups[f"shared_{d}"] = {"title": title(), "indicators": members}
    total = sum((dimension["points"] for dimension in tree.values()), Decimal(0))
    node: Node = {
        "scorecard": f"random-{subject_type}",
        "edition": "r1",
        "subject_type": subject_type,
        "title": title(),
        "in_force": yaml.safe_load("{from: 2000-01-01}"),
        "authority": ["rule"],
        "basis": "assumed",
        "total": total,
        "floor": draw(st.sampled_from(("none", Decimal(0)))),
        "dimensions": tree,
        "bands": {"width": 10},
    }
    if groups:
        node["event_groups"] = groups
    if draw(half):
        node["overrides"] = {
            "listed": {
                "title": title(),
                "when": {"items": ["bad.level"], "levels": ["grave"], "at_least": draw(st.integers(1, 2))},
                "effect": {"score_at_most": draw(thousandths(0, 10))},
                "basis": "assumed",
            }
        }
    return Written(subject_type, in_yaml(within_scale(node)))


def loses_by_events(rule: Node) -> bool:
    """Whether an indicator can share events: it adds up the points of its own, not one a month."""
    measure = rule["measure"]
    return measure["kind"] == "event_points" and "curve" not in rule and measure.get("one_event") != "month"


@st.composite
def monotone_policies(draw: st.DrawFn) -> tuple[Written, ...]:
    """One such scorecard for every subject type."""
    return tuple(draw(monotone_scorecards(kind)) for kind in SUBJECT_TYPES)
