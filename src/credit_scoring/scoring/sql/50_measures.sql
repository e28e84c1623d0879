-- Measures: one number (millionths) or one level per subject and measure; no row where nothing counts.

CREATE TABLE measure_values AS
SELECT e.subject_no, e.measure_no,
       CASE
           WHEN m.cap IS NULL THEN sum(e.points)::HUGEINT
           WHEN m.cap < 0 THEN greatest(sum(e.points)::HUGEINT, m.cap)
           ELSE least(sum(e.points)::HUGEINT, m.cap)
       END * 1000 AS value,
       NULL::VARCHAR AS level
FROM events e JOIN measures m USING (measure_no)
WHERE m.kind = 'event_points'
GROUP BY e.subject_no, e.measure_no, m.cap
UNION ALL
SELECT e.subject_no, e.measure_no,
       CASE m.kind
           WHEN 'count' THEN count(*)
           WHEN 'ever' THEN 1
       END::HUGEINT * 1000000,
       NULL
FROM events e JOIN measures m USING (measure_no)
WHERE m.kind IN ('count', 'ever')
GROUP BY e.subject_no, e.measure_no, m.kind
UNION ALL
-- Months and spans are those of every report: which report stands for the event must not decide.
SELECT r.subject_no, r.measure_no,
       CASE m.kind
           WHEN 'count_months' THEN count(DISTINCT year(r.occurred_on) * 12 + month(r.occurred_on))
           ELSE whole_months(max(r.occurred_on), $on)
       END::HUGEINT * 1000000,
       NULL
FROM reports r JOIN measures m USING (measure_no)
WHERE m.kind IN ('count_months', 'months_since')
GROUP BY r.subject_no, r.measure_no, m.kind
UNION ALL
SELECT e.subject_no, e.measure_no,
       CASE m.kind
           WHEN 'sum' THEN sum(e.value)::HUGEINT * 100
           WHEN 'mean' THEN round_div(sum(e.value)::HUGEINT * 100, count(*))
           WHEN 'minimum' THEN min(e.value)::HUGEINT * 100
           WHEN 'maximum' THEN max(e.value)::HUGEINT * 100
       END,
       NULL
FROM events e JOIN measures m USING (measure_no)
WHERE m.kind IN ('sum', 'mean', 'minimum', 'maximum') AND e.value IS NOT NULL
GROUP BY e.subject_no, e.measure_no, m.kind
UNION ALL
SELECT subject_no, measure_no, round_div(weighted * 100, weights), NULL
FROM (
    SELECT e.subject_no, e.measure_no, sum(e.value::HUGEINT * e.weight) AS weighted, sum(e.weight)::HUGEINT AS weights
    FROM events e JOIN measures m USING (measure_no)
    WHERE m.kind = 'weighted_mean' AND e.value IS NOT NULL AND e.weight IS NOT NULL
    GROUP BY e.subject_no, e.measure_no
)
WHERE weights > 0
UNION ALL
SELECT subject_no, measure_no, CASE WHEN kind = 'latest' THEN value::HUGEINT * 100 END,
       CASE WHEN kind = 'latest_level' THEN coalesce(level, '') END
FROM (
    SELECT e.subject_no, e.measure_no, e.value, e.level, m.kind,
           row_number() OVER (PARTITION BY e.subject_no, e.measure_no
                              ORDER BY e.occurred_on DESC, e.recorded_on DESC, e.record_id DESC) AS place
    FROM events e JOIN measures m USING (measure_no)
    WHERE m.kind = 'latest_level' OR (m.kind = 'latest' AND e.value IS NOT NULL)
)
WHERE place = 1
UNION ALL
SELECT s.subject_no, d.measure_no, whole_months(s.established_on, $on)::HUGEINT * 1000000, NULL
FROM subjects s JOIN subject_dates d USING (scorecard_no)
WHERE s.established_on IS NOT NULL;
