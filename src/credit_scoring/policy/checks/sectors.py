"""Checks of a sector's scorecard: what it extends, its weights, and what a learnt evaluation of it may use."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from pathlib import Path

from credit_scoring.errors import did_you_mean
from credit_scoring.policy.checks.context import Context, Found
from credit_scoring.policy.conditions import DimensionCondition, IndicatorCondition, SubjectCondition
from credit_scoring.policy.measure_tables import item_codes
from credit_scoring.policy.measures import PublicScore
from credit_scoring.policy.polarity import polarity_of
from credit_scoring.policy.walking import conditions, stated_measures
from credit_scoring.policy.weights import is_weighted


def base_is_there(ctx: Context) -> Found:
    """P409: what is extended exists, is for the same subjects, and extends nothing itself; only then is it read."""
    card = ctx.card
    known = {e.card.scorecard: e.card for e in ctx.reading.editions}
    base = known.get(card.extends) if card.extends is not None else None
    if card.extends is not None and base is None:
        yield ctx.fault(
            ("extends",),
            "P409",
            f"no scorecard is called '{card.extends}'.{did_you_mean(card.extends, {*known, *ctx.reading.extendable} - {card.scorecard})}",
        )
    elif base is not None and (base.subject_type != card.subject_type or base.extends is not None):
        why = (
            f"is for {base.subject_type}"
            if base.subject_type != card.subject_type
            else "extends another itself"
        )
        yield ctx.fault(("extends",), "P409", f"'{card.extends}' cannot be extended here: it {why}.")
    for keys, measure in stated_measures(card):
        if not isinstance(measure, PublicScore):
            continue
        if card.extends is None:
            yield ctx.fault(
                keys, "P409", "`public_score` needs `extends:` with the name of a public scorecard."
            )
        elif base is not None and measure.dimension is not None and measure.dimension not in base.dimensions:
            hint = did_you_mean(measure.dimension, base.dimensions)
            yield ctx.fault(keys, "P409", f"'{card.extends}' has no dimension '{measure.dimension}'.{hint}")
    for keys, condition in conditions(card):
        if not isinstance(condition, SubjectCondition) or condition.subject != "public_grade":
            continue
        if card.extends is None:
            yield ctx.fault(
                keys, "P409", "`public_grade` needs `extends:` with the name of a public scorecard."
            )
        for grade in condition.one_of if base is not None else ():
            if grade not in base.grades:  # type: ignore[union-attr]
                hint = did_you_mean(grade, base.grades)  # type: ignore[union-attr]
                yield ctx.fault(keys, "P409", f"'{card.extends}' has no grade '{grade}'.{hint}")


def weights_add_up(ctx: Context) -> Found:
    """P309: where one indicator has a weight all have, each above 0, and together they are exactly 1."""
    places = list(ctx.edition.written.places())
    weights = [place.rule.weight for place in places]
    if all(weight is None for weight in weights):
        return
    for place in places:
        if place.rule.weight is None or place.rule.weight <= 0:
            what = "has no weight" if place.rule.weight is None else f"has weight {place.rule.weight}"
            yield ctx.fault(
                place.keys,
                "P309",
                f"'{place.indicator}' {what}: every indicator has one above 0, or none has.",
            )
        elif place.rule.points <= 0:
            yield ctx.fault(place.keys, "P309", f"'{place.indicator}' has a weight and no points to weigh.")
    total = sum((weight for weight in weights if weight is not None), Decimal(0))
    if total != 1:
        yield ctx.fault(("dimensions",), "P309", f"the weights add up to {total}, not to 1.")


def weights_move_points(ctx: Context) -> Found:
    """P505: conditions on points in absolute numbers mean something else once the weights change."""
    if not is_weighted(ctx.edition.written):
        return
    for keys, condition in conditions(ctx.card):
        if isinstance(condition, IndicatorCondition | DimensionCondition):
            yield ctx.warn(
                keys,
                "P505",
                "a condition on weighted points: new weights move them away from its limits. Let it look at a measure or at "
                "records instead.",
            )


def papers_are_of_this_card(ctx: Context) -> Found:
    """P410: a learnt scorecard that lies beside its papers is the one that was validated."""
    path = Path(ctx.edition.document.file)
    papers = path.parent / "training.json"
    if path.name != "scorecard.yaml" or not papers.is_file():
        return
    try:
        stated = json.loads(papers.read_text(encoding="utf-8")).get("scorecard_sha256")
    except (ValueError, AttributeError, OSError):
        stated = None
    if stated != hashlib.sha256(path.read_bytes()).hexdigest():
        yield ctx.fault(
            (),
            "P410",
            "is not the scorecard that training.json beside it was written for: its hash differs. Learn it again, or move "
            "the changed scorecard to a folder of its own.",
        )


def model_is_there(ctx: Context) -> Found:
    """P408: the file of a learnt model lies beside the scorecard, unchanged, and gives exactly the points it should."""
    card = ctx.card
    by_model = [place for place in card.places() if place.rule.curve == "model"]
    if card.model is None:
        for place in by_model:
            yield ctx.fault(
                (*place.keys, "curve"),
                "P408",
                f"'{place.indicator}' has points by a model, and there is no `model:`.",
            )
        return
    keys = ("model",)
    if sorted(p.indicator for p in by_model) != sorted(card.model.features):
        yield ctx.fault(
            (*keys, "features"), "P408", "the model's features are not the indicators whose curve is `model`."
        )
    path = Path(ctx.edition.document.file).parent / card.model.file
    if Path(card.model.file).name != card.model.file or not path.is_file():
        yield ctx.fault((*keys, "file"), "P408", f"'{card.model.file}' does not lie beside this file.")
    elif hashlib.sha256(path.read_bytes()).hexdigest() != card.model.sha256:
        yield ctx.fault(
            (*keys, "sha256"),
            "P408",
            f"'{card.model.file}' is not the file this scorecard was made with: its hash differs.",
        )


def features_have_polarity(ctx: Context) -> Found:
    """P701, P702: every feature of a learnt evaluation has a polarity, from the catalogue or stated with a reason."""
    card, catalogue = ctx.card, ctx.reading.catalogue
    training = card.training
    if training is None:
        return
    indicators = {place.indicator: place.rule.measure for place in card.places()}
    features = {**indicators, **{name: f.measure for name, f in training.features.items()}}
    for kind, names in (("leave_out", training.leave_out), ("polarity", training.polarity)):
        for name in names:
            if name not in features:
                hint = did_you_mean(name, features)
                yield ctx.fault(("training", kind, name), "P702", f"'{name}' is no feature.{hint}")
    for name, feature in training.features.items():
        keys = ("training", "features", name)
        if name in indicators:
            yield ctx.fault(keys, "P702", f"'{name}' is an indicator, and so a feature, already: rename it.")
        if feature.dimension not in card.dimensions:
            hint = did_you_mean(feature.dimension, card.dimensions)
            yield ctx.fault(keys, "P702", f"dimension '{feature.dimension}' is not defined here.{hint}")
    for name, measure in features.items():
        if name in training.polarity or name in training.leave_out:
            continue
        if any(code not in catalogue for code in item_codes(measure)):
            continue  # P201 says so
        if polarity_of(measure, catalogue) is None:
            yield ctx.fault(
                ("training", "features", name) if name in training.features else ("training",),
                "P701",
                f"the catalogue gives feature '{name}' no polarity: state it under `training: polarity:` as better or "
                "worse, or as free with the reason, or list the feature under `leave_out:`.",
            )


def training_has_grades(ctx: Context) -> Found:
    """P706: a learnt evaluation has grades by score, and a higher score is better."""
    card = ctx.card
    if card.training is None:
        return
    if card.direction != "higher_is_better":
        yield ctx.fault(
            ("training",),
            "P706",
            "learnt scores are better the higher they are: the scorecard's are riskier.",
        )
    by_score = [name for name, grade in card.grades.items() if grade.from_ is not None]
    if card.training.grade_shares and list(card.training.grade_shares) != by_score:
        yield ctx.fault(
            ("training", "grade_shares"),
            "P706",
            f"states a share for each grade by score, best first: {', '.join(by_score)}.",
        )
    if not card.grades:
        yield ctx.fault(
            ("training",), "P706", "a learnt evaluation is validated by its grades: the scorecard has none."
        )


def outcome_items_exist(ctx: Context) -> Found:
    """P703: the items that report the outcome are in the catalogue."""
    training = ctx.card.training
    for code in training.outcome.items if training is not None else ():
        if code not in ctx.reading.catalogue:
            hint = did_you_mean(code, ctx.reading.catalogue)
            yield ctx.fault(
                ("training", "outcome", "items"), "P703", f"item '{code}' is not in the catalogue.{hint}"
            )
