"""Entries of a ledger that is not sound, as far as they can be made out. Nothing of them is proven."""

from __future__ import annotations

from pydantic import ValidationError

from credit_scoring.releases.entries import ENTRY, Entry
from credit_scoring.releases.store.address import Address
from credit_scoring.releases.store.finding import source
from credit_scoring.releases.store.layout import EXPERIMENT, LEDGER_EXPERIMENT, Run, Source


def entries_made_out(address: Address) -> tuple[Entry, ...]:
    """What can be read of the longest ledger in a store, in the order of its keys: enough to know what to look at.

    Raises:
        NotFoundError: there is no store.
        StoreError: it cannot be reached or read.
    """
    with source(address) as registry:
        runs = sorted(_runs(registry), key=lambda run: (-len(run.parameters), run.id))
    texts = sorted(runs[0].parameters.items()) if runs else []
    return tuple(entry for _, text in texts if (entry := _entry(text)) is not None)


def _runs(registry: Source) -> list[Run]:
    named = [registry.experiment(LEDGER_EXPERIMENT), *registry.ledgers()]
    ids = {experiment.ledger_run for experiment in named if experiment and experiment.ledger_run}
    home = registry.experiment(EXPERIMENT)
    if home is not None:
        ids.update(registry.continued(home.id))
    return [run for run_id in sorted(ids) if (run := registry.run(run_id)) is not None]


def _entry(text: str) -> Entry | None:
    try:
        return ENTRY.validate_json(text)
    except ValidationError:
        return None
