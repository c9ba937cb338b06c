"""Float32 arrays as .npy files, with nothing but Python's standard library."""

import array
import ast
import math
import random
import struct


def save_normal(path, shape, seed):
    """Writes normally distributed numbers."""
    chance = random.Random(seed)
    header = str({"descr": "<f4", "fortran_order": False, "shape": tuple(shape)})
    header += " " * (-(len(header) + 11) % 64) + "\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
        array.array("f", [chance.gauss(0, 1) for _ in range(math.prod(shape))]).tofile(file)


def load(path):
    """Shape and values, which must be float32 in C order."""
    with open(path, "rb") as file:
        magic, major, length = struct.unpack("<6sBxH", file.read(10))
        if magic != b"\x93NUMPY" or major != 1:
            raise RuntimeError(f"{path} is no .npy file of version 1")
        header = ast.literal_eval(file.read(length).decode())
        if header["descr"] != "<f4" or header["fortran_order"]:
            raise RuntimeError(f"{path} holds {header['descr']}, not float32 in C order")
        values = array.array("f", file.read())
    return header["shape"], values


def difference(output, expected):
    """The largest difference relative to the largest value; infinite where shapes differ."""
    (shape, values), (expected_shape, expected_values) = load(output), load(expected)
    if tuple(shape) != tuple(expected_shape):
        return math.inf
    largest = max(map(abs, expected_values))
    worst = max(abs(a - b) for a, b in zip(values, expected_values))
    # Not a number compares as false; it must not pass.
    return worst / largest if all(map(math.isfinite, values)) and largest > 0 else math.inf
