"""The 25 data sets, as `bench -- detection` reads them too: the same rows of those that are cut."""
import glob
import os

import numpy as np
import scipy.io

ODDS = ["satellite", "arrhythmia", "cardio", "thyroid", "satimage-2"]
MOST_ROWS = 10_000


def names(folder):
    """Names of the sets and their files, smallest files first: 12_fault.npz is `fault`."""
    files = glob.glob(os.path.join(folder, "odds", "*.*")) + glob.glob(os.path.join(folder, "adbench", "*.*"))
    files = [file for file in files if file.endswith((".mat", ".npz"))]
    return {_name(file): file for file in sorted(files, key=lambda file: (os.path.getsize(file), file))}


def load(file):
    """n x d features in float64 and n labels, 1 for an anomaly; at most 10,000 rows."""
    table = scipy.io.loadmat(file) if file.endswith(".mat") else np.load(file, allow_pickle=True)
    features, labels = np.asarray(table["X"], float), np.asarray(table["y"]).ravel().astype(int)
    rows = kept_rows(labels, MOST_ROWS)
    return features[rows], labels[rows]


def kept_rows(labels, most):
    """
    Rows of a set with more than `most`: of its n1 anomalies the (most * n1 + n/2) / n, rounded down, and of its normal rows as many as
    are left, which have the smallest hashes of their place in the file, from 0. In the order of the file.
    """
    n = len(labels)
    if n <= most:
        return np.arange(n)
    anomalies = (most * int(labels.sum()) + n // 2) // n
    hashes = _hash(np.arange(n, dtype=np.uint64))
    chosen = []
    for label, count in ((1, anomalies), (0, most - anomalies)):
        rows = np.flatnonzero(labels == label)
        chosen.append(rows[np.argsort(hashes[rows], kind="stable")[:count]])
    return np.sort(np.concatenate(chosen))


def standardised(features):
    """Columns with mean 0 and standard deviation 1; those that are constant are left out."""
    mean, deviation = features.mean(0), features.std(0)
    varies = deviation > 1e-12 * np.maximum(1, np.abs(mean))
    return (features[:, varies] - mean[varies]) / deviation[varies]


def _hash(value):
    # One step of SplitMix64 (Steele, Lea and Flood 2014): a bijection of the 64-bit numbers, so that no two places share a hash.
    with np.errstate(over="ignore"):
        value = value + np.uint64(0x9E3779B97F4A7C15)
        value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return value ^ (value >> np.uint64(31))


def _name(file):
    stem = os.path.splitext(os.path.basename(file))[0]
    number, _, rest = stem.partition("_")
    return rest if number.isdigit() else stem
