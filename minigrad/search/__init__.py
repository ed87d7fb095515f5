"""Hyper-parameter search, from coarse to fine or on a grid; killed, it goes on, and machines may share it.

    from minigrad import search

    def objective(params, trial):                       trains a model, returns how good it is
        ...
        return {"value": validation_accuracy, "epochs": 12}     or the number alone

    space = {"weight_decay": search.log_uniform(1e-5, 1e-1),    as many draws in each factor of ten
             "lr": search.uniform(0, 1),
             "units": search.choice((50, 100)),  "layers": search.integer(1, 4)}

    coarse = search.random(objective, space, trials=30, seed=0, name="coarse", jobs=2)
    fine = search.random(objective, coarse.around(top=3), trials=30, name="fine", jobs=2)
    search.grid(objective, {"lr": (0.05, 0.01), "activation": ("relu", "tanh")}, name="grid")

    fine.best       Trial(number, params, value, metrics, seconds)
    fine.trials     all that have a value; fine.failed and fine.pruned are the others
    fine.table()    flat rows          fine.plot("pictures")    history, slices, parallel coordinates
    search.load("fine")                what there is so far, of a search that runs or was killed

Log scale, because weight decays of 1e-4 and 2e-4 differ as 1e-2 and 2e-2 do. Draws by lot rather than a
grid, because each trial then tries a new value of every parameter, and few of them matter (Bergstra and
Bengio, 2012). Coarse to fine, because the best few trials say where to look more closely.

**Killed? Run the same program again.** Trials live in an Optuna study, by default in the SQLite file
runs/search.db, under the search's name. `trials=30` is how many there are to be in the end: those that are
finished are not run again. Trial k depends on (seed, name, k) alone, so that a search which was killed, or
run with other `jobs`, ends in the same table. Another space or seed under the same name is an error. An
objective that has changed is not noticed: give the search another name.

**More cores, more machines.** `jobs=4` works in four processes, each with one BLAS thread; the objective
must be a function at the top level of a module, and the call stand under `if __name__ == "__main__":`.
With `storage="postgresql://USER:PASSWORD@HOST/DATABASE"` (or mysql) and its driver installed, the same
program on another machine joins the search; `search.arguments.add(parser)` gives a program the options
--trials, --jobs and --storage. A running trial gives a sign of life every 10 seconds; after 30 without one
it counts as dead and is run again by whoever is free (`heartbeat=search.Heartbeat(interval, grace)`).

An objective that returns nan or inf has failed, which `failed` shows, and the search goes on; one that
raises stops it. With `prune=True`, `trial.report(value, step)` breaks a hopeless trial off; which ones then
depends on what was finished before, so that the table is no longer the same for every number of jobs.

Optuna is not installed with minigrad: pip install 'minigrad-edu[search]'.
"""

from minigrad.search import arguments as arguments
from minigrad.search.run import grid as grid
from minigrad.search.run import load as load
from minigrad.search.run import random as random
from minigrad.search.space import choice as choice
from minigrad.search.space import integer as integer
from minigrad.search.space import log_uniform as log_uniform
from minigrad.search.space import uniform as uniform
from minigrad.search.storage import Heartbeat as Heartbeat
from minigrad.search.study import Study as Study
from minigrad.search.study import Trial as Trial
