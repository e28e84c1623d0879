"""Gathering policy files: what each is, and what of it could be read. Nothing is judged here yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from credit_scoring.errors import NotFoundError, Problem
from credit_scoring.policy.catalogue import CatalogueFile, Instrument, InstrumentsFile, Item
from credit_scoring.policy.language import Scorecard
from credit_scoring.policy.reading import Document, read_document, validated
from credit_scoring.policy.weights import resolved

KINDS = ("scorecard", "catalogue", "instruments", "source", "releases")
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
    """With the weights multiplied out: what the engine computes."""
    document: Document = field(repr=False, compare=False)
    written: Scorecard
    """As the file states it; the same object where there are no weights."""
    as_base: bool = False
    """Read only because another scorecard extends it."""


def yaml_files(paths: Iterable[Path]) -> Iterator[Path]:
    """The YAML files among paths and, sorted, below folders; a file named twice is there once.

    Raises:
        NotFoundError: a path does not exist, or a folder holds no YAML file.
    """
    seen: set[Path] = set()
    for path in _yaml_files(paths):
        if path.resolve() not in seen:
            seen.add(path.resolve())
            yield path


def _yaml_files(paths: Iterable[Path]) -> Iterator[Path]:
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
    """Import mappings: read and checked where records are imported."""
    terms: list[Path] = field(default_factory=list)
    """Terms of releases: read and checked where releases are made."""
    extendable: set[str] = field(default_factory=set)
    """Names of the package's public scorecards, looked up where a scorecard extends one that is not among the files."""

    @property
    def problems(self) -> list[Problem]:
        """Problems found in any file, in the order of reading."""
        return [problem for document in self.documents for problem in document.problems]


def read_files(paths: Iterable[Path]) -> Reading:
    """Read policy files; what they rest on and do not bring comes from `configs`.

    That is the catalogue, the legal texts, and the public scorecards that a sector's scorecard extends.
    """
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
    _read_bases(reading, root / "public")
    return reading


def _read_bases(reading: Reading, folder: Path) -> None:
    names = {edition.card.scorecard for edition in reading.editions}
    missing = {e.card.extends for e in reading.editions if e.card.extends is not None} - names
    if missing and folder.is_dir():
        bases = Reading()
        _read_into(bases, yaml_files([folder]), ("scorecard",), as_base=True)
        reading.editions += [e for e in bases.editions if e.card.scorecard in missing]
        reading.extendable |= {e.card.scorecard for e in bases.editions}


def _read_into(
    reading: Reading, files: Iterable[Path], wanted: tuple[str, ...], *, as_base: bool = False
) -> None:
    for path in files:
        document = read_document(path)
        kind = kind_of(document)
        if kind in ("source", "releases"):
            (reading.sources if kind == "source" else reading.terms).append(path)
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
            _add_scorecard(reading, document, as_base=as_base)
        elif kind == "catalogue":
            _add_catalogue(reading, document)
        elif kind == "instruments" and (texts := validated(InstrumentsFile, document, code="P003")):
            reading.instruments.update(texts.instruments)


def _add_scorecard(reading: Reading, document: Document, *, as_base: bool) -> None:
    card = validated(Scorecard, document, code="P002")
    if card is not None:
        reading.editions.append(
            Edition(card=resolved(card), document=document, written=card, as_base=as_base)
        )


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
