-- Which labels can be used, and what they say of each subject on each observation date.

-- Whoever is not known to be no person.
CREATE TABLE persons AS
SELECT DISTINCT subject_id FROM typed_subjects
WHERE subject_id IS NOT NULL AND coalesce(subject_type NOT IN ('enterprise', 'social_organisation', 'public_institution',
                                                               'government_agency'), true);

CREATE TABLE population AS
SELECT subject_id, established_on, closed_on,
       $subject_type = 'natural_person' OR subject_id IN (SELECT subject_id FROM persons) AS person,
       row_number() OVER (PARTITION BY subject_id) AS copy,
       subject_id IN (SELECT subject_id FROM typed_subjects WHERE subject_id IS NOT NULL GROUP BY subject_id
                      HAVING count(DISTINCT {'a': subject_type, 'b': region_code, 'c': industry_code,
                                             'd': established_on, 'e': closed_on}) > 1) AS conflict
FROM typed_subjects WHERE subject_type = $subject_type;

-- The door keeps four decimals of a number; probabilities are read from what was written.
CREATE TABLE checked_labels AS
SELECT l.*, $subject_type = 'natural_person' OR l.subject_id IN (SELECT subject_id FROM persons) AS person,
       CASE
           WHEN l.subject_id IS NULL THEN 'subject_id_missing'
           WHEN s.subject_id IS NULL THEN 'subject_unknown'
           WHEN p.subject_id IS NULL THEN 'subject_of_other_type'
           WHEN l.labelled_on > $labels_until OR l.recorded_on > $labels_until THEN 'label_not_yet_known'
           WHEN coalesce(l.label, -1) NOT IN (0, 1) THEN 'label_not_0_or_1'
           WHEN l.labelled_on_unreadable IS NOT NULL THEN 'labelled_on_unreadable'
           WHEN l.labelled_on IS NULL THEN 'labelled_on_missing'
           WHEN l.observed_on_unreadable IS NOT NULL THEN 'observed_on_unreadable'
           WHEN l.recorded_on_unreadable IS NOT NULL THEN 'recorded_on_unreadable'
           WHEN l.observed_on >= l.labelled_on THEN 'label_before_observation'
           WHEN l.recorded_on < l.observed_on THEN 'recorded_before_observation'
           WHEN l.recorded_on < l.labelled_on THEN 'recorded_before_labelled'
           WHEN l.observed_on IS NOT NULL AND l.observed_on NOT IN (SELECT observed_on FROM dates)
               THEN 'observed_on_not_asked'
           WHEN l.probability_text IS NOT NULL AND (l.probability IS NULL OR l.probability <= 0 OR l.probability > 1)
               THEN 'inclusion_probability_out_of_range'
           WHEN l.probability IS NULL AND l.some_probability THEN 'inclusion_probability_missing'
       END AS reason
FROM (
    SELECT subject_id, TRY_CAST(label_text AS DOUBLE) AS label, labelled_on, labelled_on_unreadable, recorded_on,
           recorded_on_unreadable, observed_on, observed_on_unreadable, event_id,
           inclusion_probability_text AS probability_text,
           TRY_CAST(inclusion_probability_text AS DOUBLE) AS probability,
           count(inclusion_probability_text) OVER () > 0 AS some_probability
    FROM typed_labels
) l
LEFT JOIN (SELECT DISTINCT subject_id FROM typed_subjects) s USING (subject_id)
LEFT JOIN (SELECT DISTINCT subject_id FROM population) p USING (subject_id);

-- One day and one event have one outcome: labels that differ about it are none we could rely on.
UPDATE checked_labels SET reason = 'label_conflict'
FROM (SELECT subject_id AS s, labelled_on AS d, coalesce(event_id, '') AS e FROM checked_labels
      WHERE reason IS NULL GROUP BY ALL HAVING count(DISTINCT label) > 1)
WHERE reason IS NULL AND subject_id = s AND labelled_on = d AND coalesce(event_id, '') = e;

UPDATE checked_labels SET reason = 'inclusion_probability_conflict'
FROM (SELECT subject_id AS s, labelled_on AS d, coalesce(event_id, '') AS e, observed_on AS o FROM checked_labels
      WHERE reason IS NULL GROUP BY ALL HAVING count(DISTINCT probability) > 1)
WHERE reason IS NULL AND subject_id = s AND labelled_on = d AND coalesce(event_id, '') = e
      AND observed_on IS NOT DISTINCT FROM o;

UPDATE checked_labels SET reason = 'label_duplicate'
FROM (SELECT rowid AS row_no,
             row_number() OVER (PARTITION BY subject_id, labelled_on, coalesce(event_id, ''), observed_on
                                ORDER BY recorded_on NULLS LAST, rowid) AS copy
      FROM checked_labels WHERE reason IS NULL) c
WHERE c.row_no = checked_labels.rowid AND c.copy > 1;

-- The dates a label speaks of. One that cannot be used still casts doubt on the dates it may have spoken of, so that
-- nobody is called good because the report of something bad was faulty.
CREATE TABLE label_dates AS
SELECT l.rowid AS label_no, d.observed_on, l.subject_id, l.person, l.label, l.probability, l.event_id,
       coalesce(l.recorded_on, l.labelled_on) AS known_on, l.reason IS NOT NULL AS doubtful
FROM checked_labels l
JOIN dates d ON (l.observed_on IS NULL OR l.observed_on = d.observed_on)
    AND (l.labelled_on IS NULL OR l.reason = 'label_before_observation'
         OR (l.labelled_on > d.observed_on AND l.labelled_on <= d.ends_on))
WHERE l.reason IS NULL
   OR l.reason NOT IN ('subject_id_missing', 'subject_unknown', 'subject_of_other_type', 'observed_on_not_asked',
                       'label_not_yet_known', 'label_duplicate');

-- An outcome is known from the first label that gives it: a bad one of a bad row, any of a good one.
CREATE TABLE outcomes AS
SELECT observed_on, subject_id, max(label) FILTER (NOT doubtful) AS bad, bool_or(doubtful) AS doubtful,
       min(known_on) FILTER (NOT doubtful AND label = 1) AS bad_known_on,
       min(known_on) FILTER (NOT doubtful AND label = 0) AS good_known_on,
       min(probability) FILTER (NOT doubtful) AS least, max(probability) FILTER (NOT doubtful) AS most
FROM label_dates GROUP BY observed_on, subject_id;
