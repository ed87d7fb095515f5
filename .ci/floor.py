"""The floor of the coverage, `fail_under` in setup.cfg, may rise and never falls: read from the history."""

import configparser
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def main() -> int:
    """Compare the floor with the highest one that a commit ever set."""
    settings = configparser.ConfigParser(interpolation=None)
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    floor = settings.getfloat("coverage:report", "fail_under")
    log = subprocess.run(
        ["git", "log", "--format=", "-p", "-G", "fail_under", "--", "setup.cfg"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    highest = max(map(float, re.findall(r"^\+fail_under = ([\d.]+)", log.stdout, re.M)), default=0)
    if floor < highest:
        print(
            f"setup.cfg: fail_under = {floor:g} is lower than {highest:g}, which a commit has reached:"
            " add tests, and set it back",
            file=sys.stderr,
        )
        return 1
    print(f"coverage: the floor is {floor:g} %")
    return 0


if __name__ == "__main__":
    sys.exit(main())
