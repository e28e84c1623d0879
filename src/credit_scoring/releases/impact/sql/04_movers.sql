-- Those whose standing changes most, both ways: by score, then by steps of the ladder, then by identifier.

CREATE TABLE movers AS
WITH standing AS (
    SELECT p.rowid AS pair_no, p.subject_id, (score_after - score_before) * $direction AS gain,
           CASE WHEN $same_ladder AND place_before < 1000000000000000 AND place_after < 1000000000000000
                THEN place_before - place_after ELSE 0 END AS steps
    FROM pairs p JOIN causes c ON c.pair_no = p.rowid
),
rising AS (
    SELECT * FROM standing WHERE gain > 0 OR (gain = 0 AND steps > 0) ORDER BY gain DESC, steps DESC, subject_id LIMIT $most
),
falling AS (
    SELECT * FROM standing WHERE gain < 0 OR (gain = 0 AND steps < 0) ORDER BY gain, steps, subject_id LIMIT $most
)
SELECT pair_no, row_number() OVER (ORDER BY gain DESC, steps DESC, subject_id) AS mover FROM rising
UNION ALL
SELECT pair_no, -row_number() OVER (ORDER BY gain, steps, subject_id) FROM falling;

CREATE VIEW changes AS
SELECT p.subject_id, (score_before * 0.001)::DECIMAL(18, 3) AS score_before, (score_after * 0.001)::DECIMAL(18, 3) AS score_after,
       ((score_after - score_before) * 0.001)::DECIMAL(18, 3) AS change,
       CASE WHEN unrated_before IS NULL THEN 'not_scored' WHEN unrated_before THEN 'unrated' ELSE 'rated' END AS state_before,
       CASE WHEN unrated_after IS NULL THEN 'not_scored' WHEN unrated_after THEN 'unrated' ELSE 'rated' END AS state_after,
       name_before AS grade_before, name_after AS grade_after,
       CASE WHEN scored_by_both THEN c.moved END AS moved,
       scored_by_both AND worst_after AND NOT worst_before AS entered_worst,
       scored_by_both AND worst_before AND NOT worst_after AS left_worst,
       c.cause, c.cause_rule, (c.cause_points * 0.001)::DECIMAL(18, 3) AS cause_change, c.grade_cause,
       coalesce(c.grade_rules, []::VARCHAR[]) AS grade_rules, m.mover
FROM pairs p
LEFT JOIN causes c ON c.pair_no = p.rowid
LEFT JOIN movers m ON m.pair_no = p.rowid
WHERE c.pair_no IS NOT NULL OR NOT scored_by_both;
