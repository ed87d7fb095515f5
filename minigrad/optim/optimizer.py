"""Optimizer: groups of parameters, and the update of each parameter."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from minigrad.errors import GraphError, ParameterError, StateError
from minigrad.tensor import Tensor
from minigrad.typing import Array

Group = dict[str, Any]
State = dict[str, Any]


class Optimizer(ABC):
    """Updates parameters with their gradients.

    `parameters` are Tensors, or groups with different options: [{"params": ..., "lr": 0.1}, ...].
    `param_groups` holds the groups, completed with the defaults. A schedule assigns `group["lr"]`.

    `step` assigns a new array to `data` and does not write into the old one, so that a graph recorded before
    keeps its values. A parameter without a gradient is not changed.
    """

    def __init__(self, parameters: Iterable[Tensor] | Iterable[Group], **defaults: Any):
        self.defaults = defaults
        self.param_groups: list[Group] = []
        self.state: dict[Tensor, State] = {}
        for group in as_groups(parameters):
            self.add_param_group(group)
        if not self.param_groups:
            raise ParameterError(f"{type(self).__name__}: there are no parameters to optimise")

    def add_param_group(self, group: Group) -> None:
        """Add parameters to optimise: {"params": ...} and the options that differ from the defaults."""
        name = type(self).__name__
        if "params" not in group:
            raise ParameterError(
                f'{name}: a group needs "params", and this group has {list(group)}'
            )
        if unknown := group.keys() - {"params", *self.defaults}:
            raise ParameterError(
                f"{name} has no option {', '.join(sorted(unknown))}: it has {', '.join(self.defaults)}"
            )
        params = group["params"]
        params = [params] if isinstance(params, Tensor) else list(params)
        known = {p for other in self.param_groups for p in other["params"]}
        for i, p in enumerate(params):
            if not isinstance(p, Tensor):
                raise TypeError(
                    f"{name}: parameter {i} is a {type(p).__name__}, not a Tensor: "
                    "pass model.parameters()"
                )
            if p.node is not None:
                raise GraphError(
                    f"{name}: parameter {i} was computed by {p.node.op.__name__}, and only leaves have a "
                    "gradient: give the leaves from which it was computed"
                )
            if p in known:
                raise ParameterError(f"{name}: parameter {i} of shape {p.shape} is given twice")
            known.add(p)
        group = {**self.defaults, **group, "params": params}
        self.check(group)
        self.param_groups.append(group)

    @abstractmethod
    def check(self, group: Group) -> None:
        """Raise `ParameterError` for an option that is out of range."""

    @abstractmethod
    def new_values(self, p: Array, g: Array, state: State, group: Group) -> Array:
        """The new values of a parameter with values p and gradient g.

        `state` belongs to this parameter and is empty at first.
        """

    def step(self) -> None:
        """Update every parameter that has a gradient."""
        new_values, states = self.new_values, self.state
        for group in self.param_groups:
            for p in group["params"]:
                if p._grad is not None:
                    if (state := states.get(p)) is None:
                        state = states[p] = {}
                    # `new_values` keeps shape and dtype, so the setter of `data` need not check them.
                    # It may return a number for a 0-d parameter, hence asarray.
                    p._data = np.asarray(new_values(p._data, p._grad._data, state, group))

    def zero_grad(self) -> None:
        """Set the gradients to None, so that the next backward pass does not add to them."""
        for group in self.param_groups:
            for p in group["params"]:
                p.grad = None

    # ---- saved and loaded, in PyTorch's form ----

    def state_dict(self) -> dict[str, Any]:
        """A copy of the state: {"state": {i: {...}}, "param_groups": [{..., "params": [i, ...]}]}.

        The parameters are numbered in the order of the groups.
        """
        numbers = {p: i for i, p in enumerate(self._parameters())}
        return {
            "state": {numbers[p]: copy.deepcopy(state) for p, state in self.state.items()},
            "param_groups": [
                {**group, "params": [numbers[p] for p in group["params"]]}
                for group in self.param_groups
            ],
        }

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Copy a `state_dict()` into this optimiser.

        Raises `StateError`, and changes nothing, if another optimiser or other parameters had this state.
        """
        try:
            groups, states = state_dict["param_groups"], state_dict["state"]
            options = [{k: v for k, v in group.items() if k != "params"} for group in groups]
            sizes = [len(group["params"]) for group in groups]
        except (KeyError, TypeError, AttributeError) as error:
            raise StateError(f"this is not a state_dict of an optimiser: {error!r}") from error
        name, own = type(self).__name__, [len(group["params"]) for group in self.param_groups]
        if sizes != own:
            raise StateError(
                f"the state has groups of {sizes} parameters, and this {name} has groups of {own}"
            )
        for given in options:
            if differing := given.keys() ^ self.defaults.keys():
                raise StateError(
                    f"the state is not one of {name}, which has other options: the difference is "
                    f"{', '.join(sorted(differing))}"
                )
        parameters = list(self._parameters())
        for i, state in states.items():
            if i not in range(len(parameters)):
                raise StateError(
                    f"the state has a parameter {i!r}, and there are {len(parameters)} parameters"
                )
            for key, value in state.items():
                if isinstance(value, np.ndarray) and value.shape != parameters[i].shape:
                    raise StateError(
                        f"{key} of parameter {i} has shape {value.shape}, and the parameter has shape "
                        f"{parameters[i].shape}"
                    )
        for group, given in zip(self.param_groups, options):
            group.update(given)
        self.state = {parameters[i]: copy_state(parameters[i], s) for i, s in states.items()}

    def _parameters(self) -> Iterable[Tensor]:
        return (p for group in self.param_groups for p in group["params"])

    def __repr__(self) -> str:
        groups = []
        for group in self.param_groups:
            options = ", ".join(f"{k}={v}" for k, v in group.items() if k != "params")
            groups.append(f"{sum(p.size for p in group['params']):,} parameters, {options}")
        return f"{type(self).__name__}({'; '.join(groups)})"


def copy_state(p: Tensor, state: State) -> State:
    """A copy of the state of a parameter, with arrays in the memory order of the parameter."""
    state = copy.deepcopy(state)
    for key, value in state.items():
        if isinstance(value, np.ndarray) and value.ndim:
            state[key] = np.empty_like(p.data, dtype=value.dtype)
            state[key][...] = value
    return state


def as_groups(parameters: Any) -> list[Group]:
    """The groups that were given, or one group of all parameters."""
    if isinstance(parameters, Tensor):
        parameters = [parameters]
    try:
        given = list(parameters)
    except TypeError:
        raise TypeError(
            f"an optimiser takes the parameters, and was given a {type(parameters).__name__}: "
            "pass model.parameters()"
        ) from None
    groups = [group for group in given if isinstance(group, dict)]
    if groups and len(groups) < len(given):
        raise TypeError(
            "an optimiser takes parameters or groups of them, not a mixture: put all parameters into groups"
        )
    return groups or ([{"params": given}] if given else [])


# ---- for the optimisers ----


def require_below(optimizer: Optimizer, group: Group, limit: float, *names: str) -> None:
    """Raise `ParameterError` unless the options of these names are in [0, limit)."""
    for name in names:
        if not 0 <= group[name] < limit:
            rule = "0 or greater" if limit == np.inf else f"in [0, {limit:g})"
            raise ParameterError(f"{type(optimizer).__name__}: {name}={group[name]} must be {rule}")
