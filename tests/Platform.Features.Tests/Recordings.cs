namespace Platform.Features.Tests;

/// <summary>WAV files of 16 kHz, mono, 16 bit.</summary>
internal static class Recordings
{
    internal static byte[] Noise(double seconds, int seed, int sampleRate = 16_000, int amplitude = 3_000)
    {
        var random = new Random(seed);
        return Wav(seconds, _ => (short)random.Next(-amplitude, amplitude), sampleRate);
    }

    internal static byte[] Wav(double seconds, Func<int, short> sample, int sampleRate = 16_000)
    {
        var data = new byte[2 * (int)(seconds * sampleRate)];
        for (var i = 0; i < data.Length; i += 2)
            BitConverter.TryWriteBytes(data.AsSpan(i), sample(i / 2));

        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write("RIFF"u8);
        writer.Write(36 + data.Length);
        writer.Write("WAVEfmt "u8);
        writer.Write(16);
        writer.Write((short)1);
        writer.Write((short)1);
        writer.Write(sampleRate);
        writer.Write(2 * sampleRate);
        writer.Write((short)2);
        writer.Write((short)16);
        writer.Write("data"u8);
        writer.Write(data.Length);
        writer.Write(data);
        return stream.ToArray();
    }
}
