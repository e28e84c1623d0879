"""White-box public and industry credit evaluation."""

__version__ = "0.1.0"
