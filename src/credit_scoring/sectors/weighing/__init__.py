"""Weighing: from judgments and data to the weights of a sector's indicators, and how much hangs on each of them."""
