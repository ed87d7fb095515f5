"""The models: sizes, gradients, one training step of each, what stays in memory, and PyTorch's twins."""

import gc
import weakref

import numpy as np
import pytest

from minigrad import Tensor, check, nn, ops, optim
from minigrad.errors import ParameterError, ShapeError
from minigrad.recording import Applied, observing
from models.cnn import CNN
from models.lenet import LeNet5
from models.mlp import MLP

SMALL = (20, 12, 8, 10)
MODELS = {
    "mlp": lambda **more: MLP(SMALL, **more),
    "mlp-tanh": lambda **more: MLP(SMALL, "tanh", **more),
    "mlp-sigmoid": lambda **more: MLP(SMALL, "sigmoid", **more),
    "mlp-bn": lambda **more: MLP(SMALL, batch_norm=True, **more),
    "lenet": lambda **more: LeNet5(image_size=16, **more),
    "lenet-bn": lambda **more: LeNet5(batch_norm=True, image_size=16, **more),
    "lenet-dropout": lambda **more: LeNet5(dropout=0.2, image_size=16, **more),
    "cnn": lambda **more: CNN(image_size=8, **more),
    "cnn-bn": lambda **more: CNN(batch_norm=True, image_size=8, **more),
}
every_model = pytest.mark.parametrize("name", MODELS)


def rng(seed=0):
    return np.random.default_rng(seed)


def batch(name, n=6, dtype=np.float32):
    side = {"lenet": 16, "cnn": 8}.get(name.split("-")[0])
    shape = (n, 1, side, side) if side else (n, SMALL[0])
    draw = rng(1)
    return draw.normal(size=shape).astype(dtype), draw.integers(0, 10, n)


# ---- sizes ----


@pytest.mark.parametrize(
    ("make", "shape", "parameters"),
    [
        (lambda: MLP((784, 784, 256, 10), rng=rng()), (784,), 818_970),
        (lambda: MLP((784, 512, 384, 10), rng=rng()), (1, 28, 28), 602_762),
        (lambda: MLP((784, 666, 333, 10), rng=rng()), (784,), 748_261),
        (lambda: MLP((784, 666, 666, 10), rng=rng()), (784,), 973_702),
        (lambda: LeNet5(rng=rng()), (1, 28, 28), 61_706),
        (lambda: CNN(rng=rng()), (1, 28, 28), 763_094),
    ],
)
def test_the_reports_numbers_of_parameters(make, shape, parameters):
    table = nn.summary(make(), shape)
    assert table.parameters == table.trainable == parameters
    assert sum(row.parameters for row in table.rows) == parameters
    assert f"{parameters:,} parameters" in str(table)


def test_three_convolutions_of_report_002():
    model = nn.Sequential(
        nn.Conv2d(3, 100, 3, padding=1, rng=rng()),
        nn.Conv2d(100, 200, 3, padding=1, rng=rng()),
        nn.Conv2d(200, 400, 3, padding=1, rng=rng()),
    )
    table = nn.summary(model, (3, 8, 8))
    assert [row.parameters for row in table.rows] == [2_800, 180_200, 720_400]
    assert table.parameters == 903_400


def test_the_table_of_report_003():
    table = nn.summary(CNN(rng=rng()), (1, 28, 28))
    rows = [row for row in table.rows if row.layer not in ("ReLU", "Flatten")]
    assert [(row.layer, row.output_shape, row.parameters) for row in rows] == [
        ("Conv2d", ("N", 16, 28, 28), 160),
        ("Conv2d", ("N", 32, 14, 14), 12_832),
        ("Conv2d", ("N", 64, 14, 14), 18_496),
        ("Conv2d", ("N", 128, 7, 7), 204_928),
        ("Conv2d", ("N", 256, 7, 7), 295_168),
        ("MaxPool2d", ("N", 256, 3, 3), 0),
        ("Linear", ("N", 100), 230_500),
        ("Linear", ("N", 10), 1_010),
    ]


def test_the_shapes_of_lenet_s_comments():
    table = nn.summary(LeNet5(batch_norm=True, dropout=0.5, rng=rng()), (1, 28, 28))
    shapes = {row.name: row.output_shape for row in table.rows}
    assert shapes["features.3"] == ("N", 6, 14, 14)
    assert shapes["features.7"] == ("N", 16, 5, 5)
    assert shapes["flatten"] == ("N", 400)
    assert [row.layer for row in table.rows] == [
        "Conv2d", "BatchNorm2d", "ReLU", "MaxPool2d", "Conv2d", "BatchNorm2d", "ReLU", "MaxPool2d",
        "Flatten", "Linear", "ReLU", "Dropout", "Linear", "ReLU", "Dropout", "Linear",
    ]  # fmt: skip


@pytest.mark.parametrize("kind", [LeNet5, CNN])
@pytest.mark.parametrize(("channels", "side"), [(3, 32), (1, 28), (2, 13)])
def test_images_of_other_sizes(kind, channels, side):
    model = kind(rng=rng(), in_channels=channels, image_size=side, classes=7)
    assert nn.summary(model, (channels, side, side)).rows[-1].output_shape == ("N", 7)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: LeNet5(rng=rng(), image_size=11), "LeNet5: image_size=11 must be at least 12"),
        (lambda: CNN(rng=rng(), image_size=4), "CNN: image_size=4 must be at least 5"),
        (lambda: MLP((784,), rng=rng()), r"MLP: sizes=\(784,\) must hold"),
        (lambda: MLP((2, 3), "swish", rng=rng()), "'swish' must be one of relu, sigmoid, tanh"),
    ],
)
def test_refusals(make, words):
    with pytest.raises(ParameterError, match=words):
        make()


def test_the_smallest_images_that_are_accepted():
    assert LeNet5(rng=rng(), image_size=12)(np.zeros((1, 1, 12, 12), np.float32)).shape == (1, 10)
    assert CNN(rng=rng(), image_size=5)(np.zeros((1, 1, 5, 5), np.float32)).shape == (1, 10)


def test_an_error_inside_names_the_layer():
    with pytest.raises(ShapeError, match="needed") as caught:
        LeNet5(rng=rng())(Tensor(np.zeros((1, 1, 32, 32), np.float32)))
    assert caught.value.__notes__ == ["in LeNet5 > classifier.0 (Linear)"]


def test_initialisers_reach_every_weight_and_biases_are_zero():
    for make in MODELS.values():
        model = make(rng=rng(), init=lambda shape, rng: np.full(shape, 0.5))
        for name, p in model.named_parameters():
            if p.ndim > 1:
                assert (p.data == 0.5).all(), name
            elif name.endswith("bias"):
                assert not p.data.any(), name


# ---- one step ----


class Recorder:
    """Weak references to the results of all ops, and their dtypes."""

    def __init__(self):
        self.references, self.dtypes = [], set()

    def __call__(self, event):
        if not isinstance(event, Applied):
            return
        out = event.out
        self.dtypes.add(out.dtype)
        self.references += [weakref.ref(out), weakref.ref(out.data)]
        if out.node is not None:
            self.references.append(weakref.ref(out.node))


def step(model, optimizer, x, y):
    optimizer.zero_grad()
    loss = ops.cross_entropy(model(Tensor(x)), y)
    loss.backward()
    optimizer.step()
    return loss


def before_batch_norm(model):
    """The biases that batch norm takes away again: their gradient is 0 but for rounding."""
    names, kinds = zip(*((name, type(module)) for name, module in model.named_modules()))
    norms = (nn.BatchNorm1d, nn.BatchNorm2d)
    return {f"{name}.bias" for name, after in zip(names, kinds[1:]) if after in norms}


@every_model
def test_one_step_changes_every_parameter_and_all_stays_float32(name):
    model = MODELS[name](rng=rng())
    optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=1e-3)
    before = model.state_dict()
    recorder = Recorder()
    with observing(recorder):
        step(model, optimizer, *batch(name))
    assert recorder.dtypes == {np.dtype(np.float32)}
    lost = before_batch_norm(model)
    assert bool(lost) == name.endswith("-bn")
    for path, p in model.named_parameters():
        assert p.dtype == p.grad.dtype == np.float32
        if path in lost:
            assert np.abs(p.grad.data).max() < 1e-5, path
        else:
            assert (p.data != before[path]).any(), path
    for path, buffer in model.named_buffers():
        assert (buffer.data != before[path]).any(), path


@every_model
def test_nothing_of_a_step_outlives_the_next(name):
    model = MODELS[name](rng=rng())
    optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    x, y = batch(name)
    recorder = Recorder()
    gc.disable()  # nothing may wait for the collector: counting references must do
    try:
        with observing(recorder):
            loss = step(model, optimizer, x, y)
        held = [weakref.ref(p.data) for p in model.parameters()]
        held += [weakref.ref(p.grad.data) for p in model.parameters()]
        own = {id(loss), id(loss.data), id(loss.node)}
        alive = [r() for r in recorder.references if r() is not None and id(r()) not in own]
        assert alive == []  # the loss itself is all that is left of the graph
        step(model, optimizer, x, y)
        assert [r() for r in held if r() is not None] == []
    finally:
        gc.enable()


@every_model
def test_it_learns(name):
    model = MODELS[name](rng=rng())
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    x, y = batch(name)
    losses = [step(model, optimizer, x, y).item() for _ in range(20)]
    assert losses[-1] < 0.7 * losses[0]


@every_model
def test_a_seed_makes_a_model_and_its_state_makes_another(name):
    a, b, c = (MODELS[name](rng=rng(seed)) for seed in (3, 3, 4))
    x, _ = batch(name)
    np.testing.assert_array_equal(a(Tensor(x)).data, b(Tensor(x)).data)
    assert not np.array_equal(a.eval()(Tensor(x)).data, c.eval()(Tensor(x)).data)
    c.load_state_dict(a.state_dict())
    np.testing.assert_array_equal(a(Tensor(x)).data, c(Tensor(x)).data)


# ---- PyTorch ----


def twin(torch, module):
    """The same architecture in PyTorch, with the same names."""
    kinds = torch.nn
    if isinstance(module, nn.Conv2d):
        geometry = (module.kernel_size, module.stride, module.padding, module.dilation)
        return kinds.Conv2d(module.in_channels, module.out_channels, *geometry)
    if isinstance(module, nn.Linear):
        return kinds.Linear(module.in_features, module.out_features)
    if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
        return getattr(kinds, type(module).__name__)(
            module.num_features, module.eps, module.momentum
        )
    if isinstance(module, nn.MaxPool2d):
        return kinds.MaxPool2d(module.kernel_size, module.stride, module.padding)
    children = {name: twin(torch, child) for name, child in module.named_children()}
    if isinstance(module, nn.Sequential):
        return kinds.Sequential(*children.values())
    if not children:
        return getattr(kinds, type(module).__name__)()

    class Twin(kinds.Module):
        def forward(self, x):
            for name in children:  # each of the models is a chain, in the order of its attributes
                x = getattr(self, name)(x)
            return x

    made = Twin()
    for name, child in children.items():
        setattr(made, name, child)
    return made


@pytest.mark.torch
@pytest.mark.parametrize("name", [name for name in MODELS if "dropout" not in name])
def test_pytorch_trains_the_same_and_weights_go_both_ways(name):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    ours = MODELS[name](rng=rng(), dtype=np.float64)
    theirs = twin(torch, ours).double()
    assert list(theirs.state_dict()) == list(ours.state_dict())
    theirs.load_state_dict({k: torch.from_numpy(v) for k, v in ours.state_dict().items()})
    x, y = batch(name, dtype=np.float64)
    options = {"lr": 0.05, "momentum": 0.9, "weight_decay": 1e-3}
    optimizer = optim.SGD(ours.parameters(), **options)
    reference = torch.optim.SGD(theirs.parameters(), **options)
    for _ in range(3):
        loss = step(ours, optimizer, x, y)
        reference.zero_grad()
        expected = torch.nn.functional.cross_entropy(theirs(torch.tensor(x)), torch.tensor(y))
        expected.backward()
        reference.step()
        np.testing.assert_allclose(loss.item(), expected.item(), rtol=1e-9)
    for key, value in theirs.state_dict().items():
        np.testing.assert_allclose(ours.state_dict()[key], value.numpy(), rtol=1e-8, atol=1e-12)
    back = MODELS[name](rng=rng(9), dtype=np.float64)
    back.load_state_dict(theirs.state_dict())
    np.testing.assert_allclose(
        back.eval()(Tensor(x)).data, theirs.eval()(torch.tensor(x)).detach().numpy(), rtol=1e-9
    )


# ---- gradients ----


SLOW = ("cnn", "cnn-bn")


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.slow) if n in SLOW else n for n in MODELS]
)
def test_gradients_are_right_against_finite_differences_in_both_modes(name):
    x, y = batch(name, 3)
    report = check.model(MODELS[name](rng=rng()), x, y)
    assert report.verdict == "correct", report


def test_a_wrong_gradient_anywhere_is_refused(monkeypatch):
    """The one above can fail: with a bias whose gradient is a ten-thousandth too large."""
    rules = ops.linear.rules
    wrong = (*rules[:2], lambda *args, **params: rules[2](*args, **params) * 1.0001)
    monkeypatch.setattr(ops.linear, "rules", wrong)
    x, y = batch("mlp", 3)
    assert check.model(MODELS["mlp"](rng=rng()), x, y).verdict == "wrong"
