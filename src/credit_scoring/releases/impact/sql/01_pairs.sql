-- Everyone scored under either, side by side. Points are integers in thousandths.
-- Places: those of the ladder for grades; bands count down from the best; from 10^15 on there is no grade
-- (0 rated, 1 no grade, 2 unrated, 3 not scored).

CREATE MACRO whole(points) AS (points * (1000)::DECIMAL(4, 0))::BIGINT;

CREATE MACRO place_of(unrated, grade_place, has_grades, score, width, direction) AS CASE
    WHEN unrated IS NULL THEN 1000000000000003
    WHEN unrated THEN 1000000000000002
    WHEN grade_place IS NOT NULL THEN grade_place
    WHEN has_grades THEN 1000000000000001
    WHEN width IS NOT NULL THEN -direction * floor_div(score, width)
    ELSE 1000000000000000 END;

CREATE TABLE pairs AS
WITH sides AS (
    SELECT (SELECT count(*) > 0 FROM ladder_before) AS graded_before, (SELECT count(*) > 0 FROM ladder_after) AS graded_after
),
both_sides AS (
    SELECT coalesce(a.subject_id, b.subject_id) AS subject_id, coalesce(a.subject_type, b.subject_type) AS subject_type,
           whole(a.start) AS start_before, whole(b.start) AS start_after,
           whole(a.score_raw) AS raw_before, whole(b.score_raw) AS raw_after,
           whole(a.score) AS score_before, whole(b.score) AS score_after,
           a.unrated AS unrated_before, b.unrated AS unrated_after,
           a.grade_raw AS grade_raw_before, b.grade_raw AS grade_raw_after,
           CASE WHEN NOT a.unrated THEN coalesce(a.grade, a.band) END AS name_before,
           CASE WHEN NOT b.unrated THEN coalesce(b.grade, b.band) END AS name_after,
           CASE WHEN len(a.overrides) > 0 THEN a.overrides END AS overrides_before,
           CASE WHEN len(b.overrides) > 0 THEN b.overrides END AS overrides_after
    FROM scores_before a FULL JOIN scores_after b ON a.subject_id = b.subject_id
)
SELECT p.*, unrated_before IS NOT NULL AND unrated_after IS NOT NULL AS scored_by_both,
       place_of(unrated_before, l.place, graded_before, score_before, $width_before::BIGINT, $direction) AS place_before,
       place_of(unrated_after, m.place, graded_after, score_after, $width_after::BIGINT, $direction) AS place_after,
       coalesce(l.worst, false) AS worst_before, coalesce(m.worst, false) AS worst_after,
       -- A grade or band goes by its name; where there is none, by why.
       name_before IS DISTINCT FROM name_after OR (name_before IS NULL AND place_before <> place_after) AS moved
FROM both_sides p
CROSS JOIN sides
LEFT JOIN ladder_before l ON l.grade = p.name_before
LEFT JOIN ladder_after m ON m.grade = p.name_after;
