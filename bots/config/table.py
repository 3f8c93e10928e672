"""What all tables of config.toml are."""

from typing import get_args

from pydantic import BaseModel, ConfigDict


class Table(BaseModel):
    """A table of the file: unknown keys are errors, types are exact, values never change."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


def table_in(annotation: object) -> type[Table] | None:
    """The table that a field of this type holds, be it optional, one of a list or one of a mapping."""
    if isinstance(annotation, type) and issubclass(annotation, Table):
        return annotation
    return next((found for each in get_args(annotation) if (found := table_in(each))), None)
