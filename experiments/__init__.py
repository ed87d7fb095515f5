"""The course reports redone: one command each, the report's numbers beside ours and PyTorch's.

    python -m experiments --list
    python -m experiments dd2424-a2 --data-dir data             writes experiments/results/dd2424-a2/
    python -m experiments dd2424-a2 --data-dir data --quick     the same on a small slice, in under a minute

How to write a report: a file with a `REPORT`, named in `catalogue.py`.

    def measure(settings, room):            a top-level function of its settings alone, JSON in and JSON out
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

- `parts`     A result is kept under a key made of the function and the settings: change one and it is
              computed anew; kill the run and `--resume` goes on after the last result. So everything that
              decides a number is in the settings: sizes, seeds, what `quick` cuts down. A part whose plan
              looks at earlier results (`done`) says `after=` which, and its `cost` in the unit of the others.
- `training`  The task that most are: `train` fits an MLP on CIFAR-10 from its last checkpoint on. Another
              network needs a function of its own, as short: `fit(..., folder=room.folder, resume=True,
              callbacks=[Ticks(room)])`; `curves` gives what is kept of the history.
- `judge`     `Number(what, report, ours, reference, spread, note)`. One that does not agree needs a note
              that says why: without it, publishing fails (but for --quick).
- `blocks`    What a page is made of. A `Figure` holds `Panel`s of `Line`s, drawn together as SVG and PNG, and
              one by one on the HTML page, where they wrap on a narrow screen.
- `publish`   writes results/NAME/: README.md, report.html, report.json, tables/*.json, figures/*.svg, *.png;
              `index` then writes the index of all.

The tasks of a part never wait for each other: `--jobs N` spreads them over N processes. One that spreads
itself, as a search does, says `alone=True` and uses `room.jobs` and `room.storage`.
"""
