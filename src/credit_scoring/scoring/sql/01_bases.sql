-- What a subject without any record gets: the sum of the no-record points, each heading within its bounds.

CREATE TABLE group_bases AS
SELECT g.group_no, g.dimension_no, g.group_id, g.floor, g.points, sum(i.no_record)::BIGINT AS raw,
       CASE WHEN g.group_id IS NULL THEN sum(i.no_record)::BIGINT
            ELSE bounded(sum(i.no_record)::BIGINT, g.floor, g.points) END AS base
FROM groups g JOIN indicators i USING (group_no)
GROUP BY g.group_no, g.dimension_no, g.group_id, g.floor, g.points;

CREATE TABLE dimension_bases AS
SELECT d.dimension_no, d.scorecard_no, d.dimension, d.floor, d.points, sum(b.base)::BIGINT AS raw,
       bounded(sum(b.base)::BIGINT, d.floor, d.points) AS base
FROM dimensions d JOIN group_bases b USING (dimension_no)
GROUP BY d.dimension_no, d.scorecard_no, d.dimension, d.floor, d.points;
