"""X9, X10, P24: what comes out of a workspace, however hostile the tree in it."""

import struct

import pytest

from adapters.docker_sandbox import DockerSandbox, SandboxSettings
from adapters.docker_sandbox.names import media_type, safe_name
from adapters.docker_sandbox.pictures import pixels
from adapters.docker_sandbox.settings import LIMITS
from agents.log.code_blocks import CodeBlock
from agents.log.files import NamedFile
from agents.ports import CodeRun
from tests.adapters.docker_sandbox.conftest import python

pytest_plugins = ("tests.engine",)

TREE = r"""
import os, socket
os.symlink("/etc/passwd", "passwd.txt")
os.symlink("/proc/1/environ", "environ.txt")
os.symlink("/", "root")
os.mkfifo("pipe.txt")
socket.socket(socket.AF_UNIX).bind("socket.txt")
open("good.txt", "w").write("good")
os.link("good.txt", "linked.txt")
open("new\nline\x1b[31m.txt", "w").write("odd name")
open(b"\xff\xfe.txt", "w").write("no text")
os.makedirs("/".join("deep" for _ in range(40)))
open("/".join("deep" for _ in range(40)) + "/bottom.txt", "w").write("bottom")
with open("sparse.bin", "wb") as file:
    file.truncate(30 << 20)
os.makedirs("__pycache__"); open("__pycache__/x.pyc", "w").write("cache")
open(".hidden", "w").write("hidden")
os.makedirs("shut"); open("shut/inside.txt", "w").write("x"); os.chmod("shut", 0)
open("unreadable.txt", "w").write("x"); os.chmod("unreadable.txt", 0)
"""


@pytest.mark.engine
async def test_x9_of_a_hostile_tree_only_regular_files_come_out_under_harmless_names(sandbox: DockerSandbox) -> None:
    result = await sandbox.run(python(TREE))
    assert result.status == "ok", result.output
    assert {file.name: file.content for file in result.files} == {
        "good.txt": b"good",
        "linked.txt": b"good",
        "new_line__31m.txt": b"odd name",
        "__.txt": b"no text",
        "bottom.txt": b"bottom",
        "unreadable.txt": b"x",
    }
    assert result.output == "[1 file was not kept: each may have at most 8,388,608 bytes]\n"


@pytest.mark.engine
async def test_x9_at_most_ten_files_come_out_and_the_output_says_how_many_did_not(sandbox: DockerSandbox) -> None:
    result = await sandbox.run(python("for n in range(25):\n    open(f'{n:02}.txt', 'w').write(str(n))\nprint('done')"))
    assert [file.name for file in result.files] == [f"{n:02}.txt" for n in range(LIMITS.files)]
    assert result.output == "done\n[15 files were not kept: a run gives at most 10]\n"


@pytest.mark.engine
async def test_x9_large_files_come_out_whole(sandbox: DockerSandbox) -> None:
    result = await sandbox.run(
        python(f"for n in range(5):\n    open(f'{{n}}.bin', 'wb').write(bytes([n]) * {LIMITS.file})")
    )
    assert [(file.name, file.content == bytes([n]) * LIMITS.file) for n, file in enumerate(result.files)] == [
        (f"{n}.bin", True) for n in range(5)
    ]


@pytest.mark.engine
async def test_p24_a_file_of_the_input_comes_out_when_a_program_changes_it(sandbox: DockerSandbox) -> None:
    given = (
        NamedFile(name="kept.txt", media_type="text/plain", content=b"as it was"),
        NamedFile(name="changed.txt", media_type="text/plain", content=b"before"),
    )
    result = await sandbox.run(python("open('changed.txt', 'a').write(' and after')", files=given))
    assert [(file.name, file.content) for file in result.files] == [("changed.txt", b"before and after")]


@pytest.mark.engine
async def test_p24_two_input_files_of_one_name_do_not_hide_each_other(sandbox: DockerSandbox) -> None:
    given = (
        NamedFile(name="../data.csv", media_type="text/csv", content=b"1"),
        NamedFile(name="data.csv", media_type="text/csv", content=b"2"),
    )
    result = await sandbox.run(
        python("import os\nfor n in sorted(os.listdir()): print(n, open(n).read())", files=given)
    )
    assert result.output == "data-2.csv 2\ndata.csv 1\n"


@pytest.mark.engine
async def test_p24_an_input_file_that_does_not_fit_is_named_and_the_others_are_there(sandbox: DockerSandbox) -> None:
    given = tuple(
        NamedFile(name=f"{n}.bin", media_type="application/octet-stream", content=bytes(LIMITS.file)) for n in range(9)
    )
    result = await sandbox.run(python("import os; print(len(os.listdir()))", files=given))
    assert (result.status, result.output) == (
        "ok", "The file 8.bin could not be put into the workspace: No space left on device.\n8\n",
    )  # fmt: skip


@pytest.mark.engine
async def test_p24_in_little_memory_input_files_that_do_not_fit_are_named_and_the_program_runs(
    sandbox_image: str, owner: str
) -> None:
    given = tuple(
        NamedFile(name=f"{n}.bin", media_type="application/octet-stream", content=bytes(LIMITS.file)) for n in range(8)
    )
    sandbox = DockerSandbox(SandboxSettings(image=sandbox_image, memory_mb=64), owner=owner)
    result = await sandbox.run(python("import os; print(len(os.listdir()))", files=given))
    sandbox.close()
    assert (result.status, result.output.splitlines()[-1]) == ("ok", "4")
    assert result.output.startswith("The file 4.bin could not be put into the workspace: No space left on device.\n")


@pytest.mark.engine
async def test_c23_a_block_that_shuts_the_folders_does_not_keep_the_next_from_running(sandbox: DockerSandbox) -> None:
    shut = "import os; os.chmod('/tmp', 0); os.chmod('/workspace', 0)"
    result = await sandbox.run(python(shut, "print(__file__)"))
    assert (result.status, result.output) == ("ok", "/tmp/block2.py\n")


@pytest.mark.engine
async def test_c23_a_link_that_a_program_made_does_not_lead_a_named_block_out_of_the_workspace(
    sandbox: DockerSandbox,
) -> None:
    blocks = (
        CodeBlock(language="python", code="import os; os.symlink('/tmp', 'out'); os.symlink('/tmp/y', 'y.py')"),
        CodeBlock(language="python", code="print('never')", filename="out/x.py"),
    )
    result = await sandbox.run(CodeRun(room="test", blocks=blocks))
    assert (result.status, result.exit_code) == ("error", 1)
    assert result.output == "Block 2 could not be written: out/x.py leads out of the workspace.\n"
    linked = CodeBlock(language="python", code="print('never')", filename="y.py")
    result = await sandbox.run(CodeRun(room="test", blocks=(blocks[0], linked)))
    assert (result.status, result.exit_code) == ("error", 1)
    assert "could not be written" in result.output


@pytest.mark.engine
async def test_x10_a_plot_becomes_a_png(sandbox_image: str, owner: str) -> None:
    sandbox = DockerSandbox(SandboxSettings(image=sandbox_image), owner=owner)
    result = await sandbox.run(
        python(
            "import pandas as pd\nimport matplotlib.pyplot as plt\n"
            "pd.DataFrame({'day': [1, 2, 3], 'sun': [4, 9, 5]}).plot(x='day')\nplt.savefig('sun.png', dpi=100)",
            timeout=30.0,
        )
    )
    sandbox.close()
    assert (result.status, result.output) == ("ok", "")
    (plot,) = result.files
    assert (plot.name, plot.media_type) == ("sun.png", "image/png")
    assert struct.unpack(">II", plot.content[16:24]) == (640, 480)


@pytest.mark.engine
async def test_p24_a_plot_that_is_only_shown_becomes_a_png_too(sandbox_image: str, owner: str) -> None:
    sandbox = DockerSandbox(SandboxSettings(image=sandbox_image, preload=()), owner=owner)
    draw = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.figure()\nplt.show()\n"
    shown = await sandbox.run(python(draw, timeout=30.0))
    saved = await sandbox.run(python(draw + "plt.savefig('mine.png')", timeout=30.0))
    sandbox.close()
    assert (shown.status, shown.output) == ("ok", "")
    assert [(file.name, file.media_type) for file in shown.files] == [
        ("figure-1.png", "image/png"),
        ("figure-2.png", "image/png"),
    ]
    assert [file.name for file in saved.files] == ["mine.png"]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("plot.png", "plot.png"),
        ("Año 2026 (1).csv", "Año 2026 (1).csv"),
        ("@everyone.png", "_everyone.png"),
        ("a<b>|c.txt", "a_b__c.txt"),
        ("archive.tar.gz", "archive.tar.gz"),
        ("no dot but ends in.a_very_long_suffix", "no dot but ends in.a_very_long_suffix"),
        ("\u202egnp.exe", "_gnp.exe"),
        ("...", "file"),
        ("你" * 90 + ".txt", "你" * 60 + ".txt"),
    ],
)
def test_x9_a_name_becomes_a_safe_base_name(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_x9_a_name_that_is_taken_gets_a_number() -> None:
    assert safe_name("x/plot.png", {"plot.png", "plot-2.png"}) == "plot-3.png"


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.png", b"\x89PNG\r\n\x1a\n", "image/png"),
        ("a.txt", b"\xff\xd8\xff", "image/jpeg"),
        ("a.png", b"<html>", "application/octet-stream"),
        ("a.gif", b"GIF89a", "image/gif"),
        ("a.csv", b"1,2", "text/csv"),
        ("a", b"", "application/octet-stream"),
    ],
)
def test_p24_a_picture_is_what_begins_like_one(name: str, content: bytes, kind: str) -> None:
    assert media_type(name, content) == kind


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height)


def jpeg(width: int, height: int, *before: bytes) -> bytes:
    return b"\xff\xd8" + b"".join(before) + struct.pack(">HHBHH", 0xFFC0, 11, 8, height, width)


COMMENT = b"\xff\xfe" + struct.pack(">H", 6) + b"note"


@pytest.mark.parametrize(
    ("content", "count"),
    [
        (png(640, 480), 640 * 480),
        (png(640, 480)[:20], 0),
        (b"GIF89a" + struct.pack("<HH", 3, 5), 15),
        (jpeg(640, 480, COMMENT, b"\xff\x01", b"\xff"), 640 * 480),
        (jpeg(640, 480, b"\xff\xfe\x00\x02?"), 0),
        (b"\xff\xd8\xff", 0),
        (b"text", 0),
    ],
)
def test_p24_a_pictures_size_is_read_without_unpacking_it(content: bytes, count: int) -> None:
    assert pixels(content) == count


def test_p24_a_picture_that_is_too_large_to_unpack_is_no_picture() -> None:
    assert media_type("a.png", png(10_000, 5_000)) == "image/png"
    assert media_type("a.png", png(10_000, 5_001)) == "application/octet-stream"
