-- Reasons: the indicators that set a subject back against having no record, the dearest first, four at most.

CREATE TABLE reasons AS
-- One number orders by cost, then by place in the file: no two indicators tie.
SELECT subject_no, max_by(indicator, cost::HUGEINT * 1000000 - indicator_no, 4) AS reasons
FROM (
    SELECT t.subject_no, i.indicator, i.indicator_no, (i.no_record - t.points) * c.sign AS cost
    FROM indicator_states t
    JOIN indicators i USING (indicator_no)
    JOIN scorecards c USING (scorecard_no)
    WHERE NOT t.out AND (i.no_record - t.points) * c.sign > 0
)
GROUP BY subject_no;
