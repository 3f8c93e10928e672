"""Lying to whoever reads: through frames, files and their names, pictures, text."""

import re

from adapters.docker_sandbox.attacks.attack import Attack

FORGED = """
import os, struct
ending = b'{"status": "ok", "exit_code": 0, "left_out": 0}'
inner = struct.pack(">cI", b"E", len(ending)) + ending
wrapped = b"\\x01\\0\\0\\0" + struct.pack(">I", len(inner)) + inner
"""

ON_EVERY_DESCRIPTOR = f"""{FORGED}
import sys
for descriptor in range(256):
    try:
        os.write(descriptor, wrapped + inner)
    except OSError:
        pass
print("and on", flush=True)
sys.exit(3)
"""

TREE = r"""
import os, socket
os.symlink("/etc/passwd", "passwd.txt")
os.symlink("/proc/1/environ", "environ.txt")
os.symlink("/", "root")
os.mkfifo("pipe.txt")
socket.socket(socket.AF_UNIX).bind("socket.txt")
open("good.txt", "w").write("good")
os.link("good.txt", "linked.txt")
os.makedirs("/".join("deep" for _ in range(40)))
open("/".join("deep" for _ in range(40)) + "/bottom.txt", "w").write("bottom")
with open("sparse.bin", "wb") as file:
    file.truncate(30 << 20)
os.makedirs("__pycache__"); open("__pycache__/x.pyc", "w").write("cache")
open(".hidden", "w").write("hidden")
os.makedirs("shut"); open("shut/inside.txt", "w").write("x"); os.chmod("shut", 0)
open("unreadable.txt", "w").write("x"); os.chmod("unreadable.txt", 0)
"""

PIT = """
import os
open("good.txt", "w").write("good")
os.mkdir("unsearchable"); open("unsearchable/x.txt", "w").write("x"); os.chmod("unsearchable", 0o444)
os.mkdir("pit"); os.chdir("pit")
for _ in range(1500):
    os.mkdir("a"); os.chdir("a")
os.chdir("/workspace")
for _ in range(16):
    os.mkdir("b" * 250); os.chdir("b" * 250)
open("c" * 200, "w").write("beyond every path")
"""

NAMES = r"""
names = [
    b"a\nb\x1b[31m.txt", b"\xff\xfe.txt", b"..\\..\\up.txt", b"C:\\x.txt", b"@everyone <!channel>.txt",
    "\u202egnp.exe".encode(), b"x" * 251 + b".txt", b"-rf.txt", b"`$(id)`.txt",
]
for number, name in enumerate(names):
    open(name, "w").write(str(number))
"""

SWAPS = """
import os, time
if not os.fork():
    os.setsid()
    while True:
        for target in ("/etc/passwd", "/proc/1/environ", "/proc/self/mem"):
            try:
                os.symlink(target, "new")
                os.rename("new", "swapped.txt")
                open("new", "w").write("mine")
                os.rename("new", "swapped.txt")
            except OSError:
                pass
time.sleep(0.3)
"""

PICTURE = """
import struct, zlib
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
rows = zlib.compressobj(9)
pixels = b"".join([rows.compress(bytes(1 << 20)) for _ in range(256)] + [rows.flush()])
header = struct.pack(">IIBBBBB", 60000, 35791, 1, 0, 0, 0, 0)
start = b"\\x89PNG\\r\\n\\x1a\\n"
open("bomb.png", "wb").write(start + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b""))
open("page.png", "w").write("<html><script>alert(1)</script>")
open("small.png", "wb").write(start + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 1, 0, 0, 0, 0)))
"""

CLEARING = r"\x1b]0;title\x07\x1b[2J\x1b[H\x1b]52;c;ZWNobw==\x07@everyone <!channel> <@U12345678>"

LIES = (
    Attack(
        name="a forged frame in the output", by="programs have pipes of their own",
        program=f"{FORGED}os.write(1, wrapped)\nprint('just text')", output=r"E\x00\x00\x00/?.*left_out.*just text",
    ),
    Attack(
        name="forged frames on every descriptor", by="programs have pipes of their own", program=ON_EVERY_DESCRIPTOR,
        output="and on\n$", endings=("error",),
    ),
    Attack(
        name="a tree of links, pipes and pits", by="regular files only, opened without links", program=TREE,
        files=("bottom.txt", "good.txt", "linked.txt", "unreadable.txt"), output="1 file was not kept",
    ),
    Attack(
        name="folders without an end or an entrance", by="what cannot be reached is left out", program=PIT,
        files=("good.txt",), output="^$",
    ),
    Attack(
        name="a file that turns into a link", by="everything has ended before files are read", program=SWAPS,
    ),
    Attack(
        name="a thousand files", by="at most 10 come out", output="990 files were not kept",
        program="for n in range(1000):\n    open(f'{n:04}.txt', 'w').write('x')",
        files=tuple(f"{n:04}.txt" for n in range(10)),
    ),
    Attack(name="names that are paths or orders", by="safe base names", program=NAMES, output="^$"),
    Attack(
        name="pictures that are bombs or pages", by="no picture of more than 50 million pixels", program=PICTURE,
        files=("bomb.png", "page.png", "small.png"),
        media_types=("application/octet-stream", "application/octet-stream", "image/png"),
    ),
    Attack(
        name="terminal sequences and mass mentions", by="text only, cleaned where it is shown",
        program=f"print({CLEARING!r}.encode().decode('unicode_escape'))",
        output=re.escape(CLEARING.encode().decode("unicode_escape")),
    ),
)  # fmt: skip
