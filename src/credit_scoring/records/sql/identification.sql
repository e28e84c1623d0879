-- Who each row is about.
-- In:  staged, sources, identifiers(text, code, outcome), pseudonyms(code, subject_id).
-- Out: identified(row_key, subject_id, code, outcome, is_personal, organisation_code).

CREATE TEMP TABLE identified AS
WITH found AS (
    SELECT
        texts.row_key,
        texts.place,
        identifiers.code,
        CASE
            WHEN starts_with(texts.text, sources.personal_prefix) THEN 'personal_number_withheld'
            -- A column of resident numbers is not searched for organisations.
            WHEN texts.place = 0 AND identifiers.outcome = 'credit_code' THEN 'not_a_code'
            ELSE identifiers.outcome
        END AS outcome
    FROM (
        SELECT row_key, source_id, unnest(identifiers) AS text, generate_subscripts(identifiers, 1) AS place
        FROM keyed
        UNION ALL
        SELECT row_key, source_id, personal, 0 FROM keyed WHERE personal IS NOT NULL
    ) AS texts
    JOIN identifiers ON identifiers.text = texts.text
    JOIN sources ON sources.source_id = texts.source_id
),
summed AS (
    SELECT
        row_key,
        count(DISTINCT code) FILTER (outcome = 'credit_code') AS credit_codes,
        min(code) FILTER (outcome = 'credit_code') AS credit_code,
        arg_min(code, place) FILTER (outcome = 'resident_id') AS resident_id,
        -- The telling outcome comes before one that only says that nothing is there.
        coalesce(
            arg_min(outcome, place) FILTER (outcome NOT IN ('blank', 'placeholder')), arg_min(outcome, place)
        ) AS outcome,
        bool_or(place = 0 OR list_contains($personal_outcomes::VARCHAR[], outcome)) AS is_personal,
        coalesce(
            arg_min(replace(code, '-', ''), place) FILTER (outcome = 'organisation_code'),
            arg_min(code[7:15], place) FILTER (outcome = 'legacy_tax_number')
        ) AS organisation_code
    FROM found
    GROUP BY row_key
)
SELECT
    keyed.row_key,
    CASE
        WHEN summed.credit_codes = 1 AND summed.resident_id IS NULL THEN summed.credit_code
        WHEN summed.credit_codes = 0 AND summed.resident_id IS NOT NULL THEN pseudonyms.subject_id
    END AS subject_id,
    CASE WHEN summed.credit_codes = 0 THEN summed.resident_id ELSE summed.credit_code END AS code,
    CASE
        WHEN summed.credit_codes > 1 OR (summed.credit_codes = 1 AND summed.resident_id IS NOT NULL)
            THEN 'conflicting_codes'
        WHEN summed.credit_codes = 1 THEN 'credit_code'
        WHEN summed.resident_id IS NOT NULL THEN 'resident_id'
        WHEN keyed.name IS NULL AND coalesce(summed.outcome, 'blank') IN ('blank', 'placeholder') THEN 'no_identity'
        WHEN summed.outcome IS NOT NULL THEN summed.outcome
        WHEN sources.has_identifier THEN 'blank'
        ELSE 'name_only'
    END AS outcome,
    coalesce(summed.is_personal, false) OR coalesce(keyed.is_person, false) AS is_personal,
    summed.organisation_code
FROM keyed
JOIN sources USING (source_id)
LEFT JOIN summed USING (row_key)
LEFT JOIN pseudonyms ON pseudonyms.code = summed.resident_id;
