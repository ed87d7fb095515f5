"""One neuron, forwards and backwards: what the front page steps through."""

from minigrad import relu, view


def neuron(x, w, b):
    z = w * x + b
    a = relu(z)
    loss = (a - 1.0) ** 2
    return loss


trace = view.trace(neuron, 2.0, 1.5, -0.5)
steps = view.step(trace)
steps.check()
