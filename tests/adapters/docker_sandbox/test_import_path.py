"""Where programs in the sandbox find their modules; it needs no engine."""

import subprocess
import sys
from pathlib import Path

PROGRAM = """
from adapters.docker_sandbox.inside import interpreter
interpreter.WORKSPACE = {workspace!r}
interpreter.new_main()
import colorsys, helper_of_ana
print(hasattr(colorsys, "rgb_to_hsv"), helper_of_ana.name)
"""


def test_c34_a_file_of_the_workspace_can_be_imported_and_takes_no_librarys_place(tmp_path: Path) -> None:
    (tmp_path / "colorsys.py").write_text("print('code of Ben')")
    (tmp_path / "helper_of_ana.py").write_text("name = 'ana'")
    program = PROGRAM.format(workspace=str(tmp_path))
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout == "True ana\n"
