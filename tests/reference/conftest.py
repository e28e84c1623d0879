"""Where the real data is, and every figure read once."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.model_data import SHARED, DataSet, german_credit, polish_companies, sba_loans, uci_credit_card


@pytest.fixture(scope="session")
def shared() -> Path:
    """The shared validation data; tests that need it are skipped without it."""
    if not SHARED.is_dir():
        pytest.skip(f"the shared validation data is not at {SHARED}")
    return SHARED


@pytest.fixture(scope="session")
def uci(shared: Path) -> DataSet:
    return uci_credit_card(shared)


@pytest.fixture(scope="session")
def german(shared: Path) -> DataSet:
    return german_credit(shared)


@pytest.fixture(scope="session")
def sba(shared: Path) -> DataSet:
    return sba_loans(shared)


@pytest.fixture(scope="session", params=[1, 5])
def polish(request: pytest.FixtureRequest, shared: Path) -> DataSet:
    return polish_companies(request.param, shared)
