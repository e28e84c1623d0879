"""Reading the ledger, and copying the files of releases and the evidence of their gates: verified, or there is no copy."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from urllib.parse import unquote, urlsplit

from credit_scoring.errors import NotFoundError, OutputError, ReleaseError, StoreError, TamperedError
from credit_scoring.releases.entries import Built, Gated
from credit_scoring.releases.fingerprints import combined_sha256, plain_files, sha256_of_file
from credit_scoring.releases.ledger import Ledger, read_chain
from credit_scoring.releases.store.address import Address
from credit_scoring.releases.store.finding import find_ledger, source
from credit_scoring.releases.store.layout import EVIDENCE, LISTING, REPORT, is_own, own_run
from credit_scoring.releases.store.tracking_server import Server

_AT_ONCE = 4
_SERVED = "mlflow-artifacts"
RELEASE, MANIFEST = "release", "manifest.json"


def read_ledger(address: Address) -> Ledger:
    """The ledger of a store, verified. Never creates a store.

    Raises:
        NotFoundError: there is no store, or no ledger in it.
        StoreError: it cannot be reached or read, or is of a newer version.
        TamperedError: it is not what was written, was deleted, or is not the one it was.
    """
    run = find_ledger(address)
    if run is None:
        raise NotFoundError(
            f"The store {address} has no ledger of releases: build a release first, or name the store."
        )
    return read_chain(run.parameters, run_id=run.id)


def fetch_model(address: Address, built: Built, out: Path) -> None:
    """Copy all files of a release's saved model into `out`, verified against `built.files_sha256`.

    Args:
        address: the store. One of our own may have been moved since: what lies in its folder is found by a relative
            path. (MLflow itself has absolute paths in it, and finds models only in the old place.)
        built: the release, as its ledger has it.
        out: a folder that is new or empty.

    Raises:
        StoreError: the store cannot be reached.
        TamperedError: files are missing, changed or new; `findings` names each. Nothing is left in `out`.
        OutputError: `out` cannot be written.
    """
    release = f"{built.name}:{built.version}"
    with _into(out):
        found = _copied(address, built.location, out, release)
        if combined_sha256(found) == built.files_sha256:
            return
        findings = tuple(_differences(_listed(address, built), found, built, out))
        raise TamperedError(
            f"The files of {release} in the store {address} are not those that were built:\n"
            + "\n".join(f"- {finding}" for finding in findings)
            + "\nRestore them from a backup, or build a new release.",
            findings=findings,
        )


def fetch_report(address: Address, gated: Gated, out: Path, *, built: Built | None = None) -> None:
    """Copy what a run of the gates left behind into `out`; `gates.json` is verified against `gated.report_sha256`.

    What lies beside it is named in it with its hash, which `evidence.read_evidence` verifies.

    Args:
        address: the store.
        gated: the report, as the ledger has it.
        out: a folder that is new or empty.
        built: the release; looked up in the ledger if None, which must then be sound.

    Raises:
        StoreError: the store cannot be reached.
        TamperedError: it is missing or changed. Nothing is left in `out`.
        OutputError: `out` cannot be written.
    """
    release = f"{gated.name}:{gated.version}"
    built = built or read_ledger(address).built(gated.name, gated.version)
    with _into(out):
        location = f"{_run_location(address, built)}/{EVIDENCE}/{gated.report_sha256}"
        found = _copied(address, location, out, release)
        if found.get(REPORT) != gated.report_sha256:
            what = (
                f"{EVIDENCE}/{gated.report_sha256}/{REPORT} is {'changed' if REPORT in found else 'missing'}"
            )
            raise TamperedError(
                f"The evidence about {release} in the store {address} is not what was recorded: {what}. "
                "Restore it from a backup, or run the gates again.",
                findings=[what],
            )


LOADED_AS = "registered_model_meta"
"""A file MLflow puts into a stored model whenever it loads or serves it from a folder."""


@contextmanager
def _into(out: Path) -> Iterator[None]:
    """The folder, made or found empty, and empty again after a failure."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        if any(out.iterdir()):
            raise OutputError(f"{out} is not empty: choose another folder.")
    except OSError as error:
        raise OutputError(f"{out} cannot be written ({error.strerror}): choose another folder.") from error
    try:
        yield
    except BaseException:
        for path in out.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        raise


def _copied(address: Address, location: str, out: Path, release: str) -> dict[str, str]:
    """SHA-256 by path of what was copied; nothing where the location holds nothing."""
    _copier(address, location)(location, out)
    # MLflow writes the name under which it loaded a model beside its files; nobody here reads it.
    (out / LOADED_AS).unlink(missing_ok=True)
    try:
        return {path: sha256_of_file(out / path) for path in plain_files(out)}
    except ReleaseError as error:
        raise TamperedError(
            f"The files of {release} hold more than files. {error}", findings=[str(error)]
        ) from error


def _copier(address: Address, location: str) -> Callable[[str, Path], None]:
    if is_own(location):
        return lambda location, out: _copy_folder(_own_folder(address, location), out)
    parts = urlsplit(location)
    if parts.scheme in ("", "file"):
        return lambda location, out: _copy_folder(
            Path(unquote(parts.path) if parts.scheme else location), out
        )
    if parts.scheme == _SERVED and not parts.netloc and address.is_served:
        return lambda _, out: _download(Server.at(address), parts.path.strip("/"), out)
    return lambda location, out: _download_by_mlflow(address, location, out)


def _own_folder(address: Address, location: str) -> Path:
    if address.folder is None:
        raise StoreError(
            f"The files lie in the folder of a store, as {location}, which the store {address} does not hand out: "
            "name that folder."
        )
    if ".." in PurePosixPath(location).parts:
        raise TamperedError(f"'{location}' leads out of the store {address}.", findings=[location])
    return address.folder / location


def _copy_folder(folder: Path, out: Path) -> None:
    try:
        if folder.is_dir():
            # Links are copied as links, so that they are found and refused.
            shutil.copytree(folder, out, symlinks=True, dirs_exist_ok=True)
    except (OSError, shutil.Error) as error:
        raise StoreError(f"{folder} cannot be copied: {error}") from error


def _download(server: Server, folder: str, out: Path) -> None:
    files = list(_served_files(server, folder, ""))

    def fetch(path: str) -> None:
        content = server.download(f"{folder}/{path}")
        if content is not None:
            target = out / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(fetch, files))


def _served_files(server: Server, folder: str, below: str) -> Iterator[str]:
    for entry in server.listed(f"{folder}/{below}".rstrip("/")).get("files", []):
        name = str(entry.get("path", ""))
        if name in ("", ".", "..") or "/" in name or "\\" in name:
            raise TamperedError(f"The store {server.address} lists a file '{name}'.", findings=[name])
        if entry.get("is_dir"):
            yield from _served_files(server, folder, f"{below}{name}/")
        else:
            yield f"{below}{name}"


def _download_by_mlflow(address: Address, location: str, out: Path) -> None:
    from credit_scoring.releases.quiet_mlflow import mlflow
    from credit_scoring.releases.store.faults import translated

    with translated(address, f"fetching {location}"):
        fetched = mlflow().artifacts.download_artifacts(
            artifact_uri=location, dst_path=str(out / ".fetched"), tracking_uri=address.uri
        )
        for path in list(Path(fetched).iterdir()):
            path.rename(out / path.name)
        shutil.rmtree(out / ".fetched")


def _run_location(address: Address, built: Built) -> str:
    """Where the artifacts of the run that built a release are."""
    if is_own(built.location):
        return own_run(built.run_id)
    with source(address) as registry:
        run = registry.run(built.run_id)
    if run is None:
        raise NotFoundError(
            f"The run {built.run_id} that built {built.name}:{built.version} is gone from the store {address}: restore "
            "the registry's database from a backup."
        )
    return run.artifacts.rstrip("/")


def _listed(address: Address, built: Built) -> dict[str, str] | None:
    """SHA-256 by path of the files as built, from the listing kept beside them; None where that is not the true one."""
    try:
        content = _bytes_at(address, f"{_run_location(address, built)}/{LISTING}")
    except (ReleaseError, NotFoundError, OSError):
        return None
    if content is None or hashlib.sha256(content).hexdigest() != built.files_sha256:
        return None
    lines = (line.split("  ", 1) for line in content.decode("utf-8").splitlines())
    return {path: digest for digest, path in lines}


def _bytes_at(address: Address, location: str) -> bytes | None:
    parts = urlsplit(location)
    if is_own(location):
        return (_own_folder(address, location)).read_bytes()
    if parts.scheme == _SERVED and not parts.netloc and address.is_served:
        return Server.at(address).download(parts.path.strip("/"))
    folder, name = location.rsplit("/", 1)
    with TemporaryDirectory() as copied:
        _copier(address, folder)(folder, Path(copied))
        return (Path(copied) / name).read_bytes()


def _differences(
    listed: Mapping[str, str] | None, found: Mapping[str, str], built: Built, out: Path
) -> Iterator[str]:
    if listed is None:
        yield "the listing of what was built is missing or changed: only what the manifest names can be told apart"
        listed = _by_manifest(found, built, out)
    for path in sorted({*listed, *found}):
        if path not in found:
            yield f"{path} is missing"
        elif path not in listed:
            yield f"{path} is new"
        elif found[path] != listed[path]:
            yield f"{path} is changed"


def _by_manifest(found: Mapping[str, str], built: Built, out: Path) -> dict[str, str]:
    """What the manifest says of the folder it lies in; of files elsewhere nothing is known, so that they pass."""
    manifests = [path for path in found if path.endswith(f"{RELEASE}/{MANIFEST}")]
    if not manifests or found[manifests[0]] != built.manifest_sha256:
        return {**found, (manifests or [f"{RELEASE}/{MANIFEST}"])[0]: built.manifest_sha256}
    below = manifests[0].removesuffix(MANIFEST)
    files = json.loads((out / manifests[0]).read_bytes())["files"]
    elsewhere = {path: digest for path, digest in found.items() if not path.startswith(below)}
    stated = {f"{below}{file['path']}": str(file["sha256"]) for file in files}
    return elsewhere | stated | {manifests[0]: built.manifest_sha256}
