"""The engine and the oracle on random policies and random archives: every number and every letter."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cases.engine import answers_of, load_policy, run
from cases.golden import Answer, answer_of
from oracle.evaluation import evaluate
from oracle.reading import Node, read_yaml
from oracle.scoring import all_indicators, stated
from properties.archives import CATALOGUE, INSTRUMENTS, Archive, archives, catalogue
from properties.policies import SUBJECT_TYPES, Written, policies


def loaded(written: tuple[Written, ...]) -> Any:
    """The scorecards as the engine reads them."""
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for one in written:
            file = Path(folder) / f"{one.subject_type}.yaml"
            file.write_text(one.text, encoding="utf-8")
            files.append(file)
        return load_policy(*files, CATALOGUE, INSTRUMENTS)


def by_oracle(written: tuple[Written, ...], archive: Archive) -> dict[str, Answer]:
    """The oracle's answers for everyone some scorecard is for."""
    answers: dict[str, Answer] = {}
    for one in written:
        scorecard = read_yaml(one.text)
        people = [s for s in archive.subjects if s.subject_type == one.subject_type]
        results = evaluate(scorecard, catalogue(), people, archive.records, archive.dates)
        answers |= {subject_id: answer_of(result) for subject_id, result in results.items()}
    return answers


def by_engine(written: tuple[Written, ...], archive: Archive) -> dict[str, Answer]:
    """The engine's answers, with the points its sparse table leaves out."""
    result = run(loaded(written), archive.subjects, archive.records, archive.dates)
    answers = answers_of(result)
    rules = {one.subject_type: all_indicators(read_yaml(one.text)) for one in written}
    for subject in archive.subjects:
        if subject.subject_id in answers:
            points = answers[subject.subject_id]["points"]
            for name, rule in rules[subject.subject_type].items():
                points.setdefault(name, without_record(rule))
    return answers


def without_record(rule: Node) -> Any:
    """Points of an indicator where nothing counts."""
    return stated(rule["no_record"], rule, "no_record").points


def differences(written: tuple[Written, ...], archive: Archive) -> str:
    """The first subject the two disagree on: what each says, and the records."""
    oracle, engine = by_oracle(written, archive), by_engine(written, archive)
    assert oracle.keys() == engine.keys()
    for subject in archive.subjects:
        mine, other = oracle.get(subject.subject_id), engine.get(subject.subject_id)
        if mine is None or other is None or mine == {key: other.get(key) for key in mine}:
            continue
        lines = [f"{archive.dates}", f"{subject}", *map(str, archive.of(subject.subject_id))]
        lines += [
            f"{key}: oracle {mine[key]}, engine {other.get(key)}"
            for key in mine
            if mine[key] != other.get(key)
        ]
        return "\n".join(lines)
    return ""


@st.composite
def situations(draw: st.DrawFn) -> tuple[tuple[Written, ...], Archive]:
    """Scorecards and an archive for them."""
    written = draw(policies())
    kinds = tuple(one.subject_type for one in written)
    return written, draw(archives(kinds, subjects=40 * len(kinds)))


@settings(max_examples=100)
@given(situations())
def test_the_engine_gives_everyone_what_the_oracle_gives(
    situation: tuple[tuple[Written, ...], Archive],
) -> None:
    assert not differences(*situation)


assert SUBJECT_TYPES
