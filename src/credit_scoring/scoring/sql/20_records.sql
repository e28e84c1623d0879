-- What is on record. Every row of `typed_records` becomes an admitted record or a row of `rejected`.

-- The state is the one place that decides whether a record counts on the date, as far as it was known by `known_by`.
-- `repaired` records are left to the measures: some leave them out, some soften them.
CREATE TABLE checked_records AS
SELECT record_id, subject_id, subject_no, scorecard_no, kind_no, occurred_on, recorded_on, value,
       weight, level, event_id, expires_on, repaired_on, withdrawn_on, source, contested_on, reason,
       CASE
           WHEN reason IS NOT NULL THEN NULL
           WHEN recorded_on > $known_by THEN 'not_yet_known'
           WHEN occurred_on > $on THEN 'not_yet_begun'
           WHEN kept_from IS NOT NULL AND occurred_on < kept_from THEN 'past_retention'
           WHEN withdrawn_on IS NOT NULL AND withdrawn_on <= $seen THEN 'withdrawn'
           WHEN expires_on IS NOT NULL AND expires_on <= $on THEN 'expired'
           WHEN repaired_on IS NOT NULL AND repaired_on <= $seen THEN 'repaired'
           ELSE 'counts'
       END AS state,
       -- What only a rejected row has to show.
       CASE WHEN reason IS NOT NULL THEN
           {'subject_id': subject_id, 'item': item, 'value': value_text, 'weight': weight_text,
            'occurred_on': coalesce(occurred_on_unreadable, occurred_on::VARCHAR),
            'recorded_on': coalesce(recorded_on_unreadable, recorded_on::VARCHAR),
            'expires_on': coalesce(expires_on_unreadable, expires_on::VARCHAR),
            'repaired_on': coalesce(repaired_on_unreadable, repaired_on::VARCHAR),
            'withdrawn_on': coalesce(withdrawn_on_unreadable, withdrawn_on::VARCHAR),
            'contested_on': contested_on_unreadable}
       END AS shown
FROM (
    SELECT t.record_id, s.subject_no, s.scorecard_no, k.kind_no, k.kept_from, t.occurred_on, t.recorded_on, t.value,
       t.weight, t.level, t.event_id, t.expires_on, t.repaired_on, t.withdrawn_on, t.source,
       t.contested_on,
       CASE
           WHEN t.record_id IS NULL THEN 'record_id_missing'
           WHEN length(t.record_id) >= 18 AND holds_identity_number(t.record_id) THEN 'record_id_personal'
           WHEN length(t.event_id) >= 18 AND holds_identity_number(t.event_id) THEN 'event_id_personal'
           WHEN t.subject_id IS NULL THEN 'subject_id_missing'
           WHEN s.subject_no IS NULL THEN
               CASE WHEN looks_like_identity_number(t.subject_id) THEN 'identity_number_in_clear' ELSE 'subject_unknown' END
           WHEN t.item IS NULL THEN 'item_missing'
           WHEN k.kind_no IS NULL THEN 'item_not_for_subject_type'
           WHEN t.occurred_on_unreadable IS NOT NULL THEN 'occurred_on_unreadable'
           WHEN t.recorded_on_unreadable IS NOT NULL THEN 'recorded_on_unreadable'
           WHEN t.expires_on_unreadable IS NOT NULL THEN 'expires_on_unreadable'
           WHEN t.repaired_on_unreadable IS NOT NULL THEN 'repaired_on_unreadable'
           WHEN t.withdrawn_on_unreadable IS NOT NULL THEN 'withdrawn_on_unreadable'
           WHEN t.contested_on_unreadable IS NOT NULL THEN 'contested_on_unreadable'
           WHEN t.occurred_on IS NULL THEN 'occurred_on_missing'
           WHEN t.recorded_on IS NULL THEN 'recorded_on_missing'
           WHEN t.occurred_on > t.recorded_on THEN 'occurred_after_recorded'
           WHEN t.occurred_on < s.established_on THEN 'occurred_before_subject'
           WHEN t.repaired_on < t.occurred_on THEN 'repaired_before_occurred'
           WHEN t.withdrawn_on < t.occurred_on THEN 'withdrawn_before_occurred'
           WHEN t.expires_on < t.occurred_on THEN 'expires_before_occurred'
           WHEN t.value_fault IS NOT NULL THEN 'value_' || t.value_fault
           WHEN t.weight_fault IS NOT NULL THEN 'weight_' || t.weight_fault
           WHEN t.weight < 0 THEN 'weight_negative'
           WHEN t.value IS NULL AND k.value_required THEN 'value_missing'
       END AS reason,
       t.subject_id, t.item, t.occurred_on_unreadable, t.recorded_on_unreadable, t.expires_on_unreadable,
       t.repaired_on_unreadable, t.withdrawn_on_unreadable, t.contested_on_unreadable, t.value_text, t.weight_text
FROM typed_records t
LEFT JOIN subjects s ON s.subject_id = t.subject_id
LEFT JOIN kinds k ON k.item = t.item AND k.level = coalesce(t.level, '') AND k.subject_type = s.subject_type
);

-- Equal rows are one record delivered twice; rows that differ under one identifier are none we could rely on.
UPDATE checked_records SET reason = d.reason, state = NULL
FROM (
    SELECT row_no, CASE WHEN conflict THEN 'record_id_conflict' ELSE 'record_id_duplicate' END AS reason
    FROM (
        SELECT r.rowid AS row_no, row_number() OVER (PARTITION BY r.record_id) AS copy,
               count(DISTINCT {'a': r.subject_no, 'b': r.kind_no, 'c': r.occurred_on, 'd': r.recorded_on, 'e': r.value,
                               'f': r.weight, 'g': r.level, 'h': r.event_id, 'i': r.expires_on, 'j': r.repaired_on,
                               'k': r.withdrawn_on, 'l': r.contested_on, 'm': r.shown, 'n': r.source})
                   OVER (PARTITION BY r.record_id) > 1 AS conflict
        FROM checked_records r
        WHERE r.record_id IN (SELECT record_id FROM checked_records WHERE record_id IS NOT NULL
                              GROUP BY record_id HAVING count(*) > 1)
    )
    WHERE conflict OR copy > 1
) d
WHERE d.row_no = checked_records.rowid;

UPDATE checked_records SET reason = 'subject_rejected'
WHERE reason = 'subject_unknown' AND shown.subject_id IN (SELECT subject_id FROM checked_subjects WHERE subject_id IS NOT NULL);

-- No kind of entry fits: which part of it does not, is only asked of these few rows.
UPDATE checked_records SET reason = CASE
    WHEN NOT EXISTS (FROM items i WHERE i.item = shown.item) THEN 'item_unknown'
    WHEN level IS NULL AND EXISTS (FROM items i WHERE i.item = shown.item AND i.has_levels AND i.level_required)
        THEN 'level_missing'
    WHEN level IS NOT NULL AND NOT EXISTS (FROM levels v WHERE v.item = shown.item AND v.level = checked_records.level)
        THEN 'level_unknown'
    ELSE reason END
WHERE reason = 'item_not_for_subject_type';

INSERT INTO rejected
SELECT 'records', shown_safely(record_id), reason, "column",
       shown_safely(CASE "column"
           WHEN 'item' THEN shown.item
           WHEN 'level' THEN level
           WHEN 'value' THEN shown.value
           WHEN 'weight' THEN shown.weight
           WHEN 'subject_id' THEN CASE WHEN reason IN ('subject_unknown', 'subject_rejected') THEN shown.subject_id END
           WHEN 'occurred_on' THEN shown.occurred_on
           WHEN 'recorded_on' THEN shown.recorded_on
           WHEN 'expires_on' THEN shown.expires_on
           WHEN 'repaired_on' THEN shown.repaired_on
           WHEN 'withdrawn_on' THEN shown.withdrawn_on
           WHEN 'contested_on' THEN shown.contested_on
       END)
FROM (
    SELECT *, CASE
        WHEN reason LIKE 'record_id%' THEN 'record_id'
        WHEN reason LIKE 'event_id%' THEN 'event_id'
        WHEN reason LIKE 'subject%' OR reason = 'identity_number_in_clear' THEN 'subject_id'
        WHEN reason LIKE 'item%' THEN 'item'
        WHEN reason LIKE 'level%' THEN 'level'
        WHEN reason LIKE 'value%' THEN 'value'
        WHEN reason LIKE 'weight%' THEN 'weight'
        WHEN reason LIKE 'recorded_on%' THEN 'recorded_on'
        WHEN reason LIKE 'expires%' THEN 'expires_on'
        WHEN reason LIKE 'repaired%' THEN 'repaired_on'
        WHEN reason LIKE 'withdrawn%' THEN 'withdrawn_on'
        WHEN reason LIKE 'contested%' THEN 'contested_on'
        ELSE 'occurred_on' END AS "column"
    FROM checked_records WHERE reason IS NOT NULL
);

CREATE VIEW record_states AS SELECT rowid AS record_no, * FROM checked_records WHERE reason IS NULL;

CREATE TABLE record_counts AS
SELECT (SELECT count(*) FROM checked_records) AS records_in,
       (SELECT count(*) FROM checked_records WHERE reason IS NOT NULL) AS rejected,
       count(*) FILTER (state IN ('not_yet_known', 'not_yet_begun')) AS not_yet_known,
       count(*) FILTER (state NOT IN ('not_yet_known', 'not_yet_begun')) AS admitted
FROM record_states;
