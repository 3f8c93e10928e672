"""Where a secret is, instead of the secret; and Python names instead of objects."""

import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, ValidationInfo

from agents.errors import WrongUse


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """``env:NAME``, ``file:PATH``, or, in a file that only its owner can read, the secret itself (never shown)."""

    kind: Literal["env", "file", "literal"]
    value: str = field(repr=False)

    def __str__(self) -> str:
        return "(a secret in this file)" if self.kind == "literal" else f"{self.kind}:{self.value}"

    def reveal(self, where: str, *, beside: Path, environment: Mapping[str, str]) -> str:
        """The secret, read now. ``where`` names its key for people; ``beside`` is the folder of the config file.

        Raises `WrongUse` where the variable or the file is missing or empty.
        """
        match self.kind:
            case "env":
                found = environment.get(self.value, "").strip()
                if not found:
                    raise WrongUse(f"{where} is read from the environment, but {self.value} is not set; set it.")
                return found
            case "file":
                path = beside / Path(self.value).expanduser()
                try:
                    found = path.read_text(encoding="utf-8").strip()
                except (OSError, UnicodeDecodeError) as error:
                    reason = getattr(error, "strerror", None) or "it is not a text file"
                    raise WrongUse(
                        f"{where} is read from {path}, but it cannot be: {reason}; write it there."
                    ) from error
                if not found:
                    raise WrongUse(f"{where} is read from {path}, but that file is empty; write the secret there.")
                return found
            case "literal":
                return self.value


def readable_by_others(path: Path) -> bool:
    """Whether anybody but the file's owner may read it."""
    return bool(path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH))


def _secret(value: object, info: ValidationInfo) -> Secret:
    if isinstance(value, Secret):
        return value
    if not isinstance(value, str) or not value.strip():
        raise ValueError('should be "env:NAME" or "file:PATH"')
    kind, _, rest = value.partition(":")
    if kind == "env":
        if not re.fullmatch(r"[A-Za-z_]\w*", rest):
            raise ValueError(f'names no environment variable in "{value}"; write "env:NAME"')
        return Secret(kind="env", value=rest)
    if kind == "file":
        if not rest:
            raise ValueError('names no file; write "file:PATH"')
        return Secret(kind="file", value=rest)
    if info.context is None or info.context["readable_by_others"]:
        raise ValueError(
            'is written out in a file that others can read; put it elsewhere and write "env:NAME" or "file:PATH" here'
        )
    return Secret(kind="literal", value=value)


SecretReference = Annotated[Secret, BeforeValidator(_secret, json_schema_input_type=str)]
"""A config value of this type is a `Secret`; its place is checked when it is read, not before."""

_MODULE_ATTRIBUTE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")


def names_python(value: str) -> bool:
    """Whether this is ``module:attribute``; modules are found beside the config file."""
    return bool(_MODULE_ATTRIBUTE.fullmatch(value))


def _python_name(value: object) -> object:
    if isinstance(value, str) and not names_python(value):
        raise ValueError('should be "module:attribute", with my_module.py beside the config file')
    return value


PythonName = Annotated[str, BeforeValidator(_python_name)]
"""``my_tools:weather``: an attribute of a module beside the config file, or of an installed one."""
