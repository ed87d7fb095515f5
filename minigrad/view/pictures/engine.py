"""Graphviz as pygraphviz carries it, as a program: DOT on its standard input, a picture on its output.

Run by its path, in a process of its own: what goes wrong in there, or never ends, is not the reader's.
"""

from __future__ import annotations

import sys


def main() -> None:
    from pygraphviz import AGraph

    graph = AGraph(string=sys.stdin.buffer.read().decode())
    sys.stdout.buffer.write(graph.draw(format=sys.argv[1], prog="dot"))


if __name__ == "__main__":
    main()
