"""What every part of the schema shares: frozen, no unknown field, null for what the documents leave open."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool


class Part(BaseModel):
    """One part of a profile. A field that is missing or null means: the document says nothing about it."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _silent(value: Any) -> Any:
    return {} if value is None else value


#: For a part whose document says nothing at all: null reads as the part with every field null.
SilentPart = BeforeValidator(_silent)

Flag = StrictBool
Count = Annotated[int, Field(strict=True, ge=0)]
Positive = Annotated[int, Field(strict=True, ge=1)]
Words = Annotated[str, Field(min_length=1, max_length=2000, pattern=r"\S")]
Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
