"""The `minigrad` command: one line of `COMMANDS` for each subcommand, which lives with its work."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence

from minigrad.check import command as check_command
from minigrad.data import command as data_command
from minigrad.errors import MinigradError
from minigrad.lessons import command as lessons_command
from minigrad.view import command as view_command

# A subcommand's function adds its arguments and `set_defaults(run=...)`; its docstring is the help.
# One that says `passes_on=True` gets what stands behind -- as `options.passed_on`.
COMMANDS: dict[str, Callable[[ArgumentParser], None]] = {
    "check": check_command.configure,
    "data": data_command.configure,
    "draw": view_command.configure_draw,
    "step": view_command.configure_step,
    "tutorials": lessons_command.configure,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a subcommand: 0 if all is well, 1 if what was asked for failed, 2 if the question was wrong."""
    parser = ArgumentParser(
        prog="minigrad",
        description="A small reverse-mode tensor engine, made to show backpropagation.",
    )
    parser.set_defaults(passes_on=False)
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, configure in COMMANDS.items():
        configure(
            subparsers.add_parser(name, help=configure.__doc__, description=configure.__doc__)
        )
    own = list(sys.argv[1:] if argv is None else argv)
    split = own.index("--") if "--" in own else len(own)
    try:
        options = parser.parse_args(own[:split], Namespace(passed_on=own[split + 1 :]))
        if options.passed_on and not options.passes_on:
            parser.error(f"nothing here takes what stands behind --: {' '.join(options.passed_on)}")
    except SystemExit as exit_:  # argparse has printed the help or what is wrong
        return int(exit_.code or 0)
    try:
        return int(options.run(options))
    except (MinigradError, OSError) as error:
        print(f"minigrad: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
