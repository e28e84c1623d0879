"""Entries for tests of the ledger: short to write, chained as the package chains them."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from credit_scoring.releases.entries import ENTRY, Entry, text_of
from credit_scoring.releases.ledger import Ledger, check_next, key_of, read_chain

RUN = "0123456789abcdef0123456789abcdef"
CHINA = timezone(timedelta(hours=8))
DAY_0 = date(2026, 1, 1)


def day(number: int) -> date:
    """The day so many days after the first one of a test."""
    return DAY_0 + timedelta(days=number)


def noon(number: int) -> datetime:
    """Noon of that day, in China."""
    return datetime.combine(day(number), datetime.min.time(), tzinfo=CHINA) + timedelta(hours=12)


def digest(text: object) -> str:
    """A hash that stands for something."""
    return hashlib.sha256(str(text).encode()).hexdigest()


class Chain:
    """A ledger that grows by entries that are checked like any other."""

    def __init__(self, run_id: str = RUN) -> None:
        self.run_id = run_id
        self.texts: list[str] = []
        self.add("opened", 0, run_id=run_id)

    @property
    def ledger(self) -> Ledger:
        return read_chain(self.values(), run_id=self.run_id)

    def values(self) -> dict[str, str]:
        return {key_of(number): text for number, text in enumerate(self.texts, start=1)}

    def entry(self, kind: str, at: datetime | int = 0, by: str = "Ann", **fields: Any) -> Entry:
        """An entry that follows, without a look at the rules."""
        previous = hashlib.sha256(self.texts[-1].encode()).hexdigest() if self.texts else "0" * 64
        number = len(self.texts) + 1
        content = {
            "format": 1,
            "number": number,
            "previous": previous,
            "at": noon(at) if isinstance(at, int) else at,
            "by": by,
            "reason": f"因为 {number}",
            "nonce": f"{number:032x}",
            "kind": kind,
        }
        return ENTRY.validate_python(content | fields)

    def add(self, kind: str, at: datetime | int = 0, by: str = "Ann", **fields: Any) -> Entry:
        """An entry that follows, if the rules allow it."""
        entry = self.entry(kind, at, by, **fields)
        ledger = self.ledger if self.texts else Ledger(entries=(), head="0" * 64)
        check_next(ledger, entry)
        self.texts.append(text_of(entry))
        return entry

    def built(self, version: int, at: int = 0, **fields: Any) -> Entry:
        return self.add("built", at, **(built_fields(version) | fields))

    def gated(self, version: int, at: int = 0, compared_with: int | None = None, **fields: Any) -> Entry:
        return self.add("gated", at, **(gated_fields(version, compared_with) | fields))

    def approved(self, version: int, at: int = 0, by: str = "Bo", **fields: Any) -> Entry:
        name = fields.get("name", "public")
        report = self.ledger.report(name, version)
        known = {} if report is None else {"report_sha256": report.report_sha256}
        return self.add("approved", at, by, **(approved_fields(version) | known | fields))

    def put(self, version: int, from_: int, at: int = 0, until: int | None = None, **fields: Any) -> Entry:
        end = None if until is None else day(until)
        return self.add(
            "put_in_force",
            at,
            **({"name": "public", "version": version, "from": day(from_), "until": end} | fields),
        )

    def retired(self, version: int, from_: int, at: int = 0, **fields: Any) -> Entry:
        return self.add(
            "retired", at, **({"name": "public", "version": version, "from": day(from_)} | fields)
        )

    def ready(self, version: int, at: int = 0, compared_with: int | None = None, **fields: Any) -> None:
        """Built, gated and approved."""
        self.built(version, at, **fields)
        self.gated(version, at, compared_with)
        self.approved(version, at)


def built_fields(version: int) -> dict[str, Any]:
    return {
        "name": "public",
        "version": version,
        "edition": f"edition-{version}",
        "subject_type": "enterprise",
        "from": day(-1000),
        "until": None,
        "content_sha256": digest(f"content {version}"),
        "manifest_sha256": digest(f"manifest {version}"),
        "files_sha256": digest(f"files {version}"),
        "location": f"artifacts/models/m-{version}/artifacts",
        "model_id": f"m-{version}",
        "run_id": f"{version:032x}",
    }


def gated_fields(version: int, compared_with: int | None) -> dict[str, Any]:
    return {
        "name": "public",
        "version": version,
        "manifest_sha256": digest(f"manifest {version}"),
        "report_sha256": digest(f"report {version} against {compared_with}"),
        "against": [],
        "acceptable": [],
        "compared_with": compared_with,
        "on": day(0),
    }


def approved_fields(version: int) -> dict[str, Any]:
    return {
        "name": "public",
        "version": version,
        "manifest_sha256": digest(f"manifest {version}"),
        "report_sha256": digest("no report"),
        "accepted": [],
    }


def rechained(texts: list[str]) -> dict[str, str]:
    """The entries numbered and chained anew, as somebody does who knows how and can write to the database."""
    made: list[str] = []
    for number, text in enumerate(texts, start=1):
        content = json.loads(text)
        content["number"] = number
        content["previous"] = hashlib.sha256(made[-1].encode()).hexdigest() if made else "0" * 64
        made.append(json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")))
    return {key_of(number): text for number, text in enumerate(made, start=1)}


def utc(number: int, hour: int) -> datetime:
    """An hour of a day, in UTC."""
    return datetime.combine(day(number), datetime.min.time(), tzinfo=UTC) + timedelta(hours=hour)
