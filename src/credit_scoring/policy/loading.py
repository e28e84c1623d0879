"""Reading policies: from files to a typed, checked `Policy`, with every problem of every file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from credit_scoring.errors import NotFoundError, NotInForceError, PolicyError, Problem
from credit_scoring.policy.catalogue import CatalogueFile, Instrument, InstrumentsFile, Item
from credit_scoring.policy.language import Scorecard
from credit_scoring.policy.reading import Document, dump, read_document, validated

KINDS = ("scorecard", "catalogue", "instruments", "source")
"""The first-level key that tells what a YAML file is."""


def default_configs() -> Path:
    """The `configs` folder shipped with the package, or the one of a source checkout."""
    here = Path(__file__).resolve().parents[1]
    shipped = here / "configs"
    return shipped if shipped.is_dir() else here.parents[1] / "configs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """A scorecard edition and the file it was read from."""

    card: Scorecard
    document: Document = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Everything that decides a score: editions of scorecards, the catalogue, the legal texts."""

    editions: tuple[Edition, ...]
    catalogue: Mapping[str, Item]
    instruments: Mapping[str, Instrument]
    warnings: tuple[Problem, ...] = ()

    @property
    def scorecards(self) -> tuple[Scorecard, ...]:
        """The editions without their files."""
        return tuple(edition.card for edition in self.editions)

    def names(self) -> tuple[str, ...]:
        """Scorecard names, sorted."""
        return tuple(sorted({card.scorecard for card in self.scorecards}))

    def edition_in_force(self, name: str, on: date) -> Scorecard:
        """The edition of a scorecard in force on a date.

        Raises:
            NotFoundError: no scorecard of that name.
            NotInForceError: none of its editions is in force on the date.
        """
        editions = [card for card in self.scorecards if card.scorecard == name]
        if not editions:
            known = ", ".join(self.names()) or "none"
            raise NotFoundError(f"no scorecard is called '{name}'. Known: {known}.")
        for card in editions:
            if is_in_force(card, on):
                return card
        spans = "; ".join(
            f"{card.edition}: from {card.in_force.from_}"
            + (f" until {card.in_force.until}" if card.in_force.until else "")
            for card in sorted(editions, key=lambda c: c.in_force.from_)
        )
        raise NotInForceError(f"no edition of '{name}' is in force on {on}. Editions: {spans}.")

    def in_force(self, on: date) -> tuple[Scorecard, ...]:
        """Every edition in force on a date, by name.

        Raises:
            NotInForceError: there are scorecards, and none of them is in force.
        """
        found = tuple(
            sorted((c for c in self.scorecards if is_in_force(c, on)), key=lambda card: card.scorecard)
        )
        if not found:
            for name in self.names():
                self.edition_in_force(name, on)
        return found

    def item(self, code: str) -> Item:
        """An item of the catalogue by its code."""
        if code not in self.catalogue:
            raise NotFoundError(f"the catalogue has no item '{code}'.")
        return self.catalogue[code]

    def fingerprint(self, cards: Iterable[Scorecard]) -> str:
        """SHA-256 over the content that decides scores: these scorecards and the catalogue.

        Comments, layout, the order of files and of a node's keys do not matter. Every value does, and so does the
        order of what a policy names: grades fall, and ties are broken, in the order of the file.
        """
        content = {
            "scorecards": {card.id: plain(card) for card in sorted(cards, key=lambda card: card.id)},
            "catalogue": {code: plain(item) for code, item in sorted(self.catalogue.items())},
        }
        text = json.dumps(content, ensure_ascii=False, default=str)
        return hashlib.sha256(text.encode()).hexdigest()


def is_in_force(card: Scorecard, on: date) -> bool:
    """Whether an edition is in force on a date (`until` is the first day it no longer is)."""
    return card.in_force.from_ <= on and (card.in_force.until is None or on < card.in_force.until)


def plain(model: Any) -> Any:
    """A model as the plain values its YAML file would hold, without what was left to defaults."""
    return model.model_dump(by_alias=True, exclude_unset=True, mode="python")


def dump_scorecard(card: Scorecard) -> str:
    """The scorecard as YAML; reading it back gives an equal scorecard."""
    return dump(_lists(plain(card)))


def _lists(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _lists(child) for key, child in value.items()}
    if isinstance(value, list | tuple):
        return [_lists(child) for child in value]
    return value


def yaml_files(paths: Iterable[Path]) -> Iterator[Path]:
    """The YAML files among paths and, sorted, below folders.

    Raises:
        NotFoundError: a path does not exist, or a folder holds no YAML file.
    """
    for path in paths:
        if path.is_file():
            yield path
            continue
        if not path.is_dir():
            raise NotFoundError(f"{path} does not exist. Give a policy file or a folder of them.")
        found = sorted(p for p in path.rglob("*.y*ml") if p.suffix in (".yaml", ".yml"))
        if not found:
            raise NotFoundError(f"{path} holds no YAML file.")
        yield from found


def kind_of(document: Document) -> str | None:
    """What a file is, by its first-level keys; None if it is none of ours."""
    if not isinstance(document.value, dict):
        return None
    return next((kind for kind in KINDS if kind in document.value), None)


@dataclass(slots=True)
class Reading:
    """Files read so far, good or bad; the checks look at all of it."""

    editions: list[Edition] = field(default_factory=list)
    catalogue: dict[str, Item] = field(default_factory=dict)
    instruments: dict[str, Instrument] = field(default_factory=dict)
    documents: list[Document] = field(default_factory=list)
    where_items: dict[str, tuple[Document, tuple[str, ...]]] = field(default_factory=dict)
    sources: list[Path] = field(default_factory=list)

    @property
    def problems(self) -> list[Problem]:
        """Problems found in any file, in the order of reading."""
        return [problem for document in self.documents for problem in document.problems]


def read_files(paths: Iterable[Path]) -> Reading:
    """Read policy files; the catalogue and the legal texts come from `configs` unless the paths bring their own."""
    reading = Reading()
    _read_into(reading, yaml_files(paths), ("scorecard", "catalogue", "instruments", "source"))
    root = default_configs()
    if not any(kind_of(d) == "catalogue" for d in reading.documents) and (root / "catalogue").is_dir():
        _read_into(reading, yaml_files([root / "catalogue"]), ("catalogue",))
    if (
        not any(kind_of(d) == "instruments" for d in reading.documents)
        and (root / "instruments.yaml").is_file()
    ):
        _read_into(reading, [root / "instruments.yaml"], ("instruments",))
    return reading


def _read_into(reading: Reading, files: Iterable[Path], wanted: tuple[str, ...]) -> None:
    for path in files:
        document = read_document(path)
        kind = kind_of(document)
        if kind == "source":
            reading.sources.append(path)
            continue
        if kind is not None and kind not in wanted:
            continue
        reading.documents.append(document)
        if kind is None and not document.problems:
            keys = ", ".join(f"'{key}:'" for key in KINDS)
            document.problems.append(
                document.problem((), "P001", f"is no policy file: it needs one of {keys}.")
            )
        elif kind == "scorecard":
            _add_scorecard(reading, document)
        elif kind == "catalogue":
            _add_catalogue(reading, document)
        elif kind == "instruments" and (texts := validated(InstrumentsFile, document, code="P003")):
            reading.instruments.update(texts.instruments)


def _add_scorecard(reading: Reading, document: Document) -> None:
    card = validated(Scorecard, document, code="P002")
    if card is not None:
        reading.editions.append(Edition(card=card, document=document))


def _add_catalogue(reading: Reading, document: Document) -> None:
    part = validated(CatalogueFile, document, code="P004")
    for code, item in part.items.items() if part else ():
        if code in reading.catalogue:
            first = reading.where_items[code][0].file
            document.problems.append(
                document.problem(("items", code), "P005", f"item '{code}' stands twice (first in {first}).")
            )
            continue
        reading.catalogue[code] = item
        reading.where_items[code] = (document, ("items", code))


def check_files(paths: Iterable[Path]) -> tuple[Reading, tuple[Problem, ...]]:
    """Read and check policy files; nothing is raised for a faulty policy.

    Returns:
        What was read, and the problems and warnings sorted by file and line.
    """
    from credit_scoring.policy.checks import check

    reading = read_files(paths)
    problems = [*reading.problems, *check(reading)]
    return reading, tuple(sorted(set(problems), key=lambda p: (p.file, p.line, p.code, p.message)))


def load_policy(*paths: Path | str) -> Policy:
    """Read policy files or folders; without any, the `configs` of the package.

    Args:
        paths: files and folders of YAML. A catalogue or legal texts among them replace the package's own.

    Raises:
        PolicyError: carries every problem of every file, as `file:line: CODE what and what to do`.
        NotFoundError: a path does not exist, or no scorecard is among the files.
    """
    given = [Path(path) for path in paths] or [default_configs()]
    reading, problems = check_files(given)
    if faults := [problem for problem in problems if not problem.warning]:
        raise PolicyError(faults)
    if not reading.editions:
        raise NotFoundError(f"no scorecard among {', '.join(str(p) for p in given)}.")
    return Policy(
        editions=tuple(reading.editions),
        catalogue=reading.catalogue,
        instruments=reading.instruments,
        warnings=problems,
    )
