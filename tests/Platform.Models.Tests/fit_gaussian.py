"""Distances of samples from a Gaussian with Ledoit-Wolf-shrunk correlations, as the formula is written: with matrices and an inverse.

    python3 fit_gaussian.py SAMPLES.npy SCORED.npy LEAST_DEVIATION
"""
import json
import sys

import numpy as np

samples, scored, least = np.load(sys.argv[1]), np.load(sys.argv[2]), float(sys.argv[3])
n, d = samples.shape
deviation = np.maximum(samples.std(axis=0), least)
z = (samples - samples.mean(axis=0)) / deviation
r = z.T @ z / n
off = ~np.eye(d, dtype=bool)
variance = ((z**2).T @ (z**2) / n - r**2) / n
shrinkage = np.clip(variance[off].sum() / (r[off] ** 2).sum(), 0.01, 1)
shrunk = np.where(off, (1 - shrinkage) * r, 1)
precision = np.linalg.inv(shrunk * np.outer(deviation, deviation))
x = scored - samples.mean(axis=0)
print(json.dumps({"shrinkage": shrinkage, "distances": (np.einsum("ni,ij,nj->n", x, precision, x) / d).tolist()}))
