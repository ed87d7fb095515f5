"""The course reports redone: one command each, with the report's numbers, ours and PyTorch's in one table.

    python -m experiments --list
    python -m experiments dd2424-a2 --data-dir data             writes experiments/results/dd2424-a2/
    python -m experiments dd2424-a2 --data-dir data --quick     the same on a small slice, in under a minute

How to write a report: a file with a `REPORT`, named in `catalogue.py`.

    def measure(settings, room):            a top-level function of its settings; JSON in, JSON out
        ...                                 reads room.data_dir; keeps checkpoints in room.folder
        room.tick(1)                        moves the bar by 1 of the task's cost
        return {"accuracy": 0.9}

    def plan(done, quick):                  the tasks of a part: 3 seeds
        steps = 10 if quick else 1000
        return [Task(f"seed-{s}", measure, {"seed": s, "steps": steps}, cost=steps) for s in range(3)]

    def page(done, quick):                  a pure function of what was measured
        runs = done["training"].values()    {"seed-0": {"accuracy": 0.9}, ...} by part and task
        ours = [run["accuracy"] for run in runs]
        return Page("What it is.", [Heading("..."), Numbers("...", [Number("test accuracy", 0.89, ours)])])

    REPORT = Report("name", "A title", (Part("training", plan),), page)

- `parts`     The key of a result is made of the function and the settings. If one changes, the result is
              computed again. After a kill, `--resume` continues after the last result. So everything that
              decides a number is a setting: sizes, seeds, and the limits of `quick`. A part whose plan reads
              earlier results (`done`) names them in `after=`, and gives its `cost` in the unit of the others.
- `training`  The most frequent task: `train` fits an MLP on CIFAR-10, starting from its last checkpoint.
              Another network needs a short function of its own: `fit(..., folder=room.folder, resume=True,
              callbacks=[Ticks(room)])`; `curves` extracts the part of the history that is kept.
- `judge`     `Number(what, report, ours, reference, spread, note)`. A number that does not agree needs a note
              with the reason; without it, publishing fails (except with --quick).
- `blocks`    The blocks of a page. A `Figure` holds `Panel`s of `Line`s. They are drawn together as SVG and
              PNG, and one by one on the HTML page, where they wrap on a narrow screen.
- `publish`   writes results/NAME/: README.md, report.html, report.json, tables/*.json, figures/*.svg, *.png;
              `index` then writes the index of all reports.

The tasks of a part never wait for each other: `--jobs N` spreads them over N processes. A task that uses
several processes itself, such as a search, has `alone=True`, `room.jobs` and `room.storage`.
"""

import sys

from experiments.command import main

if __name__ == "__main__":
    sys.exit(main())
