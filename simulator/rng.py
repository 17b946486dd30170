"""Seeded randomness and stable hashing: every draw is named, so adding one never moves another."""

import zlib

import numpy as np


def stream(seed: int, *key: str | int) -> np.random.Generator:
    """A generator of its own for (seed, key); the same key always gives the same numbers."""
    words = [seed & 0xFFFFFFFF]
    words += [part & 0xFFFFFFFF if isinstance(part, int) else zlib.crc32(part.encode()) for part in key]
    return np.random.default_rng(words)


def mix(values: np.ndarray, seed: int, salt: str) -> np.ndarray:
    """splitmix64 of integer `values` under (seed, salt): uint64, one to one for a fixed salt."""
    x = np.asarray(values).astype(np.uint64)
    x = x + np.uint64(((seed << 32) ^ (zlib.crc32(salt.encode()) * 0x9E3779B1)) & 0xFFFFFFFFFFFFFFFF)
    with np.errstate(over="ignore"):
        x = x + np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def share(values: np.ndarray, seed: int, salt: str) -> np.ndarray:
    """A stable uniform in [0, 1) for each value: a property of the thing, not of the order of drawing."""
    return (mix(values, seed, salt) >> np.uint64(11)).astype(np.float64) / float(1 << 53)


def part(values: np.ndarray, seed: int, salt: str, size: int) -> np.ndarray:
    """A stable choice in 0..size-1 for each value."""
    return (mix(values, seed, salt) % np.uint64(size)).astype(np.int64)
