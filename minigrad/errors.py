"""The exceptions of minigrad, each with the builtin exception that a caller may catch instead.

    MinigradError
    ├── ShapeError       (ValueError)           arrays that do not fit each other or the op
    ├── DTypeError       (TypeError)            a dtype without arithmetic or derivative
    ├── IndexingError    (IndexError)           an index that the array does not have
    ├── ParameterError   (ValueError)           a parameter out of its range
    ├── TargetError      (ValueError)           labels that do not fit the logits
    ├── GraphError       (RuntimeError)         a backward pass that cannot be run
    │   └── GradientError                       a gradient rule that failed or gave no gradient
    ├── AnomalyError     (FloatingPointError)   nan or inf, found by detect_anomaly()
    ├── InPlaceError     (ValueError)           a recorded array that was changed in place
    ├── StateError       (ValueError)           a state_dict that does not fit its module or optimiser
    ├── DataError        (ValueError)           a data file that is missing, damaged or foreign
    ├── CheckpointError  (ValueError)           a checkpoint that cannot be written or read
    ├── SearchError      (RuntimeError)         a search that cannot start, be joined or continue
    ├── TraceError       (ValueError)           a trace that lacks the requested part
    ├── RenderError      (RuntimeError)         a picture that cannot be drawn or written
    ├── MissingPackageError (ImportError)       a needed optional package that is missing
    ├── CheckError       (ValueError)           a gradient check that cannot run on these inputs
    └── WrongGradientError (AssertionError)     a gradient that is not the derivative of its function

A message names the op, the values it got, the rule that was broken and the remedy.
"""

__all__ = [
    "AnomalyError",
    "CheckError",
    "CheckpointError",
    "DTypeError",
    "DataError",
    "GradientError",
    "GraphError",
    "InPlaceError",
    "IndexingError",
    "MinigradError",
    "MissingPackageError",
    "ParameterError",
    "RenderError",
    "SearchError",
    "ShapeError",
    "StateError",
    "TargetError",
    "TraceError",
    "WrongGradientError",
]


class MinigradError(Exception):
    """The root: `except MinigradError` catches every error that minigrad raises on purpose."""


class ShapeError(MinigradError, ValueError):
    """Arrays that do not fit each other, or do not fit the op."""


class DTypeError(MinigradError, TypeError):
    """A dtype that has no arithmetic here, or no derivative."""


class IndexingError(MinigradError, IndexError):
    """An index outside of the array, or of a kind that cannot index an array."""


class ParameterError(MinigradError, ValueError):
    """A parameter of an op, a layer or an optimiser that is out of its range."""


class TargetError(MinigradError, ValueError):
    """A target that is out of range, of the wrong length, or not made of labels."""


class GraphError(MinigradError, RuntimeError):
    """A backward pass that cannot be run: nothing recorded, a released graph, no seed."""


class GradientError(GraphError):
    """A gradient rule that failed, or whose result cannot be the gradient of its input."""


class AnomalyError(MinigradError, FloatingPointError):
    """The first op that produced nan or inf under `detect_anomaly()`, forward or backward."""


class InPlaceError(MinigradError, ValueError):
    """An array that the graph holds was changed between the forward and the backward pass."""


class StateError(MinigradError, ValueError):
    """A state_dict whose names, shapes or dtypes differ from those of its module or optimiser."""


class DataError(MinigradError, ValueError):
    """A data file that is missing, truncated, damaged, or of another kind than its name."""


class CheckpointError(MinigradError, ValueError):
    """A checkpoint that cannot be written, read, or continued from."""


class SearchError(MinigradError, RuntimeError):
    """A search that its storage, study or objective does not allow to start or continue."""


class TraceError(MinigradError, ValueError):
    """A trace that cannot be read, or lacks the requested part."""


class RenderError(MinigradError, RuntimeError):
    """A picture that cannot be written, or not drawn: it is too large, or Graphviz is missing."""


class MissingPackageError(MinigradError, ImportError):
    """A needed optional package is not installed. The message names the extra that installs it."""


class CheckError(MinigradError, ValueError):
    """A gradient check that cannot run: the inputs or the function do not allow it."""


class WrongGradientError(MinigradError, AssertionError):
    """A gradient that is not the derivative of its function, or that the check could not confirm."""

    report: object = None
    """The `Report` of the check, where there is one: the pytest plugin prints it."""
