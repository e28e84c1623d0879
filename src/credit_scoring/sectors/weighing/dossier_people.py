"""The dossier on people: what experts judged, how consistently, and what to reconsider."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from credit_scoring.policy.numbers import plain_number
from credit_scoring.reports.contents import Section, Table
from credit_scoring.sectors.weighing.experts import Group
from credit_scoring.sectors.weighing.pairwise import disturbances
from credit_scoring.sectors.weighing.voice import Voice, as_weight, comparisons, percent
from credit_scoring.sectors.weighing.weights import Weighed
from credit_scoring.sectors.weighing.wording import in_words

_WORST = 3
"""Judgments listed per comparison."""


@dataclass(frozen=True, slots=True)
class PeopleSections:
    """Sections on a group of experts, who may be one."""

    voice: Voice
    weighed: Weighed
    group: Group

    def sections(self) -> list[Section]:
        """Judgments; and where there are pairwise ones, consistency and what to reconsider."""
        found = [self._judgments(self.group)]
        if self.group.judged is not None:
            found += [self._consistency(self.group), self._disturbances(self.group)]
        return found

    def _judgments(self, group: Group) -> Section:
        people = Table(
            caption=self.voice.say("专家（按职务）", "Experts, by role"),
            heads=(self.voice.say("职务", "role"), self.voice.say("权重", "importance"), self.voice.say("与合成权重的距离", "distance from the weights together")),
            rows=tuple(
                (self.voice.role(o.role), self.voice.importance(o.role), percent(o.distance)) for o in group.opinions
            ),
        )  # fmt: skip
        tables = [people]
        lines = [
            self.voice.say(
                "距离是把合成权重变为该专家权重所需移动的权重份额。",
                "The distance is the share of the weight that would have to move to turn the weights together into the expert's.",
            )
        ]
        if group.judged is None:
            heads = (self.voice.say("指标", "indicator"), *(self.voice.role(o.role) for o in group.opinions))
            rows = tuple(
                (self.voice.named(name), *(as_weight(o.weights[i]) for o in group.opinions))
                for i, name in enumerate(self.weighed.names)
            )
            tables.append(
                Table(caption=self.voice.say("直接赋权", "Weights assessed directly"), heads=heads, rows=rows)
            )
        else:
            tables += self._pairs(group)
            lines.append(
                self.voice.say(
                    "几何离散度为 1 表示意见一致，2 表示围绕均值相差一倍（Saaty & Vargas 2007）。",
                    "Geometric dispersion: 1 where all agree, 2 where they are a factor of two around the mean (Saaty & Vargas 2007).",
                )
            )
        return Section(
            title=self.voice.say("判断", "Judgments"), paragraphs=tuple(lines), tables=tuple(tables)
        )

    def _pairs(self, group: Group) -> Iterator[Table]:
        disputes = {(d.first, d.second): d for d in group.disputes}
        singles = [o.judged for o in group.opinions if o.judged is not None]
        heads = (
            self.voice.say("比较", "pair"), *(self.voice.role(o.role) for o in group.opinions),
            self.voice.say("合成", "together"), self.voice.say("离散度", "dispersion"),
        )  # fmt: skip
        for i, whole in enumerate(comparisons(group.judged)):
            names = whole.names
            rows = []
            for a in range(len(names)):
                for b in range(a + 1, len(names)):
                    stated = (in_words(comparisons(single)[i].matrix[a, b]) for single in singles)
                    dispute = disputes[names[a], names[b]]
                    rows.append(
                        (
                            f"{self.voice.titles[names[a]]} : {self.voice.titles[names[b]]}", *stated,
                            f"{whole.matrix[a, b]:.3f}", f"{dispute.dispersion:.2f}",
                        )
                    )  # fmt: skip
            if rows:
                yield Table(caption=self.voice.place(i), heads=heads, rows=tuple(rows))

    def _consistency(self, group: Group) -> Section:
        weighed = self.weighed
        columns = [(self.voice.role(o.role), o.judged) for o in group.opinions]
        if len(columns) > 1:
            columns.append((self.voice.say("合成", "together"), group.judged))
        rows = []
        for i, whole in enumerate(comparisons(group.judged)):
            cells = (
                f"{comparisons(judged)[i].consistency_ratio:.4f}"
                for _, judged in columns
                if judged is not None
            )
            rows.append((self.voice.place(i), str(len(whole.names)), *cells))
        limit = plain_number(weighed.consistency_limit) if weighed.consistency_limit is not None else "–"
        ratio = f"{weighed.consistency_ratio:.4f}" if weighed.consistency_ratio is not None else "–"
        met = (
            self.voice.say("全部判断矩阵均满足限值。", "Every comparison meets the limit.")
            if weighed.consistent
            else self.voice.say(
                "至少一个判断矩阵超过限值，因此不写出新权重；下节列出应复核的判断。",
                "At least one comparison is beyond the limit, so no new weights are written; the next section lists the judgments to reconsider.",
            )
        )
        return Section(
            title=self.voice.say("一致性", "Consistency"),
            paragraphs=(
                self.voice.say(f"一致性比率限值 {limit}，最大值 {ratio}。{met}", f"Limit of the consistency ratio {limit}, largest found {ratio}. {met}"),
                self.voice.say("一致性比率 CR = (λmax − n) ÷ (n − 1) ÷ RI，RI 见 Saaty（1980）第 21 页。", "CR = (λmax − n) ÷ (n − 1) ÷ RI, with the random index RI of Saaty (1980), p. 21."),
            ),
            tables=(
                Table(
                    caption=self.voice.say("一致性比率", "Consistency ratios"),
                    heads=(self.voice.say("比较", "comparison"), "n", *(name for name, _ in columns)),
                    rows=tuple(rows),
                ),
            ),
        )  # fmt: skip

    def _disturbances(self, group: Group) -> Section:
        rows = []
        for opinion in group.opinions:
            for i, comparison in enumerate(comparisons(opinion.judged)):
                for d in disturbances(comparison)[:_WORST]:
                    if d.ratio_without < comparison.consistency_ratio:
                        rows.append(
                            (
                                self.voice.role(opinion.role), self.voice.place(i), f"{self.voice.titles[d.first]} : {self.voice.titles[d.second]}",
                                in_words(d.stated), f"{d.implied:.3f}", str(d.on_scale),
                                f"{comparison.consistency_ratio:.4f}", f"{d.ratio_without:.4f}",
                            )
                        )  # fmt: skip
        heads = (
            self.voice.say("专家", "expert"), self.voice.say("比较", "comparison"), self.voice.say("判断", "judgment"), self.voice.say("所述", "stated"),
            self.voice.say("其余判断所蕴含", "implied by the others"), self.voice.say("最近标度", "nearest on the scale"), "CR", self.voice.say("改后 CR", "CR without it"),
        )  # fmt: skip
        lines = (
            self.voice.say(
                f"每个矩阵列出最多 {_WORST} 个：若以其余判断所蕴含的值代替（Harker 1987），一致性比率会降到的数值。",
                f"For each comparison at most {_WORST}: what the consistency ratio would fall to if the judgment were the one the others imply (Harker 1987).",
            ),
        )
        if not rows:
            lines = (self.voice.say("没有可以改进一致性的判断。", "No judgment disturbs the consistency."),)
        tables = (Table(caption=self.voice.say("最影响一致性的判断", "Judgments that most disturb consistency"), heads=heads, rows=tuple(rows)),) if rows else ()  # fmt: skip
        return Section(
            title=self.voice.say("应复核的判断", "Judgments to reconsider"), paragraphs=lines, tables=tables
        )
