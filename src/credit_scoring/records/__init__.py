"""What is on record: identifiers of subjects, and the import of departments' exports.

>>> from credit_scoring.records import classify
>>> classify("91350100M000100Y43").value
'credit_code'
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from credit_scoring.records.contracts import (
    ImportResult,
    MatchStatus,
    Outcome,
    QualityRow,
    Rejection,
    SubjectType,
)
from credit_scoring.records.identifiers import (
    classify,
    is_credit_code,
    is_organisation_code,
    is_resident_id,
    subject_type,
)

__all__ = [
    "ImportResult",
    "MatchStatus",
    "Outcome",
    "QualityRow",
    "Rejection",
    "SubjectType",
    "classify",
    "import_sources",
    "is_credit_code",
    "is_organisation_code",
    "is_resident_id",
    "subject_type",
]


def import_sources(
    mappings: Path | Sequence[Path],
    *,
    source_dir: Path,
    out: Path,
    key: bytes | None = None,
    overwrite: bool = False,
    progress: Callable[[str, float], None] | None = None,
) -> ImportResult:
    """Import departments' exports; see `credit_scoring.records.importing.import_sources`."""
    # DuckDB and pyarrow take a third of a second to import: only an import pays for them.
    from credit_scoring.records.importing import import_sources as run

    return run(mappings, source_dir=source_dir, out=out, key=key, overwrite=overwrite, progress=progress)
