"""Sector evaluation: weighing indicators, learning scorecards from outcomes, validating and exporting them."""
