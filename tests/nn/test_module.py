"""Module: what it owns, by which names, its modes, its repr, and where an error happened."""

import copy

import numpy as np
import pytest

from minigrad import Tensor, nn
from minigrad.errors import ShapeError, StateError
from minigrad.nn.module import Entered, Left
from minigrad.recording import observing


def rng():
    return np.random.default_rng(0)


class Scale(nn.Module):
    """x * weight; its __init__ does not call super().__init__(), and need not."""

    def __init__(self, value=2.0):
        self.weight = nn.Parameter(np.array([value]))
        self.seen = nn.Buffer(np.zeros((), np.int64))

    def forward(self, x):
        self.seen.data = self.seen.data + 1
        return x * self.weight


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = Scale(2.0)
        self.shared = self.first
        self.blocks = [Scale(3.0), nn.Sequential(Scale(4.0), nn.Dropout(0.5, rng=rng()))]
        self.heads = {"left": Scale(5.0)}
        self.own = nn.Parameter(np.zeros(2))
        self.rng = rng()
        self.note = "no part of the state"

    def forward(self, x):
        return self.blocks[1](self.blocks[0](self.first(x)))


def test_a_module_without_forward_cannot_be_made():
    class Nothing(nn.Module):
        pass

    with pytest.raises(TypeError, match="abstract"):
        Nothing()


def test_names_are_the_paths_of_attributes():
    net = Net()
    assert [name for name, _ in net.named_parameters()] == [
        "own", "first.weight", "blocks.0.weight", "blocks.1.0.weight", "heads.left.weight",
    ]  # fmt: skip
    assert [name for name, _ in net.named_modules()] == [
        "", "first", "blocks.0", "blocks.1", "blocks.1.0", "blocks.1.1", "heads.left",
    ]  # fmt: skip
    assert [name for name, _ in net.named_children()] == [
        "first", "shared", "blocks.0", "blocks.1", "heads.left",
    ]  # fmt: skip
    assert [name for name, _ in net.named_buffers()] == [
        "first.seen", "blocks.0.seen", "blocks.1.0.seen", "heads.left.seen",
    ]  # fmt: skip
    assert [name for name, _ in net.named_rngs()] == ["rng", "blocks.1.1.rng"]
    assert len(list(net.parameters())) == 5
    assert len(list(net.buffers())) == 4
    assert len(list(net.modules())) == 7
    assert next(net.children()) is net.first


def test_a_shared_parameter_is_one_parameter_and_two_names_in_the_state():
    net = Net()
    state = net.state_dict()
    assert {"first.weight", "shared.weight"} <= state.keys()
    assert len(state) == 5 + 1 + 4 + 1


def test_a_module_that_contains_itself_is_refused():
    scale = Scale()
    scale.inner = nn.Sequential(scale)
    with pytest.raises(StateError, match=r"inner.0 is a Scale that contains itself"):
        scale.state_dict()


def test_modes_and_gradients():
    net = Net()
    assert net.eval() is net
    assert not any(module.training for module in net.modules())
    assert all(module.training for module in net.train().modules())
    net(Tensor(np.ones(1))).backward()
    assert net.first.weight.grad is not None
    net.zero_grad()
    assert all(p.grad is None for p in net.parameters())


def test_to_converts_floats_and_leaves_counts():
    net = Net().to(np.float32)
    assert {p.dtype for p in net.parameters()} == {np.dtype(np.float32)}
    assert {b.dtype for b in net.buffers()} == {np.dtype(np.int64)}
    net.first.weight.grad = np.ones(1)
    assert net.to(np.float64).first.weight.grad is None


def test_a_parameter_is_not_replaced_by_what_would_not_be_collected():
    net = Net()
    with pytest.raises(
        TypeError, match=r"Net.own is a Parameter and cannot be replaced by .* ndarray.*own.data = "
    ):
        net.own = np.ones(2)
    with pytest.raises(
        TypeError, match=r"Scale.seen is a Buffer and cannot be replaced by .* Tensor"
    ):
        net.first.seen = Tensor(1.0)
    with pytest.raises(
        TypeError, match=r"Net.first is a Module and cannot be .* function: assign a Module$"
    ):
        net.first = lambda x: x
    net.own = nn.Parameter(np.ones(3))
    assert net.own.shape == (3,)
    net.first = None
    assert "first.weight" not in net.state_dict()


def test_a_copy_is_independent():
    net = Net()
    twin = copy.deepcopy(net)
    twin.first.weight.data = np.array([7.0])
    assert net.first.weight.item() == 2.0
    assert twin.shared is twin.first
    assert isinstance(twin.first.weight, nn.Parameter)


class Everything(nn.Module):
    """Parameters, buffers, a generator, and layers in different modes."""

    def __init__(self):
        rng = np.random.default_rng(0)
        self.layers = [nn.Linear(4, 3, rng=rng), nn.BatchNorm1d(3), nn.Dropout(0.5, rng=rng)]

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


def snapshot(model):
    """What `preserved` restores, the arrays themselves included."""
    tensors = [*model.parameters(), *model.buffers()]
    return (
        {k: x.tobytes() for k, x in model.state_dict().items()},
        [id(x.data) for x in tensors],
        [x.dtype for x in tensors],
        [id(x.grad) for x in tensors],
        [rng.bit_generator.state for _, rng in model.named_rngs()],
        [module.training for module in model.modules()],
    )


def change(model):
    """Train in another mode and precision."""
    model.train()
    x = Tensor(np.ones((5, 4), model.layers[0].weight.dtype))
    model(x).sum().backward()
    model.to(np.float64)
    for p in model.parameters():
        p.data = p.data + 1
        p.grad = Tensor(np.ones(p.shape))


def change_and_fail(model):
    with model.preserved():
        change(model)
        model(Tensor(np.ones(7)))


def test_a_preserved_module_is_as_it_was_before():
    model = Everything()
    model.layers[1].eval()
    model(Tensor(np.ones((5, 4), np.float32))).sum().backward()
    before = snapshot(model)
    with model.preserved() as same:
        assert same is model
        change(model)
        assert all(a != b for a, b in zip(before, snapshot(model), strict=True))
    assert snapshot(model) == before
    with pytest.raises(ShapeError):
        change_and_fail(model)
    assert snapshot(model) == before


def test_an_array_that_is_changed_in_place_is_restored_as_a_copy():
    model = Everything()
    before = model.state_dict()
    weight, bias = model.layers[0].weight, model.layers[0].bias
    arrays = weight.data, bias.data
    with model.preserved():
        weight.data += 1
    assert all(np.array_equal(x, before[k]) for k, x in model.state_dict().items())
    assert weight.data is not arrays[0]
    assert weight.data.strides == arrays[0].strides
    assert bias.data is arrays[1]


def test_blocks_may_be_nested_and_nan_is_preserved():
    model = Everything()
    model.layers[0].weight.data[0, 0] = np.nan
    before = snapshot(model)
    with model.preserved():
        change(model)
        middle = snapshot(model)
        with model.preserved():
            change(model)
        assert snapshot(model) == middle
    assert snapshot(model) == before


def test_repr_is_a_tree():
    model = nn.Sequential(
        nn.Linear(2, 3, rng=rng()), nn.Sequential(nn.ReLU(), nn.Dropout(0.5, rng=rng()))
    )
    assert repr(model) == (
        "Sequential(\n"
        "  (0): Linear(in_features=2, out_features=3, bias=True)\n"
        "  (1): Sequential(\n"
        "    (0): ReLU()\n"
        "    (1): Dropout(p=0.5)\n"
        "  )\n"
        ")"
    )


# ---- errors and observers ----


class Outer(nn.Module):
    def __init__(self):
        self.features = nn.Sequential(nn.Linear(2, 3, rng=rng()), nn.Linear(4, 5, rng=rng()))

    def forward(self, x):
        return self.features(x)


def test_an_error_says_in_which_module_it_happened():
    with pytest.raises(ShapeError) as caught:
        Outer()(Tensor(np.ones((1, 2), np.float32)))
    assert caught.value.__notes__ == ["in Outer > features.1 (Linear)"]
    with pytest.raises(ShapeError) as caught:
        nn.Linear(4, 5, rng=rng())(Tensor(np.ones((1, 2))))
    assert caught.value.__notes__ == ["in Linear"]


def test_a_module_that_is_not_collected_is_named_by_its_kind():
    hidden = [nn.Linear(4, 5, rng=rng())]

    class Secret(nn.Module):
        def forward(self, x):
            return hidden[0](x)

    with pytest.raises(ShapeError) as caught:
        Secret()(Tensor(np.ones((1, 2))))
    assert caught.value.__notes__ == ["in Secret > Linear"]


def test_the_notes_of_others_stay():
    class Noting(nn.Module):
        def __init__(self):
            self.inner = nn.Linear(4, 5, rng=rng())

        def forward(self, x):
            try:
                return self.inner(x)
            except ShapeError as error:
                error.add_note("while noting")
                raise

    with pytest.raises(ShapeError) as caught:
        nn.Sequential(Noting())(Tensor(np.ones((1, 2))))
    assert caught.value.__notes__ == ["while noting", "in Sequential > 0.inner (Linear)"]


@pytest.fixture
def calls():
    seen = []

    def note(event):
        match event:
            case Entered(module, inputs):
                seen.append(("entered", module, len(inputs)))
            case Left(module, output):
                seen.append(("left", module, output))

    with observing(note):
        yield seen


def test_observers_see_modules_entered_and_left(calls):
    model = nn.Sequential(nn.ReLU())
    out = model(Tensor(np.ones(2)))
    assert calls == [
        ("entered", model, 1), ("entered", model[0], 1), ("left", model[0], out), ("left", model, out),
    ]  # fmt: skip


def test_observers_see_modules_left_when_they_fail(calls):
    model = Outer()
    with pytest.raises(ShapeError):
        model(Tensor(np.ones((1, 2), np.float32)))
    entered = [m for what, m, _ in calls if what == "entered"]
    left = [(m, out) for what, m, out in calls if what == "left"]
    assert entered == [model, model.features, model.features[0], model.features[1]]
    assert [m for m, _ in left] == [model.features[0], model.features[1], model.features, model]
    assert [out is None for _, out in left] == [False, True, True, True]
