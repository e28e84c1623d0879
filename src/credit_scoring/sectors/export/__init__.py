"""Taking an evaluation out of the package: from scorecard to points table, and from there to SQL and PMML."""
