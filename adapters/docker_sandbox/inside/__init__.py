"""What runs inside a container: the standard library alone, Python 3.9 or newer, PID 1.

The modules are the first that the container's ``python3 -c`` reads from standard input (see `LOADER`), so that any
image with a Python will do. The agent then reads one request from there, runs the blocks, and answers in frames on
standard output:

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

import json
import marshal
from functools import cache
from importlib.resources import files

MODULES = ("frames", "workspace", "output", "pictures", "interpreter", "programs", "kernel", "agent")
"""In the order in which they import each other."""

LOADER = """
import json, marshal, os, sys, types
given = b""
while len(given) < int(sys.argv[1]):
    given += os.read(0, int(sys.argv[1]) - len(given)) or sys.exit()
sources, _, compiled = given.partition(b"\\0")
if sys.argv[3] == sys.version:
    modules = marshal.loads(compiled)
else:
    modules = {name: compile(source, f"<{name}>", "exec") for name, source in json.loads(sources).items()}
for name, code in modules.items():
    module = sys.modules[name] = types.ModuleType(name)
    exec(code, module.__dict__)
module.serve(json.loads(sys.argv[2]))
"""


@cache
def program() -> bytes:
    """The modules by name as `LOADER` reads them; how many bytes these are is its first argument.

    They come as sources, and compiled for a container whose Python is this very one (its third argument), as in the
    image that is made of it: compiling is a fifth of what an agent does until it is ready.
    """
    sources = {f"{__name__}.{name}": files(__name__).joinpath(f"{name}.py").read_text("utf-8") for name in MODULES}
    compiled = {name: compile(source, f"<{name}>", "exec", dont_inherit=True) for name, source in sources.items()}
    return json.dumps(sources).encode() + b"\0" + marshal.dumps(compiled)
