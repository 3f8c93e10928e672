"""Typed Python functions as tools: schema from annotations and docstring, arguments validated by pydantic."""

import asyncio
import functools
import inspect
import logging
import re
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Annotated, Any, get_args, get_type_hints

import pydantic
import pydantic_core
from pydantic.json_schema import GenerateJsonSchema

from agents.errors import WrongUse
from agents.ports import Tool, ToolContext, ToolFunction, ToolResult, is_idempotent, is_risky

LOGGER = logging.getLogger(__name__)

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_GOOGLE_HEAD = re.compile(r"(Args|Arguments|Parameters|Returns|Yields|Raises|Example|Examples|Note|Notes):")
_GOOGLE_PARAMETER = re.compile(r"(\s+)\*{0,2}(\w+)(?:\s*\([^)]*\))?:\s*(.*)")
_SPHINX_PARAMETER = re.compile(r":(?:param|parameter|arg|argument)\s+(?:[^:]*\s)?\*{0,2}(\w+):\s*(.*)")


class FunctionTools:
    """Makes tools of functions and runs the synchronous ones, at most ``threads`` of them at once.

    They run in daemon threads: one that never returns keeps its place, and does not keep the process from ending.
    """

    def __init__(self, threads: int = 8):
        self._places = asyncio.Semaphore(threads)
        self._made = functools.lru_cache(maxsize=1_000)(self._make)

    def tool(self, function: ToolFunction) -> Tool:
        """The tool that calls ``function``. Raises `WrongUse` for a function that a model could not call.

        Its name is the function's; its description the docstring's first paragraph; parameters are documented in
        Google's or Sphinx's style. A result that is a string is given to the model as it is, a `ToolResult` too,
        anything else as JSON. Wrong arguments, and whatever the function raises, come back as a failed result. A
        parameter annotated as a `ToolContext` is given the context of the call, and models are not told of it.
        The same function gives the same tool.
        """
        return self._made(function)

    def _make(self, function: ToolFunction) -> Tool:
        name = getattr(function, "__name__", "")
        if not _NAME.fullmatch(name):
            raise WrongUse(f"{function!r} has no name that a model could call; define it with def and a plain name.")
        description, about = _documented(inspect.getdoc(function) or "")
        hints, parameters = _signature(name, function)
        told = [one for one in parameters if ToolContext in (hints.get(one), *get_args(hints.get(one)))]
        arguments = _arguments(name, hints, [one for one in parameters.values() if one.name not in told], about)
        run = functools.partial(self._run, name, function, arguments, told)
        return Tool(
            name=name,
            description=description or name.replace("_", " "),
            parameters=_schema(arguments),
            call=run,
            risk="risky" if is_risky(function) else "safe",
            idempotent=is_idempotent(function),
        )

    async def _run(
        self,
        name: str,
        function: ToolFunction,
        arguments: type[pydantic.BaseModel],
        told: Sequence[str],
        text: str,
        context: ToolContext,
    ) -> ToolResult:
        try:
            given = arguments.model_validate_json(text.strip() or "{}")
        except pydantic.ValidationError as error:
            return ToolResult(text=_complaint(name, error), failed=True)
        named = {_alias(arguments, field): getattr(given, field) for field in given.model_fields_set}
        named |= dict.fromkeys(told, context)
        if not inspect.iscoroutinefunction(function):
            return await self._aside(name, function, named)
        try:
            return _result(await function(**named))
        except Exception as error:
            return _failed(name, error)

    async def _aside(self, name: str, function: ToolFunction, named: Mapping[str, object]) -> ToolResult:
        """Call a synchronous function in a thread of its own. Cancelling leaves it running; its result is dropped."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[ToolResult] = loop.create_future()

        def finish(result: ToolResult) -> None:
            self._places.release()
            if not done.done():
                done.set_result(result)

        def work() -> None:
            try:
                result = _result(function(**named))
            except BaseException as error:
                result = _failed(name, error)
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(finish, result)

        await self._places.acquire()
        threading.Thread(target=work, name=f"tool {name}", daemon=True).start()
        return await done


def _signature(name: str, function: ToolFunction) -> tuple[Mapping[str, Any], Mapping[str, inspect.Parameter]]:
    """The types of the parameters, and the parameters, by their names."""
    try:
        return get_type_hints(function, include_extras=True), inspect.signature(function).parameters
    except (NameError, TypeError, ValueError) as error:
        raise WrongUse(f"The types of the tool {name} cannot be read ({error}); correct its annotations.") from error


def _arguments(
    name: str, hints: Mapping[str, Any], parameters: Sequence[inspect.Parameter], about: Mapping[str, str]
) -> type[pydantic.BaseModel]:
    """A model of the parameters. Its fields have names of their own, since a parameter may be called ``schema``."""
    fields: dict[str, Any] = {}
    for number, parameter in enumerate(parameters):
        if parameter.kind not in (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY):
            raise WrongUse(
                f"The tool {name} takes {parameter.name!r} by position only or in any number; name each parameter."
            )
        if parameter.name not in hints:
            raise WrongUse(f"The parameter {parameter.name!r} of the tool {name} has no type; annotate it.")
        default = parameter.default
        given: dict[str, Any] = {} if default is inspect.Parameter.empty else {"default": default}
        if parameter.name in about:
            given["description"] = about[parameter.name]
        alias = pydantic.Field(alias=parameter.name)
        fields[f"p{number}"] = (Annotated[hints[parameter.name], alias], pydantic.Field(**given))
    try:
        return pydantic.create_model(name, __config__=pydantic.ConfigDict(extra="forbid"), **fields)
    except pydantic.errors.PydanticUserError as error:
        raise WrongUse(
            f"The tool {name} has a parameter of a type that has no JSON form ({str(error).splitlines()[0]}); "
            "use plain types, dataclasses or pydantic models."
        ) from error


class _WithoutTitles(GenerateJsonSchema):
    """Titles repeat the names and cost tokens."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def _schema(arguments: type[pydantic.BaseModel]) -> Mapping[str, object]:
    made = arguments.model_json_schema(schema_generator=_WithoutTitles)
    made.pop("title", None)
    return {"properties": {}, **made}


def _alias(arguments: type[pydantic.BaseModel], field: str) -> str:
    return arguments.model_fields[field].alias or field


def _complaint(name: str, error: pydantic.ValidationError) -> str:
    problems = [
        f"{'.'.join(map(str, one['loc']))}: {one['msg']}" if one["loc"] else one["msg"]
        for one in error.errors(include_url=False, include_context=False)
    ]
    return (
        f"{name} was not called, because its arguments are wrong: {'; '.join(problems)}. Correct them and call again."
    )


def _failed(name: str, error: BaseException) -> ToolResult:
    """A tool's failure is data for the model; the traceback is for whoever wrote the tool."""
    LOGGER.warning("The tool %s failed.", name, exc_info=error)
    return ToolResult(text=f"{name} failed: {type(error).__name__}: {error}", failed=True)


def _result(result: object) -> ToolResult:
    if isinstance(result, ToolResult):
        return result
    if result is None:
        return ToolResult(text="Done; there is no result.")
    if isinstance(result, str):
        return ToolResult(text=result)
    return ToolResult(
        text=pydantic_core.to_json(result, fallback=str, bytes_mode="base64", inf_nan_mode="strings").decode()
    )


def _documented(doc: str) -> tuple[str, dict[str, str]]:
    """The first paragraph, and what is said about each parameter."""
    lines = doc.splitlines()
    first: list[str] = []
    for line in lines:
        if not line.strip() or line.startswith(":") or _GOOGLE_HEAD.fullmatch(line.strip()):
            break
        first.append(line.strip())
    return " ".join(first), {**_google(lines), **_sphinx(lines)}


def _google(lines: list[str]) -> dict[str, str]:
    """``Args:``, then ``name (type): text`` indented once, its further lines indented more."""
    about: dict[str, str] = {}
    inside, indent, latest = False, "", ""
    for line in lines:
        head = _GOOGLE_HEAD.fullmatch(line)
        if head:
            inside, indent, latest = head[1] in ("Args", "Arguments", "Parameters"), "", ""
            continue
        parameter = _GOOGLE_PARAMETER.fullmatch(line)
        if inside and parameter and indent in ("", parameter[1]):
            indent, latest = parameter[1], parameter[2]
            about[latest] = parameter[3].strip()
        elif inside and latest and line.strip():
            about[latest] = f"{about[latest]} {line.strip()}".strip()
    return about


def _sphinx(lines: list[str]) -> dict[str, str]:
    """``:param type name: text``, its further lines indented."""
    about: dict[str, str] = {}
    latest = ""
    for line in lines:
        parameter = _SPHINX_PARAMETER.fullmatch(line)
        if parameter:
            latest = parameter[1]
            about[latest] = parameter[2].strip()
        elif line.startswith(":") or not line.strip():
            latest = ""
        elif latest:
            about[latest] = f"{about[latest]} {line.strip()}".strip()
    return about
