"""From a mapping to the one SELECT that reads an export into the table `staged`.

Columns are addressed by their place in the file (`c0`, `c3`), every text of a mapping is a query parameter,
and the macros of `sql/reading.sql` do the work: nothing a mapping says becomes SQL.
"""

from __future__ import annotations

from collections.abc import Sequence

from credit_scoring.records.files import Export
from credit_scoring.records.mapping import (
    REJECT,
    Choice,
    Department,
    Exclusion,
    Mapping,
    Marked,
    Marker,
    ReadDate,
    Rule,
    Value,
)

_FACTORS = {"元": 1, "1": 1, "万元": 10_000}


class Staging:
    """Builds the SELECT for one file; `parameters` belongs to `sql`."""

    def __init__(self, mapping: Mapping, export: Export) -> None:
        self.parameters: dict[str, object] = {}
        self._mapping = mapping
        self._export = export
        columns = self._columns()
        named = ", ".join(f"{sql} AS {name}" for name, sql in columns.items())
        self.sql = f"INSERT INTO staged BY NAME SELECT {named} FROM ({self._cells()})"

    def _columns(self) -> dict[str, str]:
        mapping = self._mapping
        subject = mapping.subject
        places = sorted(set(self._export.places.values()))
        return {
            "source_id": self._parameter(mapping.source),
            "seq": "seq",
            "empty": " AND ".join(f"c{place} IS NULL" for place in places),
            "excluded_by": self._excluded(mapping.exclude),
            "identifiers": self._list(subject.identifiers),
            "personal": self._cell(subject.personal),
            "name": self._cell(subject.name),
            "is_person": self._person(subject.person_when),
            "industry_code": self._cell(subject.industry),
            "established_on": self._date(subject.established_on),
            "closed_on": self._date(subject.closed_on),
            "item": self._choice(mapping.item),
            "item_text": self._chosen_by(mapping.item),
            "level": self._choice(mapping.level),
            "level_text": self._chosen_by(mapping.level),
            "occurred_text": self._piece(mapping.occurred_on.read),
            "occurred_read": self._date(mapping.occurred_on.read),
            "recorded_text": self._piece(mapping.recorded_on),
            "recorded_read": self._date(mapping.recorded_on),
            "expires_text": self._piece(mapping.expires_on),
            "expires_read": self._date(mapping.expires_on),
            "repaired_read": self._date(mapping.repaired_on),
            "repaired_marked": self._marked(mapping.repaired_on),
            "withdrawn_read": self._date(mapping.withdrawn_on),
            "withdrawn_marked": self._marked(mapping.withdrawn_on),
            "value_text": self._cell(mapping.value.column if mapping.value else None),
            "value_read": self._number(mapping.value),
            "fine_phrases": self._fines(mapping.value),
            "weight": f"read_number({self._cell(mapping.weight)})",
            "event_id": self._joined("event_key", mapping.event),
            "identity": self._joined("coalesce", mapping.identity, "''"),
            "department": self._department(mapping.department),
        }

    def _cells(self) -> str:
        blanks = self._parameter(list(self._export.format.blank_words))
        places = sorted(set(self._export.places.values()))
        return f"SELECT seq, {', '.join(f'read_cell(c{p}, {blanks}) AS c{p}' for p in places)} FROM raw"

    def _parameter(self, value: object) -> str:
        name = f"p{len(self.parameters)}"
        self.parameters[name] = value
        # An empty list has no type of its own.
        return f"${name}::VARCHAR[]" if isinstance(value, list) else f"${name}"

    def _cell(self, column: str | None) -> str:
        return "NULL::VARCHAR" if column is None else self._export.place(column)

    def _list(self, columns: Sequence[str]) -> str:
        cells = ", ".join(self._cell(column) for column in columns)
        return f"list_filter([{cells}]::VARCHAR[], lambda cell: cell IS NOT NULL)"

    def _joined(self, macro: str, columns: Sequence[str], *more: str) -> str:
        if not columns:
            return "NULL::VARCHAR"
        # || gives null as soon as one part is null: a document number half known is not known.
        parts = [f"{macro}({', '.join([self._cell(column), *more])})" for column in columns]
        return " || '|' || ".join(parts)

    def _piece(self, read: ReadDate | None) -> str:
        if read is None:
            return "NULL::VARCHAR"
        cell = self._cell(read.column)
        if read.part is None:
            return cell
        return f"read_piece({cell}, {self._parameter(read.part.split)}, {self._parameter(read.part.take)})"

    def _date(self, read: ReadDate | Marked | None) -> str:
        if read is None or isinstance(read, Marked):
            return "NULL::DATE"
        piece = self._piece(read)
        if read.stands_for != "last_day":
            return f"read_date({piece}, {self._parameter(list(read.forms))})"
        ends = []
        for form in read.forms:
            macro = "read_month_end" if "%m" in form else "read_year_end"
            ends.append(f"{macro}({piece}, {self._parameter([form])})")
        return f"coalesce({', '.join(ends)})"

    def _marked(self, read: ReadDate | Marked | None) -> str:
        return self._contains(read.column, read.contains) if isinstance(read, Marked) else "false"

    def _contains(self, column: str, words: Sequence[str]) -> str:
        cell = self._cell(column)
        tests = " OR ".join(f"contains({cell}, {self._parameter(word)})" for word in words)
        return f"coalesce({tests}, false)"

    def _person(self, marker: Marker | None) -> str:
        return "false" if marker is None else self._equals(marker.column, marker.equals)

    def _equals(self, column: str, texts: Sequence[str]) -> str:
        return f"coalesce(list_contains({self._parameter(list(texts))}, {self._cell(column)}), false)"

    def _applies(self, rule: Rule) -> str:
        if rule.contains:
            return self._contains(rule.column, rule.contains)
        return self._equals(rule.column, rule.equals)

    def _choice(self, choice: str | Choice | None) -> str:
        if choice is None:
            return "NULL::VARCHAR"
        if isinstance(choice, str):
            return self._parameter(choice)
        cases = [f"WHEN {self._applies(rule)} THEN {self._parameter(rule.then)}" for rule in choice.rules]
        for text, word in choice.words.items():
            cell = self._cell(choice.column)
            cases.append(f"WHEN {cell} = {self._parameter(text)} THEN {self._parameter(word)}")
        otherwise = "NULL" if choice.otherwise == REJECT else self._parameter(choice.otherwise)
        return f"(CASE {' '.join(cases)} ELSE {otherwise} END)::VARCHAR"

    def _chosen_by(self, choice: str | Choice | None) -> str:
        if not isinstance(choice, Choice):
            return "NULL::VARCHAR"
        return self._cell(choice.column or choice.rules[-1].column)

    def _excluded(self, exclusions: Sequence[Exclusion]) -> str:
        cases = [
            f"WHEN {self._contains(one.column, one.contains)} THEN {self._parameter(one.because)}"
            for one in exclusions
        ]
        return f"(CASE {' '.join(cases)} END)::VARCHAR" if cases else "NULL::VARCHAR"

    def _number(self, value: Value | None) -> str:
        if value is None or value.column is None:
            return "NULL::DECIMAL(18, 4)"
        factor = _FACTORS[value.unit]
        return f"TRY_CAST(read_number({self._cell(value.column)}) * {factor} AS DECIMAL(18, 4))"

    def _fines(self, value: Value | None) -> str:
        columns = value.fine_in_text if value else ()
        phrases = [f"fine_phrases({self._cell(column)})" for column in columns]
        return f"list_distinct({' || '.join(phrases)})" if phrases else "NULL::VARCHAR[]"

    def _department(self, department: str | Department) -> str:
        if isinstance(department, str):
            return self._parameter(department)
        return f"coalesce({self._cell(department.column)}, {self._parameter(department.otherwise)})"
