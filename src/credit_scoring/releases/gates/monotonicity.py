"""No bad record pays and no mending costs: tried on subjects of the population, through the whole line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

import pyarrow as pa

from credit_scoring.policy.catalogue import Item, Title
from credit_scoring.policy.loading import check_files
from credit_scoring.policy.numbers import POINT, plain_number
from credit_scoring.releases.checks import Check
from credit_scoring.releases.gates.bench import Bench, Scored
from credit_scoring.releases.gates.evidence_files import validation_of
from credit_scoring.releases.gates.findings import Exhibit, Finding, Question, Text, listed
from credit_scoring.releases.gates.judging import Exemption, exemptions, read_items
from credit_scoring.releases.gates.perturbing import Perturbed, additions_of, perturb
from credit_scoring.releases.gates.standing import Standings, Tally, compare_standings
from credit_scoring.scoring.run import score, scores_only

_WHAT: dict[str, Title] = {
    "bad_records": Title(zh="新增一条失信记录不使得分或等级变好", en="One more bad record never raises the standing"),
    "good_records": Title(zh="新增一条守信记录不使得分或等级变差", en="One more good record never lowers the standing"),
    "heavier_levels": Title(zh="更重的级别不比更轻的级别得分高", en="A worse level never stands higher than a better one"),
    "larger_values": Title(zh="数值越不利得分不越高", en="A worse value never stands higher than a better one"),
    "withdrawn": Title(zh="失信记录撤销后不变差", en="A withdrawn bad record never lowers the standing"),
    "repaired": Title(zh="失信记录修复后不变差", en="A repaired bad record never lowers the standing"),
    "again": Title(zh="同一失信记录再次报送不变好", en="A bad record reported again never raises the standing"),
    "unchanged": Title(zh="未改动的样本与全体评分一致", en="Unchanged copies score as in the population"),
    "training": Title(zh="建模时的单调性检验", en="Proof of monotonicity at the training"),
    "not_judged": Title(zh="未作判断的信息项", en="Items that are not judged"),
}  # fmt: skip


def _question(name: str) -> Question:
    return Question(gate="monotonicity", name=name, title=_WHAT[name])


def check_monotonicity(bench: Bench) -> Finding:
    """Add, worsen, withdraw and repair records of drawn subjects; what may count either way is named, not passed over."""
    run = bench.population
    cards = tuple(card for card in (run.card, run.base) if card is not None)
    catalogue = run.policy.catalogue
    warnings = tuple(p for p in check_files([bench.candidate.folder / "policy"])[1] if p.warning)
    validation = validation_of(bench.candidate)
    left_out = exemptions(
        cards, catalogue, warnings=warnings, features=() if validation is None else validation.features
    )
    read = read_items(cards)
    items = {code: catalogue[code] for code in read if catalogue[code].polarity != "neutral"}
    bad = [code for code, item in items.items() if item.polarity == "worse"]
    additions = additions_of(
        cards, catalogue, tuple(items), values=_values(bench, run), on=bench.inputs.on, known_by=bench.inputs.known_by
    )  # fmt: skip
    perturbed = perturb(run, bench.inputs, additions=additions, touched_items=bad)
    found = _standings(bench, run, perturbed, items)
    return Finding(
        checks=(
            *_judgements(found, perturbed, items, left_out),
            _question("unchanged").counted(
                found.unlike_population, of=found.unchanged, detail=_drawn(perturbed)
            ),
            _training(bench),
            _not_judged(left_out, tuple(code for code in read if catalogue[code].polarity == "neutral")),
        ),
        exhibits=(_by_item(found, items), *_left_out(left_out, catalogue)),
    )


def _standings(bench: Bench, run: Scored, perturbed: Perturbed, items: dict[str, Item]) -> Standings:
    from credit_scoring.engines.duckdb import DuckDBEngine

    inputs = bench.inputs
    scores: pa.Table
    if run.base is None:
        scores = scores_only(
            run.policy, (run.card,), subjects=perturbed.subjects, records=perturbed.records, coverage=inputs.coverage,
            on=inputs.on, known_by=inputs.known_by, threads=inputs.threads, memory_limit=inputs.memory_limit,
        )  # fmt: skip
    else:
        scores = score(
            run.policy, subjects=perturbed.subjects, records=perturbed.records, coverage=inputs.coverage,
            on=inputs.on, known_by=inputs.known_by, threads=inputs.threads, memory_limit=inputs.memory_limit,
        ).tables["scores"]  # fmt: skip
    with DuckDBEngine(threads=inputs.threads) as engine:
        return compare_standings(engine, run.card, perturbed, scores, items)


def _values(bench: Bench, run: Scored) -> dict[str, tuple[Decimal, ...]]:
    """Values to try of each item that carries one: low, middling and high ones of the population."""
    from credit_scoring.engines.duckdb import DuckDBEngine

    with DuckDBEngine(threads=bench.inputs.threads) as engine:
        engine.scan("evidence", run.folder / "evidence.parquet")
        rows = engine.table(_VALUES).to_pylist()
    return {
        row["item"]: tuple(sorted({row["low"], row["middle"], row["high"]}))
        for row in rows
        if row["low"] < row["high"]
    }


_VALUES = """
SELECT item, quantile_disc(value, 0.1)::DECIMAL(18, 4) AS low, quantile_disc(value, 0.5)::DECIMAL(18, 4) AS middle,
       max(value)::DECIMAL(18, 4) AS high
FROM evidence WHERE value IS NOT NULL AND value >= 0 GROUP BY item ORDER BY item
"""


def _judgements(
    found: Standings, perturbed: Perturbed, items: Mapping[str, Item], left_out: tuple[Exemption, ...]
) -> tuple[Check, ...]:
    entries = {each.item for each in left_out if each.entries}
    order = {each.item for each in left_out if each.order}
    bad = {code for code, item in items.items() if item.polarity == "worse"}
    good = set(items) - bad
    size = Title(
        zh=f"抽取 {sum(perturbed.drawn.values())} 个主体和 1 个无记录主体，{len(perturbed.additions)} 种新增记录",
        en=f"{sum(perturbed.drawn.values())} subjects drawn and one without records, {len(perturbed.additions)} kinds of record added",
    )

    def judged(
        name: str, tallies: tuple[Tally, ...], which: set[str], *, rise: Callable[[str], bool]
    ) -> Check:
        return _judged(name, tuple(t for t in tallies if t.item in which), size, rise=rise)

    up: Callable[[str], bool] = lambda _: True  # noqa: E731
    down: Callable[[str], bool] = lambda _: False  # noqa: E731
    return (
        judged("bad_records", found.added, bad - entries, rise=up),
        judged("good_records", found.added, good - entries, rise=down),
        judged("heavier_levels", found.levels, set(items), rise=up),
        judged("larger_values", found.values, set(items) - order, rise=lambda item: item in bad),
        judged("withdrawn", found.changed["withdrawn"], bad - entries, rise=down),
        judged("repaired", found.changed["repaired"], bad - entries, rise=down),
        judged("again", found.changed["again"], bad - entries, rise=up),
    )


def _judged(name: str, tallies: tuple[Tally, ...], size: Title, *, rise: Callable[[str], bool]) -> Check:
    """One check: `rise` says of an item whether it is a rise that must not be, or a fall."""
    question = _question(name)
    pairs = sum(tally.pairs for tally in tallies)
    if not pairs:
        why = Title(zh="没有可比较的记录", en="there is no record to compare")
        return question.does_not_apply(why)
    wrong = tuple(t for t in tallies if _wrong(t, rise=rise(t.item)))
    count = sum(_wrong(t, rise=rise(t.item)) for t in wrong)
    moved = sum(t.raised + t.lowered for t in tallies)
    detail = Title(
        zh=f"{size.zh}；比较 {pairs:,} 对，其中 {moved:,} 对有变化",
        en=f"{size.en}; {pairs:,} pairs compared, of which {moved:,} differ",
    )
    if wrong:
        names = listed(tuple(_fault(t, rise=rise(t.item)) for t in wrong), most=8)
        detail = Title(zh=f"{names.zh}。{detail.zh}", en=f"{names.en}. {detail.en}")
    return question.counted(count, of=pairs, detail=detail)


def _wrong(tally: Tally, *, rise: bool) -> int:
    """Pairs that went the wrong way; who is no longer rated has escaped a worse grade."""
    return tally.raised + tally.escaped if rise else tally.lowered


def _fault(tally: Tally, *, rise: bool) -> str:
    moved = tally.largest_rise if rise else -tally.largest_fall
    where = f" {tally.where}" if tally.where else ""
    return f"{tally.item}{where} ({_signed(moved)})"


def _signed(thousandths: int) -> str:
    return f"{'+' if thousandths > 0 else ''}{plain_number(Decimal(thousandths) / POINT)}"


def _drawn(perturbed: Perturbed) -> Title:
    grades = "; ".join(f"{grade}: {count}" for grade, count in perturbed.drawn.items()) or "-"
    changes = perturbed.changes.num_rows
    return Title(
        zh=f"按等级（分数段）抽取：{grades}；另有 {changes:,} 次对既有记录的改动；共 {perturbed.subjects.num_rows:,} 个副本",
        en=f"drawn by grade (band): {grades}; {changes:,} changes to records there were; "
        f"{perturbed.subjects.num_rows:,} copies in all",
    )


def _training(bench: Bench) -> Check:
    question = _question("training")
    validation = validation_of(bench.candidate)
    if validation is None:
        return question.does_not_apply(
            Title(zh="分值由文件规定，未经训练", en="the points are stated by a text, not learnt")
        )
    (check,) = [check for check in validation.checks if check.name == "monotonicity"]
    proof = validation.monotonicity
    if check.found.value is None or proof is None:
        reason = check.found.reason or Title(zh="没有检验结果", en="there is no result of it")
        return question.not_computed(reason)
    return question.counted(
        int(check.found.value),
        of=proof.pairs,
        detail=Title(
            zh=f"逐特征扰动 {len(proof.sweeps)} 个特征", en=f"{len(proof.sweeps)} features swept one by one"
        ),
    )


def _not_judged(left_out: tuple[Exemption, ...], neutral: tuple[str, ...]) -> Check:
    named = tuple(dict.fromkeys(f"{each.item} ({each.place})" for each in left_out))
    names, others = listed(named, most=40), listed(neutral)
    return _question("not_judged").does_not_apply(
        Title(
            zh=f"新增一条可升可降：{names.zh}；目录中无好坏方向：{others.zh}",
            en=f"may count either way: {names.en}; neutral by the catalogue: {others.en}",
        )
    )


def _by_item(found: Standings, items: Mapping[str, Item]) -> Exhibit:
    rows: list[tuple[Text, ...]] = [
        (
            tally.item, items[tally.item].title, items[tally.item].polarity, f"{tally.pairs:,}", f"{tally.lowered:,}",
            f"{tally.raised:,}", _signed(-tally.largest_fall), _signed(tally.largest_rise),
        )
        for tally in found.added
    ]  # fmt: skip
    heads = (
        Title(zh="信息项", en="Item"),
        Title(zh="名称", en="Title"),
        Title(zh="方向", en="Polarity"),
        Title(zh="比较次数", en="Pairs"),
        Title(zh="变差", en="Lowered"),
        Title(zh="变好", en="Raised"),
        Title(zh="最大降分", en="Largest fall"),
        Title(zh="最大升分", en="Largest rise"),
    )
    title = Title(zh="新增一条记录的影响（逐项）", en="What one more record does, item by item")
    return Exhibit(title=title, heads=heads, rows=tuple(rows))


def _left_out(left_out: tuple[Exemption, ...], catalogue: Mapping[str, Item]) -> tuple[Exhibit, ...]:
    if not left_out:
        return ()
    rows: list[tuple[Text, ...]] = [(e.item, catalogue[e.item].title, e.place, e.reason) for e in left_out]
    heads = (
        Title(zh="信息项", en="Item"),
        Title(zh="名称", en="Title"),
        Title(zh="指标", en="Read by"),
        Title(zh="原因", en="Why"),
    )
    title = Title(zh="未作单调性判断的信息项", en="Not judged for monotonicity")
    return (Exhibit(title=title, heads=heads, rows=tuple(rows)),)
