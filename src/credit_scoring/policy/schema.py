"""The grammar of scorecard files as JSON Schema, so that editors complete and check while one types."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from credit_scoring.policy.language import Scorecard


class _YamlNumbers(GenerateJsonSchema):
    """Numbers are numbers: the pattern of text that pydantic allows for decimals is refused by our reader."""

    def decimal_schema(self, schema: Any) -> dict[str, Any]:  # noqa: ARG002 - as the base class has it
        return {"type": "number"}


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of one scorecard file."""
    schema = Scorecard.model_json_schema(by_alias=True, schema_generator=_YamlNumbers)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
