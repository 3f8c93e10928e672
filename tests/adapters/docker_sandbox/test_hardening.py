"""X15, X16: what a container is given, and what it is not."""

import json
from pathlib import Path
from typing import Any

import pytest

from adapters.docker_sandbox import DockerSandbox, SandboxSettings
from adapters.docker_sandbox.engine import DockerEngine
from adapters.docker_sandbox.hardening import BOOT, INSTANCE, OWNER, container_config, seccomp_profile
from tests.adapters.docker_sandbox.conftest import python

pytest_plugins = ("tests.engine",)

HARDENED = {
    "AutoRemove": True,
    "NetworkMode": "none",
    "IpcMode": "none",
    "PidMode": "",
    "UTSMode": "",
    "UsernsMode": "",
    "ReadonlyRootfs": True,
    "Privileged": False,
    "PublishAllPorts": False,
    "CapDrop": ["ALL"],
    "CapAdd": None,
    "GroupAdd": None,
    "Memory": 134217728,
    "MemorySwap": 134217728,
    "NanoCpus": 1000000000,
    "PidsLimit": 64,
    "OomScoreAdj": 500,
    "OomKillDisable": False,
    "Binds": None,
    "VolumesFrom": None,
    "Links": None,
    "Devices": None,
    "DeviceRequests": None,
    "LogConfig": {"Type": "none", "Config": {}},
    "Ulimits": [
        {"Name": "nofile", "Soft": 256, "Hard": 256},
        {"Name": "fsize", "Soft": 33554432, "Hard": 33554432},
        {"Name": "core", "Soft": 0, "Hard": 0},
    ],
    "Tmpfs": {
        "/workspace": "rw,noexec,nosuid,nodev,uid=65534,gid=65534,mode=0700,nr_inodes=4096,size=64m",
        "/tmp": "rw,noexec,nosuid,nodev,uid=65534,gid=65534,mode=0700,nr_inodes=4096,size=16m",
    },
}


@pytest.mark.engine
async def test_x16_a_live_container_is_as_hard_as_it_was_declared(
    settings: SandboxSettings, engine: DockerEngine, owner: str
) -> None:
    started = await engine.start(container_config(settings, {OWNER: owner, INSTANCE: "one", BOOT: "this"}))
    try:
        seen: Any = await engine.call(lambda client: client.inspect_container(started.id))
    finally:
        started.socket.close()
        await engine.remove(started.id)
    host = seen["HostConfig"]
    assert {name: host[name] or None if HARDENED[name] is None else host[name] for name in HARDENED} == HARDENED
    assert host["SecurityOpt"] == ["no-new-privileges:true", f"seccomp={seccomp_profile()}"]
    assert (seen["Config"]["User"], seen["Config"]["Hostname"]) == ("65534:65534", "sandbox")
    assert seen["Config"]["StopSignal"] == "SIGKILL"
    assert seen["Config"]["Labels"] == {OWNER: owner, INSTANCE: "one", BOOT: "this"}
    assert (seen["Config"]["StdinOnce"], seen["Config"]["OpenStdin"], seen["Config"]["Tty"]) == (True, True, False)
    assert seen["Mounts"] == []
    assert set(seen["NetworkSettings"]["Networks"]) <= {"none"}


@pytest.mark.engine
async def test_x15_nothing_of_the_bots_environment_reaches_a_program(
    settings: SandboxSettings, owner: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    client_config = {"proxies": {"default": {"httpProxy": "http://user:secret@127.0.0.1:1"}}}
    (tmp_path / "config.json").write_text(json.dumps(client_config))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("TEST_TOKEN", "secret")
    sandbox = DockerSandbox(settings, owner=owner)
    result = await sandbox.run(python("import os; print(sorted(os.environ))\nprint(open('/proc/self/environ').read())"))
    sandbox.close()
    names, _, whole = result.output.partition("\n")
    assert names == str([
        "HOME", "HOSTNAME", "LANG", "MPLBACKEND", "MPLCONFIGDIR", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "PATH",
        "PYTHONDONTWRITEBYTECODE",
    ])  # fmt: skip
    assert "secret" not in whole


def test_settings_reach_the_container() -> None:
    settings = SandboxSettings(image="mine", runtime="runsc", memory_mb=192, cpus=0.5, preload=("numpy",))
    config: Any = container_config(settings, {})
    assert config["Image"] == "mine"
    assert config["Cmd"][1] == '["numpy"]'
    assert (config["HostConfig"]["Runtime"], config["HostConfig"]["NanoCpus"]) == ("runsc", 500_000_000)
    assert config["HostConfig"]["Memory"] == config["HostConfig"]["MemorySwap"] == 192 << 20


@pytest.mark.parametrize(("runtime", "tasks"), [("", 64), ("runc", 64), ("crun", 64), ("runsc", 1024)])
def test_x16_only_gvisor_whose_kernel_is_made_of_threads_may_have_more_of_them(runtime: str, tasks: int) -> None:
    config: Any = container_config(SandboxSettings(image="mine", runtime=runtime), {})
    assert config["HostConfig"]["PidsLimit"] == tasks


def test_in_little_memory_files_get_half_of_it_and_nothing_is_imported_ahead_of_time() -> None:
    config: Any = container_config(SandboxSettings(image="mine", memory_mb=64), {})
    assert config["Cmd"][1] == "[]"
    sizes = {path: options.rpartition("size=")[2] for path, options in config["HostConfig"]["Tmpfs"].items()}
    assert sizes == {"/workspace": "32m", "/tmp": "8m"}


def test_x17_the_profile_allows_no_call_that_it_must_not() -> None:
    allowed = {
        name
        for rule in json.loads(seccomp_profile())["syscalls"]
        if rule["action"] == "SCMP_ACT_ALLOW" and "args" not in rule
        for name in rule["names"]
    }
    dangerous = (
        "bpf chroot clone clone3 delete_module finit_module fsopen init_module io_uring_enter io_uring_register "
        "io_uring_setup kexec_load keyctl lookup_dcookie mount move_mount open_by_handle_at open_tree pivot_root "
        "memfd_create perf_event_open pidfd_getfd process_vm_readv process_vm_writev ptrace reboot request_key add_key "
        "setns settimeofday socket swapon syslog umount2 unshare userfaultfd personality mknod mknodat"
    )
    assert allowed.isdisjoint(dangerous.split())
