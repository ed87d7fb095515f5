"""A cache of its own for these tests, writers of the publishers' formats, and the real data."""

import gzip
import io
import os
import struct
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

CODES = {"u1": 0x08, "i1": 0x09, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}


@pytest.fixture(autouse=True, scope="session")
def _own_cache(tmp_path_factory):
    """Neither read nor fill the cache of whoever runs the tests."""
    before = os.environ.get("MINIGRAD_CACHE")
    os.environ["MINIGRAD_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    yield
    if before is None:
        del os.environ["MINIGRAD_CACHE"]
    else:
        os.environ["MINIGRAD_CACHE"] = before


@pytest.fixture
def real_data():
    if not os.environ.get("MINIGRAD_DATA"):
        pytest.skip("MINIGRAD_DATA does not name a folder with the real data sets")
    return Path(os.environ["MINIGRAD_DATA"])


def idx_bytes(array):
    """An array as IDX: two zero bytes, type, number of axes, lengths, elements, all big-endian."""
    code = CODES[array.dtype.str[1:]]
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, code, array.ndim, *array.shape)
    return header + array.astype(array.dtype.newbyteorder(">")).tobytes()


def python2_batch(images, labels):
    """A Python batch of CIFAR-10 as Python 2's cPickle wrote it, protocol 2, opcode by opcode."""

    def string(text):  # U: length in one byte; T: length in four
        return (
            b"U" + bytes([len(text)]) if len(text) < 256 else b"T" + struct.pack("<I", len(text))
        ) + text

    def integer(n):
        return b"K" + bytes([n]) if n < 256 else b"M" + struct.pack("<H", n)

    raw = images.tobytes()
    reconstruct = (
        b"cnumpy.core.multiarray\n_reconstruct\nq\x01cnumpy\nndarray\nq\x02K\x00\x85q\x03"
        + string(b"b")
        + b"\x87q\x04Rq\x05"
    )
    dtype = (
        b"cnumpy\ndtype\nq\x06"
        + string(b"u1")
        + b"K\x00K\x01\x87Rq\x07(K\x03"
        + string(b"|")
        + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    )
    shape = integer(images.shape[0]) + integer(images.shape[1]) + b"\x86q\x08"
    array = reconstruct + b"(K\x01" + shape + dtype + b"\x89" + string(raw) + b"tb"
    names = (
        b"]("
        + b"".join(
            string(b"image_%d.png" % i) + b"r" + struct.pack("<I", 300 + i)
            for i in range(len(labels))
        )
        + b"e"
    )
    return (
        b"\x80\x02}q\x00("
        + string(b"data")
        + array
        + string(b"labels")
        + b"]("
        + b"".join(integer(int(label)) for label in labels)
        + b"e"
        + string(b"batch_label")
        + string(b"training batch 1 of 5")
        + string(b"filenames")
        + names
        + b"u."
    )


def binary_batch(images, labels):
    return np.concatenate([labels[:, None], images], axis=1).astype(np.uint8).tobytes()


def tar_bytes(files):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


class Formats:
    """The writers, for tests that cannot import this file."""

    idx = staticmethod(idx_bytes)
    python2_batch = staticmethod(python2_batch)
    binary_batch = staticmethod(binary_batch)
    tar = staticmethod(tar_bytes)
    gz = staticmethod(lambda data: gzip.compress(data, compresslevel=1, mtime=0))


@pytest.fixture(scope="session")
def formats():
    return Formats


class Server(ThreadingHTTPServer):
    """A web server on this machine that serves one `content` and misbehaves as it is told.

    `cuts` holds, for each request to come, after how many bytes of the answer the connection is
    cut; `ranges` notes what each request asked for.
    """

    content = b""
    ignore_range = False
    honest = True  # about the length
    wrong_offset = False
    error = 0

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.cuts, self.ranges = [], []
        self.url = f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        server, content = self.server, self.server.content
        asked = self.headers["Range"]
        server.ranges.append(asked)
        if server.error:
            self.send_error(server.error)
            return
        start = 0 if asked is None or server.ignore_range else int(asked[6:-1])
        body = content[start:]
        if start:
            self.send_response(206)
            shown = start + server.wrong_offset
            self.send_header("Content-Range", f"bytes {shown}-{len(content) - 1}/{len(content)}")
        else:
            self.send_response(200)
        if server.honest:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: server.cuts.pop(0)] if server.cuts else body)
        self.close_connection = True

    def log_message(self, *arguments):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()
