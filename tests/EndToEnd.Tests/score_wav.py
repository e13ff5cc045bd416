"""A Python team's way from a recording to its scores: NumPy and torch, the exported folder, and nothing of the platform.

    python3 score_wav.py FOLDER DEVICE WAV PATCHES.npy

Prints the scores of the stored patches and of patches that are made here from the WAV (as librosa makes them, in double precision).
"""
import json
import sys
import wave
from pathlib import Path

import numpy as np
import torch
from torch import nn

folder, device, audio, stored = Path(sys.argv[1]), sys.argv[2], sys.argv[3], np.load(sys.argv[4])
config = json.loads((folder / "config.json").read_text())
spec = config["feature_spec"]
extraction, view = spec["extraction"], spec["view"]


def mel_edges(count, low_hz, high_hz):
    to_mel = lambda hz: np.where(hz < 1000, hz * 3 / 200, 15 + 27 * np.log(np.maximum(hz, 1e-9) / 1000) / np.log(6.4))
    mels = np.linspace(to_mel(np.float64(low_hz)), to_mel(np.float64(high_hz)), count + 2)
    return np.where(mels < 15, mels * 200 / 3, 1000 * np.exp(np.log(6.4) / 27 * (mels - 15)))


def patches_of(path):
    rate, n_fft, hop = extraction["sample_rate"], extraction["n_fft"], extraction["hop_length"]
    with wave.open(path) as file:
        assert file.getframerate() == rate and file.getsampwidth() == 2
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, file.getnchannels()).mean(axis=1) / 32768
    edges = mel_edges(extraction["n_mels"], extraction["fmin"], extraction["fmax"])
    hz = np.linspace(0, rate / 2, n_fft // 2 + 1)
    rising = (hz - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - hz) / np.diff(edges)[1:, None]
    bank = np.maximum(0, np.minimum(rising, falling)) * (2 / (edges[2:] - edges[:-2]))[:, None]
    taper = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_fft) / n_fft)
    window, step = round(extraction["win_seconds"] * rate), round(extraction["hop_seconds"] * rate)
    made = []
    for start in range(0, len(samples) - window + 1, step):
        clip = np.pad(samples[start:start + window], n_fft // 2)
        frames = np.lib.stride_tricks.sliding_window_view(clip, n_fft)[::hop]
        power = np.abs(np.fft.rfft(frames * taper, axis=1)) ** 2
        made.append(10 * np.log10(np.maximum(1e-10, bank @ power.T)))
    return np.stack(made).astype(np.float32)


class ConvAutoencoder(nn.Module):
    def __init__(self, channels):
        super().__init__()
        sizes, down, up = [1, *channels], [], []
        for a, b in zip(sizes[:-1], sizes[1:]):
            down += [nn.Conv2d(a, b, 3, stride=2, padding=1), nn.BatchNorm2d(b), nn.ReLU()]
        for a, b in zip(sizes[:0:-1], sizes[-2::-1]):
            up.append(nn.ConvTranspose2d(a, b, 3, stride=2, padding=1, output_padding=1))
            up += [nn.BatchNorm2d(b), nn.ReLU()] if b != 1 else [nn.Sigmoid()]
        self.encoder, self.decoder = nn.Sequential(*down), nn.Sequential(*up)

    def forward(self, x):
        return self.decoder(self.encoder(x))[..., :x.shape[-2], :x.shape[-1]]


def levels_of(patches):
    """The view of stored patches (here: absolute reference), padded on the right."""
    assert view["reference"] == "absolute"
    padded = np.full((*patches.shape[:2], view["frames"]), view["pad"], np.float32)
    padded[..., :patches.shape[-1]] = np.maximum(patches, np.float32(10 * np.log10(view["amin"])))[..., :view["frames"]]
    return padded


def bursts(patch):
    """Frames that do not reach over the edge of the window, less the mean of those 2 to 5 frames away."""
    half, hop = extraction["n_fft"] // 2, extraction["hop_length"]
    samples = round(extraction["win_seconds"] * extraction["sample_rate"])
    whole = patch[:, -(-half // hop):(samples - half) // hop + 1].astype(float)
    count = whole.shape[1]
    return whole - np.stack([whole[:, [s for s in range(count) if 2 <= abs(s - t) <= 5]].mean(axis=1) for t in range(count)], axis=1)


def least_windows():
    """Patches of a recording whose first and last window start one and a half windows apart."""
    window, hop = (round(extraction[f"{what}_seconds"] * extraction["sample_rate"]) for what in ("win", "hop"))
    return 1 + -(-3 * window // (2 * hop))


def scores(patches):
    """Every detector of the package, by the files that it has for the device."""
    levels = levels_of(patches)
    low, high = np.load(folder / "scales" / f"{device}.npy")
    model = ConvAutoencoder(config["architecture"]["channels"])
    model.load_state_dict(torch.load(folder / "model.pth", weights_only=True))
    model.eval()
    x = torch.from_numpy((levels - np.float32(low)) / np.float32(high - low + 1e-6)).unsqueeze(1)
    with torch.no_grad():
        squares = ((model(x) - x) ** 2)[:, 0].double().numpy()

    found = {}
    for name in (detector["name"] for detector in config["detectors"]):
        if name == "sustained" and len(patches) < least_windows():
            continue
        file = np.load(folder / "detectors" / f"{name}_{device}.npz")
        if name == "reconstruction":
            found[name] = float(squares.mean())
            continue
        if name == "transient":
            columns = np.concatenate([bursts(patch) for patch in levels], axis=1)
            found[name] = float(((file["whitening"] @ columns) ** 2).mean(axis=0).max())
            continue
        if name == "bands":
            sample = np.log(squares[..., :patches.shape[-1]].mean(axis=(0, 2)))
        elif name == "sustained":
            sample = levels[..., :patches.shape[-1]].astype(float).mean(axis=2).min(axis=0)
        else:
            sample = patches.astype(float).mean(axis=(0, 2))
        white = file["whitening"] @ (sample - file["centre"])
        found[name] = float(((white - file["references"]) ** 2).mean(axis=1).min() if "references" in file else (white ** 2).mean())
    return found


made = patches_of(audio)
assert made.shape == stored.shape, (made.shape, stored.shape)
print(json.dumps({
    "stored": scores(stored), "wav": scores(made), "largestDifferenceDb": float(np.abs(made - stored).max()),
    "thresholds": {d["name"]: float(np.load(folder / "detectors" / f"{d['name']}_{device}.npz")["threshold"]) for d in config["detectors"]},
}))
