"""The evidence behind a decision: the report of the gates as it lies with the release, held against the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import ValidationError

from credit_scoring.errors import TamperedError
from credit_scoring.releases.checks import GateReport
from credit_scoring.releases.entries import Built, Gated
from credit_scoring.releases.store.address import Address
from credit_scoring.releases.store.reading import fetch_report

REPORT = "gates.json"
"""The file whose hash the ledger keeps."""


def read_evidence(address: Address, gated: Gated, *, built: Built | None = None) -> GateReport:
    """The report an entry of the ledger speaks of.

    Args:
        address: the store.
        gated: the entry.
        built: the release; looked up in the ledger if None, which must then be sound.

    Raises:
        TamperedError: it is missing, is not the one whose hash the ledger has, or says something else than the
            entry; `findings` are all differences.
        StoreError: the store cannot be reached or read.
    """
    with TemporaryDirectory(prefix="credit-scoring-evidence-") as place:
        folder = Path(place) / "evidence"
        fetch_report(address, gated, folder, built=built)
        content = (folder / REPORT).read_bytes()
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
    return report


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
