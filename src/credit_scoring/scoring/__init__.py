"""The line: from tables to scores, explanations and archives. One short SQL file per step."""
