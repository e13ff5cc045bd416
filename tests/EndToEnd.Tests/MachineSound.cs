using System.Buffers.Binary;

namespace EndToEnd.Tests;

/// <summary>A machine of two harmonics and noise, healthy or with a worn bearing that knocks; seeded, 16 kHz, 16-bit mono WAV.</summary>
internal static class MachineSound
{
    private const int SampleRate = 16_000;

    public static byte[] Healthy(int seed, double seconds = 10) => Wav(seed, seconds, knocksPerSecond: 0);

    public static byte[] Worn(int seed, double seconds = 10) => Wav(seed, seconds, knocksPerSecond: 37);

    private static byte[] Wav(int seed, double seconds, double knocksPerSecond)
    {
        var random = new Random(seed);
        var samples = (int)(seconds * SampleRate);
        var wav = new byte[44 + 2 * samples];
        WriteHeader(wav, samples);

        var phase = random.NextDouble() * 2 * Math.PI;
        var sinceKnock = 1.0;
        for (var n = 0; n < samples; n++)
        {
            var time = (double)n / SampleRate;
            var value = 0.1 * Math.Sin(2 * Math.PI * 120 * time + phase) + 0.05 * Math.Sin(2 * Math.PI * 360 * time + 2 * phase)
                + 0.02 * (random.NextDouble() - 0.5);
            sinceKnock += 1.0 / SampleRate;
            if (knocksPerSecond > 0 && sinceKnock > 1 / knocksPerSecond)
                sinceKnock = 0;
            if (knocksPerSecond > 0)
                value += 0.4 * Math.Exp(-sinceKnock * 600) * Math.Sin(2 * Math.PI * 3_100 * sinceKnock);
            BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(44 + 2 * n), (short)Math.Round(Math.Clamp(value, -1, 1) * 32_767));
        }

        return wav;
    }

    private static void WriteHeader(Span<byte> wav, int samples)
    {
        "RIFF"u8.CopyTo(wav);
        BinaryPrimitives.WriteInt32LittleEndian(wav[4..], 36 + 2 * samples);
        "WAVEfmt "u8.CopyTo(wav[8..]);
        BinaryPrimitives.WriteInt32LittleEndian(wav[16..], 16);
        BinaryPrimitives.WriteInt16LittleEndian(wav[20..], 1);
        BinaryPrimitives.WriteInt16LittleEndian(wav[22..], 1);
        BinaryPrimitives.WriteInt32LittleEndian(wav[24..], SampleRate);
        BinaryPrimitives.WriteInt32LittleEndian(wav[28..], 2 * SampleRate);
        BinaryPrimitives.WriteInt16LittleEndian(wav[32..], 2);
        BinaryPrimitives.WriteInt16LittleEndian(wav[34..], 16);
        "data"u8.CopyTo(wav[36..]);
        BinaryPrimitives.WriteInt32LittleEndian(wav[40..], 2 * samples);
    }
}
