"""Tests of `credit_scoring.records`."""
