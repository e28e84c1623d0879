"""The package is cheap to import, and rules without data stay rules without libraries."""

from __future__ import annotations

import subprocess
import sys


def test_importing_the_package_loads_no_engine() -> None:
    code = (
        "import sys, credit_scoring.records as r; r.classify('1'); "
        "print([m for m in ('duckdb', 'pyarrow', 'pydantic', 'yaml') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
