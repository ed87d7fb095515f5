"""
A first look: one gradient, computed twice
==========================================

What is a gradient, how does a computation remember enough to find it, and how do we know it is right?
"""

# %%
# Take a number, wiggle it, and see how much the result moves. For x^2 at 3 it moves six times as far.


def square(x):
    return x * x


wiggle = 2.0**-10
slope = (square(3.0 + wiggle) - square(3.0 - wiggle)) / (2 * wiggle)
print(f"by wiggling: {slope}")
assert slope == 6.0

# %%
# That slope is the *derivative*. A Tensor finds it without wiggling, because it remembers how it was made.

import minigrad as mg  # noqa: E402  # a lesson brings in what it needs where it needs it

x = mg.Tensor(3.0, requires_grad=True)
y = square(x)
y.backward(retain_graph=True)
print(f"by the graph: {x.grad.item()}")
assert x.grad.item() == slope

# %%
# What does it remember? The op, and its inputs, each in its slot. Both slots of this product hold the
# same x, and each of them has a part in the slope: 3 for the first use, 3 for the second.

node = y.node
assert node.op is mg.OPS["mul"]
assert node.inputs[0] is x
assert node.inputs[1] is x

# %%
# The backward pass sends the number 1 into y and asks the op what each slot should get of it. The answer
# is the op's *gradient rule*, `g * y` for the slot of x and `g * x` for the slot of y, and the two
# contributions are added because they are contributions to the same x.

contributions = [float(rule(1.0, y.data, *node.arrays)) for rule in node.op.rules]
print(f"contributions: {contributions}, their sum: {sum(contributions)}")
assert contributions == [3.0, 3.0]
assert sum(contributions) == x.grad.item()

# %%
# A network is the same with more numbers. Here is one layer, and the gradient of its weights, which has
# the shape of the weights: it says how far the loss moves when each of them is wiggled.

inputs = mg.Tensor([[1.0, 2.0]])
weights = mg.Tensor([[0.5], [-1.0]], requires_grad=True)
bias = mg.Tensor([3.0], requires_grad=True)
loss = mg.relu(inputs @ weights + bias).sum()
loss.backward()
print(f"weights.grad: {weights.grad.data.ravel()}, bias.grad: {bias.grad.data}")
assert weights.grad.shape == weights.shape
assert weights.grad.data.ravel().tolist() == [1.0, 2.0]

# %%
# **What was simplified.** One input, one layer, no training. **Exercises**: predict, then run.
#
# 1. Replace `x * x` by `x * x * x`. How many contributions does x get, and what are they?
# 2. Make the bias -3. What are the gradients now, and why?
# 3. Call `loss.backward()` a second time. Read the message.
