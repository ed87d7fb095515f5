"""What a cause is called where a derivative was stated, element by element: nothing arrives there."""

from __future__ import annotations

PLAIN = {
    "is the gradient that arrives, passed on as it is: the inner derivative is missing": (
        "is 1 everywhere: the slope of f is missing"
    ),
    "the gradient that arrives times ": "",
    "is the gradient that arrives divided by the derivative, where it should be multiplied": (
        "is 1 divided by the correct one"
    ),
    "is g (1 - x^2)": "is 1 - x^2",
    "is g x (1 - x)": "is x (1 - x)",
    ", times what arrives from above": "",
    " times what arrives from above": "",
}


def of_a_derivative(says: str) -> str:
    for formal, plain in PLAIN.items():
        says = says.replace(formal, plain)
    return says
