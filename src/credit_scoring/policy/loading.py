"""Reading policies: from files to a typed, checked `Policy`, with every problem of every file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from credit_scoring.errors import NotFoundError, NotInForceError, PolicyError, Problem
from credit_scoring.policy.catalogue import Instrument, Item
from credit_scoring.policy.checks import check
from credit_scoring.policy.gathering import Edition, Reading, default_configs, read_files
from credit_scoring.policy.language import InForce, Scorecard
from credit_scoring.policy.origin import ReleaseUsed
from credit_scoring.policy.reading import dump


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Everything that decides a score: editions of scorecards, the catalogue, the legal texts."""

    editions: tuple[Edition, ...]
    catalogue: Mapping[str, Item]
    instruments: Mapping[str, Instrument]
    warnings: tuple[Problem, ...] = ()
    releases: tuple[ReleaseUsed, ...] = ()
    """The releases it was taken from; none where it was read from files."""

    @property
    def scorecards(self) -> tuple[Scorecard, ...]:
        """The editions without their files."""
        return tuple(edition.card for edition in self.editions)

    def names(self) -> tuple[str, ...]:
        """Scorecard names, sorted."""
        return tuple(sorted({card.scorecard for card in self.scorecards}))

    def edition_in_force(self, name: str, on: date) -> Scorecard:
        """The edition of a scorecard in force on a date.

        Raises:
            NotFoundError: no scorecard of that name.
            NotInForceError: none of its editions is in force on the date.
        """
        editions = [card for card in self.scorecards if card.scorecard == name]
        if not editions:
            known = ", ".join(self.names()) or "none"
            raise NotFoundError(f"no scorecard is called '{name}'. Known: {known}.")
        for card in editions:
            if is_in_force(card, on):
                return card
        spans = "; ".join(
            f"{card.edition}: from {card.in_force.from_}"
            + (f" until {card.in_force.until}" if card.in_force.until else "")
            for card in sorted(editions, key=lambda c: c.in_force.from_)
        )
        raise NotInForceError(f"no edition of '{name}' is in force on {on}. Editions: {spans}.")

    def in_force(self, on: date) -> tuple[Scorecard, ...]:
        """Every edition in force on a date, by name; those that another one extends are not run by themselves.

        Raises:
            NotInForceError: there are scorecards, and none of them is in force.
            NotFoundError: every scorecard was only read because another extends it.
        """
        wanted = self._run_by_themselves()
        found = tuple(sorted((c for c in wanted if is_in_force(c, on)), key=lambda card: card.scorecard))
        if not wanted:
            raise NotFoundError("no scorecard of this policy is run by itself: name the sector's own file.")
        if not found:
            for card in wanted:
                self.edition_in_force(card.scorecard, on)
        return found

    def bases(self, cards: Iterable[Scorecard], on: date) -> tuple[Scorecard, ...]:
        """The editions in force on a date that scorecards extend; none where none extends another.

        Raises:
            NotInForceError: an extended scorecard has no edition in force on the date.
        """
        names = sorted({card.extends for card in cards if card.extends is not None})
        return tuple(self.edition_in_force(name, on) for name in names)

    def as_if_in_force(self, on: date) -> Policy:
        """The policy with its own scorecards in force on a date; what they extend stays as it is."""

        def moved(edition: Edition) -> Edition:
            if edition.as_base or is_in_force(edition.card, on):
                return edition
            span = InForce(**{"from": on})
            return replace(edition, card=edition.card.model_copy(update={"in_force": span}))

        return replace(self, editions=tuple(moved(edition) for edition in self.editions))

    def _run_by_themselves(self) -> tuple[Scorecard, ...]:
        own = [edition.card for edition in self.editions if not edition.as_base]
        extended = {card.extends for card in own}
        return tuple(card for card in own if card.scorecard not in extended)

    def model_text(self, card: Scorecard) -> str:
        """The learnt model of a scorecard, as LightGBM's text.

        Raises:
            PolicyError: the file is gone, or is no longer the one the scorecard names.
        """
        edition = next(e for e in self.editions if e.card == card)
        if card.model is None:
            raise NotFoundError(f"'{card.id}' has no model.")
        path = Path(edition.document.file).parent / card.model.file
        content = path.read_bytes() if path.is_file() else b""
        if hashlib.sha256(content).hexdigest() != card.model.sha256:
            message = f"'{card.model.file}' is missing or not the file this scorecard was made with."
            raise PolicyError.at(edition.document.file, edition.document.line(("model",)), "P408", message)
        return content.decode("utf-8")

    def item(self, code: str) -> Item:
        """An item of the catalogue by its code."""
        if code not in self.catalogue:
            raise NotFoundError(f"the catalogue has no item '{code}'.")
        return self.catalogue[code]

    def fingerprint(self, cards: Iterable[Scorecard]) -> str:
        """SHA-256 over the content that decides scores: these scorecards and the catalogue.

        Comments, layout, the order of files and of a node's keys do not matter. Every value does, and so does the
        order of what a policy names: grades fall, and ties are broken, in the order of the file.
        """
        content = {
            "scorecards": {card.id: _deciding(card) for card in sorted(cards, key=lambda card: card.id)},
            "catalogue": {code: as_written(item) for code, item in sorted(self.catalogue.items())},
        }
        text = json.dumps(content, ensure_ascii=False, default=str)
        return hashlib.sha256(text.encode()).hexdigest()


def is_in_force(card: Scorecard, on: date) -> bool:
    """Whether an edition is in force on a date (`until` is the first day it no longer is)."""
    return card.in_force.from_ <= on and (card.in_force.until is None or on < card.in_force.until)


def _deciding(card: Scorecard) -> Any:
    """The card without what is said about its making."""
    return card.model_dump(by_alias=True, exclude_unset=True, mode="python", exclude={"weighing", "training"})


def as_written(model: Any) -> Any:
    """A model as the plain values its YAML file would hold, without what was left to defaults."""
    return model.model_dump(by_alias=True, exclude_unset=True, mode="python")


def dump_scorecard(card: Scorecard) -> str:
    """The scorecard as YAML; reading it back gives an equal scorecard."""
    return dump(_lists(as_written(card)))


def _lists(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _lists(child) for key, child in value.items()}
    if isinstance(value, list | tuple):
        return [_lists(child) for child in value]
    return value


def check_files(paths: Iterable[Path]) -> tuple[Reading, tuple[Problem, ...]]:
    """Read and check policy files; nothing is raised for a faulty policy.

    Returns:
        What was read, and the problems and warnings sorted by file and line.
    """
    reading = read_files(paths)
    problems = [*reading.problems, *check(reading)]
    return reading, tuple(sorted(set(problems), key=lambda p: (p.file, p.line, p.code, p.message)))


def load_policy(*paths: Path | str) -> Policy:
    """Read policy files or folders; without any, the public scorecards of the package.

    Args:
        paths: files and folders of YAML. A catalogue or legal texts among them replace the package's own.

    Raises:
        PolicyError: carries every problem of every file, as `file:line: CODE what and what to do`.
        NotFoundError: a path does not exist, or no scorecard is among the files.
    """
    given = [Path(path) for path in paths] or [default_configs() / "public"]
    reading, problems = check_files(given)
    if faults := [problem for problem in problems if not problem.warning]:
        raise PolicyError(faults)
    if not reading.editions:
        raise NotFoundError(f"no scorecard among {', '.join(str(p) for p in given)}.")
    return Policy(
        editions=tuple(reading.editions),
        catalogue=reading.catalogue,
        instruments=reading.instruments,
        warnings=problems,
    )
