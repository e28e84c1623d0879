-- Every subject of the type on every observation date: a row to learn from, or a reason why it is none.

CREATE TABLE candidates AS
SELECT d.observed_on, p.subject_id, p.person, coalesce(o.bad, 0)::BIGINT AS label, coalesce(o.least, 1) AS probability,
       p.closed_on > d.observed_on AND p.closed_on <= d.ends_on AS closes_in_window,
       -- Where unlabelled subjects are good, nothing but the want of a bad label makes a row good: no label decides it.
       CASE WHEN o.bad = 1 THEN o.bad_known_on WHEN NOT $unlabelled_are_good THEN o.good_known_on END AS known_on,
       CASE
           WHEN d.ends_on > $known_until THEN 'window_not_over'
           WHEN p.subject_id IS NULL THEN 'subject_rejected'
           WHEN p.conflict THEN 'subject_conflict'
           WHEN p.copy > 1 THEN 'subject_repeated'
           WHEN p.established_on > d.observed_on THEN 'not_yet_established'
           WHEN p.closed_on <= d.observed_on THEN 'subject_closed'
           WHEN o.doubtful AND o.bad IS DISTINCT FROM 1 THEN 'label_unusable'
           WHEN o.least < o.most THEN 'inclusion_probability_conflict'
           WHEN o.bad IS NULL AND NOT $unlabelled_are_good THEN 'unlabelled'
       END AS reason
FROM population p
CROSS JOIN dates d
LEFT JOIN outcomes o ON o.subject_id = p.subject_id AND o.observed_on = d.observed_on;
