-- The rules of identifiers.py for whole columns.
-- In:  identifier_texts(text), each text once.
-- Out: identifiers(text, code, outcome).

CREATE OR REPLACE TEMP MACRO province(figures) AS figures IN (
    '11', '12', '13', '14', '15', '21', '22', '23', '31', '32', '33', '34', '35', '36', '37', '41', '42',
    '43', '44', '45', '46', '50', '51', '52', '53', '54', '61', '62', '63', '64', '65', '71', '81', '82'
);

-- GB 32100-2015: 31 minus the sum of value times 3^(place - 1), modulo 31.
CREATE OR REPLACE TEMP MACRO credit_value(c) AS strpos('0123456789ABCDEFGHJKLMNPQRTUWXY', c) - 1;
CREATE OR REPLACE TEMP MACRO credit_check(c) AS substr('0123456789ABCDEFGHJKLMNPQRTUWXY', 1 + (31 - (
    credit_value(c[1]) * 1 + credit_value(c[2]) * 3 + credit_value(c[3]) * 9 + credit_value(c[4]) * 27
    + credit_value(c[5]) * 19 + credit_value(c[6]) * 26 + credit_value(c[7]) * 16 + credit_value(c[8]) * 17
    + credit_value(c[9]) * 20 + credit_value(c[10]) * 29 + credit_value(c[11]) * 25 + credit_value(c[12]) * 13
    + credit_value(c[13]) * 8 + credit_value(c[14]) * 24 + credit_value(c[15]) * 10 + credit_value(c[16]) * 30
    + credit_value(c[17]) * 28
) % 31) % 31, 1);

-- GB 11714-1997: letters count from A = 10.
CREATE OR REPLACE TEMP MACRO organisation_value(c) AS strpos('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', c) - 1;
CREATE OR REPLACE TEMP MACRO organisation_check(c) AS substr('0X987654321', 1 + (
    organisation_value(c[1]) * 3 + organisation_value(c[2]) * 7 + organisation_value(c[3]) * 9
    + organisation_value(c[4]) * 10 + organisation_value(c[5]) * 5 + organisation_value(c[6]) * 8
    + organisation_value(c[7]) * 4 + organisation_value(c[8]) * 2
) % 11, 1);

CREATE OR REPLACE TEMP MACRO figure(c) AS strpos('0123456789', c) - 1;
-- GB 11643-1999.
CREATE OR REPLACE TEMP MACRO resident_check(c) AS substr('10X98765432', 1 + (
    figure(c[1]) * 7 + figure(c[2]) * 9 + figure(c[3]) * 10 + figure(c[4]) * 5 + figure(c[5]) * 8
    + figure(c[6]) * 4 + figure(c[7]) * 2 + figure(c[8]) * 1 + figure(c[9]) * 6 + figure(c[10]) * 3
    + figure(c[11]) * 7 + figure(c[12]) * 9 + figure(c[13]) * 10 + figure(c[14]) * 5 + figure(c[15]) * 8
    + figure(c[16]) * 4 + figure(c[17]) * 2
) % 11, 1);

CREATE OR REPLACE TEMP MACRO is_day(figures) AS try_strptime(figures, '%Y%m%d') IS NOT NULL;
CREATE OR REPLACE TEMP MACRO is_credit_code(c) AS
    regexp_full_match(c, '[0-9A-HJ-NP-RTUW-Y]{18}') AND credit_check(c) = c[18];
CREATE OR REPLACE TEMP MACRO is_organisation_code(c) AS
    regexp_full_match(c, '[0-9A-Z]{8}-?[0-9X]') AND organisation_check(c) = c[-1];
CREATE OR REPLACE TEMP MACRO has_birth_date(c) AS
    regexp_full_match(c, '[0-9]{17}[0-9X]') AND province(c[1:2]) AND c[7:8] IN ('19', '20') AND is_day(c[7:14]);
CREATE OR REPLACE TEMP MACRO has_short_birth_date(c) AS
    regexp_full_match(c, '[0-9]{15}') AND province(c[1:2]) AND is_day('19' || c[7:12]);
CREATE OR REPLACE TEMP MACRO is_resident_id(c) AS has_birth_date(c) AND resident_check(c) = c[18];

-- ISO 7064 MOD 11,10: the product runs through the figures, so it cannot be written as one sum.
CREATE OR REPLACE TEMP MACRO registration_step(product, f) AS
    ((CASE WHEN (product + f) % 10 = 0 THEN 10 ELSE (product + f) % 10 END) * 2) % 11;
CREATE OR REPLACE TEMP MACRO is_registration_number(c) AS (
    list_reduce(
        list_prepend(10, [figure(x) FOR x IN string_split(c[1:14], '')]),
        lambda product, f: registration_step(product, f)
    ) + figure(c[15])
) % 10 = 1;

-- Full-width forms become half-width, small letters capitals; blanks and quotes go. The test comes first because
-- translate() costs ten times as much and most texts need nothing.
CREATE OR REPLACE TEMP MACRO half_width(t) AS CASE WHEN NOT regexp_matches(t, '[a-z！-～]') THEN t ELSE translate(
    t,
    '！＂＃＄％＆＇（）＊＋，－．／０１２３４５６７８９：；＜＝＞？＠ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ［＼］＾＿｀'
    || 'ａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ｛｜｝～abcdefghijklmnopqrstuvwxyz',
    '!"#$%&''()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\]^_`'
    || 'ABCDEFGHIJKLMNOPQRSTUVWXYZ{|}~ABCDEFGHIJKLMNOPQRSTUVWXYZ'
) END;
CREATE OR REPLACE TEMP MACRO clean_code(t) AS
    half_width(regexp_replace(t, '[\t\n\x0B\f\r \x{00A0}\x{3000}\x{FEFF}\x{200B}''`‘’]', '', 'g'));

CREATE OR REPLACE TEMP TABLE identifiers AS
WITH cleaned AS (
    SELECT text, clean_code(coalesce(text, '')) AS code FROM identifier_texts
),
checked AS (
    SELECT
        *,
        is_credit_code(code) AS credit,
        is_resident_id(code) AS resident,
        province(code[1:2]) AS begins_with_division,
        province(code[3:4]) OR code[3:4] = '10' AS can_be_credit_code
    FROM cleaned
)
SELECT
    text,
    code,
    CASE
        WHEN code = '' THEN 'blank'
        WHEN code IN ('/', '-', '--', '---', '—', '——', '无', '暂无', '未知', 'NULL', 'NONE', 'NA', 'N/A', '_')
            OR regexp_full_match(code, '0+[0-9A-Z]?') THEN 'placeholder'
        WHEN contains(code, '*') OR contains(code, 'XXXX') THEN 'masked'
        WHEN regexp_full_match(code, '[0-9](\.[0-9]+)?E\+?[0-9]{1,2}') THEN 'code_damaged_by_spreadsheet'
        WHEN NOT regexp_full_match(code, '[0-9A-Z-]+') OR NOT regexp_matches(code, '[0-9]') THEN 'not_a_code'
        WHEN is_organisation_code(code) THEN 'organisation_code'
        WHEN regexp_full_match(code, '[0-9A-Z]{8}-?[0-9X]') THEN 'organisation_code_check_mismatch'
        WHEN contains(code, '-') THEN 'wrong_length'
        WHEN length(code) = 18 THEN CASE
            WHEN resident THEN 'resident_id'
            WHEN credit AND can_be_credit_code THEN 'credit_code'
            WHEN credit AND begins_with_division THEN 'padded_tax_number'
            WHEN credit THEN 'division_unknown'
            WHEN regexp_matches(code, '[IOSVZ]') THEN 'illegal_letter'
            WHEN begins_with_division AND NOT can_be_credit_code
                THEN CASE WHEN has_birth_date(code) THEN 'resident_id_check_mismatch' ELSE 'padded_tax_number' END
            WHEN regexp_full_match(code, '[0-9]{15}000') THEN 'code_damaged_by_spreadsheet'
            ELSE 'check_digit_mismatch'
        END
        WHEN length(code) = 15 THEN CASE
            WHEN regexp_full_match(code[1:6], '[0-9]{6}') AND is_organisation_code(code[7:15])
                THEN 'legacy_tax_number'
            WHEN has_short_birth_date(code) THEN 'personal_number'
            WHEN regexp_full_match(code, '[0-9]{15}') AND is_registration_number(code) THEN 'registration_number'
            ELSE 'legacy_number_unverified'
        END
        WHEN length(code) = 20 AND is_resident_id(code[1:18]) THEN 'personal_tax_number'
        WHEN length(code) = 17 AND has_short_birth_date(code[1:15]) THEN 'personal_tax_number'
        ELSE 'wrong_length'
    END AS outcome
FROM checked;
