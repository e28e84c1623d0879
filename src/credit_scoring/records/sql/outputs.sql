-- The five tables of an import.
-- In: judged, sources, divisions(code, now), subject_types(kind, subject_type).

CREATE TEMP TABLE accepted AS
SELECT
    *,
    -- The record's content, not its place in the file: a file delivered again gives the same ids. A date that
    -- stands in for a missing one depends on the delivery and is left out, like the day of recording.
    left(sha256(concat_ws(
        chr(31), source_id, item, subject_id,
        coalesce(CAST(occurred_read AS VARCHAR), ''), coalesce(CAST(value AS VARCHAR), ''),
        coalesce(CAST(weight AS VARCHAR), ''), coalesce(level, ''), coalesce(event_id, ''),
        coalesce(CAST(expires_on AS VARCHAR), ''), coalesce(department, ''), coalesce(identity, '')
    )), 32) AS record_id
FROM judged
WHERE rejection IS NULL AND subject_id IS NOT NULL;

CREATE TEMP TABLE records AS
SELECT
    record_id,
    any_value(subject_id) AS subject_id,
    any_value(item) AS item,
    min(occurred_on) AS occurred_on,
    min(recorded_on) AS recorded_on,
    any_value(value) AS value,
    any_value(weight) AS weight,
    any_value(level) AS level,
    any_value(event_id) AS event_id,
    any_value(expires_on) AS expires_on,
    min(repaired_on) AS repaired_on,
    min(withdrawn_on) AS withdrawn_on,
    any_value(department) AS source
FROM accepted
GROUP BY record_id;

-- A fact about a subject that two rows state differently is not known.
CREATE TEMP TABLE subjects AS
WITH known AS (
    SELECT
        subject_id,
        any_value(outcome) AS outcome,
        any_value(code) AS code,
        CASE WHEN count(DISTINCT industry_code) = 1 THEN min(industry_code) END AS industry_code,
        CASE WHEN count(DISTINCT established_on) = 1 THEN min(established_on) END AS established_on,
        CASE WHEN count(DISTINCT closed_on) = 1 THEN min(closed_on) END AS closed_on
    FROM accepted
    GROUP BY subject_id
),
placed AS (
    SELECT *, CASE outcome WHEN 'credit_code' THEN code[3:8] ELSE code[1:6] END AS division FROM known
)
SELECT
    placed.subject_id,
    CASE placed.outcome WHEN 'resident_id' THEN 'natural_person' ELSE subject_types.subject_type END AS subject_type,
    -- Zones that register firms under codes of their own (110302) are placed in the city or province they belong to.
    coalesce(county.now, city.now, province.now) AS region_code,
    placed.industry_code,
    placed.established_on,
    placed.closed_on
FROM placed
LEFT JOIN subject_types ON subject_types.kind = placed.code[1:2]
LEFT JOIN divisions AS county ON county.code = placed.division
LEFT JOIN divisions AS city ON city.code = placed.division[1:4] || '00'
LEFT JOIN divisions AS province ON province.code = placed.division[1:2] || '0000';

CREATE TEMP TABLE unresolved AS
WITH coded AS (
    SELECT DISTINCT subject_id, organisation_name, code[9:17] AS organisation_code
    FROM judged
    WHERE rejection IS NULL AND outcome = 'credit_code'
),
by_code AS (
    SELECT organisation_code, list_sort(list(DISTINCT subject_id)) AS candidates
    FROM coded
    GROUP BY organisation_code
),
by_name AS (
    SELECT organisation_name, list_sort(list(DISTINCT subject_id)) AS candidates
    FROM coded
    WHERE organisation_name IS NOT NULL
    GROUP BY organisation_name
),
matched AS (
    SELECT judged.*, by_code.candidates AS code_candidates, by_name.candidates AS name_candidates
    FROM judged
    LEFT JOIN by_code USING (organisation_code)
    LEFT JOIN by_name USING (organisation_name)
    WHERE judged.rejection IS NULL AND judged.subject_id IS NULL
)
SELECT
    source_id,
    file,
    row_no AS row,
    outcome,
    CASE len(coalesce(code_candidates, name_candidates))
        WHEN 1 THEN 'candidate'
        ELSE CASE WHEN coalesce(code_candidates, name_candidates) IS NULL THEN 'unmatched' ELSE 'ambiguous' END
    END AS status,
    CASE
        WHEN code_candidates IS NOT NULL THEN 'organisation_code'
        WHEN name_candidates IS NOT NULL THEN 'name'
    END AS basis,
    coalesce(code_candidates, name_candidates, []::VARCHAR[]) AS candidates,
    organisation_name,
    item, occurred_on, recorded_on, value, weight, level, event_id, expires_on, repaired_on, withdrawn_on,
    department AS source
FROM matched;

CREATE TEMP TABLE rejected AS
SELECT source_id, file, row_no AS row, rejection AS reason, fault_column AS "column", fault_value AS value
FROM judged
WHERE rejection IS NOT NULL;

CREATE TEMP TABLE quality AS
WITH counted AS (
    SELECT
        judged.source_id,
        judged.item,
        count(*) AS rows,
        count(*) FILTER (judged.rejection IS NULL AND judged.subject_id IS NULL) AS unresolved,
        count(*) FILTER (judged.rejection IS NOT NULL) AS rejected,
        count(*) FILTER (judged.outcome = 'credit_code') AS coded,
        count(*) FILTER (judged.empty OR judged.columns_found IS NOT NULL) AS blank,
        count(*) FILTER (NOT judged.empty AND judged.occurred_text IS NULL) AS date_missing,
        count(*) FILTER (
            (judged.occurred_text IS NOT NULL AND judged.occurred_read IS NULL)
            OR (judged.recorded_text IS NOT NULL AND judged.recorded_read IS NULL)
            OR (judged.expires_text IS NOT NULL AND judged.expires_read IS NULL)
        ) AS date_unreadable,
        count(*) FILTER (judged.rejection IS NULL AND judged.has_value AND judged.value IS NULL) AS value_missing,
        count(*) FILTER (judged.rejection IS NULL AND judged.level IN ('unclassified', 'ungraded'))
            AS level_unclassified,
        count(*) FILTER (judged.rejection IS NULL AND judged.has_event AND judged.event_id IS NULL) AS event_missing,
        max(judged.occurred_read) FILTER (judged.rejection IS NULL) AS latest_on,
        -- Stand-ins for missing dates would make sources look prompt.
        median(date_diff('day', judged.occurred_on, judged.recorded_on)) FILTER (
            judged.rejection IS NULL AND judged.occurred_read IS NOT NULL
        ) AS delay_days_median
    FROM judged
    GROUP BY judged.source_id, judged.item
),
merged AS (
    SELECT source_id, item, count(DISTINCT record_id) AS records, count(*) - count(DISTINCT record_id) AS duplicates
    FROM accepted
    GROUP BY source_id, item
),
likely AS (
    SELECT source_id, item, count(*) AS candidates
    FROM unresolved
    WHERE status <> 'unmatched'
    GROUP BY source_id, item
)
SELECT
    sources.source_id,
    sources.title,
    coalesce(counted.item, sources.item) AS item,
    coalesce(counted.rows, 0) AS rows,
    coalesce(merged.records, 0) AS records,
    coalesce(merged.duplicates, 0) AS duplicates,
    coalesce(counted.unresolved, 0) AS unresolved,
    coalesce(counted.rejected, 0) AS rejected,
    counted.coded / nullif(counted.rows - counted.blank, 0) AS valid_code_share,
    coalesce(likely.candidates, 0) AS candidates,
    coalesce(counted.date_missing, 0) AS date_missing,
    coalesce(counted.date_unreadable, 0) AS date_unreadable,
    coalesce(counted.value_missing, 0) AS value_missing,
    coalesce(counted.level_unclassified, 0) AS level_unclassified,
    coalesce(counted.event_missing, 0) AS event_missing,
    counted.latest_on,
    counted.delay_days_median
FROM sources
LEFT JOIN counted ON counted.source_id = sources.source_id
LEFT JOIN merged ON merged.source_id = counted.source_id AND merged.item IS NOT DISTINCT FROM counted.item
LEFT JOIN likely ON likely.source_id = counted.source_id AND likely.item IS NOT DISTINCT FROM counted.item;
