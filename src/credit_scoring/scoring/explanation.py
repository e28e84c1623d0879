"""Why a subject has its score: total, dimensions, every indicator's points and loss, the records behind them.

Everything comes from the run itself: its tables, and the policy kept beside them for titles, headings and no-record points.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute as pc

from credit_scoring.errors import NotFoundError
from credit_scoring.policy.catalogue import Title
from credit_scoring.policy.language import Grade, Override, Place, Scorecard
from credit_scoring.policy.loading import Policy, load_policy
from credit_scoring.policy.ranges import bounded, stated_points
from credit_scoring.scoring.contents import (
    DimensionLine,
    Explanation,
    GradeDistance,
    GroupLine,
    IndicatorLine,
    OverrideLine,
    RecordLine,
)
from credit_scoring.scoring.record import RunInfo
from credit_scoring.scoring.run import Run


def explain(run: Run | Path | str, subject_id: str) -> Explanation:
    """Explain one subject's score.

    Args:
        run: the result of `score`, or the folder of a run.
        subject_id: the subject's identifier as in `subjects`.

    Raises:
        NotFoundError: the folder is no run, or the subject was not scored in it; the message says why.
    """
    source: _Source = _FromRun(run) if isinstance(run, Run) else _FromFolder(Path(run))
    with source:
        row = source.one(subject_id)
        used = (row["scorecard"], row["edition"])
        card = next(c for c in source.policy.scorecards if (c.scorecard, c.edition) == used)
        return _Explainer(source, card, row).explanation()


class _Source(ABC):
    """Rows of one subject, from wherever the run is."""

    policy: Policy
    info: RunInfo

    @abstractmethod
    def rows(self, table: str, subject_id: str) -> list[dict[str, Any]]:
        """Rows of a result table that belong to the subject."""

    @abstractmethod
    def rejected(self, subject_id: str) -> list[str]:
        """Reasons for which the subject itself was rejected."""

    @abstractmethod
    def not_collected(self, scorecard: str, region_code: str) -> set[str]:
        """Indicators for which no source has delivered in a region."""

    def one(self, subject_id: str) -> dict[str, Any]:
        found = self.rows("scores", subject_id)
        if found:
            return found[0]
        reasons = self.rejected(subject_id)
        why = f": it was rejected ({', '.join(sorted(set(reasons)))})" if reasons else ""
        raise NotFoundError(
            f"subject {subject_id} was not scored in this run{why}. Look in the run's `scores` and `rejected`."
        )

    def __enter__(self) -> _Source:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to close unless a source says so."""
        return


class _FromRun(_Source):
    def __init__(self, run: Run) -> None:
        self.policy, self.info = run.policy, run.info
        self._run = run

    def rows(self, table: str, subject_id: str) -> list[dict[str, Any]]:
        whole = self._run.tables[table]
        return cast(
            list[dict[str, Any]],
            whole.filter(pc.equal(whole["subject_id"].cast(pa.string()), subject_id)).to_pylist(),
        )

    def rejected(self, subject_id: str) -> list[str]:
        return [
            r["reason"]
            for r in self._run.tables["rejected"].to_pylist()
            if r["table"] == "subjects" and r["record_id"] == subject_id
        ]

    def not_collected(self, scorecard: str, region_code: str) -> set[str]:
        rows = self._run.tables["not_collected"].to_pylist()
        return {
            r["indicator"] for r in rows if (r["scorecard"], r["region_code"]) == (scorecard, region_code)
        }


class _FromFolder(_Source):
    def __init__(self, folder: Path) -> None:
        from credit_scoring.engines.duckdb import DuckDBEngine

        if not (folder / "run.json").is_file():
            raise NotFoundError(
                f"{folder} is no run: it has no run.json. Give the folder `credit-scoring score --out` has written."
            )
        self.info = RunInfo.model_validate_json((folder / "run.json").read_text(encoding="utf-8"))
        self.policy = load_policy(folder / "policy")
        self._engine = DuckDBEngine()
        for table in ("scores", "points", "evidence", "rejected", "not_collected"):
            self._engine.scan(table, folder / f"{table}.parquet")

    def rows(self, table: str, subject_id: str) -> list[dict[str, Any]]:
        query = f'SELECT * FROM "{table}" WHERE subject_id = $subject'
        return cast(list[dict[str, Any]], self._engine.table(query, subject=subject_id).to_pylist())

    def rejected(self, subject_id: str) -> list[str]:
        query = "SELECT reason FROM rejected WHERE \"table\" = 'subjects' AND record_id = $subject"
        return [row["reason"] for row in self._engine.table(query, subject=subject_id).to_pylist()]

    def not_collected(self, scorecard: str, region_code: str) -> set[str]:
        query = "SELECT indicator FROM not_collected WHERE scorecard = $card AND region_code = $region"
        return {
            row["indicator"]
            for row in self._engine.table(query, card=scorecard, region=region_code).to_pylist()
        }

    def __exit__(self, *_: object) -> None:
        self._engine.__exit__(None, None, None)


class _Explainer:
    def __init__(self, source: _Source, card: Scorecard, row: dict[str, Any]) -> None:
        self.source, self.card, self.row = source, card, row
        subject = row["subject_id"]
        self.points = {r["indicator"]: r for r in source.rows("points", subject)}
        # The tables of a folder are in no order.
        evidence = sorted(source.rows("evidence", subject), key=lambda r: r["record_id"])
        self.by_indicator: dict[str, list[RecordLine]] = {}
        self.by_override: dict[str, list[RecordLine]] = {}
        for r in evidence:
            where = self.by_indicator if r["override"] is None else self.by_override
            where.setdefault(r["override"] or r["indicator"], []).append(self._record(r))
        self.missing = source.not_collected(card.scorecard, row["region_code"] or "")
        self.rescaled = self._rescaled()

    def explanation(self) -> Explanation:
        card, row, info = self.card, self.row, self.source.info
        dimensions = tuple(self._dimension(name) for name in card.dimensions)
        overrides = tuple(self._override(name, card.overrides[name]) for name in row["overrides"])
        better, worse = _neighbours(card, row["grade"], row["score"])
        cited = {a.split(" ", 1)[0] for p in card.places() for a in card.authority_of(p)}
        cited |= {a.split(" ", 1)[0] for o in overrides for a in o.authority}
        texts = self.source.policy.instruments
        return Explanation(
            subject_id=row["subject_id"], subject_type=row["subject_type"], scorecard=card.scorecard,
            edition=card.edition, title=card.title, on=info.on, known_by=info.known_by,
            policy_sha256=info.policy_sha256, total=card.total,
            start=row["start"],
            kept_within=row["score_raw"] - row["start"] - sum((d.points for d in dimensions), Decimal(0)),
            score_raw=row["score_raw"], score=row["score"], grade_raw=row["grade_raw"], grade=row["grade"],
            grade_raw_title=card.grades[row["grade_raw"]].title if row["grade_raw"] else None,
            unrated_for=self._unrated_for(),
            grade_title=card.grades[row["grade"]].title if row["grade"] else None, band=row["band"],
            unrated=row["unrated"], completeness=row["completeness"], dimensions=dimensions, overrides=overrides,
            extends=card.extends, next_better=better, next_worse=worse, reasons=tuple(row["reasons"]),
            instruments={key: texts[key].title for key in sorted(cited) if key in texts},
        )  # fmt: skip

    def _dimension(self, name: str) -> DimensionLine:
        dimension = self.card.dimensions[name]
        places = [p for p in self.card.places() if p.dimension == name]
        groups = []
        for group_id in dict.fromkeys(p.group for p in places):
            lines = tuple(self._indicator(p) for p in places if p.group == group_id)
            group = dimension.groups[group_id] if group_id is not None else None
            points = sum((line.points for line in lines), Decimal(0))
            if group is not None and name not in self.rescaled:
                points = (
                    min(points, group.points)
                    if group.floor == "none"
                    else min(max(points, group.floor), group.points)
                )
            groups.append(
                GroupLine(
                    group=group_id,
                    title=group.title if group else None,
                    points=points,
                    most=group.points if group else dimension.points,
                    indicators=lines,
                )
            )
        return DimensionLine(
            dimension=name,
            title=dimension.title,
            points=self.row[name],
            most=dimension.points,
            groups=tuple(groups),
        )

    def _unrated_for(self) -> tuple[Title, ...]:
        def missing(place: Place) -> bool:
            row, rule = self.points.get(place.indicator), place.rule
            state = "observed" if place.indicator in self.by_indicator else "no_record"
            state = row["state"] if row is not None else state
            if state == "not_collected" and rule.not_collected is not None:
                return rule.not_collected == "unrated"
            return state in ("no_record", "not_collected") and rule.no_record == "unrated"

        return tuple(p.rule.title for p in self.card.places() if missing(p)) if self.row["unrated"] else ()

    def _rescaled(self) -> set[str]:
        """Dimensions whose points were scaled for what dropped out of them: no heading bounds them."""
        return {
            place.dimension
            for place in self.card.places()
            if (row := self.points.get(place.indicator)) is not None and row["most"] != place.rule.points
        }

    def _indicator(self, place: Place) -> IndicatorLine:
        rule, name = place.rule, place.indicator
        row = self.points.get(name)
        records = tuple(self.by_indicator.get(name, ()))
        if rule.curve != "identity":
            # What a record adds to the measure is no share of the points that a curve or a model makes of it.
            records = tuple(record.model_copy(update={"points": None}) for record in records)
        if row is not None:
            points, most, state = row["points"], row["most"], row["state"]
            measure, level = row["measure"], row["level"]
        else:
            stated, most = rule.no_record, rule.points
            if stated == "unrated" or stated == "renormalise":  # noqa: PLR1714 - narrows the type
                points = Decimal(0)
            else:
                points = bounded(rule, stated_points(rule, stated))
            measure = level = None
            state = (
                "observed"
                if any(r.treatment in ("counted", "counted_in_part") for r in records)
                else self._state_without_records(name)
            )
        return IndicatorLine(
            indicator=name, title=rule.title, points=points, most=most, lost=most - points, state=state,
            measure=measure, level=level, authority=self.card.authority_of(place), basis=rule.basis, records=records,
            by_model=rule.curve == "model",
        )  # fmt: skip

    def _state_without_records(self, name: str) -> str:
        if self.row["completeness"] is None:
            return "no_record"
        return "not_collected" if name in self.missing else "observed_clean"

    def _override(self, name: str, override: Override) -> OverrideLine:
        kind = override.effect.kind
        value = getattr(override.effect, kind)
        return OverrideLine(
            override=name, title=override.title, effect=kind, value=None if value is True else str(value),
            grade_title=self.card.grades[value].title if kind.startswith("grade") and kind != "grades_down" else None,
            authority=override.authority or self.card.authority, basis=override.basis,
            records=tuple(self.by_override.get(name, ())),
        )  # fmt: skip

    def _record(self, row: dict[str, Any]) -> RecordLine:
        item = self.source.policy.item(row["item"])
        level = row["level"]
        return RecordLine(
            record_id=row["record_id"], item=row["item"], title=item.title, level=level,
            level_title=item.levels.get(level) if level else None, occurred_on=row["occurred_on"], value=row["value"],
            unit=item.unit, source=row["source"], event=row["event"], points=row["points"], treatment=row["treatment"],
        )  # fmt: skip


def _neighbours(
    card: Scorecard, grade: str | None, score: Decimal
) -> tuple[GradeDistance | None, GradeDistance | None]:
    """The nearest better and worse grade that the score alone decides, with the points to their limits."""
    if grade is None:
        return None, None
    better_is_higher = card.direction == "higher_is_better"
    names = [n for n, g in card.grades.items() if _limit(g, better_is_higher) is not None or g.otherwise]
    limits = {n: _limit(card.grades[n], better_is_higher) for n in names}
    better = worse = None
    for name in names:
        limit = limits[name]
        if limit is not None and (score < limit if better_is_higher else score >= limit):
            better = GradeDistance(grade=name, title=card.grades[name].title, points=abs(limit - score))
    own = limits.get(grade)
    following = names[names.index(grade) + 1 :] if grade in names else []
    if own is not None and following and (score >= own if better_is_higher else score < own):
        worse = GradeDistance(
            grade=following[0], title=card.grades[following[0]].title, points=abs(score - own)
        )
    return better, worse


def _limit(grade: Grade, better_is_higher: bool) -> Decimal | None:
    return grade.from_ if better_is_higher else grade.below
