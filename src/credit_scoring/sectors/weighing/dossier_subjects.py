"""The dossier on subjects: what new weights do to their grades, and how firmly those stand."""

from __future__ import annotations

from dataclasses import dataclass

from credit_scoring.reports.contents import Picture, Section, Table
from credit_scoring.sectors.weighing.consequences import Consequences
from credit_scoring.sectors.weighing.pictures import fragility_picture
from credit_scoring.sectors.weighing.voice import Voice, percent

FRAGILITY_PICTURE = "fragility.svg"


@dataclass(frozen=True, slots=True)
class SubjectSections:
    """Sections on the subjects of a run."""

    voice: Voice
    found: Consequences

    def sections(self) -> list[Section]:
        """Sensitivity to noise and to single weights; the smallest changes that flip grades."""
        return [self._noise(self.found), self._smallest(self.found)]

    def _noise(self, found: Consequences) -> Section:
        moved = sum(m.subjects for m in found.moved if m.before != m.after)
        lines = [
            self.voice.say(
                f"{found.subjects:,} 个有等级的主体，另有 {found.unrated:,} 个未评级。等级仅按得分划定，未计直接判定。",
                f"{found.subjects:,} rated subjects; {found.unrated:,} more are unrated. Grades are by the score alone, overrides are left aside.",
            ),
            self.voice.say(
                f"由原权重改为新权重，{moved:,} 个主体（{percent(moved / found.subjects)}）的等级改变。",
                f"From the old weights to the new, {moved:,} subjects ({percent(moved / found.subjects)}) change grade.",
            ),
        ]
        if found.simplified:
            names = ", ".join(self.voice.grades[g] for g in found.simplified)
            lines.append(
                self.voice.say(
                    f"下列等级另有得分以外的条件，此处未计：{names}。",
                    f"These grades ask for more than a score, which is left aside here: {names}.",
                )
            )
        noise = Table(
            caption=self.voice.say("全部权重加随机扰动后等级翻转的比例", "Share of grades that flip under noise on all weights"),
            heads=(self.voice.say("扰动", "noise"), self.voice.say("次数", "draws"), self.voice.say("平均", "mean"), self.voice.say("区间", "interval"), self.voice.say("任一次翻转过的主体", "subjects that ever flip")),
            rows=tuple(
                (f"± {percent(n.width)}", f"{n.draws:,}", percent(n.flipped), f"{percent(n.low)} – {percent(n.high)}", percent(n.ever))
                for n in found.noise
            ),
        )  # fmt: skip
        single = Table(
            caption=self.voice.say("单个权重变动的影响", "Each weight by itself"),
            heads=(self.voice.say("指标", "indicator"), self.voice.say("变动", "change"), self.voice.say("减少时翻转", "flips when less"), self.voice.say("增加时翻转", "flips when more"), self.voice.say("得分平均变动", "mean change of score")),
            rows=tuple(
                (self.voice.named(e.indicator), f"± {percent(e.width)}", percent(e.flipped_less), percent(e.flipped_more), f"{e.mean_change:.3f}")
                for e in found.single
            ),
        )  # fmt: skip
        grades = Table(
            caption=self.voice.say("原等级与新等级", "Grades before and after"),
            heads=(
                self.voice.say("原等级", "before"),
                self.voice.say("新等级", "after"),
                self.voice.say("主体数", "subjects"),
            ),
            rows=tuple(
                (self.voice.grades[m.before], self.voice.grades[m.after], f"{m.subjects:,}")
                for m in found.moved
            ),
        )
        return Section(
            title=self.voice.say("对权重的敏感性", "Sensitivity to the weights"), paragraphs=tuple(lines), tables=(grades, noise, single),
        )  # fmt: skip

    def _smallest(self, found: Consequences) -> Section:
        lines = [
            self.voice.say(
                f"对每个主体求出只改变一个权重（其余按比例归一）即可使等级翻转的最小变动；{percent(found.never)} 的主体无论如何改变任一单个权重都不会翻转。",
                f"For each subject the smallest change of one weight, the others making room in proportion, that flips its grade; no change of any single weight flips {percent(found.never)} of them.",
            )
        ]
        if found.out_of_score:
            lines.append(
                self.voice.say(
                    f"{found.out_of_score:,} 个主体有指标不计入其得分，其权重由其余指标分担。",
                    f"{found.out_of_score:,} subjects have an indicator out of their score; the others have its weight.",
                )
            )
        within = Table(
            caption=self.voice.say("最小变动的分布", "How small the changes are"),
            heads=(self.voice.say("一个权重的变动不超过", "change of one weight of at most"), self.voice.say("可翻转的主体", "subjects it can flip")),
            rows=tuple((percent(w.change), percent(w.flipped)) for w in found.within),
        )  # fmt: skip
        fragile = Table(
            caption=self.voice.say("最脆弱的主体", "Most fragile subjects"),
            heads=(
                "subject_id", self.voice.say("得分", "score"), self.voice.say("等级", "grade"), self.voice.say("翻转为", "flips to"), self.voice.say("指标", "indicator"),
                self.voice.say("权重变动", "change of its weight"), "Σ |w′ − w|",
            ),
            rows=tuple(
                (f.subject_id, f"{f.score:.3f}", self.voice.grades[f.grade], self.voice.grades[f.grade_after], self.voice.titles[f.indicator], f"{100 * f.change:+.3f} %", f"{f.l1:.6f}")
                for f in found.fragile
            ),
        )  # fmt: skip
        return Section(
            title=self.voice.say("翻转等级的最小变动", "Smallest change that flips a grade"),
            paragraphs=tuple(lines),
            tables=(within, fragile) if found.fragile else (within,),
            picture=Picture(
                file=FRAGILITY_PICTURE, svg=fragility_picture(found),
                caption=self.voice.say(
                    "横轴：一个权重的变动（占其自身的 %）；纵轴：等级可因此翻转的主体（%）。",
                    "Across: change of one weight (% of itself). Upright: subjects whose grade it can flip (%).",
                ),
            ),
        )  # fmt: skip
