"""minigrad: a small reverse-mode tensor engine on numpy, made to show backpropagation."""

__version__ = "0.1.0"
