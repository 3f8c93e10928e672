"""Getting out: to the network, the kernel, the host, the agent, other rooms."""

import platform
import re

from adapters.docker_sandbox.attacks.attack import ATTEMPT, WORKED, Attack

NUMBERS = {
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
"""System calls that no program needs, by machine."""

CLONE = {"x86_64": 56, "aarch64": 220}
PTRACE_ATTACH = 16

CONNECTS = f"""{ATTEMPT}
import socket
for address in ("192.0.2.1", "172.17.0.1", "169.254.169.254", "fd00:ec2::254"):
    attempt(lambda: socket.create_connection((address, 80), timeout=2))
"""

DATAGRAMS = f"""{ATTEMPT}
import socket
for address in ("192.0.2.1", "172.17.0.1", "169.254.169.253"):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sent:
        attempt(lambda: sent.sendto(b"x", (address, 53)))
"""

RESOLVES = """
import socket
for name in ("example.com", "metadata.google.internal", "host.docker.internal"):
    try:
        print("WORKED", socket.getaddrinfo(name, 80))
    except socket.gaierror as error:
        print(error.errno == socket.EAI_AGAIN)
"""

RAW = f"""{ATTEMPT}
import socket
attempt(lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1))
attempt(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW))
attempt(lambda: socket.socket(38, socket.SOCK_SEQPACKET))
attempt(lambda: socket.socket(40, 1))
"""

KERNEL = """
for path in ('/proc/kcore', '/proc/keys', '/proc/timer_list', '/sys/firmware'):
    try:
        print(__import__('os').listdir(path) if 'firmware' in path else open(path, 'rb').read(9))
    except OSError:
        print('refused')
"""

AGENT = f"""{ATTEMPT}
attempt(lambda: open('/proc/1/mem', 'r+b'))
attempt(lambda: open('/proc/1/environ').read())
attempt(lambda: open('/proc/1/fd/1', 'wb'))
attempt(lambda: open('/proc/1/fd/0', 'rb'))
attempt(lambda: os.readlink('/proc/1/exe'))
"""

RUNNING_WHAT_IT_WROTE = f"""{ATTEMPT}
import shutil
open('f', 'w').write('#!/bin/sh\\necho {WORKED}')
os.chmod('f', 0o4755)
attempt(lambda: os.execv('f', ['f']))
shutil.copy('/bin/sh', '/tmp/sh')
os.chmod('/tmp/sh', 0o6755)
attempt(lambda: os.execv('/tmp/sh', ['sh', '-c', 'echo {WORKED}']))
"""

OUT_OF_MEMORY = f"""{ATTEMPT}
import ctypes
descriptor = ctypes.CDLL(None).memfd_create(b"f", 0)
if descriptor >= 0:
    os.write(descriptor, open("/bin/sh", "rb").read())
    attempt(lambda: os.execv(f"/proc/self/fd/{{descriptor}}", ["sh", "-c", "echo {WORKED}"]))
print("refused")
"""

OTHER_CALLS = """
import ctypes, mmap, os
code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
code.write(bytes.fromhex("b814000000 cd80 c3"))
calls = (
    ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code))),
    lambda: ctypes.CDLL(None).syscall(0x40000000 + 39),
)
for call in calls:
    child = os.fork()
    if not child:
        print("WORKED" if call() == os.getpid() else "refused", flush=True)
        os._exit(0)
    print(os.WIFSIGNALED(os.wait()[1]) or "refused")
"""
"""Asks for its number by the machine's older system calls, of 32 bits, and by the odd ones between both."""

LOOKING_AROUND = """
import os
word = "terces"[::-1]
for folder in ("/workspace", "/tmp"):
    for path, folders, names in os.walk(folder):
        for name in names:
            if word in open(os.path.join(path, name), errors="replace").read(999):
                print("WORKED", name)
print(word in os.environ, hasattr(os, word))
"""


def walls() -> tuple[Attack, ...]:
    """The attacks, for this kind of machine."""
    return (*_WALLS, *_system_calls(platform.machine()))


def _system_calls(machine: str) -> tuple[Attack, ...]:
    """Called by their numbers, as no library offers them all; none for a machine whose numbers are unknown."""
    calling = "import ctypes, errno\nlibc = ctypes.CDLL(None, use_errno=True)\n"
    singles = tuple(
        Attack(
            name=f"the system call {name}", by="the seccomp profile", output="^-1 (EPERM|ENOSYS)\n$",
            program=f"{calling}print(libc.syscall({number}, {f'{PTRACE_ATTACH}, 1' if name == 'ptrace' else '0, 0'}, "
            "0, 0, 0, 0), errno.errorcode[ctypes.get_errno()])",
            shared_kernel=name == "unshare",
        )
        for name, number in NUMBERS.get(machine, {}).items()
    )  # fmt: skip
    if not singles:
        return ()
    namespaces = Attack(
        name="namespaces of its own", by="the seccomp profile", output="^(-1 EPERM\n){7}$", shared_kernel=True,
        program=f"{calling}import signal\n"
        "for flag in (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000):\n"
        f"    print(libc.syscall({CLONE[machine]}, flag | signal.SIGCHLD, 0, 0, 0, 0), "
        "errno.errorcode[ctypes.get_errno()])",
    )  # fmt: skip
    if machine != "x86_64":
        return (*singles, namespaces)
    others = Attack(
        name="system calls of another kind", by="the seccomp profile", program=OTHER_CALLS,
        output="^((True|refused)\n)+$",
    )  # fmt: skip
    return (*singles, namespaces, others)


_WALLS = (
    Attack(name="connecting", by="no network", program=CONNECTS, output="^((ENETUNREACH|EADDRNOTAVAIL)\n){4}$"),
    Attack(name="sending datagrams", by="no network", program=DATAGRAMS, output="^(ENETUNREACH\n){3}$"),
    Attack(name="asking for names", by="no network", program=RESOLVES, output="^(True\n){3}$"),
    Attack(
        name="network devices", by="no network", output="^lo$", language="sh",
        program="tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '",
    ),
    Attack(name="raw sockets", by="the seccomp profile", program=RAW, output="^(EPERM\n){4}$"),
    Attack(
        name="writing to the root", by="a read-only root", output="^(EROFS\n){4}$",
        program=f"{ATTEMPT}for path in ('/x', '/etc/x', '/usr/x', '/var'):\n    attempt(lambda: open(path, 'w'))",
    ),
    Attack(
        name="becoming root", by="no capabilities", output="^(EPERM\n){2}$",
        program=f"{ATTEMPT}attempt(lambda: os.setuid(0))\nattempt(lambda: os.setgid(0))",
    ),
    Attack(
        name="giving files away", by="no capabilities", output="^EPERM$",
        program=f"{ATTEMPT}open('f', 'w')\nattempt(lambda: os.chown('f', 0, 0))",
    ),
    Attack(
        name="capabilities", by="none, no new privileges, seccomp",
        program="print([line.split()[1] for line in open('/proc/self/status') "
        "if line.startswith(('Cap', 'NoNewPrivs', 'Seccomp:'))])",
        output=re.escape(str(["0" * 16] * 5 + ["1", "2"])),
    ),
    Attack(
        name="running what it wrote", by="noexec, nosuid", program=RUNNING_WHAT_IT_WROTE, output="^(EACCES\n){2}$",
    ),
    Attack(
        name="running what it keeps in memory", by="the seccomp profile", program=OUT_OF_MEMORY, output="^refused$",
        shared_kernel=True,
    ),
    Attack(
        name="making devices", by="no capabilities", output="^EPERM$", shared_kernel=True,
        program=f"{ATTEMPT}attempt(lambda: os.mknod('d', 0o60600, os.makedev(8, 0)))",
    ),
    Attack(
        name="the machine's devices", by="none but null, zero, random", output="^((ENOENT|EPERM|EACCES|ENXIO)\n){7}$",
        shared_kernel=True,
        program=f"{ATTEMPT}for name in ('mem', 'kmsg', 'kvm', 'fuse', 'net/tun', 'sda', 'tty'):\n"
        "    attempt(lambda: open(f'/dev/{name}', 'rb'))",
    ),
    Attack(
        name="kernel settings", by="masked and read-only paths", output="^((EROFS|EACCES|ENOENT)\n){3}$",
        program=f"{ATTEMPT}for path in ('/proc/sys/kernel/core_pattern', '/proc/sys/vm/drop_caches', "
        "'/proc/sysrq-trigger'):\n    attempt(lambda: open(path, 'w'))",
    ),
    Attack(
        name="kernel memory", by="masked and read-only paths", program=KERNEL, output=r"^((b''|\[\]|refused)\n){4}$",
    ),
    Attack(
        name="setting the clock", by="no capabilities", output="^EPERM$",
        program=f"{ATTEMPT}import time\nattempt(lambda: time.clock_settime(time.CLOCK_REALTIME, 0))",
    ),
    Attack(
        name="the Docker socket", by="it is not inside", output=r"^\[\]$",
        program="import os\nprint([path for path in ('/var/run/docker.sock', '/run/docker.sock', "
        "'/run/containerd/containerd.sock') if os.path.exists(path)])",
    ),
    Attack(
        name="the bot's environment", by="nothing is handed on", output=r"^\[\]$",
        program="import os\nprint([name for name in os.environ if any(word in name.upper() for word in "
        "('TOKEN', 'KEY', 'SECRET', 'PASSWORD', 'PROXY', 'SLACK', 'DISCORD', 'OPENAI'))])",
    ),
    Attack(
        name="the agent's memory", by="it is not dumpable", program=AGENT, output="^((EACCES|EPERM)\n){5}$",
        shared_kernel=True,
    ),
    Attack(
        name="ending the agent", by="it is PID 1", output="^asked$",
        program="import os, signal\nfor number in (2, 9, 15, 17, 19, 10):\n    os.kill(1, number)\nprint('asked')",
    ),
    Attack(
        name="another room's files and variables", by="a container for each", program=LOOKING_AROUND,
        output="^False False$",
        neighbour="import os\nopen('a.txt', 'w').write('secret')\nopen('/tmp/a.txt', 'w').write('secret')\n"
        "os.environ['secret'] = '1'\nos.secret = 1",
    ),
)  # fmt: skip
