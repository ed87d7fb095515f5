"""Settings of the process for programs that train: memory and threads. `import minigrad` changes neither."""

from __future__ import annotations

import ctypes

# The options of mallopt(3), from glibc's malloc.h.
M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_THRESHOLD = -1, -2, -3
MEBIBYTE = 1 << 20


def prepare(threads: int = 1) -> None:
    """Prepare the process for training: keep freed memory, and use `threads` threads for matrix products.

    A program that trains calls this once, at its start. The default is one thread: the products of a
    small network take microseconds, less than the threads of a BLAS library spend on waiting for each
    other. The wait is several times as long where another program uses the cores too. The number of
    threads decides the order in which products are summed, so the same number gives the same bytes.
    """
    from threadpoolctl import threadpool_limits

    keep_freed_memory()
    threadpool_limits(threads, user_api="blas")


def keep_freed_memory() -> bool:
    """Make the process keep the memory of freed large arrays for the next ones; returns whether it worked.

    A training step makes the same large arrays every time. By default glibc returns each of them to the
    system, which then clears and maps every page again: half the time of a LeNet step. The price is
    that the process never becomes smaller. Where the C library is not glibc, nothing changes.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, TypeError, AttributeError):  # macOS, Windows, musl
        return False
    # Some versions of glibc accept at most 32 MiB as the size from which arrays are mapped separately.
    kept = mallopt(M_MMAP_THRESHOLD, 1024 * MEBIBYTE) or mallopt(M_MMAP_THRESHOLD, 32 * MEBIBYTE)
    grown = mallopt(M_TRIM_THRESHOLD, 2**31 - 1) and mallopt(M_TOP_PAD, 64 * MEBIBYTE)
    return bool(kept and grown)
