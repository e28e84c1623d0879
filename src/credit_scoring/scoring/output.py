"""The policy of a run, kept beside its results."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from credit_scoring.policy.language import Scorecard
from credit_scoring.policy.loading import Policy, as_written, dump_scorecard
from credit_scoring.policy.reading import dump


def write_policy(policy: Policy, cards: Iterable[Scorecard], folder: Path) -> None:
    """The policy of a run as YAML beside its results, enough to explain and to repeat it."""
    folder.mkdir()
    for card in cards:
        (folder / f"{card.scorecard}-{card.edition}.yaml").write_text(dump_scorecard(card), encoding="utf-8")
        if card.model is not None:
            (folder / card.model.file).write_bytes(policy.model_text(card).encode("utf-8"))
    items = {code: as_written(item) for code, item in policy.catalogue.items()}
    _write(folder / "catalogue.yaml", {"catalogue": "of-the-run", "items": items})
    texts = {key: as_written(text) for key, text in policy.instruments.items()}
    _write(folder / "instruments.yaml", {"instruments": texts})


def _write(path: Path, content: object) -> None:
    path.write_text(dump(content), encoding="utf-8")
