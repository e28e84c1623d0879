"""Hashes of what decides a score: the program, the lock of its libraries, the policy, and the files of a release."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from credit_scoring.errors import ReleaseError
from credit_scoring.policy.language import Scorecard
from credit_scoring.policy.loading import Policy

STAGES = ("policy", "engines", "records", "learnt", "scoring")
"""Packages whose sources decide a score: from the text of a policy to the row of a result."""
LIBRARIES = ("duckdb", "lightgbm", "numpy", "pyarrow", "pydantic", "pyyaml", "shap", "woodelf-explainer")
"""Libraries that read a policy or compute with it."""
LOCK = "requirements.lock"
_PACKAGE = Path(__file__).resolve().parents[1]
_BLOCK = 1 << 20


def sha256_of_file(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def combined_sha256(hashes: Mapping[str, str]) -> str:
    """SHA-256 over the lines `sha256  path` of files, sorted by path: what `sha256sum` prints, in one number.

    >>> combined_sha256({})
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
    """
    lines = (f"{digest}  {path}\n" for path, digest in sorted(hashes.items()))
    return hashlib.sha256("".join(lines).encode("utf-8")).hexdigest()


def files_sha256(folder: Path) -> str:
    """One hash over every file of a folder, by its path (with forward slashes) and its bytes.

    Raises:
        ReleaseError: something in it is no plain file, such as a link.
    """
    return combined_sha256({path: sha256_of_file(folder / path) for path in plain_files(folder)})


def plain_files(folder: Path) -> tuple[str, ...]:
    """Paths of every file below a folder, relative to it, with forward slashes, sorted.

    Raises:
        ReleaseError: something in it is no plain file, such as a link.
    """
    found = []
    for path in folder.rglob("*"):
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise ReleaseError(f"{path}: is no plain file: a release holds no links. Remove it.")
        if path.is_file():
            found.append(path.relative_to(folder).as_posix())
    return tuple(sorted(found))


@cache
def code_sha256() -> str:
    """One hash over the sources (Python and SQL) of the stages that decide a score, as they are running."""
    return combined_sha256(
        {path.relative_to(_PACKAGE).as_posix(): sha256_of_file(path) for path in _sources()}
    )


def _sources() -> Iterable[Path]:
    for stage in STAGES:
        for path in (_PACKAGE / stage).rglob("*"):
            if path.suffix in (".py", ".sql", ".csv") and path.is_file():
                yield path


@cache
def lock_sha256() -> str:
    """Hash of the lock file of all libraries: in the package, or beside `pyproject.toml` in a source checkout.

    Raises:
        ReleaseError: there is none.
    """
    for path in (_PACKAGE / LOCK, _PACKAGE.parents[1] / LOCK):
        if path.is_file():
            return sha256_of_file(path)
    raise ReleaseError(
        f"{_PACKAGE / LOCK}: is missing, and so what this package runs with cannot be stated. Install the package again."
    )


def libraries() -> dict[str, str]:
    """Installed versions of the libraries that decide a score; those not installed decide none."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def python_version() -> str:
    """Of the interpreter, such as 3.11.9."""
    return platform.python_version()


def base_editions(policy: Policy, card: Scorecard) -> tuple[Scorecard, ...]:
    """The editions of the scorecard it extends that are in force on any day on which it is itself, the earliest first."""
    until = card.in_force.until
    found = [
        base
        for base in policy.scorecards
        if base.scorecard == card.extends
        and (until is None or base.in_force.from_ < until)
        and (base.in_force.until is None or card.in_force.from_ < base.in_force.until)
    ]
    return tuple(sorted(found, key=lambda base: base.in_force.from_))


def only_of(policy: Policy, card: Scorecard) -> Policy:
    """The policy with one scorecard and the editions it extends, and nothing else."""
    bases = base_editions(policy, card)
    editions = [
        replace(edition, as_base=edition.card != card)
        for edition in policy.editions
        if edition.card == card or edition.card in bases
    ]
    return replace(policy, editions=tuple(editions))


def policy_sha256(policy: Policy, card: Scorecard) -> str:
    """`Policy.fingerprint` of a scorecard and the editions it extends: the hash a run of it states."""
    return policy.fingerprint((card, *base_editions(policy, card)))


def content_sha256(
    policy: Policy, card: Scorecard, *, code: str | None = None, lock: str | None = None
) -> str:
    """One hash over everything that decides a score: policy, text of the model, code, lock.

    Args:
        code, lock: hashes as a manifest states them; those of the running program where absent.

    Raises:
        PolicyError: the file of the model is gone or changed.
    """
    model = "" if card.model is None else policy.model_text(card)
    parts = {
        "policy": policy_sha256(policy, card),
        "model": hashlib.sha256(model.encode("utf-8")).hexdigest(),
        "code": code or code_sha256(),
        "lock": lock or lock_sha256(),
    }
    return combined_sha256(parts)
