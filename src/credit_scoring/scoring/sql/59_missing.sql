-- Subjects without anything that counts, where that is not simply the indicator's no-record points: sources that have
-- not delivered, indicators that do not apply, and indicators that leave the score unrated or drop out of it.

INSERT INTO indicator_states
SELECT s.subject_no, i.indicator_no, CASE WHEN u.indicator_no IS NULL THEN 'no_record' ELSE 'not_collected' END, NULL, NULL,
       CASE WHEN u.indicator_no IS NULL THEN i.no_record ELSE i.not_collected END,
       CASE WHEN u.indicator_no IS NULL THEN i.no_record_out ELSE i.not_collected_out END,
       CASE WHEN u.indicator_no IS NULL THEN i.no_record_unrated ELSE i.not_collected_unrated END, i.points
FROM subjects s
JOIN indicators i USING (scorecard_no)
LEFT JOIN uncovered u ON u.indicator_no = i.indicator_no AND u.region_code = coalesce(s.region_code, '')
LEFT JOIN indicator_states o ON o.subject_no = s.subject_no AND o.indicator_no = i.indicator_no
WHERE (i.no_record_out OR i.no_record_unrated OR (i.not_collected_differs AND u.indicator_no IS NOT NULL))
  AND o.indicator_no IS NULL;
