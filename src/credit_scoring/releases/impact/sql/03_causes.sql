-- What moves each subject: score = start + indicators + what bounds add or cut off + what overrides add.
-- rules(rule_no, indicator, base_before, base_after, shift): no-record points; an indicator that is absent from `points`
-- stands at them, so everyone's change is `shift` plus what the rows of `points` depart from them. Of an indicator that one
-- side lacks both bases are those of the other: the no-record points that come and go with it are $composition.

CREATE TABLE departures AS
SELECT pair_no, rule_no, sum(points)::BIGINT AS points
FROM (
    SELECT p.rowid AS pair_no, r.rule_no, whole(x.points) - r.base_after AS points
    FROM points_after x JOIN rules r ON r.indicator = x.indicator JOIN pairs p ON p.subject_id = x.subject_id
    WHERE p.scored_by_both
    UNION ALL
    SELECT p.rowid, r.rule_no, r.base_before - whole(x.points)
    FROM points_before x JOIN rules r ON r.indicator = x.indicator JOIN pairs p ON p.subject_id = x.subject_id
    WHERE p.scored_by_both
)
GROUP BY pair_no, rule_no;

CREATE TABLE changed AS
SELECT p.rowid AS pair_no, sign(score_after - score_before)::BIGINT AS way, score_after - score_before AS score,
       start_after - start_before AS start, raw_after - raw_before AS raw,
       (score_after - raw_after) - (score_before - raw_before) AS override,
       NOT unrated_before AND NOT unrated_after AS rated, moved
FROM pairs p
WHERE scored_by_both AND (moved OR score_before <> score_after);

-- One number orders by size, then by name: the rules are numbered by it, so that no two tie.
CREATE TABLE largest AS
WITH touched AS (
    SELECT d.pair_no, sum(d.points)::BIGINT AS points, list(d.rule_no) AS rule_nos,
           max_by({'rule_no': d.rule_no, 'points': d.points + r.shift},
                  (d.points + r.shift)::HUGEINT * any_way.way * 1000000 - d.rule_no) AS best
    FROM departures d JOIN rules r USING (rule_no) JOIN changed any_way USING (pair_no)
    GROUP BY d.pair_no
),
shifts AS (
    SELECT coalesce(sum(shift), 0)::BIGINT AS total,
           list({'rule_no': rule_no, 'points': shift} ORDER BY shift DESC, rule_no) FILTER (shift > 0) AS up,
           list({'rule_no': rule_no, 'points': shift} ORDER BY shift, rule_no) FILTER (shift < 0) AS down
    FROM rules
),
untouched AS (
    SELECT c.pair_no, s.total + coalesce(t.points, 0) AS points, t.best,
           CASE WHEN t.rule_nos IS NULL THEN (CASE WHEN c.way > 0 THEN s.up ELSE s.down END)[1]
                ELSE list_filter(CASE WHEN c.way > 0 THEN s.up ELSE s.down END,
                                 lambda x: NOT list_contains(t.rule_nos, x.rule_no))[1] END AS other
    FROM changed c CROSS JOIN shifts s LEFT JOIN touched t USING (pair_no)
)
SELECT pair_no, points,
       CASE WHEN best IS NULL THEN other WHEN other IS NULL THEN best
            WHEN best.points::HUGEINT * c.way * 1000000 - best.rule_no > other.points::HUGEINT * c.way * 1000000 - other.rule_no THEN best
            ELSE other END AS rule
FROM untouched JOIN changed c USING (pair_no);

CREATE MACRO overrides_between(a, b) AS list_sort(CASE
    WHEN coalesce(a, []::VARCHAR[]) = coalesce(b, []::VARCHAR[]) THEN coalesce(a, []::VARCHAR[])
    ELSE list_concat(list_filter(coalesce(a, []::VARCHAR[]), lambda x: NOT list_contains(coalesce(b, []::VARCHAR[]), x)),
                     list_filter(coalesce(b, []::VARCHAR[]), lambda x: NOT list_contains(coalesce(a, []::VARCHAR[]), x))) END);

CREATE TABLE causes AS
WITH parts AS (
    SELECT c.*, l.rule.rule_no AS rule_no, coalesce(l.rule.points, 0) * c.way AS by_indicator, c.start * c.way AS by_start,
           $composition::BIGINT * c.way AS by_composition, (c.raw - c.start - $composition::BIGINT - l.points) * c.way AS by_bounds, c.override * c.way AS by_override,
           p.overrides_before IS DISTINCT FROM p.overrides_after AS other_overrides,
           overrides_between(p.overrides_before, p.overrides_after) AS overrides,
           p.name_before IS DISTINCT FROM p.grade_raw_before OR p.name_after IS DISTINCT FROM p.grade_raw_after AS determined,
           p.grade_raw_before IS NOT DISTINCT FROM p.grade_raw_after AS same_raw_grade,
           CASE WHEN p.unrated_before <> p.unrated_after THEN
               list_has_any(coalesce(CASE WHEN p.unrated_before THEN p.overrides_before ELSE p.overrides_after END, []::VARCHAR[]),
                            CASE WHEN p.unrated_before THEN coalesce((SELECT list(id) FROM unrating_before), []::VARCHAR[])
                                 ELSE coalesce((SELECT list(id) FROM unrating_after), []::VARCHAR[]) END)
           END AS unrated_by_override
    FROM changed c JOIN largest l USING (pair_no) JOIN pairs p ON p.rowid = c.pair_no
),
named AS (
    SELECT *, greatest(by_indicator, by_start, by_composition, by_bounds, by_override) AS most,
           CASE WHEN NOT moved THEN NULL
                WHEN NOT rated THEN CASE WHEN unrated_by_override THEN 'override' ELSE 'unrated' END
                WHEN NOT $graded THEN
                    CASE WHEN score = 0 THEN 'limits' WHEN raw = 0 THEN 'override' WHEN $same_limits THEN 'points'
                         ELSE 'points_and_limits' END
                WHEN same_raw_grade OR (determined AND other_overrides) THEN 'override'
                WHEN raw = 0 THEN 'limits'
                WHEN $same_limits THEN 'points'
                ELSE 'points_and_limits' END AS grade_cause
    FROM parts
)
SELECT pair_no, moved, grade_cause,
       CASE WHEN score = 0 THEN grade_cause WHEN by_indicator = most THEN 'indicator' WHEN by_start = most THEN 'start'
            WHEN by_composition = most THEN 'composition' WHEN by_bounds = most THEN 'bounds' ELSE 'override' END AS cause,
       CASE WHEN score <> 0 AND by_indicator = most THEN (SELECT indicator FROM rules r WHERE r.rule_no = named.rule_no)
            WHEN cause = 'override' THEN array_to_string(overrides, ', ') END AS cause_rule,
       CASE WHEN score <> 0 THEN most * way END AS cause_points,
       CASE WHEN grade_cause = 'override' THEN overrides ELSE []::VARCHAR[] END AS grade_rules
FROM named;
