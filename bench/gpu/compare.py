"""Compares the AUCs of two fits, one on the CPU and one on CUDA: python3 compare.py CPU.json CUDA.json. They must be within two points."""
import json
import sys

POINTS = 0.02

cpu, cuda = (json.load(open(path)) for path in sys.argv[1:3])
print(f"{cpu['device']} | {cuda['device']}")
differ = not cuda["device"].startswith("CUDA")
for name in ("base", "iad", "iadBest"):
    a, b = (sum(fit[name]["auc"]["values"]) / len(fit[name]["auc"]["values"]) for fit in (cpu, cuda))
    print(f"{name}: {a:.4f} on the CPU, {b:.4f} on CUDA")
    differ |= not abs(a - b) <= POINTS
sys.exit(differ)
