"""``make conformance``: run every case on both references and on ours, keep the references' answers, print the table.

The references are installed into environments of their own under ``.build/conformance``, where they are not there yet.
Exit code 1 where ours differs and nothing declares it, or where a declaration or a finding no longer holds.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Mapping
from pathlib import Path

from tests.conformance.case import REFERENCES
from tests.conformance.page import cell, page, reason, verdicts
from tests.conformance.verdict import KEPT

ROOT = Path(__file__).parents[2]
ENVIRONMENTS = ROOT / ".build" / "conformance"
REQUIREMENTS: Mapping[str, tuple[str, ...]] = {
    "0.2.40": ("autogen-agentchat==0.2.40",),
    "0.7.5": ("autogen-agentchat==0.7.5", "autogen-core==0.7.5", "autogen-ext==0.7.5"),
}
DRIVERS = {"0.2.40": "tests.conformance.autogen_0_2", "0.7.5": "tests.conformance.autogen_0_7"}
INSTALLING, RUNNING = 900, 300
"""Seconds that these may take."""


def say(line: str) -> None:
    """To whoever runs this."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def python_of(version: str) -> str:
    """The interpreter of that reference's environment, which is made where it is not there."""
    place = ENVIRONMENTS / version
    python, done = place / "bin" / "python", place / ".installed"
    wanted = "\n".join(REQUIREMENTS[version])
    if not done.exists() or done.read_text(encoding="utf-8") != wanted:
        say(f"Installing {', '.join(REQUIREMENTS[version])} into {place.relative_to(ROOT)}.")
        shutil.rmtree(place, ignore_errors=True)
        venv.create(place, with_pip=True)
        install = [str(python), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        subprocess.run([*install, *REQUIREMENTS[version]], check=True, timeout=INSTALLING)
        done.write_text(wanted, encoding="utf-8")
    return str(python)


def ask(version: str) -> None:
    """Run all cases on that reference, and keep its answers, a line for each case."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore", "AUTOGEN_USE_DOCKER": "0"}
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / "answers.json"
        command = [python_of(version), "-m", DRIVERS[version], version, str(written)]
        # What the references print and log is about the errors that some of the cases make on purpose.
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=RUNNING)
        if done.returncode:
            raise SystemExit(f"The driver of {version} failed:\n{done.stderr[-4000:]}")
        answers = json.loads(written.read_text(encoding="utf-8"))
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(answers[name])}" for name in sorted(answers))
    (KEPT / f"{version}.json").write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


def main() -> int:
    """Do it all."""
    for version in REFERENCES:
        ask(version)
    found = verdicts()
    (ROOT / "docs" / "conformance.md").write_text(page(found), encoding="utf-8")
    say(f"{'case':28} {'0.2.40':30} {'0.7.5':30} {'ours':30} verdict")
    for one in found:
        cells = [cell(one.theirs.get(version), one.case) for version in REFERENCES] + [cell(one.ours, one.case)]
        say(f"{one.case.name:28} " + " ".join(f"{each[:30]:30}" for each in cells) + f" {reason(one)}")
    amiss = [one for one in found if one.wrong or one.case.finding]
    for one in amiss:
        say(f"\n{one.case.name}: {one.word}. {one.case.finding} {' '.join(one.wrong)}")
    say(f"\n{len(found)} cases; {len(amiss)} differ without a declaration, or have a finding that is open or mended.")
    return 1 if amiss else 0


if __name__ == "__main__":
    sys.exit(main())
