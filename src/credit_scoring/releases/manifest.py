"""The manifest of a release: what it is, what decides its scores, and the hash of every file. No field is optional."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from credit_scoring.policy.catalogue import SubjectType, Title
from credit_scoring.releases.checks import Check
from credit_scoring.releases.entries import Person, Sha256

FORMAT = 1
"""Of the manifest; a higher one was written by a newer version of this package and is not read."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class File(_Part):
    """A file of the release. `path` is relative to the folder of the manifest, with forward slashes."""

    path: str
    bytes: int
    sha256: Sha256


class Code(_Part):
    """The program that scores."""

    version: str
    sha256: Sha256
    """Over the sources of the stages that decide a score."""
    lock_sha256: Sha256
    """Of the lock file of all libraries."""
    python: str
    libraries: dict[str, str]
    """Versions, as installed, of the libraries that decide a score."""


class Input(_Part):
    """A table something was learnt from. `sha256` is over the file's bytes, or over the Arrow stream of a frame."""

    table: str
    name: str
    sha256: Sha256


class Stated(_Part):
    """The points are stated by a text: there is no data snapshot and no cohort."""

    kind: Literal["stated"]
    authority: tuple[str, ...]
    """Keys of the legal texts."""


class Learnt(_Part):
    """The points were learnt from outcomes."""

    kind: Literal["learnt"]
    family: str
    inputs: tuple[Input, ...]
    data_sha256: Sha256
    """Over the hashes of all inputs: the data snapshot."""
    outcome: Title
    window: str
    observed_on: tuple[date, ...]
    rows: int
    """Rows of the cohort."""
    training_sha256: Sha256
    """Of `training.json`: cohort, features, settings, checks."""


class Base(_Part):
    """A public scorecard this one extends, as it stands inside the release."""

    scorecard: str
    edition: str
    policy_sha256: Sha256


class Golden(_Part):
    """Invented subjects with their scores at the time of the build."""

    on: date
    subjects: int
    records: int
    rejected: int
    """Rows that must be rejected, with their reasons: those are golden too."""


class Variable(_Part):
    """A column of the model's signature."""

    name: str
    type: str
    required: bool
    unit: Title
    meaning: Title


class Signature(_Part):
    """What the model takes and gives."""

    inputs: tuple[Variable, ...]
    parameters: tuple[Variable, ...]
    outputs: tuple[Variable, ...]


class Manifest(_Part):
    """What a release is."""

    format: Literal[1]
    name: str
    """Of the scorecard, and of the registered model."""
    edition: str
    title: Title
    subject_type: SubjectType
    in_force_from: date
    in_force_until: date | None
    """As the edition's own text says; null where it is open-ended."""
    author: Person
    built_at: AwareDatetime
    policy_sha256: Sha256
    """`Policy.fingerprint` of the scorecard and what it extends: the same hash a run states."""
    content_sha256: Sha256
    """Over everything that decides a score: the policy, the model's text, the code, the lock."""
    code: Code
    data: Annotated[Stated | Learnt, Field(discriminator="kind")]
    bases: tuple[Base, ...]
    signature: Signature
    golden: Golden
    validation: tuple[Check, ...]
    """With the limits each had to meet."""
    files: tuple[File, ...]
    """Every other file of the release, sorted by path."""
