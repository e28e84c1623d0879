-- What is shown of an identifier as an example: nothing of a person, no identifier of digits alone, none that holds a
-- resident number (15 digits, or 17 and a check character, however set apart) or one with places masked, and no words
-- beyond ASCII, which may be a name. An unknown `person` hides it too.
CREATE MACRO shown_as_example(t, person) AS CASE
    WHEN NOT person
        AND regexp_full_match(t, '[A-Za-z0-9 _.:/#-]*[A-Za-z][A-Za-z0-9 _.:/#-]*')
        AND NOT regexp_matches(regexp_replace(t, '[^A-Za-z0-9]', '', 'g'), '[0-9]{15}|[Xx]{4}')
    THEN t END;
