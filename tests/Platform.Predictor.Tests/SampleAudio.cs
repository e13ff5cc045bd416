using System.Buffers.Binary;
using Platform.Dsp;

namespace Platform.Predictor.Tests;

/// <summary>Recordings of two seconds that sound different, as 16-bit WAV.</summary>
internal static class SampleAudio
{
    /// <summary>Half-second windows of 32 bands and 16 frames: small, so that tests spend their time on what they test.</summary>
    internal static FeatureSpec Spec { get; } = new(
        "small",
        new Extraction { SampleRate = 8_000, WinSeconds = 0.5, HopSeconds = 0.5, NFft = 512, HopLength = 256, NMels = 32 },
        new View());

    internal static byte[] Hum(int seed = 0) => Wav(8_000, 2, (time, random) =>
        0.3 * Math.Sin(2 * Math.PI * 120 * time) + 0.01 * (random.NextDouble() - 0.5), seed);

    internal static byte[] Rattle(int seed = 0) => Wav(8_000, 2, (time, random) =>
        0.3 * Math.Sin(2 * Math.PI * 120 * time) + (time * 20 % 1 < 0.1 ? 0.6 * (random.NextDouble() - 0.5) : 0), seed);

    internal static byte[] Wav(int sampleRate, double seconds, Func<double, Random, double> signal, int seed = 0)
    {
        var random = new Random(seed);
        var samples = (int)(sampleRate * seconds);
        var wav = new byte[44 + 2 * samples];
        "RIFF"u8.CopyTo(wav);
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(4), wav.Length - 8);
        "WAVEfmt "u8.CopyTo(wav.AsSpan(8));
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(16), 16);
        BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(20), 1);
        BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(22), 1);
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(24), sampleRate);
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(28), 2 * sampleRate);
        BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(32), 2);
        BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(34), 16);
        "data"u8.CopyTo(wav.AsSpan(36));
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(40), 2 * samples);
        for (var i = 0; i < samples; i++)
            BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(44 + 2 * i), (short)(32_767 * signal(i / (double)sampleRate, random)));
        return wav;
    }

    internal static FeatureSet Features(byte[] wav, FeatureSpec? spec = null) =>
        new FeatureSetExtractor((spec ?? Spec).Extraction).Extract(WavReader.Read(new MemoryStream(wav)));
}
