"""Cohorts: from records, labels and observation dates to rows to learn from, with every exclusion counted."""
