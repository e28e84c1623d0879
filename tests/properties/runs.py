"""Running random scorecards over random archives, and comparing what comes out."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyarrow as pa

from cases.engine import answers_of, load_policy, run
from cases.golden import Answer, answer_of
from oracle.coverage import is_collected
from oracle.evaluation import evaluate
from oracle.reading import Node, Record, Subject, read_yaml
from oracle.scoring import Line, all_indicators, stated
from properties.archives import CATALOGUE, INSTRUMENTS, Archive, catalogue
from properties.policies import Written

TABLES = ("scores", "points", "evidence", "rejected", "not_collected")


def loaded(written: Sequence[Written]) -> Any:
    """The scorecards as the engine reads them."""
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for one in written:
            file = Path(folder) / f"{one.subject_type}.yaml"
            file.write_text(one.text, encoding="utf-8")
            files.append(file)
        return load_policy(*files, CATALOGUE, INSTRUMENTS)


def by_oracle(written: Sequence[Written], archive: Archive) -> dict[str, Answer]:
    """The oracle's answers for everyone some scorecard is for."""
    answers: dict[str, Answer] = {}
    for one in written:
        scorecard = read_yaml(one.text)
        people = [s for s in archive.subjects if s.subject_type == one.subject_type]
        results = evaluate(scorecard, catalogue(), people, archive.records, archive.dates, archive.coverage)
        rules = all_indicators(scorecard)
        for subject_id, result in results.items():
            lines = result.scored.lines
            answers[subject_id] = answer_of(result) | {
                "states": {name: line.state for name, line in lines.items()},
                "shown": {name for name, line in lines.items() if departs(line, rules[name])},
                "not_collected": {
                    name
                    for name, rule in rules.items()
                    if not is_collected(rule, result.scored.subject, archive.dates, archive.coverage)
                },
            }
    return answers


def departs(line: Line, rule: Node) -> bool:
    """Whether an indicator needs a row of the table `points`: by its points, or by its state alone."""
    if line.points != without_record(rule) or line.out:
        return True
    if line.state == "not_collected":
        no_record = rule["no_record"]
        return no_record == "unrated" or rule.get("not_collected", no_record) != no_record
    return line.state not in ("observed", "no_record")


def kept_events(
    written: Sequence[Written], archive: Archive
) -> Iterator[tuple[Subject, dict[str, dict[str, Fraction]]]]:
    """By the oracle, the points of every report an indicator keeps, for everyone; only where it applies."""
    for one in written:
        scorecard = read_yaml(one.text)
        people = [s for s in archive.subjects if s.subject_type == one.subject_type]
        for result in evaluate(scorecard, catalogue(), people, archive.records, archive.dates).values():
            yield result.scored.subject, {name: share.own for name, share in result.scored.events.items()}


def by_engine(written: Sequence[Written], archive: Archive) -> dict[str, Answer]:
    """The engine's answers, with the points its sparse table leaves out, and what it says is not collected."""
    result = run(loaded(written), archive.subjects, archive.records, archive.dates, archive.coverage)
    assert result.rejected.num_rows == 0, result.rejected.to_pylist()
    answers = answers_of(result)
    for answer in answers.values():
        answer["states"] = {}
    for row in result.points.to_pylist():
        answers[row["subject_id"]]["states"][row["indicator"]] = row["state"]
    missing = defaultdict(set)
    for row in result.not_collected.to_pylist():
        missing[row["scorecard"], row["region_code"] or None].add(row["indicator"])
    cards = {one.subject_type: read_yaml(one.text) for one in written}
    rules = {kind: all_indicators(card) for kind, card in cards.items()}
    for subject in archive.subjects:
        name = cards[subject.subject_type]["scorecard"]
        answers[subject.subject_id]["not_collected"] = missing[name, subject.region_code]
        points = answers[subject.subject_id]["points"]
        for name, rule in rules[subject.subject_type].items():
            points.setdefault(name, without_record(rule))
    return answers


def without_record(rule: Node) -> Any:
    """Points of an indicator where nothing counts."""
    return stated(rule["no_record"], rule, "no_record").points


def differences(written: Sequence[Written], archive: Archive) -> str:
    """The first subject engine and oracle disagree on: what each says, and the records."""
    oracle, engine = by_oracle(written, archive), by_engine(written, archive)
    assert oracle.keys() == engine.keys()
    for subject in archive.subjects:
        mine, other = oracle[subject.subject_id], engine[subject.subject_id]
        # A row the table may leave out says nothing of its own.
        other["shown"] = mine["shown"] & other["states"].keys()
        other["states"] = mine["states"] | other["states"]
        wrong = [key for key in mine if mine[key] != other.get(key)]
        if wrong:
            lines = [str(archive.dates), str(subject), *map(str, archive.of(subject.subject_id))]
            return "\n".join([*lines, *(f"{k}: oracle {mine[k]}, engine {other.get(k)}" for k in wrong)])
    return ""


def results(
    written: Sequence[Written],
    archive: Archive,
    *,
    subjects: Sequence[Subject] | None = None,
    records: Sequence[Record] | None = None,
    threads: int | None = None,
) -> Any:
    """The run of the engine, with other subjects or records where given."""
    return run(
        loaded(written),
        archive.subjects if subjects is None else subjects,
        archive.records if records is None else records,
        archive.dates,
        archive.coverage,
        threads=threads,
    )


def as_bytes(table: pa.Table) -> bytes:
    """The Arrow stream of a table, its rows sorted by every column that can be compared."""
    flat = table.combine_chunks()
    keys = [
        (field.name, "ascending")
        for field in flat.schema
        if not (pa.types.is_nested(field.type) or pa.types.is_null(field.type))
    ]
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, flat.schema) as stream:
        stream.write_table(flat.sort_by(keys).combine_chunks())
    return bytes(sink.getvalue())


def all_bytes(result: Any) -> dict[str, bytes]:
    """Every table of a run as bytes."""
    return {name: as_bytes(getattr(result, name)) for name in TABLES}


def with_records(archive: Archive, records: Sequence[Record]) -> Archive:
    """The archive with other records."""
    return replace(archive, records=tuple(records))
