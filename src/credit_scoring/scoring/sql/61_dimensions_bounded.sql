-- Dimensions, where a group's or dimension's own floor or cap can cut the sum of its parts.
-- Dimensions that were rescaled keep the rescaled points.

CREATE TABLE dimension_deltas AS
WITH per_group AS (
    SELECT t.subject_no, i.group_no, sum(t.points - i.no_record)::BIGINT AS delta, r.subject_no IS NOT NULL AS rescaled
    FROM indicator_states t
    JOIN indicators i USING (indicator_no)
    LEFT JOIN (SELECT DISTINCT subject_no, dimension_no FROM rescaled JOIN indicators USING (indicator_no)) r
           ON r.subject_no = t.subject_no AND r.dimension_no = i.dimension_no
    GROUP BY t.subject_no, i.group_no, r.subject_no
),
per_dimension AS (
    SELECT k.subject_no, b.dimension_no, k.rescaled,
           sum(CASE WHEN k.rescaled OR b.group_id IS NULL THEN b.raw + k.delta
                    ELSE bounded(b.raw + k.delta, b.floor, b.points) END - b.base)::BIGINT AS delta
    FROM per_group k JOIN group_bases b USING (group_no)
    GROUP BY k.subject_no, b.dimension_no, k.rescaled
)
SELECT p.subject_no, p.dimension_no,
       CASE WHEN p.rescaled THEN d.raw + p.delta ELSE bounded(d.raw + p.delta, d.floor, d.points) END - d.base AS delta
FROM per_dimension p JOIN dimension_bases d USING (dimension_no);
