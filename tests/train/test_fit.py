"""fit: what it computes, and that an interruption leaves no trace in it."""

import os
import signal

import numpy as np
import pytest

from minigrad import Tensor, cross_entropy, nn, optim
from minigrad.data import ArrayDataset, DataLoader
from minigrad.errors import AnomalyError, CheckpointError, ParameterError
from minigrad.train import Callback, History, Settings, checkpoint, evaluate, fit

FILES = ("checkpoint.safetensors", "history.jsonl")


def contents(folder):
    return {name: (folder / name).read_bytes() for name in FILES}


class Interrupter(Callback):
    """Presses Ctrl-C after some update, and keeps what it sees."""

    def __init__(self, at):
        self.at = at
        self.seen = []

    def updated(self, run, record):
        if run.updates == self.at:
            os.kill(os.getpid(), signal.SIGINT)

    def ended(self, run):
        self.seen.append(run.updates)


# ---- what it computes ----


def test_it_is_the_loop_that_one_would_write(small_run):
    run = small_run()
    run.model.eval()  # fit sets training mode
    history = run.fit(epochs=2)

    by_hand = small_run()
    schedule = optim.Cyclical(0.001, 0.05, 5)
    penalty = optim.L2(by_hand.model.parameters(), 0.01)
    expected, step = [], 0
    for epoch in (1, 2):
        for x, y in by_hand.loader:
            by_hand.optimizer.param_groups[0]["lr"] = schedule(step)
            by_hand.optimizer.zero_grad()
            out = by_hand.model(Tensor(x))
            loss = cross_entropy(out, y)
            cost = loss + penalty()
            cost.backward()
            by_hand.optimizer.step()
            hits = float((out.data.argmax(axis=1) == y).mean())
            expected.append((epoch, schedule(step), cost.item(), loss.item(), hits))
            step += 1
    updates = [r for r in history.records if r["kind"] == "update"]
    names = ("epoch", "rate", "cost", "loss", "accuracy")
    np.testing.assert_allclose([[r[n] for n in names] for r in updates], expected, rtol=1e-6)
    assert [r["step"] for r in updates] == list(range(1, 15))
    for name, value in by_hand.model.state_dict().items():
        np.testing.assert_array_equal(value, run.model.state_dict()[name], err_msg=name)


def test_an_evaluation_has_the_mean_of_the_updates_and_the_validation_set(small_run):
    run = small_run()
    validation = ArrayDataset(*run.loader.dataset[:20])
    history = run.fit(epochs=2, validation=validation)
    *updates, evaluation = history.records[8:]
    sizes = [8] * 6 + [2]
    for name in ("cost", "loss", "accuracy"):
        mean = np.average([r[name] for r in updates], weights=sizes)
        assert evaluation[f"train_{name}"] == pytest.approx(mean, rel=1e-6)
    seen = evaluate(run.model, validation)
    assert evaluation["validation_loss"] == seen.loss
    assert evaluation["validation_accuracy"] == seen.accuracy
    term = 0.01 * sum(
        (p.data.astype(float) ** 2).sum() for p in run.model.parameters() if p.ndim > 1
    )
    assert evaluation["validation_cost"] == pytest.approx(seen.loss + term, rel=1e-5)


def test_evaluations_come_as_often_as_asked_and_at_the_end(small_run):
    history = small_run().fit(updates=10, evaluate_every=4, evaluate_training=True)
    steps, _ = history.series("evaluation", "train_loss")
    assert steps.tolist() == [4, 8, 10]
    run = small_run()
    history = run.fit(updates=3, evaluate_training=True)
    assert history.last()["train_loss"] == evaluate(run.model, run.loader.dataset).loss


def test_numbers_as_targets_have_no_accuracy():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(20, 3)).astype(np.float32)
    data = ArrayDataset(x, (x @ [[1.0], [2.0], [3.0]]).astype(np.float32))
    model = nn.Linear(3, 1, rng=rng)
    loss = nn.MSELoss()
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    settings = Settings(epochs=30, loss=loss)
    history = fit(model, DataLoader(data, 5), optimizer, settings, validation=data)
    assert history.last()["validation_loss"] < 1e-3
    assert history.last()["validation_accuracy"] is None
    assert history.last()["train_accuracy"] is None
    assert history.series("update", "accuracy")[0].size == 0


def test_a_callback_sees_everything_and_can_stop(small_run):
    class Stopper(Callback):
        def __init__(self):
            self.calls = []

        def began(self, run):
            self.calls.append("began")

        def updated(self, run, record):
            assert record is run.history.records[-1]
            if run.updates == 9:
                run.stop()

        def evaluated(self, run, record):
            self.calls.append((run.epoch, record["step"]))

        def ended(self, run):
            self.calls.append("ended")

    stopper = Stopper()
    history = small_run().fit(callbacks=[stopper])
    assert stopper.calls == ["began", (1, 7), (2, 9), "ended"]
    assert history.last("update")["step"] == 9


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"epochs": None}, "epochs=None and updates=None; needed: one of the two"),
        ({"epochs": 1, "updates": 1}, "epochs=1 and updates=1; needed: one of the two"),
        ({"epochs": 0}, "epochs=0; needed: 1 or more"),
        ({"evaluate_every": 0}, "evaluate_every=0; needed: 1 or more"),
        ({"save_every": -1}, "save_every=-1; needed: 1 or more"),
    ],
)
def test_what_cannot_be_asked_for(options, words, small_run):
    with pytest.raises(ParameterError, match=words):
        small_run().fit(**options)


# ---- interrupted and resumed ----


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw", "rmsprop"])
@pytest.mark.parametrize("at", [1, 5, 7, 12, 20])
def test_a_resumed_run_has_the_bytes_of_an_unbroken_one(optimizer, at, small_run, tmp_path):
    unbroken, broken = small_run(optimizer), small_run(optimizer)
    records = unbroken.fit(folder=tmp_path / "unbroken").records
    with pytest.raises(KeyboardInterrupt, match=r"checkpoint\.safetensors"):
        broken.fit(folder=tmp_path / "broken", callbacks=[Interrupter(at)])
    resumed = small_run(optimizer)
    history = resumed.fit(folder=tmp_path / "broken", resume=True)
    assert contents(tmp_path / "broken") == contents(tmp_path / "unbroken")
    assert history.records == records == History.read(tmp_path / "broken" / "history.jsonl").records
    for name, value in unbroken.model.state_dict().items():
        assert value.tobytes() == resumed.model.state_dict()[name].tobytes(), name


def test_interrupted_at_every_update(small_run, tmp_path):
    small_run().fit(folder=tmp_path / "unbroken", evaluate_every=3)
    for at in range(1, 21):
        with pytest.raises(KeyboardInterrupt):
            small_run().fit(folder=tmp_path / "broken", evaluate_every=3, resume=True,
                            callbacks=[Interrupter(at)])  # fmt: skip
    small_run().fit(folder=tmp_path / "broken", evaluate_every=3, resume=True)
    assert contents(tmp_path / "broken") == contents(tmp_path / "unbroken")


def test_ctrl_c_is_held_back_until_the_update_is_whole_and_saved(small_run, tmp_path):
    interrupter = Interrupter(9)
    with pytest.raises(KeyboardInterrupt) as caught:
        small_run().fit(folder=tmp_path, callbacks=[interrupter])
    assert caught.value.args == (str(tmp_path / "checkpoint.safetensors"),)
    assert checkpoint.load(tmp_path / "checkpoint.safetensors")["updates"] == 9
    assert interrupter.seen == [9]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with pytest.raises(KeyboardInterrupt, match="not saved: no folder"):
        small_run().fit(callbacks=[Interrupter(2)])


def test_the_second_ctrl_c_does_not_wait(small_run, tmp_path):
    class Impatient(Callback):
        def updated(self, run, record):
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)
            pytest.fail("not reached")

    with pytest.raises(KeyboardInterrupt) as caught:
        small_run().fit(folder=tmp_path, callbacks=[Impatient()])
    assert caught.value.args == ()
    assert checkpoint.load(tmp_path / "checkpoint.safetensors")["updates"] == 0


def test_a_finished_run_resumes_to_nothing_new(small_run, tmp_path):
    small_run().fit(folder=tmp_path)
    before = contents(tmp_path)
    run = small_run()
    history = run.fit(folder=tmp_path, resume=True)
    assert contents(tmp_path) == before
    assert history.last()["validation_loss"] == pytest.approx(
        evaluate(run.model, ArrayDataset(*small_run_validation(run))).loss
    )


def small_run_validation(run):
    rng = np.random.default_rng(2)
    inputs = rng.normal(size=(20, 6)).astype(np.float32)
    return inputs, (inputs[:, 0] > 0) + (inputs[:, 1] > 0).astype(np.int64)


def test_resume_starts_where_there_is_nothing_to_resume(small_run, tmp_path):
    small_run().fit(folder=tmp_path / "a" / "b", resume=True)
    assert set(os.listdir(tmp_path / "a" / "b")) == set(FILES)


def test_a_resumed_run_may_be_longer_and_saved_more_often(small_run, tmp_path):
    small_run().fit(folder=tmp_path / "longer", epochs=1)
    small_run().fit(folder=tmp_path / "longer", resume=True, save_every=2)
    small_run().fit(folder=tmp_path / "at once", save_every=2)
    assert contents(tmp_path / "longer") == contents(tmp_path / "at once")


def test_a_new_run_in_an_old_folder_starts_over(small_run, tmp_path):
    small_run("adam").fit(folder=tmp_path)
    small_run().fit(folder=tmp_path)
    small_run().fit(folder=tmp_path / "fresh")
    assert contents(tmp_path) == contents(tmp_path / "fresh")


def test_a_checkpoint_of_another_run_is_refused(small_run, tmp_path):
    small_run().fit(folder=tmp_path)
    with pytest.raises(
        CheckpointError,
        match=r"other settings: schedule=\{'class': 'Cyclical'.*there, \{'class': 'Constant'",
    ):
        small_run().fit(folder=tmp_path, resume=True, schedule=optim.Constant(0.1))
    with pytest.raises(CheckpointError, match="evaluate_every=None there, 3 here"):
        small_run().fit(folder=tmp_path, resume=True, evaluate_every=3)
    other = small_run()
    other.model.add = nn.Dropout(0.5, rng=np.random.default_rng(0))
    with pytest.raises(CheckpointError, match=r"random generators \['3.rng'\], and this model has"):
        other.fit(folder=tmp_path, resume=True)
    checkpoint.save(tmp_path / "checkpoint.safetensors", {"updates": 1})
    with pytest.raises(
        CheckpointError, match=r"not the checkpoint of a run: KeyError\('settings'\)"
    ):
        small_run().fit(folder=tmp_path, resume=True)
    with pytest.raises(CheckpointError, match="resume=True needs the folder="):
        small_run().fit(resume=True)
    with pytest.raises(CheckpointError, match=r"cannot be made: (File exists|Not a directory)"):
        small_run().fit(folder=tmp_path / "history.jsonl" / "x")


# ---- nan ----


class Log(nn.Module):
    """Right until a weight has become negative."""

    def __init__(self):
        self.w = nn.Parameter(np.ones((6, 3), np.float32))

    def forward(self, x):
        return x @ self.w.log()


class RootOfZero(nn.Module):
    """Its value is fine and its gradient is not."""

    def __init__(self):
        self.w = nn.Parameter(np.zeros((6, 3), np.float32))

    def forward(self, x):
        return x @ self.w.sqrt()


def test_nan_stops_at_once_and_names_the_op_the_line_and_the_update(small_run, tmp_path):
    run = small_run()
    run.model = Log()
    run.optimizer = optim.SGD(run.model.parameters(), lr=3.0)
    with pytest.raises(AnomalyError) as caught:
        run.fit(folder=tmp_path, schedule=None, penalty=None, save_every=1)
    words = str(caught.value)
    step = checkpoint.load(tmp_path / "checkpoint.safetensors")["updates"]
    assert words.startswith(f"update {step + 1}, in epoch {step // 7 + 1}: log(x) produced nan")
    assert "test_fit.py" in words
    assert "in forward" in words
    assert f"the last checkpoint before it is kept: {tmp_path}" in words
    saved = checkpoint.load(tmp_path / "checkpoint.safetensors")["model"]["w"]
    assert np.isfinite(saved).all()
    assert History.read(tmp_path / "history.jsonl").last("update")["step"] == step


def test_nan_in_a_gradient_never_reaches_the_parameters(small_run):
    run = small_run()
    run.model = RootOfZero()
    run.optimizer = optim.SGD(run.model.parameters(), lr=0.1)
    with pytest.raises(AnomalyError, match=r"update 1, in epoch 1: the backward pass of sqrt\(x\)"):
        run.fit(schedule=None, penalty=None)
    assert np.isfinite(run.model.w.data).all()


def test_nan_under_dropout_is_found_with_the_same_mask():
    class OneInTwenty(nn.Module):
        """The mask is 20 for one example in twenty, and for those the logarithm is nan."""

        def __init__(self):
            self.dropout = nn.Dropout(0.95, rng=np.random.default_rng(3))
            self.w = nn.Parameter(np.ones(1, np.float32))

        def forward(self, x):
            return ((10 - self.dropout(x)).log() * self.w).sum(axis=1, keepdims=True)

    data = ArrayDataset(np.ones((8, 1), np.float32), np.zeros((8, 1), np.float32))
    model = OneInTwenty()
    with pytest.raises(AnomalyError, match=r"log\(x\) produced nan") as caught:
        fit(model, DataLoader(data, 1), optim.SGD(model.parameters(), lr=1e-9),
            Settings(epochs=20, loss=nn.MSELoss()))  # fmt: skip
    assert "values: -10 to -10" in str(caught.value)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        ("weights", r"0\.weight held nan or inf before it; a smaller learning rate may help"),
        ("inputs", "the inputs of this batch hold nan or inf"),
        ("loss", "it was finite when the batch was computed again, so the model or the loss"),
    ],
)
def test_nan_that_no_op_made(spoil, words, small_run):
    run = small_run()
    options = {}
    if spoil == "weights":
        run.model[0].weight.data = np.full((9, 6), np.inf, np.float32)
    elif spoil == "inputs":
        run.loader.dataset.inputs[:] = np.nan
    else:
        factors = iter([float("nan"), 1.0])
        options["loss"] = lambda out, target: cross_entropy(out, target) * next(factors)
    with pytest.raises(
        AnomalyError, match=f"update 1, in epoch 1: the cost or a gradient.*{words}"
    ):
        run.fit(penalty=None, **options)


def test_a_loss_that_is_too_large_stops_too(small_run):
    run = small_run()
    run.model[4].weight.data = np.full((3, 9), 1e38, np.float32)
    with pytest.raises(AnomalyError, match="produced inf from finite inputs"):
        run.fit()
