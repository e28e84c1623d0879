-- Dimensions: what a subject's points differ from the no-record points (no heading's own bound can bind).

CREATE TABLE dimension_deltas AS
SELECT t.subject_no, i.dimension_no, sum(t.points - i.no_record)::BIGINT AS delta
FROM indicator_states t JOIN indicators i USING (indicator_no)
GROUP BY t.subject_no, i.dimension_no;
