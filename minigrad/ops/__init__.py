"""The operations, one family to a file: each a numpy function with its gradient rules beneath it."""
