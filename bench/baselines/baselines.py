"""
AUC of classical detectors on the 25 data sets, trained and scored on the same rows; labels are for the AUC alone.

    python3 bench/baselines/baselines.py --data ../shared/data

Appends a line per set, detector and seed to the CSV as it goes, and passes over what is there already.
"""
import argparse
import csv
import os
import platform
import time

# One thread: seconds are those of the processor, which other programs do not lengthen.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import numpy as np  # noqa: E402
import scipy  # noqa: E402
import sklearn  # noqa: E402
from scipy.stats import rankdata  # noqa: E402

import detectors  # noqa: E402
import sets  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
FIELDS = ["set", "detector", "seed", "auc", "seconds"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", default=os.environ.get("IAD_DATA"), help="folder with odds/ and adbench/; without it IAD_DATA")
    parser.add_argument("--out", default=os.path.join(HERE, "..", "results", "baselines-2026-11.csv"))
    parser.add_argument("--sets", help="names, with commas; all without it")
    parser.add_argument("--detectors", default=",".join(detectors.ALL))
    parser.add_argument("--seeds", type=int, default=3, help="of the random detectors")
    parser.add_argument("--summary", action="store_true", help="only the means of what the CSV holds")
    options = parser.parse_args()
    if options.summary:
        summarise(options.out)
        return
    if not options.data:
        parser.error("--data or IAD_DATA is needed")
    files = sets.names(options.data)
    print(f"Python {platform.python_version()}, numpy {np.__version__}, scipy {scipy.__version__}, scikit-learn {sklearn.__version__}")
    done = {(row["set"], row["detector"], int(row["seed"])) for row in read(options.out)}
    for name in options.sets.split(",") if options.sets else files:
        loaded = None
        for detector in options.detectors.split(","):
            for seed in range(options.seeds if detector in detectors.RANDOM else 1):
                if (name, detector, seed) in done:
                    continue
                loaded = loaded or sets.load(files[name])
                x = sets.standardised(loaded[0])
                start = time.process_time()
                scores = detectors.ALL[detector](x, seed)
                seconds = time.process_time() - start
                line = [name, detector, seed, f"{100 * auc(scores, loaded[1]):.4f}", f"{seconds:.3f}"]
                append(options.out, line)
                print(*line, flush=True)
    summarise(options.out)


def auc(scores, labels):
    """Area under the ROC curve; equal scores count half."""
    anomalies = int(labels.sum())
    ranks = rankdata(scores)[labels == 1].sum()
    return (ranks - anomalies * (anomalies + 1) / 2) / (anomalies * (len(labels) - anomalies))


def read(path):
    if not os.path.exists(path):
        return []
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def append(path, line):
    is_new = not os.path.exists(path)
    with open(path, "a", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if is_new:
            writer.writerow(FIELDS)
        writer.writerow(line)


def summarise(path):
    rows = read(path)
    for detector in dict.fromkeys(row["detector"] for row in rows):
        by_set = {}
        for row in rows:
            if row["detector"] == detector:
                by_set.setdefault(row["set"], []).append(float(row["auc"]))
        means = {name: np.mean(values) for name, values in by_set.items()}
        odds = [means[name] for name in sets.ODDS if name in means]
        print(f"{detector:8} {np.mean(list(means.values())):6.2f} over {len(means)} sets, "
              f"{np.mean(odds) if odds else float('nan'):6.2f} over {len(odds)} of ODDS")


if __name__ == "__main__":
    main()
