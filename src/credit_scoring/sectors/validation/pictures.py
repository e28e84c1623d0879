"""Pictures of a validation, drawn from its data and nothing else, as SVG or PNG bytes.

Words are Chinese only where a font that has them is installed; else English, which the picture tells. A name the font cannot write (of a
feature, a segment, a split) becomes `#n`, its line in the table beside the picture: never an empty box.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal, TypeAlias, cast

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager, get_font

from credit_scoring.policy.numbers import POINT
from credit_scoring.sectors.validation.results import SplitResult, Validation
from credit_scoring.sectors.validation.wording import kind_name, say, split_name

Format: TypeAlias = Literal["svg", "png"]
_CHINESE_FONTS = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei", "Microsoft YaHei", "SimHei", "PingFang SC", "Hiragino Sans GB", "Noto Sans CJK JP",
)  # fmt: skip
_INK = "#010203"
_COLOURS = ("#3b82c4", "#d9730d", "#2a9d6f", "#8a63d2", "#b8860b", "#c2416c")
_GOOD, _BAD = _COLOURS[0], _COLOURS[1]
_MOST_BARS = 25


@dataclass(slots=True)
class Lettering:
    """The font of one picture, the language it allows, and whether a name had to give way to its number."""

    family: str
    lang: str
    numbered: bool = False

    @classmethod
    def choose(cls, lang: str) -> Lettering:
        """The first Chinese font installed, for `zh`; else the font that comes with matplotlib, and English."""
        if lang == "zh":
            installed = {font.name for font in fontManager.ttflist}
            for family in _CHINESE_FONTS:
                if family in installed:
                    return cls(family, "zh")
        return cls("DejaVu Sans", "en")

    def can_write(self, text: str) -> bool:
        """Whether the font has every character of a text."""
        font = get_font(mpl.font_manager.findfont(FontProperties(family=self.family)))
        return all(font.get_char_index(ord(character)) for character in text if not character.isspace())

    def name(self, text: str | None, number: int) -> str:
        """A name as it can be written: itself, cut if it is long, or its number in the table (from 1)."""
        if text is None:
            return say("unknown", self.lang)
        if not self.can_write(text):
            self.numbered = True
            return f"#{number}"
        # A dollar sign would start mathematics.
        return text[:32].replace("$", r"\$")

    def say(self, key: str) -> str:
        """Wording in the language of the pictures."""
        return say(key, self.lang)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One picture: its key in the wording, the split it is about (None: all) and its bytes."""

    key: str
    split: str | None
    content: bytes
    lang: str
    """Of its words: English where no font can write Chinese."""
    numbered: bool
    """A name in it gave way to `#n`."""


def draw_all(validation: Validation, *, lang: str, kind: Format = "svg") -> tuple[Picture, ...]:
    """Every picture for which there are data."""
    wanted: list[tuple[str, str | None, Callable[[Lettering], Figure]]] = [
        ("roc", None, partial(_roc, validation.splits))
    ]
    if validation.importance:
        wanted.append(("importance", None, partial(_importance, validation)))
    for split in validation.splits:
        if split.curves.scores:
            wanted.append(("ks", split.name, partial(_ks, split)))
            wanted.append(("distribution", split.name, partial(_distribution, split)))
        wanted.append(("calibration", split.name, partial(_calibration, split)))
        if split.stability:
            wanted.append(("psi", split.name, partial(_psi, validation, split)))
        if any(value.enough for segment in split.segments for value in segment.values):
            wanted.append(("segment_auc", split.name, partial(_segments, split)))
    chosen = Lettering.choose(lang)
    return tuple(_picture(key, name, draw, replace(chosen), kind=kind) for key, name, draw in wanted)


def _picture(
    key: str, split: str | None, draw: Callable[[Lettering], Figure], letters: Lettering, *, kind: Format
) -> Picture:
    content = _bytes(draw(letters), kind, letters, salt=f"{key} {split}")
    return Picture(key=key, split=split, content=content, lang=letters.lang, numbered=letters.numbered)


def _bytes(figure: Figure, kind: Format, letters: Lettering, *, salt: str) -> bytes:
    # The salt makes the identifiers of an SVG, and so its bytes, the same on every run.
    with mpl.rc_context({"svg.hashsalt": salt, "svg.fonttype": "path", "font.family": letters.family}):
        stream = io.BytesIO()
        if kind == "png":
            cast(Any, FigureCanvasAgg(figure)).print_png(stream, metadata={"Software": None})
            return stream.getvalue()
        cast(Any, FigureCanvasSVG(figure)).print_svg(stream, metadata={"Date": None, "Creator": None})
    return stream.getvalue().replace(_INK.encode(), b"currentColor")


def _canvas(letters: Lettering, *, title: str, x: str, y: str, height: float = 3.2) -> tuple[Figure, Any]:
    figure = Figure(figsize=(4.6, height), layout="constrained")
    figure.patch.set_alpha(0)
    axes = figure.add_subplot()
    axes.patch.set_alpha(0)
    font = FontProperties(family=letters.family, size=9)
    axes.set_title(title, color=_INK, fontproperties=font)
    axes.set_xlabel(x, color=_INK, fontproperties=font)
    axes.set_ylabel(y, color=_INK, fontproperties=font)
    axes.tick_params(colors=_INK, labelsize=8, labelfontfamily=letters.family)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(_INK)
    return figure, axes


def _legend(axes: Any, letters: Lettering) -> None:
    font = FontProperties(family=letters.family, size=8)
    axes.legend(frameon=False, labelcolor=_INK, prop=font)


def _roc(splits: Sequence[SplitResult], letters: Lettering) -> Figure:
    figure, axes = _canvas(
        letters, title=letters.say("roc"), x=letters.say("false_alarm"), y=letters.say("caught")
    )
    axes.plot([0, 1], [0, 1], color=_INK, linewidth=0.6, linestyle=":")
    for number, split in enumerate(splits):
        auc = split.discrimination.auc.value
        if auc is not None:
            label = f"{letters.name(split_name(split.name, letters.lang), number + 1)}  AUC {auc:.3f}"
            axes.plot(
                split.curves.false_alarm,
                split.curves.caught,
                color=_COLOURS[number % len(_COLOURS)],
                label=label,
            )
    if axes.get_legend_handles_labels()[0]:
        _legend(axes, letters)
    return figure


def _ks(split: SplitResult, letters: Lettering) -> Figure:
    figure, axes = _canvas(letters, title=letters.say("ks"), x=letters.say("score"), y=letters.say("up_to"))
    curves, found = split.curves, split.discrimination
    axes.step(curves.scores, curves.bad_up_to, color=_BAD, where="post", label=letters.say("bad"))
    axes.step(curves.scores, curves.good_up_to, color=_GOOD, where="post", label=letters.say("good"))
    if found.ks_at is not None and found.ks.value is not None:
        label = f"KS {found.ks.value:.3f}"
        axes.axvline(found.ks_at / POINT, color=_INK, linewidth=0.6, linestyle=":", label=label)
    _legend(axes, letters)
    return figure


def _distribution(split: SplitResult, letters: Lettering) -> Figure:
    figure, axes = _canvas(
        letters, title=letters.say("distribution"), x=letters.say("score"), y=letters.say("share")
    )
    curves = split.curves
    for shares, colour, key in ((curves.good_share, _GOOD, "good"), (curves.bad_share, _BAD, "bad")):
        axes.stairs(shares, curves.edges, color=colour, fill=True, alpha=0.35, label=letters.say(key))
        axes.stairs(shares, curves.edges, color=colour, linewidth=1)
    _legend(axes, letters)
    return figure


def _calibration(split: SplitResult, letters: Lettering) -> Figure:
    figure, axes = _canvas(
        letters, title=letters.say("calibration"), x=letters.say("foretold"), y=letters.say("observed")
    )
    told = [item.foretold for item in split.reliability.curve]
    came = [item.observed.value or 0.0 for item in split.reliability.curve]
    down = [(item.observed.value or 0.0) - (item.observed.low or 0.0) for item in split.reliability.curve]
    up = [(item.observed.high or 0.0) - (item.observed.value or 0.0) for item in split.reliability.curve]
    top = max(*told, *came, 1e-3)
    axes.plot([0, top], [0, top], color=_INK, linewidth=0.6, linestyle=":")
    axes.errorbar(told, came, yerr=[down, up], color=_GOOD, marker="o", markersize=3, linewidth=1, capsize=2)
    return figure


def _psi(validation: Validation, split: SplitResult, letters: Lettering) -> Figure:
    lines = [(i + 1, item) for i, item in enumerate(split.stability) if item.psi.value is not None]
    lines = sorted(lines, key=lambda line: line[1].psi.value or 0.0)[-_MOST_BARS:]
    figure, axes = _canvas(
        letters, title=letters.say("psi"), x="PSI", y="", height=max(1.8, 0.22 * len(lines) + 1.0)
    )
    names = [letters.say("score") if i == 1 else letters.name(item.name, i) for i, item in lines]
    axes.barh(range(len(lines)), [item.psi.value for _, item in lines], color=_GOOD)
    axes.set_yticks(range(len(lines)), names)
    limits = {check.name: check.limit for check in validation.checks}
    for name, colour in (("psi_at_most", _INK), ("feature_psi_at_most", _BAD)):
        axes.axvline(limits[name], color=colour, linewidth=0.8, linestyle="--", label=letters.say(name))
    figure.legend(
        loc="outside lower center",
        frameon=False,
        labelcolor=_INK,
        prop=FontProperties(family=letters.family, size=8),
    )
    return figure


def _segments(split: SplitResult, letters: Lettering) -> Figure:
    bars = [
        (number, kind, value)
        for kind in split.segments
        for number, value in enumerate(kind.values, start=1)
        if value.auc.value is not None
    ][:_MOST_BARS][::-1]
    figure, axes = _canvas(
        letters, title=letters.say("segment_auc"), x="AUC", y="", height=max(1.8, 0.22 * len(bars) + 0.9)
    )
    kinds = {kind.kind: i for i, kind in enumerate(split.segments)}
    for place, (_, kind, value) in enumerate(bars):
        auc = value.auc.value or 0.0
        low, high = value.auc.low, value.auc.high
        reach = [[auc - (auc if low is None else low)], [(auc if high is None else high) - auc]]
        colour = _COLOURS[kinds[kind.kind] % len(_COLOURS)]
        axes.errorbar(
            [auc], [place], xerr=[[max(0.0, r[0])] for r in reach], color=colour, marker="o", capsize=2
        )
    names = [
        f"{letters.name(kind_name(kind.kind, letters.lang), kinds[kind.kind] + 1)}: {letters.name(value.value, number)}"
        for number, kind, value in bars
    ]
    axes.set_yticks(range(len(bars)), names)
    return figure


def _importance(validation: Validation, letters: Lettering) -> Figure:
    bars = list(enumerate(validation.importance[:_MOST_BARS], start=1))[::-1]
    figure, axes = _canvas(
        letters,
        title=letters.say("importance"),
        x=letters.say("points"),
        y="",
        height=max(1.8, 0.22 * len(bars) + 0.9),
    )
    for place, (_, item) in enumerate(bars):
        axes.barh(place, (item.most - item.fewest) / POINT, left=item.fewest / POINT, color=_GOOD)
    names = []
    for number, item in bars:
        titled = item.title.in_language(letters.lang) if item.title else item.feature
        names.append(letters.name(titled if letters.can_write(titled) else item.feature, number))
    axes.set_yticks(range(len(bars)), names)
    return figure
