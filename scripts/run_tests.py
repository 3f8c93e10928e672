"""What `make test` does once .venv stands: engine, browser, checks, tests, coverage. Its last line is pytest's.

Arguments go to pytest; with any, only the tests they choose run, and coverage is not judged.
"""

import os
import shutil
import signal
import subprocess
import sys
from types import FrameType
from typing import NoReturn

from run_checks import BIN, ROOT, failed_checks

FLOORS = (("agents/*", 100), ("adapters/*,bots/*", 90))
"""Least coverage in per cent, by branch, of these files together."""


def main(chosen: list[str]) -> int:
    """Run it all and return the exit code: 0 where everything passed."""
    ensure("chromium", "chromium", "the browser tests drive a real one")
    ensure("runsc", "runsc", "the sandbox is tested under gVisor as well")
    started = run("bots.engine", "ensure") == 0
    if not started:
        loud("No Docker engine answers, so the tests of the sandbox are skipped.")
    try:
        failed = [] if chosen else failed_checks()
        code, closing = run_pytest(chosen)
        if not chosen:
            failed += judge_coverage()
    finally:
        if started:
            run("bots.engine", "release")
    for name in failed:
        loud(f"Failed: {name}. Its report stands above.")
    print(closing, flush=True)
    return code or (1 if failed else 0)


def run(module: str, *arguments: str) -> int:
    """Run a module of ours and return its exit code."""
    return subprocess.run([sys.executable, "-m", module, *arguments], cwd=ROOT).returncode


def ensure(package: str, command: str, why: str) -> None:
    """Install Debian's package where its command is missing, saying so first."""
    if shutil.which(command):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"Installing Debian's package {package}, because {why}.", flush=True)
        install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", package]
        if all(subprocess.run(each).returncode == 0 for each in (["apt-get", "update", "-qq"], install)):
            return
    loud(f"{command} is not there, so tests are skipped; `apt-get install {package}` brings it.")


def run_pytest(chosen: list[str]) -> tuple[int, str]:
    """Run the tests, showing their output as it comes; the exit code and the closing line."""
    coverage = [] if chosen else ["--cov", "--cov-report="]
    command = [str(BIN / "pytest"), "-n", "2", "--dist", "loadgroup", "--durations=10", *coverage, *chosen]
    closing = "pytest said nothing"
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as tests:
        try:
            for line in tests.stdout or ():
                print(line, end="", flush=True)
                closing = line.rstrip() or closing
        except BaseException:
            tests.terminate()
            raise
    return tests.returncode, closing


def judge_coverage() -> list[str]:
    """Hold the coverage just measured against its floors; what is below."""
    below: list[str] = []
    for files, floor in FLOORS:
        report = [str(BIN / "coverage"), "report", f"--include={files}", f"--fail-under={floor}"]
        done = subprocess.run(report, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            print(done.stdout, flush=True)
            below.append(f"coverage of {files} (at least {floor} %)")
        else:
            total = next(line for line in done.stdout.splitlines() if line.startswith("TOTAL"))
            print(f"coverage: {files} {total.split()[-1]}", flush=True)
    return below


def loud(sentence: str) -> None:
    """Say it so that nobody overlooks it."""
    print(f"\n*** {sentence}\n", flush=True)


def end(number: int, frame: FrameType | None) -> NoReturn:
    """End as an exception does, so that an engine of ours ends as well."""
    sys.exit(128 + number)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, end)
    sys.exit(main(sys.argv[1:]))
