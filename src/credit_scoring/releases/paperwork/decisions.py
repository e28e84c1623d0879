"""The ledger's story of one release: built, put before the gates, approved, in force, ended - by whom, when and why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from credit_scoring.releases.entries import (
    Approved,
    Built,
    Entry,
    Gated,
    Opened,
    PutInForce,
    Retired,
    sha256_of_text,
    text_of,
)
from credit_scoring.releases.paperwork.document import Block, Document, Grid, Heading, Row, Text, pairs, row
from credit_scoring.releases.paperwork.voice import Voice

if TYPE_CHECKING:
    from credit_scoring.policy.catalogue import Title
    from credit_scoring.releases.ledger import Ledger, Period

_STATES = {
    "built": ("已编制，未经检验", "built, not yet before the gates"),
    "gated": ("已检验，未批准", "gates run, not approved"),
    "approved": ("已批准，未施行", "approved, not in force"),
    "scheduled": ("已批准，待施行", "approved, to be in force"),
    "in_force": ("施行中", "in force"),
    "ended": ("已停止施行", "no longer in force"),
}


def decisions_paper(ledger: Ledger, built: Built, title: Title, *, on: date, lang: str) -> Document:
    """The decisions about a release, as the ledger has them.

    Args:
        title: of the scorecard.
        on: the day for which its state is told.
        lang: `zh` or `en`.
    """
    voice = Voice(lang)
    say = voice.say
    release = f"{built.name}:{built.version}"
    return Document(
        lang=lang,
        title=say(f"{title.zh}（{built.edition}版）决定记录", f"{title.en}, edition {built.edition}: decisions"),
        subtitle=say(f"发布{release}；截至{voice.day(on)}", f"Release {release}, as of {voice.day(on)}"),
        blocks=(
            *_state(voice, ledger, built, on), *_periods(voice, ledger, built), *_story(voice, ledger, built),
        ),
        footer=(
            say(f"登记链末端（SHA-256）：{ledger.head}", f"Head of the ledger (SHA-256): {ledger.head}"),
            say(f"清单（SHA-256）：{built.manifest_sha256}", f"Manifest (SHA-256): {built.manifest_sha256}"),
            say("核对：credit-scoring release verify", "To verify: credit-scoring release verify"),
        ),
    )  # fmt: skip


def _state(voice: Voice, ledger: Ledger, built: Built, on: date) -> Iterator[Block]:
    say = voice.say
    state = ledger.state(built.name, built.version, on)
    report = ledger.report(built.name, built.version)
    approval = ledger.approval(built.name, built.version)
    none = say("无", "none")
    yield Heading(text=say("一、现状", "1. State"))
    yield pairs(
        (say("发布", "Release"), f"{built.name}:{built.version}"),
        (say("规则版本", "Edition"), built.edition),
        (say("状态", "State"), say(*_STATES[state])),
        (say("编制人", "Author"), f"{built.by} ({built.at.isoformat()})"),
        (say("批准人", "Approver"), none if approval is None else f"{approval.by} ({approval.at.isoformat()})"),
        (say("最近一次检验", "Latest gates"), say("尚未检验", "none yet") if report is None else (_verdict(voice, report), report.at.isoformat())),
        (say("发布内容指纹（SHA-256）", "Content (SHA-256)"), built.content_sha256),
        (say("全部文件指纹（SHA-256）", "All files (SHA-256)"), built.files_sha256),
        heads=(say("项目", "Item"), say("内容", "Content")),
    )  # fmt: skip


def _verdict(voice: Voice, report: Gated) -> str:
    if not report.against:
        return voice.say("全部通过", "passed")
    named = voice.listed(report.against)
    return voice.say(f"{len(report.against)}项不利：{named}", f"{len(report.against)} against: {named}")


def _periods(voice: Voice, ledger: Ledger, built: Built) -> Iterator[Block]:
    say = voice.say
    periods = [p for p in ledger.periods(built.name) if p.version == built.version]
    yield Heading(text=say("二、施行期间", "2. Days in force"))
    if not periods:
        yield Text(text=say("没有施行过，也没有安排施行。", "It has not been in force, and no day is set."))
        return
    yield Grid(
        heads=(say("期间", "Period"), say("由谁决定", "Decided by"), say("何以结束", "How it ends")),
        rows=tuple(
            row(
                voice.from_until(p.from_, p.until),
                (p.decided.by, p.decided.at.isoformat(), p.decided.reason),
                _end(voice, p),
            )
            for p in periods
        ),
    )


def _end(voice: Voice, period: Period) -> str | tuple[str, ...]:
    say, ended = voice.say, period.ended_by
    if isinstance(ended, Retired):
        return (say("停止施行", "retired"), ended.by, ended.at.isoformat(), ended.reason)
    if isinstance(ended, PutInForce):
        successor = f"{ended.name}:{ended.version}"
        return (say(f"由{successor}接替", f"succeeded by {successor}"), ended.by, ended.at.isoformat(), ended.reason)  # fmt: skip
    if period.until is not None:
        return say("规则文本自定的截止日", "the end its own text sets")
    return say("没有定期限", "no end is set")


def _story(voice: Voice, ledger: Ledger, built: Built) -> Iterator[Block]:
    say = voice.say
    yield Heading(text=say("三、经过", "3. What was decided"))
    yield Grid(
        heads=(
            say("序号、时间", "Entry, time"), say("事项", "What"), say("经办", "By"), say("理由", "Reason"),
            say("证据和指纹", "Evidence, hashes"),
        ),
        rows=tuple(_rows(voice, ledger, built)),
    )  # fmt: skip


def _rows(voice: Voice, ledger: Ledger, built: Built) -> Iterator[Row]:
    for entry in ledger.entries:
        if isinstance(entry, Opened) or (entry.name, entry.version) != (built.name, built.version):
            continue
        what, evidence = _told(voice, entry)
        own = sha256_of_text(text_of(entry))
        chained = voice.say(f"本条：{own}", f"this entry: {own}")
        yield row(
            (str(entry.number), entry.at.isoformat()), what, entry.by, entry.reason, (*evidence, chained)
        )


def _told(voice: Voice, entry: Entry) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What an entry says happened, and on what evidence."""
    say, day = voice.say, voice.day
    if isinstance(entry, Built):
        return (say("编制完成", "built"),), (say(f"清单：{entry.manifest_sha256}", f"manifest: {entry.manifest_sha256}"),)  # fmt: skip
    if isinstance(entry, Gated):
        compared = say("没有施行中的版本可比", "nothing in force to compare with")
        if entry.compared_with is not None:
            compared = say(
                f"与第{entry.compared_with}号发布比较", f"compared with version {entry.compared_with}"
            )
        lines = [say("施行前检验", "gates"), say(f"数据日期：{day(entry.on)}", f"data of {day(entry.on)}"), compared, _verdict(voice, entry)]  # fmt: skip
        if entry.acceptable:
            named = voice.listed(entry.acceptable)
            lines.append(say(f"可以由批准人接受：{named}", f"an approver may accept: {named}"))
        return tuple(lines), (say(f"检验报告：{entry.report_sha256}", f"report: {entry.report_sha256}"),)
    if isinstance(entry, Approved):
        lines = [say("批准", "approved")]
        if entry.accepted:
            named = voice.listed(entry.accepted)
            lines.append(say(f"接受：{named}", f"accepted: {named}"))
        return tuple(lines), (say(f"检验报告：{entry.report_sha256}", f"report: {entry.report_sha256}"),)
    if isinstance(entry, PutInForce):
        return (say("决定施行", "put in force"), voice.from_until(entry.from_, entry.until)), ()
    if isinstance(entry, Retired):
        return (
            say("决定停止施行", "retired"),
            say(f"自{day(entry.from_)}起", f"from {day(entry.from_)}"),
        ), ()
    raise TypeError(f"no words for an entry of the kind {type(entry).__name__}")
