"""The policy of a served model, read from its folder of the release after everything in it was checked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import ValidationError

from credit_scoring.errors import PolicyError, ReleaseError, TamperedError
from credit_scoring.policy.language import Scorecard
from credit_scoring.policy.loading import Policy, load_policy
from credit_scoring.releases.fingerprints import (
    code_sha256,
    content_sha256,
    libraries,
    lock_sha256,
    only_of,
    plain_files,
    policy_sha256,
    sha256_of_file,
)
from credit_scoring.releases.golden import golden_differences, golden_results, read_golden
from credit_scoring.releases.manifest import Manifest

_MANIFEST = "manifest.json"
_SHOWN = 3


def read_served_policy(folder: Path) -> Policy:
    """The policy of a release's folder, after every file of it was found to be the one its manifest names.

    A server has no ledger at hand, so that the manifest itself is the one that was built is not seen here but by
    `credit-scoring release verify`.

    Args:
        folder: with `manifest.json`; the folder `artifacts/release` of a saved model.

    Raises:
        TamperedError: a file was changed, added or removed, or the manifest lacks something; carries every finding.
            Nothing of the release was read as policy.
        ReleaseError: what is installed gives the golden rows other results than when the release was built.
    """
    manifest = _manifest_of(folder)
    if findings := list(_not_as_listed(folder, manifest)):
        raise _tampered(manifest, findings)
    try:
        policy = load_policy(folder / "policy")
    except PolicyError as error:
        raise ReleaseError(
            f"this version of the package refuses the policy of {_name(manifest)}: {error}. Serve it with version "
            f"{manifest.code.version}."
        ) from error
    card = next(
        (c for c in policy.scorecards if (c.scorecard, c.edition) == (manifest.name, manifest.edition)), None
    )
    if card is None or not _is_stated(policy, card, manifest):
        raise _tampered(manifest, ["its policy does not give the hash the manifest states"])
    own = only_of(policy, card)
    _check_golden(own, manifest, folder)
    return own


def _is_stated(policy: Policy, card: Scorecard, manifest: Manifest) -> bool:
    made = manifest.code
    found = content_sha256(policy, card, code=made.sha256, lock=made.lock_sha256)
    return (policy_sha256(policy, card), found) == (manifest.policy_sha256, manifest.content_sha256)


def _check_golden(policy: Policy, manifest: Manifest, folder: Path) -> None:
    made = manifest.code
    if (made.sha256, made.lock_sha256, made.libraries) == (code_sha256(), lock_sha256(), libraries()):
        return
    tables, expected = read_golden(folder / "golden", on=manifest.golden.on)
    if differences := golden_differences(expected, golden_results(policy, tables)):
        raise ReleaseError(
            f"what is installed here scores {_name(manifest)} differently than what built it: "
            f"{' '.join(differences[:_SHOWN])} Serve it with version {made.version} of this package, and the libraries its "
            "manifest names."
        )


def _manifest_of(folder: Path) -> Manifest:
    try:
        return Manifest.model_validate_json((folder / _MANIFEST).read_bytes())
    except OSError as error:
        raise TamperedError(
            f"the model holds no release: {_MANIFEST} is missing. Fetch the model from the registry again.",
            findings=[f"{_MANIFEST} is missing"],
        ) from error
    except ValidationError as error:
        findings = [
            f"{_MANIFEST}: {'.'.join(map(str, fault['loc']))}: {fault['msg']}"
            for fault in error.errors(include_url=False, include_input=False)
        ]
        raise TamperedError(
            f"the release in the model is not what was built: {'; '.join(findings)}. It is not served. Fetch the model "
            "from the registry again.",
            findings=findings,
        ) from error


def _not_as_listed(folder: Path, manifest: Manifest) -> Iterator[str]:
    listed = {file.path: file.sha256 for file in manifest.files}
    try:
        present = set(plain_files(folder)) - {_MANIFEST}
    except ReleaseError as error:
        yield str(error)
        return
    yield from (f"{path} is missing" for path in sorted(listed.keys() - present))
    yield from (f"{path} was added" for path in sorted(present - listed.keys()))
    for path in sorted(listed.keys() & present):
        if sha256_of_file(folder / path) != listed[path]:
            yield f"{path} was changed"


def _tampered(manifest: Manifest, findings: Sequence[str]) -> TamperedError:
    return TamperedError(
        f"{_name(manifest)} is not what was built: {'; '.join(findings)}. It is not served. Fetch the model from the "
        "registry again.",
        findings=findings,
    )


def _name(manifest: Manifest) -> str:
    return f"release '{manifest.name}' edition {manifest.edition}"
