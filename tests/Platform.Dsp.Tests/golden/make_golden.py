"""Writes the reference arrays beside this file. Needs librosa 0.10.2 and numpy 1.24."""
import json
import wave
from pathlib import Path

import librosa
import numpy as np

HERE = Path(__file__).resolve().parent
SR = 16000


def put(name, array):
    np.save(HERE / f"{name}.npy", np.ascontiguousarray(array))


def signals():
    """Quantised to 16 bit, so that the WAV file is the exact source."""
    rng = np.random.default_rng(20240601)
    t = np.arange(2 * SR) / SR
    s = {"noise": 0.1 * rng.standard_normal(2 * SR),
         "chirp": 0.5 * np.sin(2 * np.pi * (50 * t + 0.5 * (7800 - 50) / 2 * t * t)),
         "impulse": np.where(np.arange(2 * SR) == SR, 0.9, 0.0),
         "sine440": 0.5 * np.sin(2 * np.pi * 440 * t)}
    t = np.arange(8 * SR) / SR
    phase = 2 * np.pi * np.cumsum(118 + 1.5 * np.sin(2 * np.pi * 0.31 * t)) / SR
    tone = sum(np.sin(k * phase + rng.uniform(0, 6.28)) / k ** 1.2 for k in range(1, 26))
    noise = rng.standard_normal(8 * SR)
    for _ in range(2):
        noise = np.convolve(noise, [0.5, 0.5], "same")
    s["machine8s"] = 0.12 * tone * (1 + 0.2 * np.sin(2 * np.pi * 2.7 * t)) + 0.03 * noise
    return {k: np.clip(np.round(v * 32768), -32768, 32767).astype("<i2") for k, v in s.items()}


def mel(y, n_fft, hop, n_mels):
    return librosa.feature.melspectrogram(y=y, sr=SR, n_fft=n_fft, hop_length=hop, n_mels=n_mels, power=2.0)


clips, stats = signals(), {}
for name, pcm in clips.items():
    with wave.open(str(HERE / f"{name}.wav"), "wb") as w:
        w.setnchannels(1)
        w.setsampwidth(2)
        w.setframerate(SR)
        w.writeframes(pcm.tobytes())
    y = pcm.astype(np.float32) / np.float32(32768)
    for n_fft, hop, n_mels in [(1024, 512, 64), (2048, 512, 128)]:
        power = mel(y, n_fft, hop, n_mels)
        put(f"mel_{name}_{n_fft}_{hop}_{n_mels}_power", power)
        put(f"mel_{name}_{n_fft}_{hop}_{n_mels}_db", librosa.power_to_db(power, ref=np.max))
    centroid = {f"centroid_mean_hz_{n}_512": float(np.mean(librosa.feature.spectral_centroid(y=y, sr=SR, n_fft=n, hop_length=512)))
                for n in (2048, 1024)}
    stats[name] = {"rms_float32": float(np.sqrt(np.mean(y ** 2))), "rms_float64": float(np.sqrt(np.mean(y.astype(float) ** 2))), **centroid}
    put(f"centroid_{name}_2048_512", librosa.feature.spectral_centroid(y=y, sr=SR)[0])
(HERE / "clip_stats.json").write_text(json.dumps(stats, indent=1))

put("fb_16000_1024_64", librosa.filters.mel(sr=16000, n_fft=1024, n_mels=64))
put("fb_25600_1024_64", librosa.filters.mel(sr=25600, n_fft=1024, n_mels=64))

y = clips["machine8s"].astype(np.float32) / np.float32(32768)
windows = [librosa.power_to_db(mel(y[i:i + 2 * SR], 1024, 512, 64), ref=np.max) for i in range(0, 8 * SR, 2 * SR)]
db = np.stack([np.pad(w, ((0, 0), (0, 64 - w.shape[1])), constant_values=-80.0) for w in windows])
low, high = float(db.min()), float(db.max())
put("ae_batch", ((db - low) / (high - low + 1e-6)).astype(np.float32)[:, None])
put("ae_global_scale", np.array([low, high]))
