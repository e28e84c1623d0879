-- Integer arithmetic of the line. Nothing here is a float.

-- n / d rounded half up, away from zero; d > 0.
CREATE MACRO round_div(n, d) AS CASE WHEN n < 0 THEN -((2 * -n + d) // (2 * d)) ELSE (2 * n + d) // (2 * d) END;

-- No event and no curve gives more than a thousand million points either way, so that no sum can leave 64 bits.
CREATE MACRO within_reach(points) AS greatest(least(points, 1000000000000), -1000000000000);

CREATE MACRO factor_product(a, b, c) AS
    round_div(a::HUGEINT * b * c, 1000000000000::HUGEINT);

-- Thousandths of points for one event: fixed, or for every `per` of its value (ten-thousandths, both; no value or a
-- negative one: 0, so that no sign can turn a deduction into a gain),
-- times decay, repair and repeat factors (millionths), whose product is kept to six decimals. Rounded once.
CREATE MACRO event_points(points, value, per, units, decay, repair, repeat) AS within_reach(CASE
    WHEN per IS NULL THEN round_div(points::HUGEINT * factor_product(decay, repair, repeat), 1000000)
    WHEN value IS NULL OR value <= 0 THEN 0
    WHEN units = 'exact' THEN
        round_div(points::HUGEINT * value * factor_product(decay, repair, repeat), per::HUGEINT * 1000000)
    WHEN units = 'whole' THEN
        round_div(points::HUGEINT * (value // per) * factor_product(decay, repair, repeat), 1000000)
    ELSE round_div(points::HUGEINT * ((value + per - 1) // per) * factor_product(decay, repair, repeat), 1000000) END);

-- Kept within bounds; a null bound is none.
CREATE MACRO bounded(points, low, high) AS CASE
    WHEN low IS NOT NULL AND points < low THEN low
    WHEN high IS NOT NULL AND points > high THEN high
    ELSE points END;

-- Whole calendar months from one day to another, a month being full on the same day of the month.
CREATE MACRO whole_months(earlier, later) AS
    (year(later) - year(earlier)) * 12 + month(later) - month(earlier)
    - CASE WHEN day(earlier) > day(later) THEN 1 ELSE 0 END;

-- An identity number of a person (GB 11643: 17 digits with a plausible date of birth, and a check character): the whole
-- text, or somewhere in it with no further digit beside it.
CREATE MACRO looks_like_identity_number(t) AS t IS NOT NULL AND length(t) = 18 AND regexp_full_match(t, '[1-9][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]');

CREATE MACRO holds_identity_number(t) AS t IS NOT NULL AND regexp_matches(t, '(^|[^0-9])[1-9][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]($|[^0-9])');

-- What may be shown of a row that was rejected: an identity number stands in the wrong column as easily as in the right one.
CREATE MACRO shown_safely(t) AS CASE WHEN holds_identity_number(t) THEN NULL ELSE t END;

-- A sum of event points within its cap; null is no cap.
CREATE MACRO capped_sum(points, cap) AS CASE
    WHEN cap IS NULL THEN points
    WHEN cap < 0 THEN greatest(points, cap)
    ELSE least(points, cap) END;

CREATE MACRO floor_div(n, d) AS CASE WHEN n < 0 THEN -((-n + d - 1) // d) ELSE n // d END;

CREATE MACRO plain_points(p) AS
    CASE WHEN p % 1000 = 0 THEN (p // 1000)::VARCHAR ELSE rtrim((p * 0.001)::DECIMAL(18, 3)::VARCHAR, '0') END;

-- The band a score lies in, such as [800,850). Thousandths of points; widths may have decimals.
CREATE MACRO band_of(score, width) AS
    '[' || plain_points(floor_div(score, width) * width) || ',' || plain_points((floor_div(score, width) + 1) * width) || ')';
