"""What the core's values are made with: frozen, slotted, keyword-only dataclasses, at half of what they usually cost.

A turn makes some twenty of them, and whoever imports the core defines eighty. `dataclasses` compiles six methods for
each class, and its ``__init__`` looks up how to write past the freeze for every field; here one is compiled.
"""

from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from typing import TypeVar, dataclass_transform

_Class = TypeVar("_Class")


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(field,))
def value(cls: type[_Class]) -> type[_Class]:
    """Make a class a dataclass as ``dataclass(frozen=True, slots=True, kw_only=True)`` does."""
    made = dataclass(slots=True, kw_only=True, init=False, repr=False, eq=False)(cls)
    methods = {
        "__init__": _init(made),
        "__setattr__": _frozen,
        "__delattr__": _frozen,
        **_reading(_names(made)),
    }
    for name, method in methods.items():
        setattr(made, name, method)
    return made


def _names(cls: type) -> tuple[str, ...]:
    return tuple(one.name for one in fields(cls))


def _init(cls: type) -> object:
    scope: dict[str, object] = {"MISSING": MISSING}
    parameters, lines = [""], [""]
    for one in fields(cls):
        scope[f"write_{one.name}"] = getattr(cls, one.name).__set__
        parameter, given = _parameter(one, scope)
        parameters.append(parameter)
        lines.append(f"write_{one.name}(self, {given})")
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    star = ", *" if len(parameters) > 1 else ""
    exec(f"def __init__(self{star}{', '.join(parameters)}):{'; '.join(lines)[1:] or ' pass'}", scope)
    return scope["__init__"]


def _parameter(one: Field[object], scope: dict[str, object]) -> tuple[str, str]:
    """How a field stands among the parameters, and what is written into it."""
    if one.default is not MISSING:
        scope[f"default_{one.name}"] = one.default
        return f"{one.name}=default_{one.name}", one.name
    if one.default_factory is not MISSING:
        scope[f"make_{one.name}"] = one.default_factory
        return f"{one.name}=MISSING", f"make_{one.name}() if {one.name} is MISSING else {one.name}"
    return one.name, one.name


def _reading(names: tuple[str, ...]) -> dict[str, object]:
    # The second "__class__" makes it a tuple where there is no field.
    read = attrgetter("__class__", "__class__", *names)

    def equal(self: object, other: object) -> bool:
        return read(self) == read(other) if type(other) is type(self) else NotImplemented

    def hashed(self: object) -> int:
        return hash(read(self))

    def shown(self: object) -> str:
        items = zip(names, read(self)[2:], strict=True)
        return f"{type(self).__qualname__}({', '.join([f'{name}={item!r}' for name, item in items])})"

    def reduced(self: object) -> tuple[object, ...]:
        return _remade, (type(self), dict(zip(names, read(self)[2:], strict=True)))

    return {"__eq__": equal, "__hash__": hashed, "__repr__": shown, "__reduce__": reduced}


def _remade(cls: Callable[..., object], items: dict[str, object]) -> object:
    """For `copy` and `pickle`, which would write into it."""
    return cls(**items)


def _frozen(self: object, name: str, *_: object) -> None:
    raise FrozenInstanceError(f"cannot change field {name!r}")
