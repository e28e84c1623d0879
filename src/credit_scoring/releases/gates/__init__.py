"""The gates: what a release has to pass before anyone may approve it."""
