"""Releases: a scorecard edition that is complete, approved by two people, in force on known days, and stays what it was."""
