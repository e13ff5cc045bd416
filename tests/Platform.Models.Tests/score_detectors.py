"""Scores stored patches by every detector of a package with NumPy, and with torch for its network: nothing of the platform.

    python3 score_detectors.py FOLDER PATCHES.npy DEVICE

PATCHES are what features stores: [patches, n_mels, own frames] in absolute dB.
"""
import json
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn

folder, stored, device = Path(sys.argv[1]), np.load(sys.argv[2]), sys.argv[3]
config = json.loads((folder / "config.json").read_text())
extraction, view = config["feature_spec"]["extraction"], config["feature_spec"]["view"]
assert view["reference"] == "absolute"
own, frames = stored.shape[2], -(-stored.shape[2] // 16) * 16
floor = 10 * np.log10(view["amin"])
levels = np.full(stored.shape[:2] + (frames,), floor, np.float32)
levels[..., :own] = np.maximum(stored, floor)


def reconstruct(x):
    channels = [1, *config["architecture"]["channels"]]
    down, up = [], []
    for a, b in zip(channels[:-1], channels[1:]):
        down += [nn.Conv2d(a, b, 3, stride=2, padding=1), nn.BatchNorm2d(b), nn.ReLU()]
    for a, b in zip(channels[:0:-1], channels[-2::-1]):
        up.append(nn.ConvTranspose2d(a, b, 3, stride=2, padding=1, output_padding=1))
        up += [nn.BatchNorm2d(b), nn.ReLU()] if b != 1 else [nn.Sigmoid()]
    model = nn.ModuleDict({"encoder": nn.Sequential(*down), "decoder": nn.Sequential(*up)})
    model.load_state_dict(torch.load(folder / "model.pth", weights_only=True))
    model.eval()
    with torch.no_grad():
        return model["decoder"](model["encoder"](x))[..., : x.shape[-2], : x.shape[-1]]


def distance(white):
    return (white**2).mean(axis=-1)


def bursts(patch):
    """Whole frames [n_mels, count] less the mean of those 2 to 5 frames away."""
    half, hop = extraction["n_fft"] // 2, extraction["hop_length"]
    samples = round(extraction["win_seconds"] * extraction["sample_rate"])
    whole = patch[:, -(-half // hop) : (samples - half) // hop + 1].astype(float)
    count = whole.shape[1]
    around = [[s for s in range(count) if 2 <= abs(s - t) <= 5] for t in range(count)]
    return whole - np.stack([whole[:, near].mean(axis=1) for near in around], axis=1)


low, high = np.load(folder / "scales" / f"{device}.npy")
shown = torch.from_numpy(((levels - np.float32(low)) / np.float32(high - low + 1e-6)).astype(np.float32)).unsqueeze(1)
squares = ((reconstruct(shown) - shown) ** 2)[:, 0].numpy().astype(float)

scores = {"reconstruction": squares.mean(axis=(1, 2)).mean()}
least = 1 + -(-3 * round(extraction["win_seconds"] * extraction["sample_rate"]) // (2 * round(extraction["hop_seconds"] * extraction["sample_rate"])))
for detector in config["detectors"][1:]:
    name = detector["name"]
    if name == "sustained" and len(stored) < least:
        continue  # the first and the last window start one and a half windows apart
    file = np.load(folder / "detectors" / f"{name}_{device}.npz")
    if name == "transient":
        found = np.concatenate([bursts(patch) for patch in levels], axis=1)
        scores[name] = distance((file["whitening"] @ found).T).max()
        continue
    if name == "bands":
        sample = np.log(squares[..., :own].mean(axis=2).mean(axis=0))
    elif name == "sustained":
        sample = levels[..., :own].astype(float).mean(axis=2).min(axis=0)
    else:
        sample = stored.astype(float).mean(axis=(0, 2))
    white = file["whitening"] @ (sample - file["centre"])
    scores[name] = distance(white - file["references"]).min() if "references" in file else distance(white)
thresholds = {d["name"]: float(np.load(folder / "detectors" / f"{d['name']}_{device}.npz")["threshold"]) for d in config["detectors"]}
print(json.dumps({"scores": scores, "thresholds": thresholds}))
