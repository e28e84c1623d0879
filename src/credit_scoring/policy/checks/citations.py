"""Checks of authority: published numbers cite their text, and the texts cited exist."""

from __future__ import annotations

from credit_scoring.errors import did_you_mean
from credit_scoring.policy.checks.context import Context, Found, headings
from credit_scoring.policy.gathering import Reading
from credit_scoring.policy.walking import codes


def numbers_have_authority(ctx: Context) -> Found:
    """P101: a published number cites the text it was published in."""
    card = ctx.card
    for place in card.places():
        if "published" in (place.rule.basis, place.rule.rule_basis) and not card.authority_of(place):
            yield ctx.fault(
                place.keys,
                "P101",
                f"indicator '{place.indicator}' states published numbers and cites nothing: add `authority`.",
            )
    for keys, node in headings(card):
        if node.basis == "published" and not (node.authority or card.authority):
            yield ctx.fault(
                keys, "P101", f"'{keys[-1]}' states published points and cites nothing: add `authority`."
            )
    for name, override in card.overrides.items():
        if not (override.authority or card.authority):
            yield ctx.fault(
                ("overrides", name),
                "P101",
                f"override '{name}' cites nothing: a direct determination needs its legal basis.",
            )
    if card.basis == "published" and not card.authority:
        yield ctx.fault(
            ("basis",), "P101", "the scorecard is marked published and cites nothing: add `authority`."
        )


def citations_exist(ctx: Context) -> Found:
    """P102: every citation begins with the key of a legal text."""
    for keys, text in codes(ctx.card, "authority"):
        key = text.split(" ", 1)[0]
        if key not in ctx.reading.instruments:
            hint = did_you_mean(key, ctx.reading.instruments)
            yield ctx.fault(keys, "P102", f"'{key}' is not among the legal texts of instruments.yaml.{hint}")


def catalogue_cites(reading: Reading) -> Found:
    """P102: legal bases of the catalogue exist."""
    for code, item in reading.catalogue.items():
        document, keys = reading.where_items[code]
        for text in item.legal_basis:
            key = text.split(" ", 1)[0]
            if key not in reading.instruments:
                yield document.problem(
                    (*keys, "legal_basis"),
                    "P102",
                    f"'{key}' is not among the legal texts of instruments.yaml.{did_you_mean(key, reading.instruments)}",
                )
