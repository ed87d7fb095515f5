"""Formulas of the ops and of their gradients, read from the code that the engine runs.

    formula = formulas.contribution(minigrad.tanh, 0, [x], {})
    formula.text({"g": "dL/dh", "out": "h"})       # dL/dh * (1 - h * h)
    formula.evaluate({"g": g, "out": out, "x": x})  # what the rule returns, bit for bit

A rule is run once on Tensors that stand for its arguments, and what it does is written down as an
expression (`reading`). The fast rules of fused ops cannot be read so; their formulas stand beside them,
`op.vjp(..., formulas=...)`, and the tests compare the two.

A `Formula` is printed by `text`, `equation`, `shapes`, `indices`, `numbers` (of single elements), `mathml`
and `mathml_indices`, and evaluated by `evaluate`; `exact` says whether it was read from the rule that the
engine runs. A page that shows MathML wants the fonts of `mathml.STYLE`.

`names` maps "g", the gradient that arrives, "out", the result, and the names of the op's inputs
(`op.input_name(slot)`; x0, x1, ... where it takes any number of them) to the user's words; "into" is what
stands on the left. An input that is a plain number is shown as that number and has no name.
"""

from minigrad.view.formulas.formula import Formula as Formula
from minigrad.view.formulas.formula import contribution as contribution
from minigrad.view.formulas.formula import forward as forward
