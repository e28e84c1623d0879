"""The policy of a release has no problem, and brings everything it rests on."""

from __future__ import annotations

from pathlib import Path

from credit_scoring.errors import Problem
from credit_scoring.policy.catalogue import Title
from credit_scoring.policy.loading import check_files
from credit_scoring.releases.gates.bench import Bench
from credit_scoring.releases.gates.findings import Exhibit, Finding, Question, listed

_PROBLEMS = Question(
    gate="policy",
    name="problems",
    title=Title(zh="政策文件检查", en="Policy check"),
)
_COMPLETE = Question(
    gate="policy",
    name="complete",
    title=Title(zh="评分卡、目录、依据齐备", en="Scorecard, catalogue and legal texts are all there"),
)


def check_policy(bench: Bench) -> Finding:
    """`policy check` on the files of the release: no problem; warnings are shown."""
    folder = bench.candidate.folder / "policy"
    reading, found = check_files([folder])
    problems = tuple(problem for problem in found if not problem.warning)
    warnings = tuple(problem for problem in found if problem.warning)
    strange = tuple(
        sorted(
            Path(document.file).name
            for document in reading.documents
            if not Path(document.file).resolve().is_relative_to(folder.resolve())
        )
    )
    return Finding(
        checks=(
            _PROBLEMS.answered(
                passed=not problems,
                found=f"{len(problems)}",
                limit="0",
                detail=_detail(problems, warnings, files=len(reading.documents)),
            ),
            _COMPLETE.answered(
                passed=not strange,
                found=f"{len(strange)}",
                limit="0",
                detail=Title(
                    zh="所用文件均在本发布内" if not strange else f"取自发布之外：{listed(strange).zh}",
                    en="every file read is part of the release"
                    if not strange
                    else f"taken from outside the release: {listed(strange).en}",
                ),
            ),
        ),
        exhibits=_exhibits((*problems, *warnings), folder),
    )


def _detail(problems: tuple[Problem, ...], warnings: tuple[Problem, ...], *, files: int) -> Title:
    codes = listed(tuple(f"{p.code} {p.message}" for p in (*problems, *warnings)), most=5)
    counts = Title(
        zh=f"{files} 个文件，{len(problems)} 个问题，{len(warnings)} 个警告",
        en=f"{files} files, problems: {len(problems)}, warnings: {len(warnings)}",
    )
    if not problems and not warnings:
        return counts
    return Title(zh=f"{counts.zh}：{codes.zh}", en=f"{counts.en}: {codes.en}")


def _exhibits(problems: tuple[Problem, ...], folder: Path) -> tuple[Exhibit, ...]:
    if not problems:
        return ()
    rows = tuple(
        (
            f"{_relative(problem.file, folder)}:{problem.line}",
            problem.code,
            Title(zh="警告", en="warning") if problem.warning else Title(zh="问题", en="problem"),
            problem.message,
        )
        for problem in problems
    )
    heads = (
        Title(zh="位置", en="Where"),
        Title(zh="代码", en="Code"),
        Title(zh="级别", en="Level"),
        Title(zh="内容", en="What"),
    )
    title = Title(zh="政策文件的问题与警告", en="Problems and warnings of the policy")
    return (Exhibit(title=title, heads=heads, rows=rows),)


def _relative(file: str, folder: Path) -> str:
    path = Path(file)
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name
