"""Learnt evaluations as scoring needs them: points tables, gradient models as text, their points. Nothing is fitted here."""
