"""The evidence behind a decision: the report of the gates as it lies with the release, held against the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import ValidationError

from credit_scoring.errors import TamperedError
from credit_scoring.releases.checks import EvidenceFile, GateReport
from credit_scoring.releases.entries import Built, Gated
from credit_scoring.releases.fingerprints import plain_files, sha256_of_file
from credit_scoring.releases.store.address import Address
from credit_scoring.releases.store.reading import fetch_report

REPORT = "gates.json"
"""The file whose hash the ledger keeps."""


def read_evidence(address: Address, gated: Gated, *, built: Built | None = None) -> GateReport:
    """The report an entry of the ledger speaks of, if every file beside it is the one the gates left.

    Args:
        address: the store.
        gated: the entry.
        built: the release; looked up in the ledger if None, which must then be sound.

    Raises:
        TamperedError: it is missing, is not the one whose hash the ledger has, or says something else than the
            entry; or a file beside it was changed, is missing or was added. `findings` are all differences.
        StoreError: the store cannot be reached or read.
    """
    with TemporaryDirectory(prefix="credit-scoring-evidence-") as place:
        folder = Path(place) / "evidence"
        fetch_report(address, gated, folder, built=built)
        content = (folder / REPORT).read_bytes()
        beside = evidence_files(folder)
    what = f"the gate report of {gated.name}:{gated.version} (entry {gated.number} of the ledger)"
    try:
        report = GateReport.model_validate_json(content)
    except ValidationError as error:
        raise TamperedError(
            f"{what} cannot be read: {error}. Run the gates again.", findings=[f"{REPORT} is no gate report"]
        ) from error
    if findings := tuple(_differences(report, gated)):
        raise TamperedError(
            f"{what} does not say what the ledger says of it: {'; '.join(findings)}. Run the gates again.",
            findings=findings,
        )
    if findings := tuple(_not_as_left(report, beside)):
        raise TamperedError(
            f"{what}: the files beside it are not those the gates left: {'; '.join(findings)}. Restore them from a "
            "backup, or run the gates again.",
            findings=findings,
        )
    return report


def evidence_files(folder: Path) -> tuple[EvidenceFile, ...]:
    """Every file of a folder of evidence but `gates.json`, sorted by path.

    Raises:
        ReleaseError: something in it is no plain file, such as a link.
    """
    return tuple(
        EvidenceFile(path=path, bytes=(folder / path).stat().st_size, sha256=sha256_of_file(folder / path))
        for path in plain_files(folder)
        if path != REPORT
    )


def _not_as_left(report: GateReport, found: tuple[EvidenceFile, ...]) -> Iterator[str]:
    stated, there = ({file.path: file for file in files} for files in (report.files, found))
    for path in sorted({*stated, *there}):
        if path not in there:
            yield f"{path} is missing"
        elif path not in stated:
            yield f"{path} was added"
        elif stated[path] != there[path]:
            yield f"{path} was changed"


def _differences(report: GateReport, gated: Gated) -> Iterator[str]:
    compared = report.compared_with
    against = report.against
    pairs = {
        "release": (f"{report.name}:{report.version}", f"{gated.name}:{gated.version}"),
        "manifest": (report.manifest_sha256, gated.manifest_sha256),
        "date": (report.on, gated.on),
        "compared with": (None if compared is None else compared.version, gated.compared_with),
        "checks against it": (tuple(check.id for check in against), gated.against),
        "acceptable": (tuple(check.id for check in against if check.acceptable), gated.acceptable),
    }
    for what, (found, expected) in pairs.items():
        if found != expected:
            yield f"{what}: {found} in the report, {expected} in the ledger"
