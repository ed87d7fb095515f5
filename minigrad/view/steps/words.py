"""Why each gradient rule is as it is, in a sentence for somebody who meets it for the first time."""

from minigrad.view.snapshot import Snapshot
from minigrad.view.steps.equation import exact

WHY: dict[str, str | tuple[str, ...]] = {
    "add": "A sum hands the gradient on unchanged to each of its terms.",
    "sub": (
        "A difference hands the gradient on unchanged to what stands before the minus sign.",
        "What is subtracted pulls the other way, so the gradient changes its sign.",
    ),
    "neg": "The gradient changes its sign, as the value did.",
    "mul": "A product grows along one factor as fast as the other factor is large.",
    "div": (
        "A quotient grows along its numerator as fast as 1 / denominator.",
        "A larger denominator makes the quotient smaller, hence the minus sign.",
    ),
    "pow": "A power n has the slope n x^(n - 1).",
    "exp": "The exponential is its own slope, so the result is used again.",
    "log": "The slope of the logarithm is 1 / x: steep near 0, flat for large x.",
    "sqrt": "The slope of the square root is 1 / (2 sqrt(x)), and sqrt(x) is the result itself.",
    "abs": "The slope is 1 right of 0 and -1 left of it: the sign of the input.",
    "sin": "The slope of the sine is the cosine.",
    "cos": "The slope of the cosine is minus the sine.",
    "tanh": "The slope of tanh is 1 - tanh²: 1 at 0, and nearly 0 where tanh is flat.",
    "sigmoid": "The slope of the sigmoid is s (1 - s): at most 1/4, and nearly 0 where it is flat.",
    "relu": "relu lets the gradient through where its input was positive, and stops it elsewhere.",
    "leaky_relu": "The gradient passes where the input was positive, and is made small elsewhere.",
    "softplus": "The slope of softplus is the sigmoid.",
    "matmul": "Each element of one matrix met a row or a column of the other: the gradient is multiplied "
    "by the other matrix, transposed. The shapes allow no other way.",
    "linear": (
        "Each input fed every output through a weight: their gradients come back through the same weights.",
        "Each weight met one input of every example: that input times the output's gradient, summed over the "
        "batch.",
        "The bias was added to every example, so the gradients of all examples are added up.",
    ),
    "sum": "Every element counts once in a sum, so each receives the gradient of the sum.",
    "mean": "Each of the n elements counts 1/n in a mean, so each receives 1/n of its gradient.",
    "max": "Only the largest element decides the maximum: it takes all of the gradient.",
    "min": "Only the smallest element decides the minimum: it takes all of the gradient.",
    "maximum": "The gradient goes to the larger of the two; half to each where they are equal.",
    "minimum": "The gradient goes to the smaller of the two; half to each where they are equal.",
    "where": "The gradient goes to the side that was chosen; the other one receives 0.",
    "clip": "The gradient passes where nothing was cut off, and stops where something was.",
    "reshape": "The same numbers in another shape: the gradient is put back into the first one.",
    "expand_dims": "The same numbers in another shape: the gradient is put back into the first one.",
    "squeeze": "The same numbers in another shape: the gradient is put back into the first one.",
    "transpose": "The same numbers in another order of axes: the gradient is turned back.",
    "swapaxes": "The same numbers in another order of axes: the gradient is turned back.",
    "flip": "The same numbers backwards: the gradient is turned around too.",
    "clone": "A copy: the gradient is handed on unchanged.",
    "astype": "The same numbers in another precision: the gradient is converted back.",
    "getitem": "What was picked receives its gradient, and what was left out receives 0.",
    "pad": "The frame around it was added: the gradient of the inside is cut out.",
    "concatenate": "Each part receives the gradient of its own piece.",
    "stack": "Each part receives the gradient of its own piece.",
    "broadcast_to": "Each element was copied: the gradients of all its copies are added up.",
    "cumsum": "An element counts in its own sum and in all later ones: their gradients are added up.",
    "var": "The variance grows along an element by 2/n times its distance from the mean.",
    "logsumexp": "Each element counts as much as its share in the sum of exponentials: its softmax.",
    "softmax": "The shares add up to 1, so what one gains the others lose: hence the subtraction.",
    "log_softmax": "Each log-share loses what all gain together: hence the softmax that is subtracted.",
    "mse_loss": "The slope of a square is twice what is squared; the mean divides by the number of elements.",
    "cross_entropy": (
        "The gradient is the predicted probabilities minus the correct answer, a 1 at the label, "
        "divided by the number of examples for the mean."
    ),
    "batch_norm": (
        "x counts in its own value, in the mean and in the variance: three ways, added up.",
        "gamma scaled every normalised value of its channel, so it collects g times those.",
        "beta was added to every value of its channel, so their gradients are added up.",
    ),
    "layer_norm": (
        "x counts in its own value, in the mean and in the variance: three ways, added up.",
        "gamma scaled that feature in every example, so it collects g times the normalised values.",
        "beta was added to that feature in every example, so their gradients are added up.",
    ),
    "conv2d": (
        "Each pixel was seen by every window that it lies in: what they send back is added up.",
        "Each weight slid over all places: what it saw there times the gradient there is added up.",
        "The bias was added at every place of its channel, so their gradients are added up.",
    ),
    "max_pool2d": "Only the largest of each window was passed on: it takes the gradient of the window.",
    "avg_pool2d": "Each pixel counts 1/n in its window, so it receives 1/n of the gradient of that.",
    "dropout": "What was dropped receives 0; what was kept is scaled as it was on the way forward.",
}


def why(op: str | None, slot: int) -> str:
    """The sentence for the gradient of one input; nothing for an op that is not known here."""
    said = WHY.get(op or "", "")
    return said if isinstance(said, str) else said[slot] if slot < len(said) else ""


ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")


def ordinal(n: int) -> str:
    """From 1: first, second, ...; 10th, 21st."""
    if n <= len(ORDINALS):
        return ORDINALS[n - 1]
    ending = "th" if n % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{ending}"


def times(n: int) -> str:
    return {1: "once", 2: "twice"}.get(n, f"{n} times")


def axes(which: tuple[int, ...]) -> str:
    """ "axis 0", "axes 0 and 2", "axes 0, 2 and 3"."""
    if len(which) == 1:
        return f"axis {which[0]}"
    *first, last = map(str, which)
    return f"axes {', '.join(first)} and {last}"


def described(label: str, value: Snapshot | None) -> str:
    """`x = 2.0`, or `x: float32 (2, 3)`."""
    if value is None:
        return label
    number = exact(value)
    return f"{label} = {number}" if number else f"{label}: {value.dtype} {value.shape}"


def listed(words: list[str]) -> str:
    if len(words) < 2:
        return "".join(words) or "numbers alone"
    return f"{', '.join(words[:-1])} and {words[-1]}"


def unique(words: list[str]) -> list[str]:
    return list(dict.fromkeys(words))


def signed(term: str | None) -> str:
    """In parentheses where a term is a sum itself, or begins with a sign."""
    term = term or ""
    return f"({term})" if " + " in term or " - " in term or term.startswith("-") else term


def sentence(words: str) -> str:
    words = words[:1].upper() + words[1:]
    return words if words.endswith((".", "!", "?")) else words + "."
