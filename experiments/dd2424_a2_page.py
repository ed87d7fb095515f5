"""The page of DD2424, assignment 2: both reports, number by number."""

from __future__ import annotations

from statistics import fmean
from typing import Any

from experiments import dd2424_a2_tables as tables
from experiments import shown
from experiments.blocks import (
    GREY,
    TRAINING,
    VALIDATION,
    Block,
    Figure,
    Heading,
    Line,
    Numbers,
    Page,
    Panel,
    Table,
    Text,
)
from experiments.curves import figure
from experiments.gradients import decimals
from experiments.judge import Number
from experiments.parts import Results

INTRO = """Two reports on one assignment, "001" of 2019 and "004" of 2022: a network of 3072-50-10 units
with ReLU, cross-entropy and J = loss + lambda * sum W^2, trained by mini-batch gradient descent with a
cyclical rate between 1e-5 and 1e-1. Inputs are standardised by the training set, weights drawn after He,
biases 0. Report 001 trains on the first batch of CIFAR-10 and validates on the second, 004 on 49,000
images with 1,000 to validate, which each seed draws anew."""

FIGURE_4 = {"coefficient": 0.01, "eta_min": 1e-5, "eta_max": 1e-1}


def page(done: Results, quick: bool) -> Page:
    from experiments import dd2424_a2 as plan

    blocks: list[Block] = [
        *gradients(done["gradients"]),
        *cycles(done["cycles"], {name: plan.small(name, 0, quick) for name in plan.CYCLES}),
        *search_001(done),
        *search_004(done),
        *best(done, plan.large(3.04e-4, 3, 0, quick)),
    ]
    return Page(" ".join(INTRO.split()), blocks)


# ---- gradients ----


def gradients(done: dict[str, Any]) -> list[Block]:
    forward, centered = done["forward-20"], done["centered-20"]
    reported = {20: 2.9767e-8, 100: 1.5407e-8, 1000: 1.505e-8}
    rows = [
        [
            task.rpartition("-")[0].replace("-", " "),
            task.rpartition("-")[2],
            f"{r['largest']:.1e}",
            f"{r['mean']:.1e}",
            f"{r['mean by parameter']['layers.0.weight']:.1e}",
            decimals(r),
            f"{r['relative median']:.1e}",
            r["verdict"],
            f"{r['digits']:.1f}",
        ]
        for task, r in done.items()
    ]
    head = ["difference", "samples", "largest", "mean", "mean of W1", "decimals", "relative, median",
            "verdict", "digits"]  # fmt: skip
    return [
        Heading("Gradient checks"),
        Text(
            "Both reports move one weight at a time by h = 1e-5. Neither says whether by (f(x + h) - f(x)) "
            "/ h or by "
            "the centered difference; their numbers do. The forward difference is off by h / 2 times the "
            "second "
            "derivative, some 1e-7 to 1e-6 here, and the centered one by less than 1e-10: equal to 5 "
            "decimals and "
            "not to 6 is the forward difference's own error, and says nothing of the gradient. "
            "`minigrad.check` "
            "sweeps the step, sees the error fall with its square and rise again with round-off, and so "
            "knows to "
            "how many digits the gradient is right."
        ),
        Numbers(
            "Statements of the reports",
            [
                Number(
                    "001: decimals to which `assert_almost_equal` passes, forward difference",
                    5,
                    [decimals(forward)],
                    form=".0f",
                    rule="equal",
                ),
                Number("the same, centered difference", None, [decimals(centered)], form=".0f"),
                Number(
                    "001: share of elements that differ at 6 decimals, forward difference",
                    0.13,
                    [forward["mismatch"]["6"]],
                    form=".3f",
                    note="The share hangs on the weights and the samples, which the report does not name: "
                    "at 7 "
                    f"decimals it is {forward['mismatch']['7']:.2f}.",
                ),
                Number(
                    "001: largest absolute difference, forward difference",
                    5.69965034e-06,
                    [forward["largest"]],
                    rule="order",
                    form=".2e",
                ),
                *(
                    Number(
                        f"004: absolute difference with {n} samples (forward, of the loss, mean over W1)",
                        reported[n],
                        [done[task]["mean by parameter"]["layers.0.weight"]],
                        rule="order",
                        form=".2e",
                    )
                    for n in reported
                    if (task := f"forward-of-the-loss-{n}") in done
                ),
            ],
        ),
        Table(
            "gradients",
            "Every check, with the verdict and the digits of `minigrad.check`",
            head,
            rows,
        ),
    ]


# ---- the cyclical rate ----


def cycles(done: dict[str, Any], settings: dict[str, dict[str, Any]]) -> list[Block]:
    figure_3, figure_4 = shown.runs(done, "figure-3"), shown.runs(done, "figure-4")
    stated = shown.runs(done, "figure-4-as-stated")
    overfit = (
        "The report's network fits its training set better, and others worse, than three cycles with "
        "lambda .01 do "
        "in any of our runs or the reference's: its penalty was smaller than stated. 38 epochs of n_s = "
        "700 are "
        "2.7 cycles and end at a high rate; three full cycles of n_s = 800 are 48 epochs."
    )
    return [
        Heading("The cyclical learning rate"),
        Numbers(
            "001, lambda .01, n_s 500, one cycle of 10 epochs",
            shown.numbers("figure 3", figure_3, {
                "train_accuracy": (0.6195, 0.6105, 0.004),
                "validation_accuracy": (0.4519, 0.4572, 0.004),
                "test_accuracy": (0.4589, 0.4625, 0.002),
            }, headline=True),
        ),
        figure("figure-3", "Cost (with the penalty), loss (without) and accuracy for one cycle, n_s = 500, "
                           "lambda = "
               ".01; the mean of the seeds with one standard deviation.", figure_3, settings["figure-3"]),
        Numbers(
            "001, lambda .01, three cycles",
            [
                *shown.numbers("figure 4, n_s 800, 3 cycles", figure_4, {
                    "train_accuracy": (0.7825, 0.7159, 0.005, overfit),
                    "validation_accuracy": (0.4465, 0.4683, 0.002, overfit),
                    "test_accuracy": (0.4665, 0.4743, 0.001),
                }, headline=True),
                *shown.numbers('as stated, "step 700, 38 epochs"', stated, {
                    "train_accuracy": (0.7825, None, None, overfit),
                    "validation_accuracy": (0.4465, None, None, "Ends at a high rate: see the figure."),
                    "test_accuracy": (0.4665, None, None, "Ends at a high rate: see the figure."),
                }),
            ],
        ),
        figure("figure-4", "The same for three cycles, n_s = 800.", figure_4, settings["figure-4"]),
        figure("figure-4-as-stated", "The same as the report states it, n_s = 700 and 38 epochs: the run "
                                     "ends on the "
               "way down of the third cycle.", stated, settings["figure-4-as-stated"]),
    ]  # fmt: skip


# ---- the searches ----


def search_001(done: Results) -> list[Block]:
    coarse, fine = done["coarse-001"]["coarse"], done["fine-001"]["fine"]
    carried = done["carried-001"]["carried"]
    first = carried[0]
    trial = list(range(1, len(carried) + 1))
    at_first = [
        Line("report", trial, [row[1] for row in tables.COARSE[: len(trial)]], GREY, "o"),
        Line(
            "never initialised anew",
            trial,
            [row["train_accuracy"] for row in carried],
            TRAINING,
            "-",
        ),
    ]
    validation = [
        Line("report", trial, [row[2] for row in tables.COARSE[: len(trial)]], GREY, "o"),
        Line(
            "never initialised anew",
            trial,
            [row["validation_accuracy"] for row in carried],
            VALIDATION,
            "-",
        ),
    ]
    ours = {"coarse": coarse, "fine": fine}
    ranges = {"coarse": "(1e-9, 1e-3)", "fine": "(1e-6, 1e-4)"}
    return [
        Heading("Report 001: random search of lambda"),
        Text(
            "30 uniform random values between two bounds, two cycles of 10 epochs each, on the first batch. "
            "In the report, the training accuracy rises from .68 to 1.00 down the table, whatever lambda is: "
            "the network was not initialised again between trials. With the report's own 30 values in its "
            "order, and one network for all of them, ours rises as the report's does. With a fresh network "
            "for each value, the accuracy hardly depends on lambda, since these values are very small."
        ),
        Figure("never-initialised", "The coarse search of report 001, trial by trial: its printed table "
                                    "(dots), and "
               "one network carried through the same values of lambda.",
               [Panel("training accuracy", "trial", "accuracy", at_first),
                Panel("validation accuracy", "trial", "accuracy", validation)], columns=2),
        Numbers("Numbers of the report's tables", [
            Number("first trial of the coarse search (lambda 6.777e-4): training accuracy", 0.6815,
                   [first["train_accuracy"]], note=NOT_SAID),
            Number("the same: validation accuracy", 0.4093, [first["validation_accuracy"]], note=NOT_SAID),
            Number("the same: test accuracy", 0.4094, [first["test_accuracy"]], note=NOT_SAID),
            Number("last trial, one network: training accuracy", 0.9999, [carried[-1]["train_accuracy"]]),
            Number("the same: validation accuracy", 0.3942, [carried[-1]["validation_accuracy"]],
                   note=CARRIED),
            Number("the same: test accuracy", 0.3916, [carried[-1]["test_accuracy"]], note=CARRIED),
            Number("best of the fine search (report: lambda 6.86e-5): validation accuracy", 0.4137,
                   [max(row["validation_accuracy"] for row in fine["trials"])], note=NOT_SAID),
        ]),
        Figure("search-001", "All trials of both searches, each from a fresh network.",
               [shown.search_panel(f"{name}, {ranges[name]}", ours[name]) for name in ours], columns=2),
        shown.trials("coarse-001", "Coarse search, every trial from a fresh network", coarse),
        shown.trials("fine-001", "Fine search, every trial from a fresh network", fine),
        Table("carried-001", "The report's 30 values, one network: ours and the report's",
              ["lambda", "training, report", "training, ours", "validation, report", "validation, ours",
               "test, report", "test, ours"],
              [[f"{row['lambda']:.4g}", f"{printed[1]:.4f}", f"{row['train_accuracy']:.4f}",
                f"{printed[2]:.4f}", f"{row['validation_accuracy']:.4f}",
                f"{printed[3]:.4f}", f"{row['test_accuracy']:.4f}"]
               for row, printed in zip(carried, tables.COARSE)]),
    ]  # fmt: skip


NOT_SAID = "The report does not state the schedule of its search; we take two cycles of n_s = 500."
CARRIED = (
    "After 600 epochs of one network the number hangs on the schedule of the search, which the report does "
    "not state."
)


def search_004(done: Results) -> list[Block]:
    coarse, fine, named = done["coarse-004"]["coarse"], done["fine-004"]["fine"], done["named-004"]
    reported = {"coarse": {2.1478e-4: 0.5124, 8.2469e-4: 0.5102, 8.5048e-4: 0.5080},
                "fine": {3.04e-4: 0.5143, 6.54e-4: 0.5138, 7.34e-4: 0.5128}}  # fmt: skip
    low, high = coarse["around"]
    note = (
        "The report's are the highest of a search, chosen on the very images they are measured on; ours is "
        "the mean "
        "of three networks and three sets of 1,000 to validate, each good to .016."
    )
    return [
        Heading("Report 004: coarse to fine"),
        Text(
            "49,000 images to train, n_s = 2 floor(n / n_batch) = 980, one cycle, which is 4 epochs. "
            "Coarse: 30 values, "
            f"log-uniform from 1e-5 to 1e-1; fine: 30 from {low:.3g} to {high:.3g}, the range of our three "
            f"best and a "
            "margin (the report's was 2.14e-4 to 8.25e-4). 1,000 images tell accuracies apart to .016 at "
            "best: among "
            "values below 1e-3 the order is chance."
        ),
        Figure("search-004", "All trials of both searches.",
               [shown.search_panel("coarse", coarse), shown.search_panel("fine", fine)], columns=2),
        Numbers("The values that the report names, trained anew", [
            line
            for name, values in reported.items()
            for value, accuracy in values.items()
            for line in shown.numbers(f"{name}, lambda {value:g}, 1 cycle", shown.runs(named, f"{value}"),
                                      {"validation_accuracy": (accuracy, None, None, note)})
        ]),
        shown.trials("coarse-004", "Coarse search", coarse),
        shown.trials("fine-004", "Fine search", fine),
    ]  # fmt: skip


# ---- the best classifiers ----


def best(done: Results, settings: dict[str, Any]) -> list[Block]:
    theirs, ours = shown.runs(done["best-004"], "theirs"), shown.runs(done["best-004"], "ours")
    strong, weak = (
        shown.runs(done["cycles"], name) for name in ("lambda-0.4137", "lambda-6.86e-5")
    )
    value = done["fine-004"]["fine"]["best"]
    cost = fmean(run["test_accuracy"] for run in strong)
    return [
        Heading("The best classifiers"),
        Numbers("004: three cycles, 49,000 to train", [
            *shown.numbers("004, lambda 3.04e-4", theirs, {
                "train_accuracy": (None, 0.6116, 0.002),
                "validation_accuracy": (None, 0.5227, 0.008),
                "test_accuracy": (0.5163, 0.5170, 0.000, SPREAD),
            }, headline=True),
            *shown.numbers(f"lambda {value:.3g}, the best of our search", ours, {
                "validation_accuracy": (None,), "test_accuracy": (None,),
            }),
        ]),
        figure("best-004", "The best classifier of report 004, lambda = 3.04e-4, three cycles.",
               theirs, settings),
        Numbers("001: its best classifier", [
            *shown.numbers('"the best lambda = 0.4137"', strong, {"test_accuracy": (0.56, None, None,
                f"0.4137 is the validation accuracy of the best row of its table and not a lambda; with "
                f"that lambda "
                f"the test accuracy is {cost:.2f}.")}),
            *shown.numbers("lambda 6.86e-5, which that row has", weak, {"test_accuracy": (0.56, None, None,
                "No setting of the report reaches 56 %: with its best lambda and one batch of 10,000 it is "
                "this, with "
                "49,000 images and three cycles .52 (report 004).")}),
        ]),
    ]  # fmt: skip


SPREAD = (
    "Three runs of the reference happen to agree to three decimals; networks that differ in their seed "
    "alone differ by "
    ".003 on the 10,000 test images, ours as well."
)
