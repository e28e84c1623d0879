-- From here on only the reports are read: the records give their memory back.

DROP VIEW record_states;
DROP TABLE checked_records;
