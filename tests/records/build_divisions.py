"""Build `records/divisions.csv` from the revisions of GB/T 2260.

Usage: `python tests/records/build_divisions.py REVISIONS_DIR CURRENT_DIR > divisions.csv`

`REVISIONS_DIR` holds one tab-separated file per revision (`201904.tsv`: Source, Revision, Code, Name),
`CURRENT_DIR` the divisions in force (`areas.csv`, `cities.csv`, `provinces.csv`).

A code that left the standard gets a successor where the names alone settle it: one code of the same province
whose name has the same stem (昌平县 → 昌平区) appeared in the revision that dropped it, or stood beside it.
Mergers (崇文区 into 东城区) cannot be told from names and stay without one.
"""

from __future__ import annotations

import csv
import re
import sys
from itertools import pairwise
from pathlib import Path

SUFFIX = re.compile(r"(?<=..)(自治县|自治旗|自治州|地区|林区|特区|新区|矿区|县|区|市|旗|盟)$")


def read_revisions(folder: Path) -> list[dict[str, str]]:
    """Code to name, oldest revision first."""
    revisions = []
    for path in sorted(folder.glob("*.tsv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            revisions.append({row["Code"]: row["Name"] for row in csv.DictReader(file, delimiter="\t")})
    return revisions


def read_current(folder: Path, last_revision: dict[str, str]) -> dict[str, str]:
    """Divisions in force, six figures; statistical zones (last figures 71 to 79) are not of GB/T 2260."""
    current = {code: name for code, name in last_revision.items() if code[:2] in ("71", "81", "82")}
    for name in ("provinces", "cities", "areas"):
        with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                code = row["code"].ljust(6, "0")
                if not (len(row["code"]) == 6 and "71" <= code[4:] <= "79"):
                    current[code] = row["name"]
    return current


def successors(revisions: list[dict[str, str]]) -> dict[str, str]:
    """Retired code to the code that took its place, one step at a time."""
    step: dict[str, str] = {}
    for before, after in pairwise(revisions):
        for code in sorted(before.keys() - after.keys()):
            same_stem = [
                other
                for other, name in after.items()
                if other[:2] == code[:2]
                and SUFFIX.sub("", name) == SUFFIX.sub("", before[code])
                and (other.endswith("00") == code.endswith("00") or other[:4] == code[:4])
            ]
            fresh = [other for other in same_stem if other not in before] or same_stem
            if len(fresh) == 1:
                step[code] = fresh[0]
            else:
                step.pop(code, None)
    return step


def build(revisions_dir: Path, current_dir: Path) -> list[tuple[str, str]]:
    """Rows of the table: code, and the code in force now that stands for it (empty where unknown)."""
    revisions = read_revisions(revisions_dir)
    current = read_current(current_dir, revisions[-1])
    step = successors([*revisions, current])
    rows = []
    for code in sorted(set().union(*revisions, current)):
        here, seen = code, {code}
        while here not in current and step.get(here, here) not in seen:
            here = step[here]
            seen.add(here)
        rows.append((code, here if here in current else ""))
    return rows


if __name__ == "__main__":
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("code", "now"))
    writer.writerows(build(Path(sys.argv[1]), Path(sys.argv[2])))
