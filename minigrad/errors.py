"""What can go wrong, and the builtin exception that a caller may catch instead.

    MinigradError
    ├── ShapeError       (ValueError)           arrays that do not fit each other or the op
    ├── DTypeError       (TypeError)            a dtype that cannot be computed with or differentiated
    ├── IndexingError    (IndexError)           an index that the array does not have
    ├── ParameterError   (ValueError)           a parameter outside the values that make sense
    ├── TargetError      (ValueError)           labels that are no labels of these logits
    ├── GraphError       (RuntimeError)         a backward pass that cannot be run
    │   └── GradientError                       a gradient rule that failed or broke its promise
    ├── AnomalyError     (FloatingPointError)   nan or inf, found by detect_anomaly()
    ├── InPlaceError     (ValueError)           a recorded array that was changed before its backward pass
    ├── StateError       (ValueError)           a state_dict that does not fit its module or optimiser
    ├── DataError        (ValueError)           a data file that is missing, damaged or foreign
    ├── CheckpointError  (ValueError)           a checkpoint that cannot be written or read
    ├── SearchError      (RuntimeError)         a search that cannot begin, be joined or go on
    ├── TraceError       (ValueError)           a trace that does not hold what is asked of it
    ├── RenderError      (RuntimeError)         a picture that cannot be drawn or written
    ├── MissingPackageError (ImportError)       an optional package that is needed here and not installed
    ├── CheckError       (ValueError)           a gradient check that cannot be made with what it was given
    └── WrongGradientError (AssertionError)     a gradient that is not the slope of its function

A message names the op, what it got, the rule that was broken and the remedy.
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
    """The root: `except MinigradError` catches all that minigrad raises on purpose."""


class ShapeError(MinigradError, ValueError):
    """Arrays that do not fit each other, or do not fit the op."""


class DTypeError(MinigradError, TypeError):
    """A dtype that cannot be computed with, or cannot be differentiated."""


class IndexingError(MinigradError, IndexError):
    """An index outside of the array, or of a kind that arrays are not indexed with."""


class ParameterError(MinigradError, ValueError):
    """A parameter of an op, a layer or an optimiser outside the values that make sense."""


class TargetError(MinigradError, ValueError):
    """A target that is out of range, of the wrong length, or not made of labels."""


class GraphError(MinigradError, RuntimeError):
    """A backward pass that cannot be run: nothing recorded, a released graph, no seed."""


class GradientError(GraphError):
    """A gradient rule that failed, or returned what cannot be the gradient of its input."""


class AnomalyError(MinigradError, FloatingPointError):
    """The first op that produced nan or inf under `detect_anomaly()`, forward or backward."""


class InPlaceError(MinigradError, ValueError):
    """An array that the graph holds was changed between the forward and the backward pass."""


class StateError(MinigradError, ValueError):
    """A state_dict whose names, shapes or dtypes do not fit where it is loaded."""


class DataError(MinigradError, ValueError):
    """A data file that is missing, truncated, damaged, or not what its name says."""


class CheckpointError(MinigradError, ValueError):
    """A checkpoint that cannot be written, read, or continued from."""


class SearchError(MinigradError, RuntimeError):
    """A search whose storage, study or objective does not let it begin or go on."""


class TraceError(MinigradError, ValueError):
    """A trace that cannot be read, or does not hold what is asked of it."""


class RenderError(MinigradError, RuntimeError):
    """A picture that cannot be drawn, for want of Graphviz or for its size, or cannot be written."""


class MissingPackageError(MinigradError, ImportError):
    """An optional package that is needed here and not installed; the message says which extra has it."""


class CheckError(MinigradError, ValueError):
    """A gradient check that cannot be made: the inputs or the function do not allow it."""


class WrongGradientError(MinigradError, AssertionError):
    """A gradient that is not the slope of its function, or that the check could not confirm."""

    report: object = None
    """The `Report` of the check, where there is one: the pytest plugin prints it."""
