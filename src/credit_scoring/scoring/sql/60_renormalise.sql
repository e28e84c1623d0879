-- Indicators that drop out leave their weight to the rest of their dimension; a dimension wholly out to the others.
-- points x dimension points x all dimensions / (points observed in the dimension x dimensions observed), rounded once.
-- Dimensions that nothing was taken out of stay as they are, unless a whole dimension is out.

INSERT INTO rescaled
WITH every_indicator AS (
    SELECT s.subject_no, i.indicator_no, i.dimension_no, i.points AS most,
           coalesce(t.state, CASE WHEN u.indicator_no IS NULL THEN 'no_record' ELSE 'not_collected' END) AS state, t.value,
           t.level, coalesce(t.points, i.no_record) AS points, coalesce(t.out, false) AS out, coalesce(t.unrated, false) AS unrated
    FROM (SELECT DISTINCT subject_no FROM indicator_states WHERE out) o
    JOIN subjects s USING (subject_no)
    JOIN indicators i USING (scorecard_no)
    LEFT JOIN indicator_states t ON t.subject_no = s.subject_no AND t.indicator_no = i.indicator_no
    LEFT JOIN uncovered u ON u.indicator_no = i.indicator_no AND u.region_code = coalesce(s.region_code, '')
),
per_dimension AS (
    SELECT e.subject_no, e.dimension_no, d.points AS whole, sum(CASE WHEN out THEN 0 ELSE most END)::BIGINT AS observed,
           bool_or(out) AS touched, bool_and(out) AS gone
    FROM every_indicator e JOIN dimensions d USING (dimension_no)
    GROUP BY e.subject_no, e.dimension_no, d.points
),
per_subject AS (
    SELECT subject_no, sum(whole)::BIGINT AS whole, sum(CASE WHEN gone THEN 0 ELSE whole END)::BIGINT AS observed,
           bool_or(gone) AS gone
    FROM per_dimension GROUP BY subject_no
),
scales AS (
    SELECT d.subject_no, d.dimension_no,
           CASE WHEN d.touched AND d.observed > 0 THEN d.whole ELSE 1 END::HUGEINT
               * CASE WHEN s.gone AND s.observed > 0 THEN s.whole ELSE 1 END AS multiplier,
           CASE WHEN d.touched AND d.observed > 0 THEN d.observed ELSE 1 END::HUGEINT
               * CASE WHEN s.gone AND s.observed > 0 THEN s.observed ELSE 1 END AS divisor
    FROM per_dimension d JOIN per_subject s USING (subject_no)
    WHERE d.touched OR s.gone
)
SELECT e.subject_no, e.indicator_no, e.state, e.value, e.level,
       CASE WHEN e.out THEN 0 ELSE round_div(e.points * c.multiplier, c.divisor) END::BIGINT AS points, e.out, e.unrated,
       CASE WHEN e.out THEN 0 ELSE round_div(e.most * c.multiplier, c.divisor) END::BIGINT AS most
FROM every_indicator e JOIN scales c ON c.subject_no = e.subject_no AND c.dimension_no = e.dimension_no;

DELETE FROM indicator_states WHERE (subject_no, indicator_no) IN (SELECT subject_no, indicator_no FROM rescaled);

INSERT INTO indicator_states FROM rescaled;
