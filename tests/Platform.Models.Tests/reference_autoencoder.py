"""The conv-ae as a Python user writes it, loading the files of a package: prints the error of each golden patch.

    python3 reference_autoencoder.py FOLDER
"""
import json
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

    def forward(self, x):
        return self.decoder(self.encoder(x))[..., :x.shape[-2], :x.shape[-1]]


folder = Path(sys.argv[1])
config = json.loads((folder / "config.json").read_text())
model = ConvAutoencoder(config["architecture"]["channels"])
model.load_state_dict(torch.load(folder / "model.pth", weights_only=True))
model.eval()

golden = np.load(folder / "golden.npz")
patches = torch.from_numpy(golden["patches"]).unsqueeze(1)
with torch.no_grad():
    errors = ((model(patches) - patches) ** 2).mean(dim=(1, 2, 3)).numpy()

device = config["devices"][0]
scale = np.load(folder / "scales" / f"{device}.npy")
threshold = np.load(folder / "thresholds" / f"threshold_{device}.npy")
detector = np.load(folder / "detectors" / f"reconstruction_{device}.npz")
assert scale.shape == (2,) and scale.dtype == np.float64
assert np.load(folder / "global_scale.npy").shape == (2,)
assert threshold.shape == () and threshold.dtype == np.float64
assert detector["threshold"] == threshold

# Each device of the model, as a predictor for one of them looks it up.
thresholds = {name: np.load(folder / "thresholds" / f"threshold_{name}.npy")
              for name in config["devices"] if (folder / "thresholds" / f"threshold_{name}.npy").exists()}
scales = {name: np.load(folder / "scales" / f"{name}.npy") for name in config["devices"]}
assert len(thresholds) == len(list((folder / "thresholds").iterdir()))
assert all(value.shape == () and value.dtype == np.float64 for value in thresholds.values())

# The sample package's distribution is that of its golden errors, each taken as the score of one recording.
scores = golden["errors"]
numpy = {
    "mean": scores.mean(), "std": scores.std(), "sigma": 3.0, "mean_plus_sigma": scores.mean() + 3 * scores.std(),
    "quantile_99": np.quantile(scores, 0.99), "quantile_999": np.quantile(scores, 0.999), "count": len(scores),
    "threshold": scores.mean() + 3 * scores.std(),
}
print(json.dumps({
    "errors": errors.tolist(), "golden": golden["errors"].tolist(), "threshold": float(threshold),
    "thresholds": {name: float(value) for name, value in thresholds.items()}, "scales": {name: value.tolist() for name, value in scales.items()},
    "detector": {name: float(detector[name]) for name in detector.files}, "numpy": {name: float(value) for name, value in numpy.items()},
}))
