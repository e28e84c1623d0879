-- Subjects. Every draw is a slice of one md5 per subject: the same on any machine and in any order.
-- In:  populations(subject_type, size, youngest, oldest, skewed, closed), prefixes(subject_type, prefix, low, high),
--      divisions(place, region_code), industries(subject_type, place, industry_code); macros of identifiers.sql.
-- Out: invented_subjects(subject_type, no, subject_id, region_code, industry_code, established_on, closed_on).

-- A number in [0, 1) from 16 of the 128 bits, counted from the right.
CREATE MACRO draw(h, slice) AS ((h >> (16 * slice)::UHUGEINT) & 65535::UHUGEINT)::DOUBLE / 65536;

-- Places 10 to 16 of an organisation code: seven figures to the base of 31, each number once.
CREATE MACRO letter(n) AS substr('0123456789ABCDEFGHJKLMNPQRTUWXY', (n % 31)::INTEGER + 1, 1);
CREATE MACRO seven_letters(n) AS
    letter(n // 887503681) || letter(n // 28629151) || letter(n // 923521) || letter(n // 29791)
    || letter(n // 961) || letter(n // 31) || letter(n);

CREATE TABLE drawn_subjects AS
SELECT subject_type, size, youngest, oldest, skewed, closed, no,
       md5_number($seed || ':' || subject_type || ':' || no) AS h
FROM (SELECT *, unnest(range(size)) AS no FROM populations);

CREATE TABLE invented_subjects AS
WITH dated AS (
    SELECT d.*, g.region_code,
           -- Many young, few old; the smallest share of persons are minors.
           CAST($on - CAST(CASE
               WHEN draw(h, 1) < 0.012 AND subject_type = 'natural_person' THEN 3700 + 2800 * draw(h, 0)
               WHEN skewed THEN youngest + (oldest - youngest) * draw(h, 0) * draw(h, 0)
               ELSE youngest + (oldest - youngest) * draw(h, 0) END AS INTEGER) AS DATE) AS established_on
    FROM drawn_subjects d
    JOIN divisions g ON g.place = CAST(floor(draw(h, 2) * (SELECT count(*) FROM divisions)) AS BIGINT)
),
-- One step each: a macro copies its argument into every place that reads it.
numbered AS (
    SELECT d.*, p.prefix,
           (no * 7919 + 104729 * ascii(p.prefix[2]) + $seed * 611953) % 27512614111 AS number
    FROM dated d
    LEFT JOIN prefixes p ON p.subject_type = d.subject_type AND draw(h, 3) >= p.low AND draw(h, 3) < p.high
),
-- No organisation code in use begins with Y, so that an invented code is nobody's.
spelt AS (SELECT *, 'Y' || seven_letters(number) AS organisation FROM numbered),
coded AS (SELECT *, prefix || region_code || organisation || organisation_check(organisation) AS code FROM spelt),
named AS (
    SELECT *, CASE WHEN subject_type = 'natural_person' THEN 'p_' || sha256($seed || ':person:' || no)[1:32]
                   ELSE code || credit_check(code) END AS subject_id
    FROM coded
)
SELECT n.subject_type, n.no, n.subject_id, n.region_code, i.industry_code, n.established_on,
       CASE WHEN draw(h, 5) < n.closed
            THEN CAST($on - CAST(draw(h, 6) * least(date_diff('day', established_on, $on), 1500) AS INTEGER) AS DATE) END
           AS closed_on
FROM named n
LEFT JOIN industries i ON i.subject_type = n.subject_type
      AND i.place = CAST(floor(draw(h, 4) * (SELECT count(*) FROM industries x WHERE x.subject_type = n.subject_type)) AS BIGINT);
