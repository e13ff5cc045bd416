"""One epoch of the conv-ae in PyTorch as teams write it: what Platform.Bench times our training loop against.

    python3 train_torch.py FOLDER BATCH_SIZE LEARNING_RATE THREADS DEVICE CHANNEL...

FOLDER holds init.pth (a plain state dict) and one file {number}.npy [n_mels, frames], float32, per patch. Every line read from standard
input asks for one epoch over the patches that it names, in that order (so that both sides do the same steps); the answer is one line:
seconds, and the mean loss over the patches.
"""
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset


class Patches(Dataset):
    def __init__(self, folder):
        self.files = sorted(folder.glob("*.npy"))

    def __len__(self):
        return len(self.files)

    def __getitem__(self, number):
        return torch.from_numpy(np.load(self.files[number])).unsqueeze(0)


class ConvAutoencoder(nn.Module):
    def __init__(self, channels):
        super().__init__()
        sizes = [1, *channels]
        encoder, decoder = [], []
        for narrow, wide in zip(sizes, sizes[1:]):
            encoder += [nn.Conv2d(narrow, wide, 3, stride=2, padding=1), nn.BatchNorm2d(wide), nn.ReLU(inplace=True)]
            upwards = [nn.BatchNorm2d(narrow), nn.ReLU(inplace=True)] if narrow > 1 else [nn.Sigmoid()]
            decoder = [nn.ConvTranspose2d(wide, narrow, 3, stride=2, padding=1, output_padding=1), *upwards, *decoder]
        self.encoder = nn.Sequential(*encoder)
        self.decoder = nn.Sequential(*decoder)

    def forward(self, x):
        return self.decoder(self.encoder(x))


def main():
    folder, batch_size, rate, threads = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
    torch.set_num_threads(threads)
    device = torch.device(sys.argv[5])
    model = ConvAutoencoder([int(channels) for channels in sys.argv[6:]])
    model.load_state_dict(torch.load(folder / "init.pth"))
    model.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    criterion = nn.MSELoss()
    dataset = Patches(folder)
    for line in sys.stdin:
        loader = DataLoader(dataset, batch_size=batch_size, sampler=[int(number) for number in line.split()])
        started = time.perf_counter()
        model.train()
        total = 0.0
        for batch in loader:
            batch = batch.to(device)
            optimizer.zero_grad()
            loss = criterion(model(batch), batch)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        print(time.perf_counter() - started, total / len(dataset), flush=True)


if __name__ == "__main__":
    main()
