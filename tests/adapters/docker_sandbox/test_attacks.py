"""X1: what hostile programs try, one by one; the sandbox fixture proves afterwards that the engine took no harm."""

import platform
import re

import pytest

from adapters.docker_sandbox import DockerSandbox
from tests.adapters.docker_sandbox.conftest import python, sh

pytest_plugins = ("tests.engine",)
pytestmark = pytest.mark.engine

SYSCALLS = {
    "x86_64": {
        "ptrace": 101, "mount": 165, "reboot": 169, "init_module": 175, "clock_settime": 227, "add_key": 248,
        "keyctl": 250, "unshare": 272, "perf_event_open": 298, "setns": 308, "process_vm_readv": 310, "bpf": 321,
        "userfaultfd": 323, "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427,
    },
    "aarch64": {
        "ptrace": 117, "mount": 40, "reboot": 142, "init_module": 105, "clock_settime": 112, "add_key": 217,
        "keyctl": 219, "unshare": 97, "perf_event_open": 241, "setns": 268, "process_vm_readv": 270, "bpf": 280,
        "userfaultfd": 282, "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427,
    },
}  # fmt: skip

ERRNO = """
import errno, os
def attempt(what):
    try:
        what()
    except OSError as error:
        print(errno.errorcode.get(error.errno, error.errno))
    else:
        print("WORKED")
"""

FORKS = (
    ERRNO
    + """
import time
count = 0
try:
    while True:
        if not os.fork():
            time.sleep(60)
        count += 1
except OSError as error:
    print(errno.errorcode[error.errno], 40 < count < 64)
"""
)

FILLS = (
    ERRNO
    + """
written = 0
try:
    for number in range(100):
        with open(f"{folder}/{number}", "wb", 0) as file:
            for _ in range(20):
                written += file.write(bytes(1 << 20))
except OSError as error:
    print(errno.errorcode[error.errno], written >> 20)
"""
)

ORPHANS = """
import os, time
for _ in range(30):
    if not os.fork():
        if not os.fork():
            time.sleep(0.1)
        os._exit(0)
    os.wait()
def states():
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                yield open(f"/proc/{entry}/stat").read().rpartition(")")[2].split()[0]
            except OSError:
                pass
deadline = time.monotonic() + 5
while len(list(states())) > 2 and time.monotonic() < deadline:
    time.sleep(0.05)
print(list(states()).count("Z"), len(list(states())))
"""

SPINNING = """
import os, resource, time
for _ in range(3):
    if not os.fork():
        end = time.monotonic() + 2
        while time.monotonic() < end:
            pass
        os._exit(0)
for _ in range(3):
    os.wait()
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print("held" if used.ru_utime + used.ru_stime < 3 else "over", used.ru_utime + used.ru_stime)
"""

CONNECTS = (
    ERRNO
    + """
import socket
for address in ("192.0.2.1", "172.17.0.1", "169.254.169.254"):
    attempt(lambda: socket.create_connection((address, 80), timeout=2))
"""
)

ROWS = {
    "forking": (FORKS, "ok", "EAGAIN True"),
    "memory": ("held = bytearray(600 << 20)", "oom", ""),
    "filling_tmp": ("folder = '/tmp'" + FILLS, "ok", "ENOSPC 1[0-6]"),
    "filling_the_workspace": ("folder = '/workspace'" + FILLS, "ok", "ENOSPC [56][0-9]"),
    "one_huge_file": (
        ERRNO + "f = open('/workspace/f', 'wb', 0)\nattempt(lambda: [f.write(bytes(1 << 20)) for _ in range(40)])",
        "ok",
        "EFBIG",
    ),
    "filling_shared_memory": (ERRNO + "attempt(lambda: open('/dev/shm/x', 'w'))", "ok", "ENOENT|EROFS"),
    "writing_to_the_root": (
        ERRNO + "for path in ('/x', '/etc/x', '/usr/x', '/var'):\n    attempt(lambda: open(path, 'w'))",
        "ok",
        "(EROFS\n){4}",
    ),
    "many_files": (
        ERRNO + "count = 0\ntry:\n    while True:\n        open(str(count), 'w').close(); count += 1\n"
        "except OSError as error:\n    print(errno.errorcode[error.errno], count < 4096)",
        "ok",
        "ENOSPC True",
    ),
    "many_open_files": (
        ERRNO + "held = []\ntry:\n    while True:\n        held.append(open('/dev/null'))\n"
        "except OSError as error:\n    print(errno.errorcode[error.errno], len(held) < 256)",
        "ok",
        "EMFILE True",
    ),
    "all_the_processors": (SPINNING, "ok", "held"),
    "connecting": (CONNECTS, "ok", "(ENETUNREACH\n){3}"),
    "resolving": (
        "import socket\ntry:\n    socket.getaddrinfo('example.com', 80)\nexcept socket.gaierror as error:\n"
        "    print(error.errno == socket.EAI_AGAIN)",
        "ok",
        "True",
    ),
    "raw_sockets": (
        ERRNO + "import socket\nattempt(lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1))\n"
        "attempt(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW))\n"
        "attempt(lambda: socket.socket(38, socket.SOCK_SEQPACKET))\nattempt(lambda: socket.socket(40, 1))",
        "ok",
        "(EPERM\n){4}",
    ),
    "becoming_root": (ERRNO + "attempt(lambda: os.setuid(0))\nattempt(lambda: os.setgid(0))", "ok", "(EPERM\n){2}"),
    "giving_files_away": (ERRNO + "open('f', 'w')\nattempt(lambda: os.chown('f', 0, 0))", "ok", "EPERM"),
    "capabilities": (
        "print([line.split()[1] for line in open('/proc/self/status') "
        "if line.startswith(('Cap', 'NoNewPrivs', 'Seccomp:'))])",
        "ok",
        re.escape(str(["0" * 16] * 5 + ["1", "2"])),
    ),
    "executing_from_the_workspace": (
        ERRNO + "open('f', 'w').write('#!/bin/sh\\necho out')\nos.chmod('f', 0o4755)\n"
        "attempt(lambda: os.execv('f', ['f']))",
        "ok",
        "EACCES",
    ),
    "block_devices": (ERRNO + "attempt(lambda: os.mknod('d', 0o60600, os.makedev(8, 0)))", "ok", "EPERM"),
    "kernel_settings": (
        ERRNO + "for path in ('/proc/sys/kernel/core_pattern', '/proc/sys/vm/drop_caches', '/proc/sysrq-trigger'):\n"
        "    attempt(lambda: open(path, 'w'))",
        "ok",
        "((EROFS|EACCES|ENOENT)\n){3}",
    ),
    "kernel_memory": (
        "for path in ('/proc/kcore', '/proc/keys', '/proc/timer_list', '/sys/firmware'):\n    try:\n"
        "        print(__import__('os').listdir(path) if 'firmware' in path else open(path, 'rb').read(9))\n"
        "    except OSError as error:\n        print('refused')",
        "ok",
        r"((b''|\[\]|refused)\n){4}",
    ),
    "orphans": (ORPHANS, "ok", "0 2"),
    "asking": ("input()", "error", "EOFError: EOF when reading a line"),
    "the_docker_socket": (
        "import os\nprint([path for path in ('/var/run/docker.sock', '/run/docker.sock') if os.path.exists(path)])",
        "ok",
        r"\[\]",
    ),
    "the_agents_memory": (
        ERRNO + "attempt(lambda: open('/proc/1/mem', 'r+b'))\nattempt(lambda: open('/proc/1/environ').read())\n"
        "attempt(lambda: open('/proc/1/fd/1', 'wb'))\nattempt(lambda: open('/proc/1/fd/0', 'rb'))\n"
        "attempt(lambda: os.readlink('/proc/1/exe'))",
        "ok",
        "((EACCES|EPERM)\n){5}",
    ),
    "ending_the_agent": (
        "import os, signal\nfor number in (2, 9, 15, 17, 19, 10):\n    os.kill(1, number)\nprint('asked')",
        "ok",
        "asked",
    ),
    "the_agents_output": (
        "import os, struct\n"
        "os.write(1, b'\\x01\\0\\0\\0' + struct.pack('>I', 99) + struct.pack('>cI', b'E', 2) + b'{}')\n"
        "print('just text')",
        "ok",
        r"E\x00\x00\x00\x02\{\}just text",
    ),
}  # fmt: skip


@pytest.mark.parametrize("row", ROWS)
async def test_x1_an_attack_gets_nowhere(sandbox: DockerSandbox, row: str) -> None:
    program, status, output = ROWS[row]
    result = await sandbox.run(python(program))
    assert result.status == status, result.output
    assert re.search(output, result.output), result.output


@pytest.mark.skipif(platform.machine() not in SYSCALLS, reason="the numbers of this machine's system calls are unknown")
@pytest.mark.parametrize("name", SYSCALLS["x86_64"])
async def test_x1_x17_a_dangerous_system_call_is_refused(sandbox: DockerSandbox, name: str) -> None:
    number = SYSCALLS[platform.machine()][name]
    target = "16, 1" if name == "ptrace" else "0, 0"  # 16 is PTRACE_ATTACH, to PID 1
    result = await sandbox.run(
        python(
            "import ctypes, errno\nlibc = ctypes.CDLL(None, use_errno=True)\n"
            f"print(libc.syscall({number}, {target}, 0, 0, 0, 0), errno.errorcode[ctypes.get_errno()])"
        )
    )
    assert result.output in ("-1 EPERM\n", "-1 ENOSYS\n")


async def test_x1_new_namespaces_are_refused(sandbox: DockerSandbox) -> None:
    result = await sandbox.run(
        python(
            "import ctypes, errno, signal\nlibc = ctypes.CDLL(None, use_errno=True)\n"
            "for flag in (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000):\n"
            f"    number = {56 if platform.machine() == 'x86_64' else 220}\n"
            "    print(libc.syscall(number, flag | signal.SIGCHLD, 0, 0, 0, 0), errno.errorcode[ctypes.get_errno()])"
        )
    )
    assert result.output == "-1 EPERM\n" * 7


async def test_x1_a_fork_bomb_of_the_shell_ends_with_its_run(sandbox: DockerSandbox) -> None:
    result = await sandbox.run(sh("f() { f | f & }; f; sleep 60", timeout=2.0))
    assert result.status in ("timeout", "error", "output_limit", "oom")
