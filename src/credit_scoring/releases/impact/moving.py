"""Who moves most and what moves them; how often each rule is a reason and a cause."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from credit_scoring.engines.base import Engine
from credit_scoring.errors import ReleaseError
from credit_scoring.policy.catalogue import Title
from credit_scoring.policy.numbers import thousandths
from credit_scoring.releases.impact.bases import Account, CardPoints
from credit_scoring.releases.impact.comparing import Sides, rows
from credit_scoring.releases.impact.contents import CauseCount, Mover, Part, PartKind, ReasonChange
from credit_scoring.releases.impact.movements import Places, points, titles_of


def reasons(engine: Engine, sides: Sides) -> tuple[ReasonChange, ...]:
    """How many subjects each indicator and override is a reason for, in the order of the scorecards."""
    counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for side, name in enumerate(("before", "after")):
        for kind, column in (("indicator", "reasons"), ("override", "overrides")):
            query = f"SELECT rule, count(*) AS n FROM (SELECT unnest({column}) AS rule FROM scores_{name}) GROUP BY rule"
            for row in rows(engine, query):
                counts[kind, row["rule"]][side] = row["n"]
    titles = titles_of(sides)
    cards = (sides.before.card, sides.after.card)
    known = [{("indicator", p.indicator) for p in card.places()} | {("override", o) for o in card.overrides} for card in cards]  # fmt: skip
    return tuple(
        ReasonChange(
            kind="indicator" if kind == "indicator" else "override",
            rule=rule,
            title=title,
            before=counts[kind, rule][0] if (kind, rule) in known[0] else None,
            after=counts[kind, rule][1] if (kind, rule) in known[1] else None,
        )
        for (kind, rule), title in titles.items()
        if kind != "heading"
    )


def causes(engine: Engine, sides: Sides) -> tuple[CauseCount, ...]:
    """How many subjects each rule moved most, the most frequent first."""
    titles = titles_of(sides)
    found = rows(
        engine,
        "SELECT cause, cause_rule, count(*) AS subjects, sum(cause_points)::BIGINT AS change FROM causes GROUP BY ALL "
        "ORDER BY subjects DESC, cause, cause_rule NULLS FIRST",
    )
    return tuple(
        CauseCount(
            cause=row["cause"],
            rule=row["cause_rule"],
            title=_title(titles, row["cause"], row["cause_rule"]),
            subjects=row["subjects"],
            change=None if row["change"] is None else points(row["change"]),
        )
        for row in found
    )


def _title(titles: Mapping[tuple[str, str], Title], kind: str, rule: str | None) -> Title | None:
    """The title of a rule, or of several overrides together."""
    if rule is None:
        return None
    found = [titles[kind, one] for one in (rule.split(", ") if kind == "override" else [rule])]
    return Title(zh="、".join(t.zh for t in found), en=", ".join(t.en for t in found))


def movers(
    engine: Engine, sides: Sides, before: Places, after: Places
) -> tuple[tuple[Mover, ...], tuple[Mover, ...]]:
    """Those who move most, up and down the scale, each with every part of the score that changes.

    Raises:
        ReleaseError: the parts of somebody's score do not add up to it.
    """
    engine.run(
        "CREATE TABLE watched AS SELECT p.subject_id, m.mover, p.place_before, p.place_after, c.* "
        "FROM movers m JOIN pairs p ON p.rowid = m.pair_no JOIN causes c ON c.pair_no = m.pair_no"
    )
    accounts = [
        _accounts(engine, card, name) for card, name in ((sides.before, "before"), (sides.after, "after"))
    ]
    private = sides.after.card.subject_type == "natural_person"
    titles = titles_of(sides)
    found = []
    for row in rows(engine, "SELECT * FROM watched ORDER BY mover"):
        (score_before, old), (score_after, new) = (side[row["subject_id"]] for side in accounts)
        parts = tuple(_parts(old, new, sides, titles))
        change = points(score_after - score_before)
        if sum((part.change for part in parts), points(0)) != change:
            raise ReleaseError(
                "the parts of a score do not add up to it. This is a fault of the program: please report it."
            )
        found.append(
            Mover(
                number=row["mover"],
                subject_id=None if private else row["subject_id"],
                score_before=points(score_before),
                score_after=points(score_after),
                change=change,
                state_before=before.index[row["place_before"]],
                state_after=after.index[row["place_after"]],
                cause=row["cause"],
                cause_rule=row["cause_rule"],
                cause_title=_title(titles, row["cause"], row["cause_rule"]),
                cause_change=None if row["cause_points"] is None else points(row["cause_points"]),
                grade_cause=row["grade_cause"],
                grade_rules=tuple(row["grade_rules"]),
                parts=parts,
            )
        )
    rising = tuple(mover for mover in found if mover.number > 0)
    return rising, tuple(mover for mover in reversed(found) if mover.number < 0)


def _accounts(engine: Engine, card: CardPoints, side: str) -> dict[str, tuple[int, Account]]:
    departed: dict[str, dict[str, int]] = defaultdict(dict)
    for row in rows(
        engine,
        f"SELECT subject_id, indicator, points FROM points_{side} SEMI JOIN watched USING (subject_id)",
    ):
        departed[row["subject_id"]][row["indicator"]] = thousandths(row["points"])
    return {
        row["subject_id"]: (thousandths(row["score"]), card.account(row, departed[row["subject_id"]]))
        for row in rows(engine, f"SELECT * FROM scores_{side} SEMI JOIN watched USING (subject_id)")
    }


def _parts(
    old: Account, new: Account, sides: Sides, titles: Mapping[tuple[str, str], Title]
) -> Iterator[Part]:
    yield from _part("start", None, old.start, new.start, titles)
    names = [p.indicator for card in (sides.after.card, sides.before.card) for p in card.places()]
    for name in dict.fromkeys(names):
        a, b = old.indicators.get(name), new.indicators.get(name)
        base = sides.after.bases[name] if a is None else sides.before.bases.get(name, 0) if b is None else 0
        yield from _part("indicator", name, a, b, titles, base=base)
    gone, come = sides.before.bases_beside(sides.after), sides.after.bases_beside(sides.before)
    yield from _part("composition", None, gone, come, titles)
    for name in dict.fromkeys([*new.headings, *old.headings]):
        yield from _part("heading", name, old.headings.get(name), new.headings.get(name), titles)
    yield from _part("scale", None, old.scale, new.scale, titles)
    yield from _part("override", None, old.override, new.override, titles)


def _part(
    kind: PartKind,
    rule: str | None,
    old: int | None,
    new: int | None,
    titles: Mapping[tuple[str, str], Title],
    *,
    base: int = 0,
) -> Iterator[Part]:
    """A part that changes; `base` stands where a scorecard does not have it."""
    change = (base if new is None else new) - (base if old is None else old)
    if change:
        yield Part(
            kind=kind,
            rule=rule,
            title=None if rule is None else titles[kind, rule],
            before=None if old is None else points(old),
            after=None if new is None else points(new),
            change=points(change),
        )
