-- What each row says, and the first reason for which it cannot be used.
-- In:  keyed, sources, identified, fine_amounts(phrase, amount).
-- Out: judged, one line per row of the exports.

-- A faulty cell is shown as far as it helps to find the fault; long numbers may be a person's.
CREATE OR REPLACE TEMP MACRO shown(t) AS left(regexp_replace(t, '[0-9]{6,}[0-9Xx]*', '…', 'g'), 40);
-- Up to four characters may be a person's name, unless they end like the name of a firm.
CREATE OR REPLACE TEMP MACRO may_be_person(key) AS
    length(key) <= 4 AND NOT regexp_matches(key, '[店社厂行所馆院会司部局校室坊铺场站]$');

CREATE TEMP TABLE judged AS
WITH fines AS (
    SELECT row_key, CASE WHEN count(DISTINCT amount) = 1 THEN min(amount) END AS amount
    FROM (SELECT row_key, unnest(fine_phrases) AS phrase FROM keyed) AS phrases
    JOIN fine_amounts USING (phrase)
    GROUP BY row_key
),
dated AS (
    SELECT
        keyed.*,
        name_key(keyed.name) AS key_of_name,
        coalesce(keyed.recorded_read, sources.delivered_on) AS recorded_on,
        coalesce(keyed.value_read, TRY_CAST(fines.amount AS DECIMAL(18, 4))) AS value,
        CASE
            WHEN keyed.expires_read >= sources.expires_never_from THEN NULL
            WHEN sources.expires_inclusive THEN CAST(keyed.expires_read + 1 AS DATE)
            ELSE keyed.expires_read
        END AS expires_on
    FROM keyed
    JOIN sources USING (source_id)
    LEFT JOIN fines USING (row_key)
),
complete AS (
    SELECT
        dated.*,
        sources.* EXCLUDE (source_id, item),
        CASE
            -- The last day of a period is still to come when the record is made within it.
            WHEN dated.occurred_read IS NOT NULL AND sources.occurred_is_period
                THEN least(dated.occurred_read, dated.recorded_on)
            WHEN dated.occurred_read IS NOT NULL THEN dated.occurred_read
            WHEN dated.occurred_text IS NOT NULL AND sources.occurred_unreadable = 'reject' THEN NULL
            WHEN sources.occurred_missing = 'recorded_on' THEN dated.recorded_on
            WHEN sources.occurred_missing = 'delivered_on' THEN sources.delivered_on
            ELSE sources.occurred_stated
        END AS occurred_on,
        coalesce(
            dated.repaired_read,
            CASE
                WHEN dated.repaired_marked AND sources.repaired_use = 'recorded_on' THEN dated.recorded_on
                WHEN dated.repaired_marked THEN sources.delivered_on
            END
        ) AS repaired_on,
        coalesce(
            dated.withdrawn_read,
            CASE
                WHEN dated.withdrawn_marked AND sources.withdrawn_use = 'recorded_on' THEN dated.recorded_on
                WHEN dated.withdrawn_marked THEN sources.delivered_on
            END
        ) AS withdrawn_on
    FROM dated
    JOIN sources USING (source_id)
),
reasoned AS (
    SELECT
        *,
        CASE
            WHEN columns_found IS NOT NULL THEN 'column_count'
            WHEN empty THEN 'empty_row'
            WHEN excluded_by IS NOT NULL THEN 'excluded_by_mapping'
            WHEN item IS NULL THEN 'item_unknown'
            WHEN level IS NULL AND level_required THEN 'level_unknown'
            WHEN occurred_on IS NULL AND occurred_text IS NULL THEN 'date_missing'
            WHEN occurred_on IS NULL THEN 'date_unreadable'
            WHEN occurred_on < DATE '1949-10-01' OR occurred_on > delivered_on THEN 'date_implausible'
            WHEN value < 0 THEN 'value_negative'
            WHEN value_required AND value IS NULL AND value_text IS NULL THEN 'value_missing'
            WHEN value_required AND value IS NULL THEN 'value_unreadable'
        END AS rejection
    FROM complete
)
SELECT
    reasoned.* EXCLUDE (identifiers, personal, fine_phrases, name, key_of_name),
    identified.* EXCLUDE (row_key),
    CASE WHEN NOT identified.is_personal AND NOT may_be_person(key_of_name) THEN key_of_name END AS organisation_name,
    CASE rejection
        WHEN 'item_unknown' THEN item_column
        WHEN 'level_unknown' THEN level_column
        WHEN 'date_missing' THEN occurred_column
        WHEN 'date_unreadable' THEN occurred_column
        WHEN 'date_implausible' THEN occurred_column
        WHEN 'value_negative' THEN value_column
        WHEN 'value_missing' THEN value_column
        WHEN 'value_unreadable' THEN value_column
    END AS fault_column,
    CASE rejection
        WHEN 'column_count' THEN columns_found || ' columns'
        WHEN 'excluded_by_mapping' THEN excluded_by
        WHEN 'item_unknown' THEN shown(item_text)
        WHEN 'level_unknown' THEN shown(level_text)
        WHEN 'date_unreadable' THEN shown(occurred_text)
        WHEN 'date_implausible' THEN shown(occurred_text)
        WHEN 'value_unreadable' THEN shown(value_text)
        WHEN 'value_negative' THEN shown(value_text)
    END AS fault_value
FROM reasoned
JOIN identified USING (row_key);

-- Everything is in `judged` now; a large import needs the room.
DROP TABLE keyed;
DROP TABLE identified;
