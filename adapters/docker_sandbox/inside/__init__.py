"""What runs inside a container: the standard library alone, Python 3.9 or newer, PID 1.

The modules' sources are given to the container's ``python3 -c`` (see `LOADER`), so that any image with a Python will
do. The agent reads one request from standard input, runs the blocks, and answers in frames on standard output:

    kind (1 byte), length (4 bytes, big endian), payload (at most `CHUNK` bytes)

    R  ready, waiting for the request             S  the request is here, programs start
    O  the head of the output, as it is printed   T  the tail of the output
    E  how it ended (JSON)                        F  a file follows (JSON: name, size)
    D  bytes of that file                         Z  the end (JSON: files left behind)

A request is one frame (kind Q, of any length) of JSON, followed by the bytes of the input files. It is the only one,
unless it is one of a session. When standard input ends, whoever started the container is gone, and so is everything in
here. Programs run as the same user as the agent: they cannot signal PID 1, nor, as it is not dumpable, trace it or open
its descriptors. The host trusts no frame anyway.
"""

from importlib.resources import files

MODULES = ("frames", "workspace", "output", "pictures", "interpreter", "programs", "kernel", "agent")
"""In the order in which they import each other."""

LOADER = """
import json, sys, types
for name, source in json.loads(sys.argv[1]).items():
    module = sys.modules[name] = types.ModuleType(name)
    exec(compile(source, f"<{name}>", "exec"), module.__dict__)
module.serve(json.loads(sys.argv[2]))
"""


def sources() -> dict[str, str]:
    """The modules' sources by name, for `LOADER`."""
    return {f"{__name__}.{name}": files(__name__).joinpath(f"{name}.py").read_text("utf-8") for name in MODULES}
