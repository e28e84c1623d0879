"""Findings: what a check saw, who the culprit is, on what numbers, and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

from credit_scoring.errors import InputError, LeakageError
from credit_scoring.policy.catalogue import Title

Severity: TypeAlias = Literal["error", "warning"]

TITLES: dict[str, Title] = {
    "L101": Title(zh="特征已知结果", en="an indicator that knows the outcome"),
    "L102": Title(zh="某取值只见于一类样本", en="a value found with one class only"),
    "L103": Title(
        zh="特征取自报告结果的目录项", en="a feature that reads the items which report the outcome"
    ),
    "L104": Title(zh="标签在观察日之前已登记", en="a label recorded before its observation date"),
    "L105": Title(zh="同一事件既为特征又为标签", en="the same event on both sides"),
    "L106": Title(zh="以标识符作特征", en="an identifier used as a feature"),
    "L107": Title(zh="使用受限的个人信息", en="personal data that must not be used"),
    "L108": Title(zh="同一主体在同一观察日重复", en="a subject twice on one date"),
    "L109": Title(zh="训练样本出现在留出样本中", en="training rows among those held out"),
    "L110": Title(zh="结果窗口重叠", en="outcome windows that overlap"),
}
"""The checks, by code."""

_NAME = re.compile(r"(L1[0-9]{2}):\S+")


class Evidence(BaseModel):
    """One number, or one example, that a finding rests on."""

    model_config = ConfigDict(frozen=True)
    name: str
    value: float | str


class Finding(BaseModel):
    """One suspicion. An error stops the work unless it is accepted by name."""

    model_config = ConfigDict(frozen=True)
    code: str
    severity: Severity
    culprit: str
    """The feature, item or table at fault."""
    message: Title
    evidence: tuple[Evidence, ...] = ()
    remedy: Title
    accepted: bool = False

    @property
    def name(self) -> str:
        """What to accept it by, such as `L101:penalties`."""
        return f"{self.code}:{self.culprit}"

    @property
    def title(self) -> Title:
        """What is checked."""
        return TITLES[self.code]

    def __str__(self) -> str:
        return f"{self.name} {self.severity}: {self.message.en} {self.remedy.en}"


def finding(
    code: str,
    severity: Severity,
    culprit: str,
    *,
    zh: str,
    en: str,
    do: tuple[str, str],
    **evidence: float | str,
) -> Finding:
    """A finding; `do` is the remedy in Chinese and English, `evidence` the numbers by name."""
    return Finding(
        code=code,
        severity=severity,
        culprit=culprit,
        message=Title(zh=zh, en=en),
        evidence=tuple(Evidence(name=name, value=value) for name, value in evidence.items()),
        remedy=Title(zh=do[0], en=do[1]),
    )


def check_accepted(accept: Iterable[str]) -> tuple[str, ...]:
    """The names to accept, if they are such.

    Raises:
        InputError: one of them is no name of a finding.

    >>> check_accepted(["L101:penalties"])
    ('L101:penalties',)
    """
    names = (accept,) if isinstance(accept, str) else tuple(accept)
    for name in names:
        match = _NAME.fullmatch(name)
        if match is None or match[1] not in TITLES:
            raise InputError(
                f"'{name}' cannot be accepted: write the code of a finding and its culprit, such as L101:penalties."
            )
    return names


def settle(found: Iterable[Finding], *, accept: Sequence[str] = ()) -> tuple[Finding, ...]:
    """The findings in order of code and culprit, those accepted marked.

    Raises:
        LeakageError: an error stands that is not accepted; it names all of them.
    """
    marked = [f.model_copy(update={"accepted": f.name in accept}) for f in found]
    settled = tuple(sorted(marked, key=lambda f: (f.code, f.culprit)))
    standing = [f for f in settled if f.severity == "error" and not f.accepted]
    if standing:
        lines = "\n".join(f"  {f.name} {f.title.en}: {f.message.en} {f.remedy.en}" for f in standing)
        names = tuple(f.name for f in standing)
        raise LeakageError(
            f"{len(standing)} findings forbid to learn from these rows:\n{lines}\n"
            f"Mend them, or accept what is known to be harmless by name: accept={names!r}.",
            names=names,
        )
    return settled
