"""Exported SQL gives every row the points of the table, in DuckDB and in a real PostgreSQL, to the last bit of a cut."""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import duckdb
import psycopg
import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

import postgres as pg
from credit_scoring.errors import InputError
from credit_scoring.learnt.features import Feature
from credit_scoring.learnt.points_table import Bins, Characteristic, LevelBins, NumericBins, PointsTable
from credit_scoring.policy.catalogue import Title
from credit_scoring.sectors.export.imprint import GradeCut, Imprint
from credit_scoring.sectors.export.sql import Dialect, to_sql
from sectors.export_cases import Case, cases, expected

KEY = "Subject id"
SOURCE = "Firms 2026"


@pytest.fixture(scope="session")
def postgres() -> Iterator[psycopg.Connection[Any]]:
    try:
        with pg.server() as conninfo, psycopg.connect(conninfo, autocommit=True) as connection:
            # The same text inserts into a table of other columns next time.
            connection.prepare_threshold = None
            yield connection
    except pg.NoServerError as error:
        pytest.skip(f"without PostgreSQL its dialect is not proved: {error}")


@pytest.fixture(scope="session")
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def fill(connection: Any, case: Case, *, mark: str, double: str) -> None:
    """The wide table, with the values as they are."""
    columns = [f"{quoted(KEY)} INTEGER"]
    for c in case.table.characteristics:
        columns.append(f"{quoted(c.feature.name)} {double if isinstance(c.bins, NumericBins) else 'TEXT'}")
    connection.execute(f"DROP TABLE IF EXISTS {quoted(SOURCE)}")
    connection.execute(f"CREATE TABLE {quoted(SOURCE)} ({', '.join(columns)})")
    marks = ", ".join([mark] * len(columns))
    for i, row in enumerate(case.rows):
        connection.execute(f"INSERT INTO {quoted(SOURCE)} VALUES ({marks})", [i, *row])


def written(case: Case, dialect: Dialect) -> str:
    return to_sql(case.table, dialect=dialect, source=SOURCE, key=KEY, language="en", grades=case.grades)


def answers(connection: Any, sql: str) -> list[tuple[Any, ...]]:
    return sorted(connection.execute(sql).fetchall(), key=lambda row: row[0])


def oracle(case: Case) -> list[tuple[Any, ...]]:
    rows = [expected(case, row).row for row in case.rows]
    return [(i, *(row if case.grades else row[:-1])) for i, row in enumerate(rows)]


@given(case=cases())
@settings(max_examples=120)
def test_duckdb_gives_the_points_of_the_table(duck: duckdb.DuckDBPyConnection, case: Case) -> None:
    fill(duck, case, mark="?", double="DOUBLE")
    assert answers(duck, written(case, "duckdb")) == oracle(case)


@given(case=cases())
@settings(max_examples=120)
def test_postgresql_gives_the_points_of_the_table(postgres: psycopg.Connection[Any], case: Case) -> None:
    fill(postgres, case, mark="%s", double="DOUBLE PRECISION")
    assert answers(postgres, written(case, "postgres")) == oracle(case)


def read_back(sql: str, dialect: Dialect) -> str:
    """The text as its dialect reads it, said in DuckDB's; collations and character sets have no counterpart there."""
    tree = sqlglot.parse_one(sql, read=dialect)
    for collate in list(tree.find_all(exp.Collate)):
        collate.replace(collate.this)
    for cast in tree.find_all(exp.Cast):
        if cast.to.is_type(exp.DataType.Type.CHARACTER_SET):
            cast.set("to", exp.DataType.build("text"))
    return tree.sql("duckdb")


@pytest.mark.parametrize("dialect", ["spark", "mysql"])
def test_what_spark_and_mysql_read_in_the_text_gives_the_points_of_the_table(
    duck: duckdb.DuckDBPyConnection, dialect: Dialect
) -> None:
    @given(case=cases())
    @settings(max_examples=60)
    def holds(case: Case) -> None:
        if dialect == "mysql":  # it cannot store NaN or infinity
            rows = tuple(
                tuple(None if isinstance(v, float) and not math.isfinite(v) else v for v in row)
                for row in case.rows
            )
            case = Case(table=case.table, grades=case.grades, rows=rows)
        fill(duck, case, mark="?", double="DOUBLE")
        assert answers(duck, read_back(written(case, dialect), dialect)) == oracle(case)

    holds()


@given(cut=st.floats(allow_nan=False, allow_infinity=False))
@settings(max_examples=150)
def test_every_database_reads_a_cut_back_to_the_same_bits(
    duck: duckdb.DuckDBPyConnection, postgres: psycopg.Connection[Any], cut: float
) -> None:
    sql = to_sql(
        table_of(NumericBins(cuts=(cut,), points=(0, 1), missing=2)), dialect="postgres", source="t", key="k"
    )
    literal = sql.split('"x" < ', 1)[1].split(" ", 1)[0]
    found = [c.execute(f"SELECT CAST({literal} AS DOUBLE PRECISION)").fetchone()[0] for c in (duck, postgres)]  # type: ignore[index]
    tokens = sqlglot.parse_one(f"SELECT {literal}", read="spark").find(exp.Literal)
    assert [value.hex() for value in found] == [(cut + 0.0).hex()] * 2
    assert tokens is not None
    assert abs(float(tokens.this)) == abs(cut)


def table_of(bins: Bins, name: str = "x") -> PointsTable:
    return PointsTable(
        base=0, characteristics=(Characteristic(feature=Feature(name=name, polarity="free"), bins=bins),)
    )


HALF = NumericBins(cuts=(0.1, 3.0), points=(10, 20, 30), missing=99)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("SMALLINT", [None, -1, 0, 2, 3, 32767]),
        ("BIGINT", [None, 2**62, -(2**62), 3]),
        ("NUMERIC(12, 6)", [None, Decimal("0.1"), Decimal("0.099999"), Decimal("2.999999"), Decimal("3")]),
        ("REAL", [None, 3.0, 2.5, math.nan, 0.25]),
    ],
)
def test_integer_decimal_and_short_float_columns_are_read_as_64_bit_floats(
    duck: duckdb.DuckDBPyConnection, postgres: psycopg.Connection[Any], kind: str, values: list[Any]
) -> None:
    case = Case(
        table=table_of(HALF), grades=(), rows=tuple((None if v is None else float(v),) for v in values)
    )
    for connection, mark, dialect in ((duck, "?", "duckdb"), (postgres, "%s", "postgres")):
        connection.execute("DROP TABLE IF EXISTS typed")
        connection.execute(f"CREATE TABLE typed (k INTEGER, x {kind})")
        for i, value in enumerate(values):
            connection.execute(f"INSERT INTO typed VALUES ({mark}, {mark})", [i, value])
        sql = to_sql(case.table, dialect=dialect, source="typed", key="k")  # type: ignore[arg-type]
        assert answers(connection, sql) == oracle(case)


def test_a_numeric_nan_of_postgresql_is_missing_and_infinity_falls_into_the_outer_bins(
    postgres: psycopg.Connection[Any],
) -> None:
    postgres.execute("DROP TABLE IF EXISTS odd")
    postgres.execute(
        "CREATE TABLE odd AS SELECT * FROM (VALUES (1, 'NaN'::numeric), (2, 'Infinity'), (3, '-Infinity')) v (k, x)"
    )
    found = answers(postgres, to_sql(table_of(HALF), dialect="postgres", source="public.odd", key="k"))
    assert [row[1] for row in found] == [99, 30, 10]


def test_texts_are_compared_letter_by_letter_whatever_the_database_was_told(
    duck: duckdb.DuckDBPyConnection, postgres: psycopg.Connection[Any]
) -> None:
    table = table_of(LevelBins(groups=(("Aa",),), points=(5,), missing=1, other=2))
    rows = "VALUES (1, 'Aa'), (2, 'AA'), (3, 'Aa '), (4, NULL)"
    postgres.execute(
        "CREATE COLLATION IF NOT EXISTS blind (provider = icu, locale = 'und-u-ks-level1', deterministic = false)"
    )
    postgres.execute("DROP TABLE IF EXISTS words")
    postgres.execute('CREATE TABLE words (k INTEGER, x TEXT COLLATE "blind")')
    postgres.execute(f"INSERT INTO words {rows}")
    assert postgres.execute("SELECT count(*) FROM words WHERE x = 'aa'").fetchone() == (2,)
    found = answers(postgres, to_sql(table, dialect="postgres", source="words", key="k"))
    assert [row[1] for row in found] == [5, 2, 2, 1]
    duck.execute("CREATE OR REPLACE TABLE words (k INTEGER, x TEXT COLLATE NOCASE)")
    duck.execute(f"INSERT INTO words {rows}")
    assert duck.execute("SELECT count(*) FROM words WHERE x = 'aa'").fetchone() == (2,)
    found = answers(duck, to_sql(table, dialect="duckdb", source="words", key="k"))
    assert [row[1] for row in found] == [5, 2, 2, 1]


def test_sums_beyond_32_bits_do_not_overflow(postgres: psycopg.Connection[Any]) -> None:
    bins = NumericBins(cuts=(), points=(2**31 - 1,), missing=0)
    table = PointsTable(
        base=2**31 - 1,
        characteristics=tuple(
            Characteristic(feature=Feature(name=n, polarity="free"), bins=bins) for n in "ab"
        ),
        total=2**40,
    )
    postgres.execute("DROP TABLE IF EXISTS big")
    postgres.execute("CREATE TABLE big AS SELECT 1 AS k, 1 AS a, 1 AS b")
    assert answers(postgres, to_sql(table, dialect="postgres", source="big", key="k"))[0][3] == 3 * (
        2**31 - 1
    )


# What a person reads

SMALL = PointsTable(
    base=400_000,
    characteristics=(
        Characteristic(
            feature=Feature(
                name="arrears_cny_12m", polarity="worse", title=Title(zh="欠税金额", en="Tax arrears")
            ),
            bins=NumericBins(cuts=(0.1, 30_000.0), points=(40_000, 25_500, 0), missing=20_000),
        ),
        Characteristic(
            feature=Feature(name="rating", polarity="free", title=Title(zh="纳税评级", en="Tax rating")),
            bins=LevelBins(
                groups=(("A", "B's"), ("C\\",)), points=(30_000, -5_000), missing=0, other=-10_000
            ),
        ),
    ),
)
IMPRINT = Imprint(name="building", title=Title(zh="建筑市场", en="Building\nmarket"), edition="2026")
GRADES = (GradeCut(grade="A", low=430_000), GradeCut(grade="D", low=None))

IN_POSTGRES = """\
-- Building market (building@2026)
-- points table sha256 5ae833e0c60f82aa16a337d5d540b79eda29d86f79003aef2bcff94228d565cd
-- Points and scores are whole thousandths. Numbers are compared as 64-bit floats; a bin holds its lower end, not its upper.
-- NULL and NaN are missing; infinity falls into the outer bin; a text that is not listed is scored as ELSE.
-- Each column holds the indicator's measure, to the millionth where it is computed from records.
WITH scorecard_values AS (
  SELECT
    "subject_id",
    CAST("arrears_cny_12m" AS DOUBLE PRECISION) AS "arrears_cny_12m",
    CAST("rating" AS TEXT) COLLATE "C" AS "rating"
  FROM "credit"."firms"
), scorecard_points AS (
  SELECT
    "subject_id",
    -- Tax arrears
    CASE
      WHEN "arrears_cny_12m" IS NULL OR "arrears_cny_12m" = CAST('NaN' AS DOUBLE PRECISION) THEN 20000
      WHEN "arrears_cny_12m" < 0.1e0 THEN 40000
      WHEN "arrears_cny_12m" < 30000e0 THEN 25500
      ELSE 0
    END AS "points_arrears_cny_12m",
    -- Tax rating
    CASE
      WHEN "rating" IS NULL THEN 0
      WHEN "rating" IN ('A', 'B''s') THEN 30000
      WHEN "rating" IN ('C\\') THEN -5000
      ELSE -10000
    END AS "points_rating"
  FROM scorecard_values
), scorecard_sums AS (
  SELECT
    "subject_id",
    "points_arrears_cny_12m",
    "points_rating",
    CAST(400000 AS BIGINT)
      + "points_arrears_cny_12m"
      + "points_rating" AS "score_raw"
  FROM scorecard_points
), scorecard_scores AS (
  SELECT
    *,
    CASE
      WHEN "score_raw" < 0 THEN 0
      WHEN "score_raw" > 1000000 THEN 1000000
      ELSE "score_raw"
    END AS "score"
  FROM scorecard_sums
)
SELECT
  *,
  CASE
    WHEN "score" >= 430000 THEN 'A'
    ELSE 'D'
  END AS "grade"
FROM scorecard_scores
"""


def small(dialect: Dialect, **more: Any) -> str:
    return to_sql(
        SMALL,
        dialect=dialect,
        source="credit.firms",
        key="subject_id",
        **{"imprint": IMPRINT, "grades": GRADES, **more},
    )


def test_the_statement_reads_like_the_scorecard() -> None:
    assert small("postgres", language="en") == IN_POSTGRES


@pytest.mark.parametrize(
    ("dialect", "lines"),
    [
        ("duckdb", ['CAST("rating" AS TEXT) COLLATE "C" AS "rating"', 'WHEN "arrears_cny_12m" IS NULL OR ISNAN("arrears_cny_12m") THEN 20000', "'B''s'", "('C\\')"]),
        ("spark", ["CAST(`rating` AS STRING) AS `rating`", "WHEN `arrears_cny_12m` IS NULL OR ISNAN(`arrears_cny_12m`) THEN 20000", "'B\\'s'", "('C\\\\')"]),
        ("mysql", ["CONVERT(`rating` USING utf8mb4) COLLATE utf8mb4_0900_bin AS `rating`", "WHEN `arrears_cny_12m` IS NULL THEN 20000", "'B''s'", "('C\\\\')", "CAST(400000 AS SIGNED)", "需要 MySQL 8.0.17"]),
    ],
)  # fmt: skip
def test_each_dialect_says_missing_text_and_quotes_in_its_own_words(
    dialect: Dialect, lines: list[str]
) -> None:
    text = small(dialect)
    assert [line for line in lines if line not in text] == []
    assert "-- 建筑市场 (building@2026)\n" in text
    assert text == small(dialect)


def test_the_hash_changes_with_every_number_and_with_no_title() -> None:
    def hash_of(sql: str) -> str:
        return sql.split("sha256 ", 1)[1].split("\n", 1)[0]

    first, second = SMALL.characteristics
    moved = NumericBins(cuts=(math.nextafter(0.1, 1), 30_000.0), points=(40_000, 25_500, 0), missing=20_000)
    other = [
        PointsTable(base=400_001, characteristics=SMALL.characteristics),
        PointsTable(base=400_000, characteristics=SMALL.characteristics, floor=-1),
        PointsTable(base=400_000, characteristics=(second, first)),
        PointsTable(
            base=400_000, characteristics=(Characteristic(feature=first.feature, bins=moved), second)
        ),
    ]
    hashes = {
        hash_of(to_sql(t, dialect="duckdb", source="t", key="k", grades=GRADES)) for t in (SMALL, *other)
    }
    assert len(hashes) == 5
    untitled = Characteristic(feature=Feature(name="arrears_cny_12m", polarity="worse"), bins=first.bins)
    same = PointsTable(base=400_000, characteristics=(untitled, second))
    assert hash_of(to_sql(same, dialect="mysql", source="t", key="k", grades=GRADES)) in hashes
    assert hash_of(to_sql(SMALL, dialect="duckdb", source="t", key="k")) not in hashes


def test_line_breaks_in_names_and_titles_do_not_end_a_comment() -> None:
    title = Title(zh="标\n题", en="a\u2028title\r\n'")
    lines = PointsTable(
        base=0,
        characteristics=(
            Characteristic(feature=Feature(name="x\ny", polarity="free"), bins=HALF),
            Characteristic(feature=Feature(name="z", polarity="free", title=title), bins=HALF),
        ),
    )
    sql = to_sql(lines, dialect="duckdb", source="t", key="k", language="en")
    assert "    -- x y\n" in sql
    assert "    -- a title '\n" in sql


# What is refused


@pytest.mark.parametrize(
    ("table", "options", "message"),
    [
        (PointsTable(base=0, characteristics=()), {}, "no characteristics"),
        (table_of(NumericBins(cuts=(math.inf,), points=(0, 0), missing=0)), {}, "a cut of 'x' is no finite number"),
        (table_of(NumericBins(cuts=(math.nan,), points=(0, 0), missing=0)), {}, "a cut of 'x' is no finite number"),
        (table_of(LevelBins(groups=(("a\0b",),), points=(0,), missing=0, other=0)), {}, "level 'a\\x00b' of 'x'"),
        (table_of(LevelBins(groups=(("\ud800",),), points=(0,), missing=0, other=0)), {}, "no database stores"),
        (table_of(NumericBins(cuts=(), points=(2**60,), missing=0)), {}, "too large"),
        (PointsTable(base=0, characteristics=table_of(HALF).characteristics * 2), {}, "features 'x' and 'x'"),
        (PointsTable(base=0, characteristics=(*table_of(HALF).characteristics, *table_of(HALF, "X").characteristics)), {}, "features 'x' and 'X'"),
        (table_of(HALF), {"key": "X"}, "key 'X' is also"),
        (table_of(HALF), {"key": "score"}, "key 'score' is also"),
        (table_of(HALF), {"source": "f(1)"}, "'f(1)' is no name of a table"),
        (table_of(HALF), {"source": ""}, "'' is no name of a table"),
        (table_of(HALF), {"source": "scorecard_sums"}, "is the name of a step"),
        (table_of(HALF, "中" * 20), {"dialect": "postgres"}, "longer than the 63 bytes"),
        (table_of(HALF, "x" * 60), {"dialect": "mysql"}, "longer than the 64 letters"),
    ],
)  # fmt: skip
def test_what_cannot_be_written_is_refused_by_name(
    table: PointsTable, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError) as caught:
        to_sql(table, **{"dialect": "duckdb", "source": "t", "key": "k", **options})
    assert message in str(caught.value)
