"""Folders as a Python trainer writes them, with untrained weights.

    python3 make_model.py DEVICE (FOLDER SEED CHANGE)...

CHANGE is empty, or makes it one that must be refused: nan, shape, names, threshold, scale, pickle=FILE (a pickle that would create FILE).
"""
import os
import pickle
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn


class ConvAutoencoder(nn.Module):
    def __init__(self, channels):
        super().__init__()
        sizes = [1, *channels]
        down, up = [], []
        for a, b in zip(sizes[:-1], sizes[1:]):
            down += [nn.Conv2d(a, b, 3, stride=2, padding=1), nn.BatchNorm2d(b), nn.ReLU()]
        for a, b in zip(sizes[:0:-1], sizes[-2::-1]):
            up.append(nn.ConvTranspose2d(a, b, 3, stride=2, padding=1, output_padding=1))
            up += [nn.BatchNorm2d(b), nn.ReLU()] if b != 1 else [nn.Sigmoid()]
        self.encoder, self.decoder = nn.Sequential(*down), nn.Sequential(*up)


class Hostile:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


def make(folder, device, seed, change):
    torch.manual_seed(seed)
    weights = ConvAutoencoder([4, 8, 16]).state_dict()
    if change == "nan":
        weights["encoder.0.weight"][0] = float("nan")
    if change == "shape":
        weights["decoder.0.bias"] = torch.zeros(5)
    if change == "names":
        weights = {"module." + name: value for name, value in weights.items()}

    (folder / "thresholds").mkdir(parents=True)
    if change.startswith("pickle="):
        (folder / "ae_model.pth").write_bytes(pickle.dumps(Hostile(change[7:])))
    else:
        torch.save(weights if not change.startswith("zip-pickle=") else {"x": Hostile(change[11:])}, folder / "ae_model.pth")
    np.save(folder / "global_scale.npy", np.array([-90.0, -90.0 if change == "scale" else -10.0]))
    np.save(folder / "thresholds" / f"threshold_{device}.npy", -0.1 if change == "threshold" else 0.0625)


for folder, seed, change in zip(*[iter(sys.argv[2:])] * 3):
    make(Path(folder), sys.argv[1], int(seed), change)
