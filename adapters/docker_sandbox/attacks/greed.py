"""Taking more than one's share: processes, memory, disk, time, output."""

from adapters.docker_sandbox.attacks.attack import ATTEMPT, Attack
from adapters.docker_sandbox.settings import SandboxSettings

FORKS = f"""{ATTEMPT}
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

FILLS = f"""{ATTEMPT}
written = 0
try:
    for number in range(100):
        with open(f"{{folder}}/{{number}}", "wb", 0) as file:
            for _ in range(20):
                written += file.write(bytes(1 << 20))
except OSError as error:
    print(errno.errorcode[error.errno], "held" if most / 2 < written >> 20 <= most else "over", written >> 20)
else:
    print("over")
"""

FILES = f"""{ATTEMPT}
count = 0
try:
    while True:
        open(str(count), "w").close()
        count += 1
except OSError as error:
    print(errno.errorcode[error.errno], count < 4096)
"""

DESCRIPTORS = f"""{ATTEMPT}
held = []
try:
    while True:
        held.append(open("/dev/null"))
except OSError as error:
    print(errno.errorcode[error.errno], len(held) < 256)
"""

SPINS = """
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
print("held" if used.ru_utime + used.ru_stime < most else "over", used.ru_utime + used.ru_stime)
"""

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

STUBBORN = """
import os, signal
for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(number, signal.SIG_IGN)
print("deaf", flush=True)
if not os.fork():
    os.setsid()
while True:
    pass
"""

LIMITS = f"""{ATTEMPT}
import resource
def raise_limit(which):
    try:
        resource.setrlimit(which, (1 << 30, 1 << 30))
    except ValueError:
        raise PermissionError(errno.EPERM, "not allowed")
for which in (resource.RLIMIT_NOFILE, resource.RLIMIT_FSIZE, resource.RLIMIT_CORE):
    attempt(lambda: raise_limit(which))
attempt(lambda: open("/proc/self/oom_score_adj", "w", 1).write("-1000\\n"))
attempt(lambda: os.nice(-5))
attempt(lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)))
"""

CGROUPS = f"""{ATTEMPT}
places = ["/sys/fs/cgroup", "/sys/fs/cgroup/memory", "/sys/fs/cgroup/pids", "/sys/fs/cgroup/cpu"]
names = ["memory.max", "pids.max", "cpu.max", "memory.limit_in_bytes", "cpu.cfs_quota_us", "release_agent", "tasks"]
for place in places:
    for name in names:
        attempt(lambda: open(f"{{place}}/{{name}}", "w").write("max"))
    attempt(lambda: os.mkdir(f"{{place}}/mine"))
"""


def greed(settings: SandboxSettings) -> tuple[Attack, ...]:
    """The attacks, against these limits."""
    too_much = settings.memory_mb + 100
    return (
        Attack(name="forking", by="64 processes", program=FORKS, output="EAGAIN True"),
        Attack(
            name="a fork bomb of the shell", by="64 processes, the deadline", language="sh",
            program="f() { f | f & }; f; sleep 60", timeout=2.0, endings=("timeout", "error", "output_limit", "oom"),
        ),
        Attack(name="memory", by="the memory limit", program=f"held = bytearray({too_much} << 20)", endings=("oom",)),
        Attack(
            name="memory of a grandchild", by="the memory limit", language="sh", endings=("oom",),
            program=f"python3 -c 'held = bytearray({too_much} << 20)'",
        ),
        Attack(
            name="filling /tmp", by=f"{settings.scratch_mb} MB in memory", output="^ENOSPC held",
            program=f"folder, most = '/tmp', {settings.scratch_mb}{FILLS}",
        ),
        Attack(
            name="filling the workspace", by=f"{settings.workspace_mb} MB in memory", endings=("ok", "oom"),
            program=f"folder, most = '/workspace', {settings.workspace_mb}{FILLS}", output="^ENOSPC held|ENOMEM|^$",
        ),
        Attack(
            name="one huge file", by="32 MB a file", output="^(EFBIG|ENOSPC)\n",
            program=f"{ATTEMPT}f = open('f', 'wb', 0)\nattempt(lambda: [f.write(bytes(1 << 20)) for _ in range(40)])",
        ),
        Attack(
            name="a huge file of nothing", by="32 MB a file", output="^EFBIG$",
            program=f"{ATTEMPT}f = open('f', 'wb', 0)\nattempt(lambda: f.truncate(2 << 30))",
        ),
        Attack(
            name="filling shared memory", by="no /dev/shm", output="^(ENOENT|EROFS)$",
            program=f"{ATTEMPT}attempt(lambda: open('/dev/shm/x', 'w'))",
        ),
        Attack(name="a great many files", by="4,096 files", program=FILES, output="ENOSPC True"),
        Attack(name="a great many open files", by="256 descriptors", program=DESCRIPTORS, output="EMFILE True"),
        Attack(
            name="all the processors", by="the processor limit", output="held",
            program=f"most = {2 * settings.cpus + 1}{SPINS}",
        ),
        Attack(name="orphans", by="the agent buries them", program=ORPHANS, output="^0 2$"),
        Attack(
            name="ignoring every signal", by="SIGKILL at the deadline", program=STUBBORN, output="^deaf$", timeout=1.5,
            endings=("timeout",),
        ),
        Attack(
            name="stopping itself", by="the agent's own clock", timeout=1.5, endings=("timeout",),
            program="import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)",
        ),
        Attack(
            name="sleeping in the background", by="everything ends with its run", language="sh", output="^begun$",
            program="(trap '' TERM HUP; sleep 600) & nohup sleep 600 >/dev/null 2>&1 & echo begun",
        ),
        Attack(
            name="a flood of output", by="32 MB, 64 KB kept", language="sh", program="yes", output="left out here",
            endings=("output_limit",),
        ),
        Attack(
            name="a flood on both streams", by="32 MB, 64 KB kept", language="sh", program="yes out & yes err >&2",
            output="left out here", endings=("output_limit",),
        ),
        Attack(
            name="raising its limits", by="no capabilities", program=LIMITS, output="^((EPERM|EACCES)\n){6}$",
            shared_kernel=True,
        ),
        Attack(
            name="raising its container's limits", by="read-only control groups", program=CGROUPS,
            output="^((EROFS|EACCES|ENOENT|EPERM)\n){32}$",
        ),
        Attack(
            name="waiting for an answer", by="no standard input", program="input()", output="EOFError",
            endings=("error",),
        ),
    )  # fmt: skip
