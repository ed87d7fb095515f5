"""What a training program asks of its process: memory and threads. `import minigrad` asks for nothing."""

from __future__ import annotations

import ctypes

# The options of mallopt(3), from glibc's malloc.h.
M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_THRESHOLD = -1, -2, -3
MEBIBYTE = 1 << 20


def prepare(threads: int = 1) -> None:
    """Set the process up for training: keep freed memory, and multiply matrices on so many threads.

    Programs that train call this once, first of all. One thread by default: the products of a small
    network take microseconds, and the threads of a BLAS library spend more than that on waiting for
    each other, several times more where another program wants the cores too. The number decides in
    which order products are summed, so that the same number gives the same bytes on every run.
    """
    from threadpoolctl import threadpool_limits

    keep_freed_memory()
    threadpool_limits(threads, user_api="blas")


def keep_freed_memory() -> bool:
    """Let the process keep the memory of large arrays that are freed, for those that come next.

    A training step makes the same large arrays every time. By default glibc returns each of them to the
    system, which then clears and maps every page anew: half the time of a LeNet step. The price: the
    process stays as large as it has ever been.

    Returns whether it worked; where the C library is not glibc nothing is changed.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, TypeError, AttributeError):  # macOS, Windows, musl
        return False
    # Some versions of glibc admit no more than 32 MiB as the size from which arrays are mapped apart.
    kept = mallopt(M_MMAP_THRESHOLD, 1024 * MEBIBYTE) or mallopt(M_MMAP_THRESHOLD, 32 * MEBIBYTE)
    grown = mallopt(M_TRIM_THRESHOLD, 2**31 - 1) and mallopt(M_TOP_PAD, 64 * MEBIBYTE)
    return bool(kept and grown)
