-- Macros that read cells, and the empty table `staged` that every source fills.
-- A null cell means that the export states nothing there.

CREATE OR REPLACE TEMP MACRO trimmed(t) AS regexp_replace(
    t, '^[\t\n\x0B\f\r \x{00A0}\x{3000}\x{FEFF}\x{200B}]+|[\t\n\x0B\f\r \x{00A0}\x{3000}\x{FEFF}\x{200B}]+$', '', 'g'
);
CREATE OR REPLACE TEMP MACRO without_blanks(t) AS
    regexp_replace(t, '[\t\n\x0B\f\r \x{00A0}\x{3000}\x{FEFF}\x{200B}]', '', 'g');
CREATE OR REPLACE TEMP MACRO read_cell(t, blanks) AS
    CASE WHEN trimmed(t) = '' OR list_contains(blanks, trimmed(t)) THEN NULL ELSE trimmed(t) END;
CREATE OR REPLACE TEMP MACRO read_piece(t, splitter, place) AS trimmed(string_split(t, splitter)[place]);

-- Blanks inside a date ("2021年度2  月") are noise, those between day and time are not: try both.
CREATE OR REPLACE TEMP MACRO read_date(t, forms) AS CAST(
    coalesce(try_strptime(t, forms), try_strptime(without_blanks(t), forms)) AS DATE
);
CREATE OR REPLACE TEMP MACRO read_month_end(t, forms) AS last_day(read_date(t, forms));
CREATE OR REPLACE TEMP MACRO read_year_end(t, forms) AS make_date(year(read_date(t, forms)), 12, 31);

CREATE OR REPLACE TEMP MACRO read_number(t) AS TRY_CAST(
    CASE
        WHEN regexp_full_match(replace(half_width(t), ',', ''), '[-+]?[0-9]*\.?[0-9]+|[-+]?[0-9]+\.')
            THEN replace(half_width(t), ',', '')
    END AS DECIMAL(28, 8)
);

-- Departments write the brackets of a document number as they like: 〔2020〕 [2020] 【2020】 （2020） ﹝2020﹞.
CREATE OR REPLACE TEMP MACRO same_brackets(t) AS CASE
    WHEN regexp_matches(t, '[\[\]{}<>〔〕【】﹝﹞〈〉《》「」]')
        THEN translate(t, '[]{}<>〔〕【】﹝﹞〈〉《》「」', '()()()()()()()()()')
    ELSE t
END;
CREATE OR REPLACE TEMP MACRO name_key(t) AS same_brackets(half_width(without_blanks(t)));
-- A number that a spreadsheet rounded (5.58605E+14) no longer identifies a document.
CREATE OR REPLACE TEMP MACRO event_key(t) AS CASE
    WHEN NOT regexp_full_match(t, '[0-9](\.[0-9]+)?E\+?[0-9]{1,2}') THEN name_key(t)
END;

-- Amounts of fines in words: after 罚款, or before it. Ranges ("五千元以上") are the statute's, not the decision's.
CREATE OR REPLACE TEMP MACRO amount_pattern() AS
    '(?:[0-9][0-9,]*(?:\.[0-9]+)?[万亿]?|[零〇一二两三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟萬]+)';
CREATE OR REPLACE TEMP MACRO fines_after(t) AS list_filter(
    regexp_extract_all(
        t,
        '罚款(?:金额|人民币|共计|合计|计|为|[:(])*(' || amount_pattern() || '(?:元|$)(?:.角)?(?:.分)?(?:以[上下])?)',
        1
    ),
    lambda phrase: NOT contains(phrase, '以')
);
CREATE OR REPLACE TEMP MACRO fines_before(t) AS
    regexp_extract_all(t, '(' || amount_pattern() || '元(?:.角)?(?:.分)?)整?(?:人民币)?的?罚款', 1);
CREATE OR REPLACE TEMP MACRO fine_totals(t) AS regexp_extract_all(
    t, '(?:共计|合计|总计)(?:共|处以|处|人民币)*(' || amount_pattern() || '元(?:.角)?(?:.分)?)整?(?:人民币)?的?罚款', 1
);
-- Where a decision adds its fines up, the total counts.
CREATE OR REPLACE TEMP MACRO fines_in(t) AS
    CASE WHEN len(fine_totals(t)) > 0 THEN fine_totals(t) ELSE fines_after(t) || fines_before(t) END;
CREATE OR REPLACE TEMP MACRO fine_phrases(t) AS fines_in(half_width(without_blanks(coalesce(t, ''))));

CREATE TEMP TABLE staged (
    source_id VARCHAR, file VARCHAR, row_no BIGINT, seq BIGINT, columns_found INTEGER,
    empty BOOLEAN, excluded_by VARCHAR,
    identifiers VARCHAR[], personal VARCHAR, name VARCHAR, is_person BOOLEAN,
    industry_code VARCHAR, established_on DATE, closed_on DATE,
    item VARCHAR, item_text VARCHAR, level VARCHAR, level_text VARCHAR,
    occurred_text VARCHAR, occurred_read DATE,
    recorded_text VARCHAR, recorded_read DATE,
    expires_text VARCHAR, expires_read DATE,
    repaired_read DATE, repaired_marked BOOLEAN,
    withdrawn_read DATE, withdrawn_marked BOOLEAN,
    value_text VARCHAR, value_read DECIMAL(18, 4), fine_phrases VARCHAR[], weight DECIMAL(18, 4),
    event_id VARCHAR, identity VARCHAR, department VARCHAR
);

CREATE TEMP TABLE sources (
    source_id VARCHAR, title VARCHAR, delivered_on DATE,
    item VARCHAR, level_required BOOLEAN,
    has_identifier BOOLEAN, personal_prefix VARCHAR,
    item_column VARCHAR, level_column VARCHAR, occurred_column VARCHAR, value_column VARCHAR,
    occurred_missing VARCHAR, occurred_stated DATE, occurred_unreadable VARCHAR, occurred_is_period BOOLEAN,
    expires_inclusive BOOLEAN, expires_never_from DATE,
    repaired_use VARCHAR, withdrawn_use VARCHAR,
    has_value BOOLEAN, value_required BOOLEAN, has_event BOOLEAN
);
