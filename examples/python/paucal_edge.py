"""Paucal's models in Python: the C API of paucal_edge.h by ctypes, without any package.

    model = Model("parts.paucal")
    result = model.predict(open("new.jpg", "rb").read())
    print(result["verdict"], result["boxes"])

The library is the one that PAUCAL_EDGE_LIBRARY names, else the one that the system finds.
"""

import ctypes
import json
import os
import sys
from ctypes import POINTER, byref, c_char, c_char_p, c_int, c_size_t, c_void_p

ABI = 1  # PAUCAL_EDGE_ABI that this file was written for
_NAMES = {"win32": "paucal-edge.dll"}


class Status(ctypes.Structure):
    _fields_ = [("code", c_int), ("message", c_char * 508)]


class Image(ctypes.Structure):
    """Borrowed pixels: rows from the top, `stride` bytes from one to the next."""

    _fields_ = [("pixels", c_void_p), ("width", c_int), ("height", c_int), ("stride", c_size_t), ("format", c_int)]


class Error(Exception):
    pass


def _load():
    name = os.environ.get("PAUCAL_EDGE_LIBRARY") or _NAMES.get(sys.platform, f"libpaucal-edge.so.{ABI}")
    library = ctypes.CDLL(name)
    if library.paucal_edge_abi() != ABI:
        raise Error(f"{name}: ABI {library.paucal_edge_abi()}, expected {ABI}")
    status = POINTER(Status)
    for function, result, arguments in [
        ("open", c_void_p, [c_char_p, status]),
        ("describe", c_char_p, [c_void_p]),
        ("decode_for", c_void_p, [c_void_p, c_char_p, c_size_t, status]),
        ("pixels_view", Image, [c_void_p]),
        ("predictor_new", c_void_p, [c_void_p, c_int, status]),
        ("predict", c_void_p, [c_void_p, POINTER(Image), status]),
        ("result_json", c_char_p, [c_void_p]),
        ("model_free", None, [c_void_p]),
        ("pixels_free", None, [c_void_p]),
        ("predictor_free", None, [c_void_p]),
        ("result_free", None, [c_void_p]),
    ]:
        entry = getattr(library, "paucal_edge_" + function)
        entry.restype, entry.argtypes = result, arguments
    return library


_library = _load()


class _Handle:
    """What the library made, freed with this object."""

    def __init__(self, kind, function, *arguments):
        self._free = getattr(_library, f"paucal_edge_{kind}_free")
        status = Status()
        self.pointer = getattr(_library, "paucal_edge_" + function)(*arguments, byref(status))
        if not self.pointer:
            raise Error(status.message.decode())

    def __del__(self):
        if getattr(self, "pointer", None):
            self._free(self.pointer)


class Model:
    """One caller at a time; make one a thread."""

    def __init__(self, path, threads=1):
        self._model = _Handle("model", "open", os.fsencode(path) if os.name != "nt" else path.encode())
        self._predictor = _Handle("predictor", "predictor_new", self._model.pointer, threads)

    def card(self):
        return json.loads(_library.paucal_edge_describe(self._model.pointer))

    def predict(self, file):
        """The bytes of an image file → what `paucal-edge predict` prints of it."""
        pixels = _Handle("pixels", "decode_for", self._model.pointer, file, len(file))
        return self.predict_pixels(_library.paucal_edge_pixels_view(pixels.pointer))

    def predict_pixels(self, image):
        result = _Handle("result", "predict", self._predictor.pointer, byref(image))
        return json.loads(_library.paucal_edge_result_json(result.pointer))
