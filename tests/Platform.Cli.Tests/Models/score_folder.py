"""A Python predictor: scores stored patches in dB with a model's folder as it is, and nothing else of the platform.

    python3 score_folder.py FOLDER PATCHES.npy DEVICE
"""
import json
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn

folder, patches, device = Path(sys.argv[1]), np.load(sys.argv[2]), sys.argv[3]
weights = torch.load(folder / "ae_model.pth", weights_only=True)

channels = []
while f"encoder.{3 * len(channels)}.weight" in weights:
    channels.append(weights[f"encoder.{3 * len(channels)}.weight"].shape[0])
sizes = [1, *channels]
down, up = [], []
for a, b in zip(sizes[:-1], sizes[1:]):
    down += [nn.Conv2d(a, b, 3, stride=2, padding=1), nn.BatchNorm2d(b), nn.ReLU()]
for a, b in zip(sizes[:0:-1], sizes[-2::-1]):
    up.append(nn.ConvTranspose2d(a, b, 3, stride=2, padding=1, output_padding=1))
    up += [nn.BatchNorm2d(b), nn.ReLU()] if b != 1 else [nn.Sigmoid()]
model = nn.ModuleDict({"encoder": nn.Sequential(*down), "decoder": nn.Sequential(*up)})
model.load_state_dict(weights)
model.eval()

low, high = np.load(folder / "global_scale.npy")
threshold = float(np.load(folder / "thresholds" / f"threshold_{device}.npy"))
shown = ((patches - low) / (high - low + 1e-6)).astype(np.float32)
x = torch.from_numpy(shown).unsqueeze(1)
with torch.no_grad():
    out = model["decoder"](model["encoder"](x))[..., : x.shape[-2], : x.shape[-1]]
errors = ((out - x) ** 2).mean(dim=(1, 2, 3)).numpy()
print(json.dumps({"score": float(errors.mean()), "threshold": threshold, "errors": errors.tolist()}))
