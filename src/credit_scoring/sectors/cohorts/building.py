"""From records, labels and observation dates to a cohort.

Each date is looked at by the line itself as it was known that day, so no record from after the date, or recorded
after it, can reach a feature. What happens afterwards reaches the label only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from credit_scoring.engines.base import Engine
from credit_scoring.errors import InputError, PolicyError, TrainingError
from credit_scoring.learnt.features import Feature
from credit_scoring.learnt.frames import frame_of
from credit_scoring.policy.language import Place, Scorecard
from credit_scoring.policy.loading import Policy
from credit_scoring.policy.polarity import polarity_of
from credit_scoring.policy.training import Training
from credit_scoring.scoring.inputs import RECORDS, Source, admit
from credit_scoring.scoring.line import sql_of as line_sql
from credit_scoring.scoring.measuring import feature_card, measure_values
from credit_scoring.sectors.cohorts.columns import LeakageLimits, auc_of
from credit_scoring.sectors.cohorts.events import has_events, overlapping, recorded_too_early, same_event
from credit_scoring.sectors.cohorts.findings import Finding, check_accepted, settle
from credit_scoring.sectors.cohorts.labels import Window, judge, sql_of, windows_of
from credit_scoring.sectors.cohorts.leakage import (
    check_frame,
    items_of,
    outcome_read,
    personal_items,
    readers,
)
from credit_scoring.sectors.cohorts.results import ABOUT, Cohort
from credit_scoring.sectors.cohorts.segments import Segments, age_bands
from credit_scoring.sectors.cohorts.splits import assign
from credit_scoring.sectors.cohorts.summary import Account, summarise
from credit_scoring.sectors.cohorts.weights import Weighted, weigh


def features_of(policy: Policy, card: Scorecard) -> tuple[Feature, ...]:
    """The features of a sector's scorecard, in the order of their columns.

    The polarity is that stated under `training: polarity:`, else the catalogue's.

    Args:
        card: the sector's own scorecard, with its `training` block.

    Raises:
        PolicyError: no `training` block, no feature left, or a feature without a polarity.
    """
    measured = feature_card(card)
    return tuple(_feature(policy, measured, place) for place in measured.places())


def _feature(policy: Policy, card: Scorecard, place: Place) -> Feature:
    stated = None if card.training is None else card.training.polarity.get(place.indicator)
    measure = place.rule.measure
    polarity = polarity_of(measure, policy.catalogue) if stated is None else stated.polarity
    if polarity is None:
        raise PolicyError.at(
            card.id,
            0,
            "P701",
            f"feature '{place.indicator}' has no polarity: state it under `training: polarity:`.",
        )
    units = {policy.catalogue[code].unit for code in items_of(measure) if code in policy.catalogue}
    valued = measure.kind in ("sum", "mean", "weighted_mean", "minimum", "maximum", "latest")
    return Feature(
        name=place.indicator,
        polarity=polarity,
        title=place.rule.title,
        dimension=place.dimension,
        unit=units.pop() if valued and len(units) == 1 else None,
        reason=None if stated is None else stated.reason,
    )


def build_cohort(
    policy: Policy,
    card: Scorecard,
    *,
    subjects: Source,
    records: Source,
    labels: Source,
    coverage: Source | None = None,
    seed: int | None = None,
    labels_until: date | None = None,
    trim_weights_at: float | None = None,
    accept: Iterable[str] = (),
    limits: LeakageLimits | None = None,
    segments: Segments | None = None,
    threads: int | None = None,
    memory_limit: str | None = None,
    report: Callable[[str], None] = lambda _: None,
) -> Cohort:
    """The rows a sector's evaluation is learnt from and tried on.

    Args:
        policy: with the public scorecard that `card` extends, if it extends one.
        card: the sector's scorecard; its `training` block says what is foreseen, on which dates, and what is held out.
        subjects, records, coverage: as for `score`.
        labels: the columns of `labels.LABELS`; a path, or a pandas, Polars or Arrow table.
        seed: of the random hold-out; None takes that of `training`.
        labels_until: the last day up to which labels are known. A date whose window ends later is left out. None takes
            the last day any usable label was dated or recorded.
        trim_weights_at: cut weights above this multiple of the mean; None never does.
        accept: names of findings, such as `L101:penalties`, known to be harmless.
        limits: where suspicion begins.
        segments: how regions and ages are grouped.
        threads, memory_limit: of the engine; the cohort does not depend on them.
        report: called with each step as it begins.

    Raises:
        TableError: an input is no table, or lacks a column.
        PolicyError: the card has no `training` block, or a feature no polarity.
        TrainingError: nothing is left to train on.
        LeakageError: a row tells what it could not have told that day; the message names the culprits.
    """
    from credit_scoring.engines.duckdb import DuckDBEngine

    accepted = check_accepted(accept)
    features = features_of(policy, card)
    measured, training = feature_card(card), _training(card)
    _check_names(features)
    windows = windows_of(training.observe, training.outcome)
    with DuckDBEngine(threads=threads, memory_limit=memory_limit) as engine:
        engine.run(line_sql("00_functions"))
        report("labels")
        until = judge(
            engine, subjects=subjects, labels=labels, subject_type=card.subject_type, windows=windows,
            outcome=training.outcome, labels_until=labels_until,
        )  # fmt: skip
        parts = []
        for window in windows:
            if window.ends_on <= until:
                report(f"features on {window.observed_on}")
                values = measure_values(
                    policy, measured, subjects=subjects, records=records, on=window.observed_on, coverage=coverage,
                    threads=threads, memory_limit=memory_limit,
                )  # fmt: skip
                parts.append(_joined(engine, values, window))
        report("splits")
        rows, weighted = _split(
            engine, parts, training=training, seed=training.seed if seed is None else seed,
            trim_at=trim_weights_at, segments=segments or Segments(), names=[f.name for f in features],
        )  # fmt: skip
        report("leakage")
        found = _findings(
            engine, policy, measured, rows, records=records, features=features, limits=limits, windows=windows,
        )  # fmt: skip
        settled = settle(found, accept=accepted)
        account = Account(
            card=card, windows=windows, labels_until=until, labels_until_given=labels_until is not None,
            seed=training.seed if seed is None else seed, weighted=weighted, trimmed_at=trim_weights_at,
            findings=settled, accept=accepted, features=tuple(f.name for f in features),
        )  # fmt: skip
        engine.run(sql_of("exclusions"))
        exclusions = engine.table(
            'SELECT * FROM exclusions ORDER BY "table" DESC, observed_on, rows DESC, reason'
        )
        summary = summarise(engine, rows, exclusions, account)
    return Cohort(table=rows, features=features, exclusions=exclusions, findings=settled, summary=summary)


def _training(card: Scorecard) -> Training:
    if card.training is None:
        raise PolicyError.at(card.id, 0, "P704", "has no `training:` block.")
    return card.training


def _check_names(features: Sequence[Feature]) -> None:
    taken = {name for name, _ in ABOUT} | {"probability", "ends_on", "known_on"}
    for feature in features:
        if feature.name in taken:
            raise InputError(
                f"a feature cannot be called '{feature.name}': a cohort has a column of that name."
            )


def _joined(engine: Engine, values: pa.Table, window: Window) -> pa.Table:
    """The measured rows of one date that can be learnt from; candidates the line did not admit get their reason."""
    engine.register("measured", values)
    engine.run(
        """
        UPDATE candidates SET reason = 'subject_rejected'
        WHERE observed_on = $on AND reason IS NULL AND subject_id NOT IN (SELECT subject_id FROM measured);
        """,
        on=window.observed_on,
    )
    return engine.table(
        """
        SELECT c.observed_on, $ends_on::DATE AS ends_on, c.label, c.known_on, c.probability, m.*
        FROM candidates c JOIN measured m ON m.subject_id = c.subject_id
        WHERE c.observed_on = $on AND c.reason IS NULL ORDER BY m.subject_id
        """,
        on=window.observed_on,
        ends_on=window.ends_on,
    )


def _split(
    engine: Engine,
    parts: Sequence[pa.Table],
    *,
    training: Training,
    seed: int,
    trim_at: float | None,
    segments: Segments,
    names: Sequence[str],
) -> tuple[pa.Table, Weighted]:
    rows = pa.concat_tables(parts).combine_chunks() if parts else None
    if rows is None or not rows.num_rows:
        raise TrainingError(f"no row can be learnt from: {_commonest(engine)}.")
    given = assign(
        subject=rows["subject_id"].to_pylist(), region=rows["region_code"].to_pylist(),
        observed_on=rows["observed_on"].to_pylist(), ends_on=rows["ends_on"].to_pylist(),
        known_on=rows["known_on"].to_pylist(), hold_out=training.hold_out, seed=seed,
    )  # fmt: skip
    rows = rows.append_column("split", pa.array(given.split, pa.string()))
    rows = rows.append_column("seen_subject", pa.array(given.seen_subject))
    for reason, gone in (
        ("window_reaches_hold_out", given.purged),
        ("label_known_after_hold_out_begins", given.unknown),
    ):
        engine.register("purged", rows.select(["observed_on", "subject_id"]).filter(pa.array(gone)))
        engine.run(
            """
            UPDATE candidates SET reason = $reason FROM purged p
            WHERE candidates.reason IS NULL AND candidates.subject_id = p.subject_id
                AND candidates.observed_on = p.observed_on;
            """,
            reason=reason,
        )
    rows = rows.filter(pa.array(~(given.purged | given.unknown)))
    train = np.asarray(pc.equal(rows["split"], "train"))
    if not train.any():
        raise TrainingError(f"no row is left to train on: {_commonest(engine)}. {_counts(rows)}")
    weighted = weigh(rows["probability"].to_numpy(), train=train, trim_at=trim_at)
    rows = rows.append_column("weight", pa.array(weighted.weights))
    rows = rows.append_column(
        "region", pc.utf8_slice_codeunits(rows["region_code"], 0, segments.region_digits)
    )
    rows = rows.append_column("age_band", age_bands(rows, segments))
    columns = [rows[name].cast(kind) for name, kind in ABOUT] + [rows[name] for name in names]
    table = pa.table(dict(zip([*(name for name, _ in ABOUT), *names], columns, strict=True)))
    return table.combine_chunks(), weighted


def _commonest(engine: Engine) -> str:
    rows = engine.table(
        "SELECT reason, count(*) AS n FROM candidates WHERE reason IS NOT NULL GROUP BY reason ORDER BY n DESC, reason"
    ).to_pylist()
    return ", ".join(f"{row['n']} {row['reason']}" for row in rows) or "there are no subjects of the type"


def _counts(rows: pa.Table) -> str:
    found = pc.value_counts(rows["split"]).to_pylist()
    parts = ", ".join(f"{row['counts']} {row['values']}" for row in found)
    return (
        f"Of the other rows, {parts}." if parts else "Observe earlier dates, or let the hold-out begin later."
    )


def _findings(
    engine: Engine,
    policy: Policy,
    card: Scorecard,
    rows: pa.Table,
    *,
    records: Source,
    features: Sequence[Feature],
    limits: LeakageLimits | None,
    windows: Sequence[Window],
) -> list[Finding]:
    """Every suspicion, those about labels, events and windows included."""
    limits = limits or LeakageLimits()
    names = [feature.name for feature in features]
    reading = readers(policy, card)
    looked_at = set(rows["observed_on"].unique().to_pylist())
    found = [
        *recorded_too_early(engine),
        *overlapping([w for w in windows if w.observed_on in looked_at]),
        *personal_items(card, policy.catalogue),
    ]
    if has_events(engine):
        admit(engine, "records", records, RECORDS)
        found += same_event(engine, reading)
    found += check_frame(
        rows.select(names), rows["label"], weights=rows["weight"], subject=rows["subject_id"],
        observed_on=rows["observed_on"], split=rows["split"], limits=limits,
    )  # fmt: skip
    outcome_items = _training(card).outcome.items
    read = {name for code in outcome_items for name in reading.get(code, ())}
    return [*found, *outcome_read(reading, outcome_items, _aucs(rows, sorted(read), limits))]


def _aucs(rows: pa.Table, names: Sequence[str], limits: LeakageLimits) -> dict[str, float]:
    train = rows.filter(pc.equal(rows["split"], "train"))
    bad = train["label"].to_numpy()
    if not names or len(np.unique(bad)) < 2:
        return {}
    weights = train["weight"].to_numpy()
    return {c.name: auc_of(c, bad, weights, rows=limits.rows) for c in frame_of(train.select(names)).columns}
