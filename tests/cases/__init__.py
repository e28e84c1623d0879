"""Golden cases: YAML that a lawyer can read, run on the engine and on the oracle."""
