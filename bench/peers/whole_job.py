"""The whole job in Python as teams write it: what Platform.Bench times the platform against.

    python3 whole_job.py WAVS WORK EPOCHS BATCH_SIZE LEARNING_RATE THREADS SEED CHANNEL...

WAVS holds one device's recordings (16 kHz, 16 bits, mono). Two sweeps make normalised patches, one file each, so that memory stays the
same however many recordings there are: the first finds the range, the second writes. Then an autoencoder is fitted to a random 80 %
of the patches, the rest is watched after every epoch, the threshold is mean + 3 standard deviations of all patch errors, and weights,
range and threshold are saved. Answers with one line: patches, optimiser steps, seconds of imports, features, training and
the rest, and CPU seconds altogether.
"""
import time

BEGUN = time.perf_counter()

import json  # noqa: E402
import sys  # noqa: E402
import wave  # noqa: E402
from pathlib import Path  # noqa: E402

import numpy as np  # noqa: E402
import torch  # noqa: E402
from torch import nn  # noqa: E402
from torch.utils.data import DataLoader, random_split  # noqa: E402

from mel_numpy import FLOOR, HOP_SECONDS, RATE, WINDOW_SECONDS, filter_bank, levels  # noqa: E402
from train_torch import ConvAutoencoder, Patches  # noqa: E402

N_FFT, HOP, N_MELS, FRAMES = 1024, 512, 64, 256
SILENCE = np.float32(10 * np.log10(FLOOR))


def patches(files):
    taper = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(N_FFT) / N_FFT)
    bank = filter_bank(N_FFT, N_MELS)
    window = WINDOW_SECONDS * RATE
    for file in files:
        with wave.open(str(file)) as wav:
            audio = np.frombuffer(wav.readframes(wav.getnframes()), "<i2").astype(np.float32) / 32768
        for number, start in enumerate(range(0, len(audio) - window + 1, HOP_SECONDS * RATE)):
            patch = levels(audio[start:start + window], taper, bank, N_FFT, HOP)
            padding = ((0, 0), (0, FRAMES - patch.shape[1]))
            yield f"{file.stem}-{number:03d}", np.pad(patch, padding, constant_values=SILENCE)


def write_patches(files, folder):
    low, high = np.inf, -np.inf
    for _, patch in patches(files):
        low, high = min(low, float(patch.min())), max(high, float(patch.max()))
    folder.mkdir()
    for name, patch in patches(files):
        np.save(folder / f"{name}.npy", ((patch - low) / (high - low + 1e-6)).astype(np.float32))
    return low, high


def fit(dataset, model, epochs, batch_size, rate):
    held_out = len(dataset) // 5
    training, validation = random_split(dataset, [len(dataset) - held_out, held_out])
    loader, watched = DataLoader(training, batch_size=batch_size, shuffle=True), DataLoader(validation, batch_size=batch_size)
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    criterion = nn.MSELoss()
    history, steps = [], 0
    for _ in range(epochs):
        model.train()
        total = 0.0
        for batch in loader:
            optimizer.zero_grad()
            loss = criterion(model(batch), batch)
            loss.backward()
            optimizer.step()
            total += loss.item()
            steps += 1
        model.eval()
        with torch.no_grad():
            history.append((total / len(loader), float(np.mean([criterion(model(batch), batch).item() for batch in watched]))))
    return history, steps


def errors(dataset, model):
    model.eval()
    with torch.no_grad():
        return np.concatenate([((model(batch) - batch) ** 2).mean(dim=(1, 2, 3)).numpy() for batch in DataLoader(dataset, batch_size=64)])


def main():
    imported = time.perf_counter()
    wavs, work, epochs, batch_size, rate, threads, seed = Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:8]
    torch.set_num_threads(int(threads))
    torch.manual_seed(int(seed))

    low, high = write_patches(sorted(wavs.glob("*.wav")), work / "patches")
    extracted = time.perf_counter()

    dataset = Patches(work / "patches")
    model = ConvAutoencoder([int(channels) for channels in sys.argv[8:]])
    history, steps = fit(dataset, model, int(epochs), int(batch_size), float(rate))
    trained = time.perf_counter()

    scores = errors(dataset, model)
    torch.save(model.state_dict(), work / "model.pth")
    np.save(work / "scale.npy", np.array([low, high]))
    np.save(work / "threshold.npy", scores.mean() + 3 * scores.std())
    (work / "training.json").write_text(json.dumps({"patches": len(dataset), "steps": steps, "history": history}))
    print(len(dataset), steps, imported - BEGUN, extracted - imported, trained - extracted, time.perf_counter() - trained,
          time.process_time())


if __name__ == "__main__":
    main()
