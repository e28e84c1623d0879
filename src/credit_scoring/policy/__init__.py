"""What the rules say: typed definitions, strict reading, checks, editions in force, compilation to tables."""
