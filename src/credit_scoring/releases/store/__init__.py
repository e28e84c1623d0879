"""Where releases and their ledger are kept: a folder of our own, or any registry of MLflow."""
