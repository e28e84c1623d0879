"""A points table as one SELECT that a person can read and a database can run.

The features are cast once, to 64-bit floats and to text; from there on every dialect compares the same values. What
sqlglot renders right is left to it: names, texts in quotes, casts, IS NULL, IN, comparisons. Layout and comments are
our own text (sqlglot prints comments as blocks and breaks lines by width), and so are
- the NaN test of PostgreSQL and MySQL, for which sqlglot writes a function that does not exist there: PostgreSQL holds
  NaN equal to itself, MySQL cannot store one;
- MySQL's comparison of texts letter by letter, `CONVERT(… USING utf8mb4) COLLATE …`, which sqlglot cannot build;
- keeping the score within its bounds: DuckDB's rendering of LEAST and GREATEST is beyond reading.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from sqlglot import exp
from sqlglot.errors import SqlglotError

from credit_scoring.errors import InputError
from credit_scoring.learnt.points_table import Characteristic, NumericBins, PointsTable
from credit_scoring.sectors.export.imprint import (
    GradeCut,
    Imprint,
    content_hash,
    one_line,
    plain_cut,
    refuse_unwritable,
    said,
)

Dialect: TypeAlias = Literal["duckdb", "postgres", "spark", "mysql"]
Language: TypeAlias = Literal["zh", "en"]

_LONGEST_NAME = {"postgres": 63, "mysql": 64}
"""Longest name in bytes (PostgreSQL cuts longer ones off in silence) or letters (MySQL)."""
_STEPS = ("scorecard_values", "scorecard_points", "scorecard_sums", "scorecard_scores")
_OWN = ("score_raw", "score", "grade")

_WORDS = {
    "zh": {
        "table": "积分表",
        "unit": "得分以千分之一分计(整数)。数值按双精度浮点数比较,区间含下限、不含上限。",
        "missing": "NULL 与 NaN 按缺失计分;正负无穷落入最外侧区间;未列出的文本按“其他”计分。",
        "order": "各列为该指标的取值;若取自记录,须与指标口径一致(精确到百万分之一)。",
        "mysql": "需要 MySQL 8.0.17 或更高版本。",
    },
    "en": {
        "table": "points table",
        "unit": "Points and scores are whole thousandths. Numbers are compared as 64-bit floats; a bin holds its lower end, not its upper.",
        "missing": "NULL and NaN are missing; infinity falls into the outer bin; a text that is not listed is scored as ELSE.",
        "order": "Each column holds the indicator's measure, to the millionth where it is computed from records.",
        "mysql": "Needs MySQL 8.0.17 or newer.",
    },
}


def to_sql(
    table: PointsTable,
    *,
    dialect: Dialect,
    source: str,
    key: str,
    language: Language = "zh",
    imprint: Imprint | None = None,
    grades: tuple[GradeCut, ...] = (),
) -> str:
    """The evaluation as one SELECT statement; the same bytes for the same arguments.

    Result: the key, `points_<feature>` per characteristic, `score_raw`, `score` (kept within floor and total), all
    whole thousandths and never null, and `grade` where cuts are given.

    Integer and decimal columns are cast to 64-bit floats like any other number; text in a numeric column is an error
    or, in Spark and MySQL, whatever their CAST makes of it. Texts are compared letter by letter, whatever the collation.

    Args:
        table: the points table.
        dialect: the database's SQL.
        source: table with one row per subject and one column per feature, `name` or `schema.name`, exactly as stored.
        key: its column that tells subjects apart.
        language: of the comments.
        imprint: title, edition and what is left out, for the comments.
        grades: cuts in falling order, applied to `score`.

    Raises:
        InputError: the table, a name or a level cannot be written in the dialect.
    """
    refuse_unwritable(table, grades)
    _refuse_names(table, dialect=dialect, key=key)
    writer = _Writer(dialect=dialect, language=language, key=_column(key).sql(dialect))
    lines = [
        *writer.heading(table, imprint, grades),
        f"WITH {_STEPS[0]} AS (",
        *writer.values(table, _source(source, dialect), imprint),
        f"), {_STEPS[1]} AS (",
        *writer.points(table),
        f"), {_STEPS[2]} AS (",
        *writer.sums(table),
        f"), {_STEPS[3]} AS (",
        *writer.bounded(table),
        ")",
        *writer.result(grades),
    ]
    return "\n".join(lines) + "\n"


def _refuse_names(table: PointsTable, *, dialect: Dialect, key: str) -> None:
    faults: list[str] = []
    outputs = {f"points_{name}".casefold() for name in table.names()} | set(_OWN)
    features = {name.casefold() for name in table.names()}
    if not key or "\x00" in key or key.casefold() in outputs | features:
        faults.append(
            f"key '{key}' is also the name of a feature or of a result column: choose another column."
        )
    longest = _LONGEST_NAME.get(dialect)
    for name in table.names():
        column = f"points_{name}"
        size = len(column.encode()) if dialect == "postgres" else len(column)
        if longest is not None and size > longest:
            unit = "bytes" if dialect == "postgres" else "letters"
            faults.append(
                f"'{column}' is longer than the {longest} {unit} of a name in {dialect}: shorten '{name}'."
            )
    if faults:
        raise InputError(
            "the points table cannot be written as SQL:\n" + "\n".join(f"- {fault}" for fault in faults)
        )


def _source(source: str, dialect: Dialect) -> str:
    try:
        table = exp.to_table(source, dialect=dialect)
    except (SqlglotError, ValueError) as error:
        raise InputError(f"'{source}' is no name of a table: write name or schema.name.") from error
    parts = table.parts
    if not all(isinstance(part, exp.Identifier) and part.name for part in parts) or not parts:
        raise InputError(f"'{source}' is no name of a table: write name or schema.name.")
    if len(parts) == 1 and parts[0].name.casefold() in _STEPS:
        raise InputError(f"'{source}' is the name of a step of the query: give the table another name.")
    return ".".join(exp.to_identifier(part.name, quoted=True).sql(dialect) for part in parts)


def _column(name: str) -> exp.Column:
    return exp.column(exp.to_identifier(name, quoted=True))


def _text(value: str, dialect: Dialect) -> str:
    return exp.Literal.string(value).sql(dialect)


def _double(cut: float) -> str:
    """A literal that every dialect reads as a 64-bit float, and as this one: without an exponent it would be a decimal.

    >>> _double(3.0), _double(0.1), _double(1e22)
    ('3e0', '0.1e0', '1e+22')
    """
    text = repr(plain_cut(cut))
    return text if "e" in text else text.removesuffix(".0") + "e0"


def _indented(lines: Iterable[str], by: int = 2) -> Iterator[str]:
    return (" " * by + line for line in lines)


def _listed(entries: Iterable[list[str]]) -> Iterator[str]:
    """Entries of a SELECT, a comma behind each but the last."""
    kept = list(entries)
    for i, entry in enumerate(kept):
        *above, last = entry
        yield from _indented(above)
        yield f"  {last}{',' if i < len(kept) - 1 else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Writer:
    dialect: Dialect
    language: Language
    key: str

    def heading(
        self, table: PointsTable, imprint: Imprint | None, grades: tuple[GradeCut, ...]
    ) -> Iterator[str]:
        words = _WORDS[self.language]
        if imprint is not None:
            title = one_line(imprint.title.in_language(self.language))
            yield f"-- {title} ({one_line(imprint.name)}@{one_line(imprint.edition)})"
        yield f"-- {words['table']} sha256 {content_hash(table, grades)}"
        yield f"-- {words['unit']}"
        yield f"-- {words['missing']}"
        yield f"-- {words['order']}"
        if self.dialect == "mysql":
            yield f"-- {words['mysql']}"
        for sentence in imprint.left_out if imprint is not None else ():
            yield f"-- {one_line(sentence.in_language(self.language))}"

    def values(self, table: PointsTable, source: str, imprint: Imprint | None) -> Iterator[str]:
        yield "  SELECT"
        yield from _indented(_listed([[self.key], *(self._cast(c, imprint) for c in table.characteristics)]))
        yield f"  FROM {source}"

    def _cast(self, characteristic: Characteristic, imprint: Imprint | None) -> list[str]:
        column = _column(characteristic.feature.name)
        if isinstance(characteristic.bins, NumericBins):
            cast = exp.cast(column, "double").sql(self.dialect)
        elif self.dialect == "mysql":
            # Its own collations take 'A' for 'a', and most of them 'a ' for 'a'.
            cast = f"CONVERT({column.sql('mysql')} USING utf8mb4) COLLATE utf8mb4_0900_bin"
        else:
            cast = exp.cast(column, "text").sql(self.dialect)
            # DuckDB and PostgreSQL may have been told to compare texts otherwise.
            cast += ' COLLATE "C"' if self.dialect in ("duckdb", "postgres") else ""
        note = imprint.note_on(characteristic.feature.name, self.language) if imprint is not None else None
        above = [f"-- {note}"] if note is not None else []
        return [*above, f"{cast} AS {column.sql(self.dialect)}"]

    def points(self, table: PointsTable) -> Iterator[str]:
        yield "  SELECT"
        yield from _indented(_listed([[self.key], *(self._case(c) for c in table.characteristics)]))
        yield f"  FROM {_STEPS[0]}"

    def _case(self, characteristic: Characteristic) -> list[str]:
        bins = characteristic.bins
        column = _column(characteristic.feature.name)
        name = column.sql(self.dialect)
        lines = [f"-- {said(characteristic, self.language)}", "CASE"]
        lines.append(f"  WHEN {self._is_missing(column, bins)} THEN {bins.missing}")
        if isinstance(bins, NumericBins):
            for cut, points in zip(bins.cuts, bins.points, strict=False):
                lines.append(f"  WHEN {name} < {_double(cut)} THEN {points}")
            lines.append(f"  ELSE {bins.points[-1]}")
        else:
            for group, points in zip(bins.groups, bins.points, strict=True):
                if group:
                    levels = ", ".join(_text(level, self.dialect) for level in group)
                    lines.append(f"  WHEN {name} IN ({levels}) THEN {points}")
            lines.append(f"  ELSE {bins.other}")
        return [*lines, f"END AS {self._points_column(characteristic)}"]

    def _is_missing(self, column: exp.Column, bins: object) -> str:
        null = column.is_(exp.null()).sql(self.dialect)
        if not isinstance(bins, NumericBins) or self.dialect == "mysql":
            return null
        if self.dialect == "postgres":
            return f"{null} OR {column.sql('postgres')} = CAST('NaN' AS DOUBLE PRECISION)"
        return f"{null} OR {exp.IsNan(this=column.copy()).sql(self.dialect)}"

    def _points_column(self, characteristic: Characteristic) -> str:
        return _column(f"points_{characteristic.feature.name}").sql(self.dialect)

    def sums(self, table: PointsTable) -> Iterator[str]:
        # The first term decides the type of the sum: 32 bits would overflow beyond two million points.
        terms = [exp.cast(exp.Literal.number(table.base), "bigint").sql(self.dialect)]
        terms += [f"  + {self._points_column(c)}" for c in table.characteristics]
        yield "  SELECT"
        columns = [[self._points_column(c)] for c in table.characteristics]
        yield from _indented(
            _listed([[self.key], *columns, [*terms[:-1], f"{terms[-1]} AS {self._own('score_raw')}"]])
        )
        yield f"  FROM {_STEPS[1]}"

    def _own(self, name: str) -> str:
        return _column(name).sql(self.dialect)

    def bounded(self, table: PointsTable) -> Iterator[str]:
        raw = self._own("score_raw")
        case = [
            "CASE",
            f"  WHEN {raw} < {table.floor} THEN {table.floor}",
            f"  WHEN {raw} > {table.total} THEN {table.total}",
            f"  ELSE {raw}",
            f"END AS {self._own('score')}",
        ]
        yield "  SELECT"
        yield from _indented(_listed([["*"], case]))
        yield f"  FROM {_STEPS[2]}"

    def result(self, grades: tuple[GradeCut, ...]) -> Iterator[str]:
        entries = [["*"], *([self._grade(grades)] if grades else [])]
        yield "SELECT"
        yield from _listed(entries)
        yield f"FROM {_STEPS[3]}"

    def _grade(self, grades: tuple[GradeCut, ...]) -> list[str]:
        lines = ["CASE"]
        rest = "NULL"
        for cut in grades:
            if cut.low is None:
                rest = _text(cut.grade, self.dialect)
                break
            lines.append(f"  WHEN {self._own('score')} >= {cut.low} THEN {_text(cut.grade, self.dialect)}")
        if len(lines) == 1:
            return [f"{rest} AS {self._own('grade')}"]
        return [*lines, f"  ELSE {rest}", f"END AS {self._own('grade')}"]
