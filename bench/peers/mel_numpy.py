"""The mel patches of librosa 0.10 in plain NumPy: what Platform.Bench times our kernel against.

    python3 mel_numpy.py SIGNAL.f32 N_FFT HOP_LENGTH N_MELS

SIGNAL.f32 holds raw float32 samples at 16 kHz. Every line read from standard input asks for one pass over all 8 s windows, 4 s apart;
the answer is one line: seconds, and the sum of all levels (so that both sides can be seen to do the same work).
As librosa does: frames tapered in double precision, spectrum kept as complex64, mel filter bank in float32, power_to_db with a floor.
"""
import os
import sys
import time

for threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ[threads] = "1"

import numpy as np  # noqa: E402  (after the thread counts)

RATE, WINDOW_SECONDS, HOP_SECONDS, FLOOR = 16_000, 8, 4, 1e-10


def mel_edges(count, top_hz):
    """Edges of `count` triangles, equally spaced on the Slaney scale from 0 to top_hz."""
    def to_mel(hz):
        return np.where(hz < 1000, hz * 3 / 200, 15 + 27 * np.log(np.maximum(hz, 1e-9) / 1000) / np.log(6.4))

    mels = np.linspace(0, to_mel(np.float64(top_hz)), count + 2)
    return np.where(mels < 15, mels * 200 / 3, 1000 * np.exp(np.log(6.4) / 27 * (mels - 15)))


def filter_bank(n_fft, n_mels):
    hz = np.linspace(0, RATE / 2, n_fft // 2 + 1)
    edges = mel_edges(n_mels, RATE / 2)
    rising = (hz - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - hz) / np.diff(edges)[1:, None]
    weights = np.maximum(0, np.minimum(rising, falling))
    return (weights * (2 / (edges[2:] - edges[:-2]))[:, None]).astype(np.float32)


def levels(clip, taper, bank, n_fft, hop):
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(clip, n_fft // 2), n_fft)[::hop]
    spectrum = np.fft.rfft(frames * taper, axis=1).astype(np.complex64)
    power = np.abs(spectrum) ** 2
    return 10 * np.log10(np.maximum(FLOOR, bank @ power.T))


def main():
    signal = np.fromfile(sys.argv[1], np.float32)
    n_fft, hop, n_mels = map(int, sys.argv[2:5])
    taper = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_fft) / n_fft)
    bank = filter_bank(n_fft, n_mels)
    window, step = WINDOW_SECONDS * RATE, HOP_SECONDS * RATE
    for _ in sys.stdin:
        started = time.perf_counter()
        total = 0.0
        for start in range(0, len(signal) - window + 1, step):
            total += float(levels(signal[start:start + window], taper, bank, n_fft, hop).sum(dtype=np.float64))
        print(time.perf_counter() - started, total, flush=True)


if __name__ == "__main__":
    main()
