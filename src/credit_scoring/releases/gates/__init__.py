"""The gates: what a release has to pass before anyone may approve it."""

from credit_scoring.releases.gates.running import run_gates

__all__ = ["run_gates"]
