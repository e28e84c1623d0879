"""The two sides of a comparison: a release, an edition of the package's configs, a file, a folder made by `train`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from credit_scoring.errors import InputError, NotFoundError, did_you_mean
from credit_scoring.policy.gathering import Edition, default_configs, kind_of, yaml_files
from credit_scoring.policy.language import Scorecard
from credit_scoring.policy.loading import Policy, is_in_force, load_policy
from credit_scoring.policy.reading import read_document
from credit_scoring.releases.reference import is_reference, parse_reference

if TYPE_CHECKING:
    from credit_scoring.releases.opening import Released

SCORECARD = "scorecard.yaml"
"""What `train` calls the evaluation in its folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One scorecard to compare, and where it came from."""

    label: str
    """As it was named."""
    policy: Policy
    """Holds this scorecard, and what it extends."""
    released: Released | None

    def card(self, on: date) -> Scorecard:
        """The scorecard, with the dates of force its own text states.

        Raises:
            InputError: the policy runs several scorecards, or several editions of one.
        """
        moved = self.moved(on).in_force(on)
        own = [card for card in self.policy.scorecards if card.scorecard in {m.scorecard for m in moved}]
        if len(moved) != 1 or len(own) != 1:
            known = ", ".join(sorted(card.id for card in own))
            raise InputError(f"'{self.label}' holds several scorecards ({known}): name the one to compare.")
        return own[0]

    def moved(self, on: date) -> Policy:
        """The policy as if the scorecard were in force on the date; what it extends keeps its own dates."""
        extended = {card.extends for card in self.policy.scorecards}
        editions = tuple(
            replace(e, as_base=e.as_base or e.card.scorecard in extended) for e in self.policy.editions
        )
        return replace(self.policy, editions=editions).as_if_in_force(on)

    def bases(self, on: date) -> tuple[Scorecard, ...]:
        """What the scorecard extends, in force on the date."""
        return self.moved(on).bases([self.card(on)], on)

    def is_draft(self, on: date) -> bool:
        """Whether its own text does not have it in force on the date."""
        return not is_in_force(self.card(on), on)


def side_of(text: str, *, on: date, store: str | None = None, policy: Sequence[Path] = ()) -> Side:
    """A side by its name; a draft counts as if it were in force, and is alone: no edition it replaces comes along.

    Args:
        text: `name:version` or `name@in-force` of a release, `name@edition` of the package's configs (or of the files
            of `policy`), a scorecard file, or a folder made by `train`.
        on: the date of the comparison; a release `@in-force` is the one in force then.
        store: of releases.
        policy: what a file rests on where that is not the package's own: a catalogue, legal texts, a public scorecard.

    Raises:
        NotFoundError: there is no such release, edition or file.
        PolicyError: the scorecard cannot be used; carries every problem.
        InputError: the name has none of these forms.
    """
    if is_reference(text):
        return _of_release(text, on=on, store=store)
    path = Path(text)
    if path.is_dir():
        if not (path / SCORECARD).is_file():
            raise InputError(
                f"{text} is no folder made by `train`: it holds no {SCORECARD}. Name the scorecard's file."
            )
        return _of_file(text, path / SCORECARD, policy)
    if path.is_file():
        return _of_file(text, path, policy)
    name, mark, edition = text.partition("@")
    if not mark or not name or not edition or "/" in text:
        raise NotFoundError(
            f"there is no scorecard '{text}': name a file, a folder made by `train`, a release such as "
            "public-enterprise:3, or an edition of the package's configs such as public-enterprise@2020."
        )
    return _of_file(text, _edition_file(name, edition, policy), policy)


def _of_release(text: str, *, on: date, store: str | None) -> Side:
    from credit_scoring.releases.opening import open_release
    from credit_scoring.releases.store.address import store_address

    released = open_release(parse_reference(text), address=store_address(store), on=on)
    label = f"{released.manifest.name}:{released.built.version}"
    return Side(label=label, policy=released.policy, released=released)


def _of_file(label: str, file: Path, policy: Sequence[Path]) -> Side:
    document = read_document(file)
    if kind_of(document) != "scorecard":
        raise InputError(f"{file} is no scorecard: name the file of one, or a folder made by `train`.")
    extends = document.value.get("extends") if isinstance(document.value, dict) else None
    loaded = load_policy(file, *_beneath(policy, file, extends))
    own = next(e for e in loaded.editions if Path(e.document.file).resolve() == file.resolve())
    beneath = [replace(e, as_base=True) for e in loaded.editions if _is_beneath(e, own)]
    return Side(label=label, policy=replace(loaded, editions=(own, *beneath)), released=None)


def _is_beneath(edition: Edition, own: Edition) -> bool:
    return edition is not own and edition.card.scorecard == own.card.extends


def _beneath(policy: Sequence[Path], own: Path, extends: object) -> list[Path]:
    """The files a scorecard rests on; other scorecards, among them editions of its own, stay away."""
    found = []
    for file in yaml_files(policy):
        document = read_document(file)
        kind = kind_of(document)
        named = document.value.get("scorecard") if isinstance(document.value, dict) else None
        wanted = kind in ("catalogue", "instruments") or (kind == "scorecard" and named == extends)
        if (wanted or kind is None) and file.resolve() != own.resolve():
            found.append(file)
    return found


def _edition_file(name: str, edition: str, policy: Sequence[Path]) -> Path:
    root = default_configs()
    known: dict[str, Path] = {}
    for file in yaml_files([*policy, root / "public", root / "sectors"]):
        document = read_document(file)
        if kind_of(document) == "scorecard" and isinstance(document.value, dict):
            known.setdefault(f"{document.value.get('scorecard')}@{document.value.get('edition')}", file)
    wanted = f"{name}@{edition}"
    if wanted not in known:
        raise NotFoundError(
            f"there is no edition '{wanted}'.{did_you_mean(wanted, known)} Known: {', '.join(sorted(known))}."
        )
    return known[wanted]
