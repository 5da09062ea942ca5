"""Scores rows with detectors that ``iad fit --out`` wrote, by IadNative's C library, of which it needs the file alone.

    from iadnative import Detector

    with Detector("satellite.iad") as detector:
        scores = detector.score(rows)            # lists of numbers, or a NumPy array of n x d
        anomalies = [s > detector.threshold for s in scores]

The library is looked for in the environment variable IADNATIVE_LIBRARY, beside this file, and where the system looks.
"""
import array
import ctypes
import json
import os
import sys

__all__ = ["Detector", "IadError", "library_version"]


class IadError(Exception):
    """What the library says of a call that failed; ``status`` is its iad_status."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


class _Error(ctypes.Structure):
    _fields_ = [("message", ctypes.c_char * 512)]


def _load():
    name = {"win32": "libiadnative.dll", "darwin": "libiadnative.dylib"}.get(sys.platform, "libiadnative.so")
    beside = os.path.join(os.path.dirname(os.path.abspath(__file__)), name)
    path = os.environ.get("IADNATIVE_LIBRARY") or (beside if os.path.exists(beside) else name)
    library = ctypes.CDLL(path)
    pointer, size = ctypes.c_void_p, ctypes.c_size_t
    for function, result, arguments in (
        ("iad_version", ctypes.c_char_p, []),
        ("iad_load", ctypes.c_int, [ctypes.c_char_p, ctypes.POINTER(pointer), ctypes.POINTER(_Error)]),
        ("iad_load_bytes", ctypes.c_int, [pointer, size, ctypes.POINTER(pointer), ctypes.POINTER(_Error)]),
        ("iad_free", None, [pointer]),
        ("iad_features", ctypes.c_int32, [pointer]),
        ("iad_threshold", ctypes.c_float, [pointer]),
        ("iad_schema", size, [pointer, ctypes.c_char_p, size]),
        ("iad_score_double", ctypes.c_int, [pointer, pointer, size, pointer, ctypes.POINTER(_Error)]),
        ("iad_score_parallel", ctypes.c_int, [pointer, pointer, size, pointer, ctypes.c_int32, ctypes.POINTER(_Error)]),
        ("iad_explain", ctypes.c_int, [pointer, pointer, size, pointer, ctypes.POINTER(_Error)]),
        ("iad_explained_from", ctypes.c_float, [pointer]),
        ("iad_percentile", ctypes.c_double, [pointer, ctypes.c_float]),
        ("iad_p_value", ctypes.c_double, [pointer, ctypes.c_float]),
    ):
        entry = getattr(library, function)
        entry.restype, entry.argtypes = result, arguments
    return library


_library = _load()


def library_version():
    """The version of the C library, such as 0.1.0."""
    return _library.iad_version().decode()


def _check(status, error):
    if status != 0:
        raise IadError(status, error.message.decode(errors="replace"))


class Detector:
    """A detector, loaded from a file or from bytes. Any number of threads may use it at once, until it is closed."""

    def __init__(self, source):
        self._handle = ctypes.c_void_p()
        error = _Error()
        if isinstance(source, (bytes, bytearray, memoryview)):
            data = bytes(source)
            status = _library.iad_load_bytes(data, len(data), ctypes.byref(self._handle), ctypes.byref(error))
        else:
            status = _library.iad_load(os.fsencode(source), ctypes.byref(self._handle), ctypes.byref(error))
        _check(status, error)

    def close(self):
        """Frees it; calling it again does nothing."""
        handle, self._handle = self._handle, ctypes.c_void_p()
        if handle:
            _library.iad_free(handle)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __del__(self):
        if getattr(self, "_handle", None):
            self.close()

    @property
    def features(self):
        """d: numbers of a row."""
        return _library.iad_features(self._open())

    @property
    def threshold(self):
        """Scores above this are anomalies."""
        return _library.iad_threshold(self._open())

    @property
    def explained_from(self):
        """What ``explain`` sums to a score from: 0, or the score of a row of typical values that rows are compared with."""
        return _library.iad_explained_from(self._open())

    @property
    def schema(self):
        """The columns of a row: a dictionary with their names, kinds and levels."""
        length = _library.iad_schema(self._open(), None, 0)
        text = ctypes.create_string_buffer(length + 1)
        _library.iad_schema(self._handle, text, length + 1)
        return json.loads(text.value.decode())

    def percentile(self, score):
        """Where a score stands among the training scores, 0 to 100."""
        return _library.iad_percentile(self._open(), score)

    def p_value(self, score):
        """The share of normal rows that score so high or higher: a conformal p-value."""
        return _library.iad_p_value(self._open(), score)

    def score(self, rows, threads=0):
        """The anomaly score of each row: the higher, the more anomalous.

        ``rows`` is an array of n x d numbers with a buffer (NumPy's, float32 or float64), or a list of rows. A missing cell is NaN.
        float64 is scored in float64, on one thread; float32 on up to ``threads`` threads, 0 for one per core. Lists count as float64.
        """
        numbers, count, is_double = self._numbers(rows)
        scores = array.array("f", bytes(4 * count))
        error, place = _Error(), ctypes.c_void_p(scores.buffer_info()[0])
        if is_double:
            status = _library.iad_score_double(self._open(), numbers, count, place, ctypes.byref(error))
        else:
            status = _library.iad_score_parallel(self._open(), numbers, count, place, threads, ctypes.byref(error))
        _check(status, error)
        return scores

    def explain(self, rows):
        """What each column adds to the score of each row: a list of d numbers for each. With ``explained_from`` they sum to the score."""
        flat = [value for row in rows for value in row]
        numbers, count = array.array("f", flat), self._rows(len(flat))
        result = array.array("f", bytes(4 * len(flat)))
        error = _Error()
        _check(_library.iad_explain(self._open(), ctypes.c_void_p(numbers.buffer_info()[0]), count,
                                    ctypes.c_void_p(result.buffer_info()[0]), ctypes.byref(error)), error)
        return [list(result[i * self.features:(i + 1) * self.features]) for i in range(count)]

    def _open(self):
        if not self._handle:
            raise ValueError("The detector is closed.")
        return self._handle

    def _rows(self, numbers):
        if numbers % self.features:
            raise ValueError(f"{numbers} numbers are no rows of {self.features}.")
        return numbers // self.features

    def _numbers(self, rows):
        """The rows' numbers as a pointer that keeps what it points to, their number, and whether they are float64."""
        try:
            view = memoryview(rows)
        except TypeError:
            view = memoryview(array.array("d", [value for row in rows for value in row]))
        if view.format not in ("f", "d") or not view.c_contiguous:
            raise ValueError("Rows are needed as float32 or float64, one behind the other.")
        if view.ndim > 1 and view.shape[-1] != self.features:
            raise ValueError(f"Rows of {self.features} numbers are needed, not of {view.shape[-1]}.")
        count = self._rows(view.nbytes // view.itemsize)
        flat = view.cast("B") if view.nbytes else memoryview(bytearray(8))
        keep = (ctypes.c_char * len(flat)).from_buffer_copy(flat) if view.readonly else (ctypes.c_char * len(flat)).from_buffer(flat)
        return ctypes.cast(keep, ctypes.c_void_p), count, view.format == "d"
