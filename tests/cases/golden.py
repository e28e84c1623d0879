"""Golden cases as they stand in YAML, and the two ways to run them.

A file of cases::

    policy: [../tax-2021.yaml, ../tax-2025.yaml]     # relative to the file of cases
    scorecard: tax-credit
    cases:
      - name: One late month, mended in two days
        on: 2026-04-30
        known_by: 2026-04-30                         # as `on` where absent
        subject: {established_on: 2015-01-01}        # optional
        records:                                     # by item; `recorded_on` is `occurred_on` where absent
          tax.late_filing:
            - {occurred_on: 2025-03-16, level: ordinary, repaired_on: 2025-03-18}
        peers:                                       # optional: others of the same run
          - {times: 3, industry_code: E47, records: {...}}
        coverage:                                    # optional: what sources have delivered
          - {item: tax.late_filing, region_code: "330100", covered_from: 2020-01-01}
        expect: {score: 100, grade: a, points: {late_filing: 0}}
        because: PUBLISHED_SCHEMES §4
    refused:                                         # the file with one line changed is refused
      - {name: ..., replace: "points: 135", by: "points: 130", line: 70, says: [P301, 130, 135]}
    warns:
      - {name: ..., says: [P501, 80]}

`times: 5` stands for five such records. What is not written is null.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from oracle.evaluation import edition_in_force, evaluate
from oracle.grading import Result
from oracle.reading import Dates, Delivery, Node, Record, Subject, day, number, read_catalogue, read_yaml

HERE = Path(__file__).parent
SCHEMES = HERE.parent / "schemes"
CONFIGS = HERE.parents[1] / "configs"

KEYS = {"name", "on", "known_by", "subject", "records", "peers", "coverage", "expect", "because"}

Answer = dict[str, Any]
"""What a run says of one subject: columns of `scores`, dimensions among them, and `points` by indicator."""


@dataclass(frozen=True)
class Case:
    """One golden case with everything its run needs."""

    file: Path
    policy: tuple[Path, ...]
    scorecard: str
    name: str
    dates: Dates
    subjects: tuple[Subject, ...]
    records: tuple[Record, ...]
    expect: Node
    coverage: tuple[Delivery, ...] | None = None

    @property
    def id(self) -> str:
        """Name in the test report."""
        return f"{self.file.parent.parent.name}-{self.file.stem}: {self.name}"

    @property
    def runs_alone(self) -> bool:
        """Whether the case has others or coverage in its run, and so a run of its own."""
        return len(self.subjects) > 1 or self.coverage is not None

    @property
    def vocabulary(self) -> tuple[Path, ...]:
        """Catalogue and legal texts beside the policy."""
        return vocabulary_of(self.policy[0])

    @property
    def subject_id(self) -> str:
        """The subject the case is about."""
        return self.subjects[0].subject_id


@dataclass(frozen=True)
class Fault:
    """A line of a policy file that is refused, once changed, or warned of as it stands."""

    policy: Path
    name: str
    replace: str
    by: str
    line: int
    says: tuple[str, ...]

    @property
    def id(self) -> str:
        """Name in the test report."""
        return f"{self.policy.stem}: {self.name}"

    @property
    def vocabulary(self) -> tuple[Path, ...]:
        """Catalogue and legal texts beside the policy."""
        return vocabulary_of(self.policy)


def vocabulary_of(policy: Path) -> tuple[Path, ...]:
    """The catalogue and the legal texts a policy file is written in."""
    if CONFIGS in policy.parents:
        return (CONFIGS / "catalogue", CONFIGS / "instruments.yaml")
    return (SCHEMES / "catalogue.yaml", SCHEMES / "instruments.yaml")


def faults() -> list[Fault]:
    """What the files of cases say is refused."""
    return list(_faults("refused"))


def warnings() -> list[Fault]:
    """What the files of cases say is warned of."""
    return list(_faults("warns"))


def _faults(key: str) -> Iterator[Fault]:
    for file in case_files():
        content = read_yaml(file.read_text(encoding="utf-8"))
        policy = policy_of(file, content)[0]
        for fault in content.get(key, ()):
            yield Fault(
                policy=policy,
                name=fault["name"],
                replace=fault.get("replace", ""),
                by=fault.get("by", ""),
                line=int(fault["line"]),
                says=tuple(fault["says"]),
            )


def case_files() -> list[Path]:
    """Every file of golden cases."""
    return sorted([*HERE.glob("*.yaml"), *(SCHEMES / "cases").glob("*.yaml")])


def policy_of(file: Path, content: Node) -> tuple[Path, ...]:
    """The policy files a file of cases names."""
    return tuple((file.parent / name).resolve() for name in content["policy"])


def cases_of(file: Path) -> Iterator[Case]:
    """The cases of one file."""
    content = read_yaml(file.read_text(encoding="utf-8"))
    policy = policy_of(file, content)
    for i, case in enumerate(content["cases"]):
        assert set(case) <= KEYS, case
        assert case["because"], case["name"]
        on = day(case["on"])
        people = list(_people(case, f"case-{i:03}"))
        yield Case(
            file=file,
            policy=policy,
            scorecard=content["scorecard"],
            name=case["name"],
            dates=Dates(on, day(case.get("known_by", case["on"]))),
            subjects=tuple(subject for subject, _ in people),
            records=tuple(record for _, records in people for record in records),
            expect=case["expect"],
            coverage=tuple(map(_delivery, case["coverage"])) if "coverage" in case else None,
        )


def _delivery(written: Node) -> Delivery:
    return Delivery(
        **{key: day(text) if key.startswith("covered") else text for key, text in written.items()}
    )


def _people(case: Node, subject_id: str) -> Iterator[tuple[Subject, list[Record]]]:
    subject = _subject(subject_id, case.get("subject", {}))
    yield subject, list(_records(subject_id, case.get("records", {})))
    count = 0
    for peer in case.get("peers", ()):
        written = {key: text for key, text in peer.items() if key not in ("times", "records")}
        for _ in range(int(peer.get("times", 1))):
            count += 1
            name = f"{subject_id}-peer-{count:03}"
            yield _subject(name, written), list(_records(name, peer.get("records", {})))


def _subject(subject_id: str, written: Node) -> Subject:
    dates = {key: day(text) for key, text in written.items() if key.endswith("_on")}
    return replace(Subject(subject_id), **{**written, **dates})


def _records(subject_id: str, written: Node) -> Iterator[Record]:
    count = 0
    for item, entries in written.items():
        for entry in entries:
            for _ in range(int(entry.get("times", 1))):
                count += 1
                yield _record(f"{subject_id}-{count:03}", subject_id, item, entry)


def _record(record_id: str, subject_id: str, item: str, entry: Node) -> Record:
    fields: dict[str, Any] = {key: text for key, text in entry.items() if key != "times"}
    fields |= {key: day(text) for key, text in fields.items() if key.endswith("_on")}
    fields |= {key: Decimal(fields[key]) for key in ("value", "weight") if key in fields}
    fields.setdefault("recorded_on", fields["occurred_on"])
    return Record(record_id=record_id, subject_id=subject_id, item=item, **fields)


def expected(expect: Node) -> Answer:
    """The expectation, numbers as numbers."""
    return {key: _read(key, value) for key, value in expect.items()}


def _read(key: str, value: Any) -> Any:
    if key == "points":
        return {indicator: number(points) for indicator, points in value.items()}
    if key == "unrated":
        return bool(value == "true")
    if key in ("grade", "grade_raw", "band"):
        return None if value in ("", "null") else value
    return list(value) if key == "overrides" else number(value)


@cache
def written(path: Path) -> Node:
    """A policy file as the oracle reads it."""
    return read_yaml(path.read_text(encoding="utf-8"))


@cache
def catalogue_beside(path: Path) -> Node:
    """The items of a catalogue file or folder."""
    return read_catalogue(*catalogue_files(path))


def editions_of(case: Case) -> list[Node]:
    """Every edition of the scorecard a case is about."""
    return [content for content in map(written, case.policy) if content["scorecard"] == case.scorecard]


def subjects_of(case: Case) -> list[Subject]:
    """The case's subjects, of the kind its scorecard is for."""
    kind = editions_of(case)[0]["subject_type"]
    return [replace(subject, subject_type=kind) for subject in case.subjects]


def by_oracle(case: Case) -> Answer:
    """What the oracle says of the case."""
    scorecard = edition_in_force(editions_of(case), case.dates.on)
    catalogue = catalogue_beside(case.vocabulary[0])
    results = evaluate(
        scorecard,
        catalogue,
        subjects_of(case),
        case.records,
        case.dates,
        case.coverage,
        base=base_of(scorecard, case.dates.on),
    )
    return answer_of(results[case.subject_id])


def base_of(scorecard: Node, on: date) -> Node | None:
    """The public scorecard that a sector's scorecard extends."""
    if "extends" not in scorecard:
        return None
    files = sorted((CONFIGS / "public").glob(f"{scorecard['extends']}-*.yaml"))
    return edition_in_force(map(written, files), on)


def catalogue_files(path: Path) -> list[Path]:
    """A catalogue file, or the files of a catalogue folder."""
    return sorted(path.glob("*.yaml")) if path.is_dir() else [path]


def answer_of(result: Result) -> Answer:
    """An oracle's result in the words of the result tables."""
    return {
        "score_raw": result.scored.score_raw,
        "score": result.score,
        "grade_raw": result.grade_raw,
        "grade": result.grade,
        "band": result.band,
        "unrated": result.unrated,
        "overrides": result.overrides,
        "completeness": result.scored.completeness,
        **result.scored.dimensions,
        "points": {name: line.points for name, line in result.scored.lines.items()},
    }
