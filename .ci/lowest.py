"""Print the lowest version of each package that setup.cfg allows, as constraints for pip: `numpy==2.0`.

The extras whose names are given are read too. An environment marker is kept; a package without a lowest
version is an error, since no run could show that it works.
"""

import configparser
import re
import sys
from pathlib import Path

LOWEST = re.compile(r"([\w-]+)>=([\w.]+)(;.*)?")


def lowest(extras):
    setup = configparser.ConfigParser()  # which also expands the %(check)s in an extra
    setup.read(Path(__file__).parent.parent / "setup.cfg", encoding="utf-8")
    texts = [setup["options"]["install_requires"]]
    texts += [setup["options.extras_require"][extra] for extra in extras]
    for line in "\n".join(texts).splitlines():
        if line and not line.startswith("#"):
            found = LOWEST.fullmatch(line)
            if not found:
                sys.exit(f"setup.cfg: {line!r} does not name a lowest version, such as numpy>=2.0")
            yield f"{found[1]}=={found[2]}{found[3] or ''}"


if __name__ == "__main__":
    print(*sorted(set(lowest(sys.argv[1:]))), sep="\n")
