"""Hyper-parameter search: random search from coarse to fine, and grid search; both can be resumed and shared.

    from minigrad import search

    def objective(params, number):                      trains a model and returns how good it is
        ...
        return {"value": validation_accuracy, "epochs": 12}     or the number alone

    space = {"weight_decay": search.log_uniform(1e-5, 1e-1),    equally many draws in each factor of ten
             "lr": search.uniform(0, 1),
             "units": search.choice((50, 100)),  "layers": search.integer(1, 4)}

    coarse = search.random(objective, space, trials=30, seed=0, name="coarse", jobs=2)
    fine = search.random(objective, coarse.around(top=3), trials=30, name="fine", jobs=2)
    search.grid(objective, {"lr": (0.05, 0.01), "activation": ("relu", "tanh")}, name="grid")

    fine.best       Trial(number, params, value, metrics, seconds)
    fine.trials     all trials with a value; fine.failed has the others
    fine.table()    flat rows          fine.plot("pictures")    history, slices, parallel coordinates
    search.load("fine")                the results so far of a search that runs or was killed

Use a log scale for weight decays: 1e-4 and 2e-4 differ as much as 1e-2 and 2e-2. Random search is better
than a grid, because each trial tries a new value of every parameter, and few parameters matter (Bergstra
and Bengio, 2012). Search from coarse to fine, because the best trials show where to look more closely.

**Killed? Run the same program again.** All trials are drawn before the first one runs: trial k depends on
(seed, name, k) alone. They are stored in an Optuna study, by default in the SQLite file runs/search.db, under
the search's name. `trials=30` is their number at the end: finished trials are not run again. The table is the
same for any number of `jobs` and after any number of kills. Another space or seed under the same name is an
error. A changed objective is not noticed: give the search another name.

**More cores, more machines.** `jobs=4` works in four processes with one BLAS thread each. The objective
must be a function at the top level of a module, and the search must be called under
`if __name__ == "__main__":`. To share a search among machines, install the driver of a server and give its
address: `storage="postgresql://USER:PASSWORD@HOST/DATABASE"` (or mysql). The same program on another machine
then joins. `minigrad.arguments.add_search(parser)` adds the options --trials, --jobs and --storage.

A running trial writes a heartbeat every 10 seconds. After 30 seconds without one, another worker runs the
trial again. `heartbeat=N` sets other times, N and 3 N seconds. Too short a time costs work that is done
twice; it never makes the table wrong.

A trial whose objective returns nan or inf has failed, and the search continues. An objective that raises
stops the search.

The package needs Optuna: pip install 'minigrad-edu[search]'.
"""

from minigrad.errors import MissingPackageError

try:
    import optuna as _optuna  # noqa: F401
except ImportError as error:
    raise MissingPackageError(
        "minigrad.search needs Optuna, which is not installed: pip install 'minigrad-edu[search]'"
    ) from error

from minigrad.search.run import grid as grid
from minigrad.search.run import load as load
from minigrad.search.run import random as random
from minigrad.search.space import choice as choice
from minigrad.search.space import integer as integer
from minigrad.search.space import log_uniform as log_uniform
from minigrad.search.space import uniform as uniform
from minigrad.search.study import Study as Study
from minigrad.search.study import Trial as Trial
