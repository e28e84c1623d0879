-- Event groups again: the group loses exactly min(U, C), U = each event once at its heaviest, C = every report counted,
-- each indicator within its bounds. Reports that gave way are charged back as far as a bound has swallowed the heavier.

INSERT INTO shared_outcomes
WITH per_indicator AS (
    SELECT e.subject_no, g.event_group_no, i.indicator_no, i.start, i.floor, i.points AS most, m.cap,
           sum(e.points)::HUGEINT AS every_report,
           sum(CASE WHEN coalesce(s.elsewhere, false) THEN 0 ELSE e.points END)::HUGEINT AS kept,
           bool_and(coalesce(s.elsewhere, false)) AS nothing_kept
    FROM events e
    JOIN measures m USING (measure_no)
    JOIN indicators i ON i.measure_no = e.measure_no
    JOIN event_groups g ON g.indicator_no = i.indicator_no
    LEFT JOIN shared s ON s.record_no = e.record_no AND s.measure_no = e.measure_no
    LEFT JOIN not_applicable n ON n.subject_no = e.subject_no AND n.indicator_no = i.indicator_no
    WHERE n.subject_no IS NULL AND (e.subject_no, g.event_group_no) IN (
        SELECT DISTINCT x.subject_no, h.event_group_no FROM shared h JOIN events x
        ON x.record_no = h.record_no AND x.measure_no = h.measure_no)
    GROUP BY ALL
),
moves AS (
    SELECT *, abs(bounded(start, floor, most) - bounded(start + capped_sum(kept, cap), floor, most)) AS loss_kept,
           abs(bounded(start, floor, most) - bounded(start + capped_sum(every_report, cap), floor, most)) AS loss_all
    FROM per_indicator
),
owed AS (
    SELECT *, least(sum(abs(kept)) OVER w, sum(loss_all) OVER w) - sum(loss_kept) OVER w AS missing,
           coalesce(sum(loss_all - loss_kept) OVER (PARTITION BY subject_no, event_group_no ORDER BY indicator_no
                                                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before
    FROM moves
    WINDOW w AS (PARTITION BY subject_no, event_group_no)
)
SELECT subject_no, indicator_no,
       -- The measure agrees with the points: what was kept, and what is charged back.
       (capped_sum(kept, cap) + CASE WHEN every_report < 0 THEN -1 ELSE 1 END
           * bounded(missing - before, 0, loss_all - loss_kept)) * 1000 AS value,
       -- Where every report counts under another indicator, nothing counts here.
       nothing_kept AND bounded(missing - before, 0, loss_all - loss_kept) = 0 AS nothing_counts,
       (bounded(start, floor, most)
        + CASE WHEN every_report < 0 THEN -1 ELSE 1 END
          * (loss_kept + bounded(missing - before, 0, loss_all - loss_kept)))::BIGINT AS points,
       bounded(missing - before, 0, loss_all - loss_kept) > 0 AS charged
FROM owed;
