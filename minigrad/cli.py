"""The `minigrad` command: `COMMANDS` names the function that configures each subcommand."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence

from minigrad import __version__
from minigrad.arguments import refuse
from minigrad.data import command as data_command
from minigrad.errors import MinigradError, ParameterError
from minigrad.lessons import command as lessons_command
from minigrad.view import command as view_command

# A subcommand's function adds its arguments and `set_defaults(run=...)`; its docstring is the help.
# One that sets `passes_on=True` gets the arguments after -- as `options.passed_on`.
COMMANDS: dict[str, Callable[[ArgumentParser], None]] = {
    "check": lessons_command.configure_check,
    "data": data_command.configure,
    "draw": view_command.configure_draw,
    "step": view_command.configure_step,
    "tutorials": lessons_command.configure,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a subcommand: 0 if all is well, 1 if it failed, 2 if the command line is wrong."""
    parser = ArgumentParser(
        prog="minigrad",
        description="A small deep-learning library on numpy, made to show backpropagation.",
        epilog="minigrad COMMAND --help explains a command. To begin: minigrad tutorials",
    )
    parser.add_argument("--version", action="version", version=f"minigrad {__version__}")
    parser.set_defaults(passes_on=False, run=None)
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND")
    for name, configure in COMMANDS.items():
        configure(
            subparsers.add_parser(name, help=configure.__doc__, description=configure.__doc__)
        )
    own = list(sys.argv[1:] if argv is None else argv)
    split = own.index("--") if "--" in own else len(own)
    try:
        options = parser.parse_args(own[:split], Namespace(passed_on=own[split + 1 :]))
        if options.passed_on and not options.passes_on:
            parser.error(f"this command takes nothing after --: {' '.join(options.passed_on)}")
    except SystemExit as exit_:  # argparse has printed the help or what is wrong
        return int(exit_.code or 0)
    if options.run is None:
        parser.print_help()
        return 0
    try:
        return int(options.run(options))
    except (MinigradError, OSError) as error:
        return refuse("minigrad", error, 2 if isinstance(error, ParameterError) else 1)


if __name__ == "__main__":
    sys.exit(main())
