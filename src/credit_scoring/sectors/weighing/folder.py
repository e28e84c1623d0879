"""From a sector's file to a folder with new weights, the difference, and the dossier."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from credit_scoring import __version__
from credit_scoring.errors import InputError, NotFoundError
from credit_scoring.policy.language import Scorecard
from credit_scoring.policy.loading import Policy, load_policy
from credit_scoring.policy.weighing import Method
from credit_scoring.records.folder import written_whole
from credit_scoring.reports.rendering import render
from credit_scoring.scoring.run import Run, score
from credit_scoring.sectors.weighing.consequences import Consequences, consequences
from credit_scoring.sectors.weighing.dossier import WEIGHTS_PICTURE, Basis, dossier
from credit_scoring.sectors.weighing.dossier_subjects import FRAGILITY_PICTURE
from credit_scoring.sectors.weighing.editing import difference, reweighed
from credit_scoring.sectors.weighing.indicator_points import IndicatorMatrix, indicator_matrix
from credit_scoring.sectors.weighing.pairwise import Disturbance, disturbances
from credit_scoring.sectors.weighing.weights import Weighed, needs_data, weigh

FILES = ("weights.diff", "weighing.json", "dossier.md", "dossier.html", WEIGHTS_PICTURE, FRAGILITY_PICTURE)
"""What the folder holds besides the sector's file with its new weights; a folder that holds anything else is never replaced."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """Subjects to weigh by, or to try the weights on."""

    subjects: Path
    records: Path
    on: date
    known_by: date | None = None
    coverage: Path | None = None
    memory_limit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighing:
    """The weights, and what they do to subjects where there are any."""

    weighed: Weighed
    consequences: Consequences | None
    written: str | None
    """Name of the file with the new weights; None where judgments are beyond the consistency limit."""


def weigh_to_folder(
    sector: Path,
    *,
    method: Method,
    out: Path,
    data: Data | None = None,
    policy: Sequence[Path] = (),
    expert: str | None = None,
    lang: str = "en",
    overwrite: bool = False,
    report: Callable[[str], None] = lambda _: None,
) -> Weighing:
    """Weigh a sector's indicators and write what is to be reviewed.

    The folder appears whole or not at all. It holds the sector's file with other weights and the headings' points that
    follow (comments and layout kept), `weights.diff`, the dossier as Markdown and HTML with its pictures, and
    `weighing.json` with every number. Where judgments are beyond the stated consistency limit, the file and the
    difference are left out and the dossier says which judgments to reconsider.

    Args:
        sector: the sector's file.
        data: needed by methods from data; with judgments, to measure what hangs on the weights.
        policy: files and folders it rests on, such as a catalogue of the department's own.
        expert: the only expert to listen to, by role.
        lang: language of the dossier, `zh` or `en`.
        report: called with what is being done.

    Raises:
        PolicyError: the file has faults; all are told.
        InputError: the method lacks what it needs.
        OutputError: the folder exists (and `overwrite` is not set), or cannot be written.
    """
    if lang not in ("zh", "en"):
        raise InputError(f"'{lang}' is no language of the dossier: zh or en.")
    if not sector.is_file():
        raise NotFoundError(f"{sector} is no file: give one sector's scorecard.")
    with written_whole(out, files=(*FILES, sector.name), overwrite=overwrite) as folder:
        report("reading the policy")
        read = load_policy(sector, *policy)
        card = _written(read, sector)
        if data is None and needs_data(method, card.weighing):
            raise InputError(f"{method} weighs by data: give --subjects, --records and --on.")
        run = _scored(read, data, report) if data is not None else None
        matrix = indicator_matrix(run, card) if run is not None else None
        report("weighing")
        weighed = weigh(card, method, matrix=matrix, expert=expert)
        found = consequences(matrix, card, weighed, report=report) if matrix is not None else None
        report("writing")
        text = _text_of(sector)
        basis = _basis(sector, text, run, data)
        written = _write_weights(folder, sector, text, card, weighed) if weighed.consistent else None
        _write_dossier(folder, card, weighed, basis, found, lang)
        record = _record(card, weighed, basis, found, matrix)
        (folder / "weighing.json").write_text(record, encoding="utf-8")
    return Weighing(weighed=weighed, consequences=found, written=written)


def _written(policy: Policy, sector: Path) -> Scorecard:
    own = [edition.written for edition in policy.editions if edition.document.file == str(sector)]
    if not own:
        raise InputError(f"{sector} holds no scorecard: give the file of a sector's.")
    return own[0]


def _scored(policy: Policy, data: Data, report: Callable[[str], None]) -> Run:
    report("scoring")
    return score(
        policy, subjects=data.subjects, records=data.records, on=data.on, known_by=data.known_by,
        coverage=data.coverage, memory_limit=data.memory_limit,
    )  # fmt: skip


def _text_of(path: Path) -> str:
    # Line ends and a byte order mark stay what they are.
    return path.read_bytes().decode("utf-8")


def _write_weights(folder: Path, sector: Path, text: str, card: Scorecard, weighed: Weighed) -> str:
    after = reweighed(text, card, weighed, file=sector.name)
    (folder / sector.name).write_bytes(after.encode("utf-8"))
    (folder / "weights.diff").write_bytes(difference(text, after, file=sector.name).encode("utf-8"))
    return sector.name


def _write_dossier(
    folder: Path, card: Scorecard, weighed: Weighed, basis: Basis, found: Consequences | None, lang: str
) -> None:
    contents = dossier(card, weighed, basis, lang=lang, found=found)
    (folder / "dossier.md").write_text(render(contents, "md"), encoding="utf-8")
    (folder / "dossier.html").write_text(render(contents, "html"), encoding="utf-8")
    for section in contents.sections:
        if section.picture is not None:
            (folder / section.picture.file).write_text(section.picture.svg, encoding="utf-8")


def _basis(sector: Path, text: str, run: Run | None, data: Data | None) -> Basis:
    info = run.info if run is not None else None
    return Basis(
        file=sector.name,
        file_sha256=hashlib.sha256(text.encode("utf-8")).hexdigest(),
        version=__version__,
        on=str(data.on) if data is not None else None,
        known_by=str(data.known_by or data.on) if data is not None else None,
        subjects=info.subjects.sha256 if info is not None else None,
        records=info.records.sha256 if info is not None else None,
    )


def _record(
    card: Scorecard,
    weighed: Weighed,
    basis: Basis,
    found: Consequences | None,
    matrix: IndicatorMatrix | None,
) -> str:
    content = {
        "scorecard": card.scorecard,
        "edition": card.edition,
        "basis": dataclasses.asdict(basis),
        "weighed": dataclasses.asdict(weighed),
        "consistent": weighed.consistent,
        "disturbances": _disturbances(weighed),
        "consequences": None if found is None else dataclasses.asdict(found),
        "mean_shares": None if matrix is None else _mean_shares(matrix),
    }
    return json.dumps(content, ensure_ascii=False, indent=2, default=_plain, allow_nan=False) + "\n"


def _disturbances(weighed: Weighed) -> dict[str, list[Disturbance]]:
    group = weighed.group
    return {
        opinion.role: [
            d for c in (opinion.judged.dimensions, *opinion.judged.indicators) for d in disturbances(c)
        ]
        for opinion in (group.opinions if group is not None else ())
        if opinion.judged is not None
    }


def _mean_shares(matrix: IndicatorMatrix) -> dict[str, float | None]:
    seen = [column[~np.isnan(column)] for column in matrix.shares.T]
    means = [float(column.mean()) if len(column) else None for column in seen]
    return dict(zip(matrix.names, means, strict=True))


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal | Fraction):
        return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    return value.tolist()
