using System.Buffers.Binary;
using Platform.Dsp;

namespace Platform.Bench.Serving;

/// <summary>A machine's hum in noise: 16 kHz, one channel, 16 bits, as a WAV.</summary>
internal static class BenchAudio
{
    public static byte[] Hum(double seconds, int seed = 0)
    {
        const int rate = 16_000;
        var random = new Random(seed);
        var samples = (int)(seconds * rate);
        var wav = new byte[44 + (2 * samples)];
        "RIFF"u8.CopyTo(wav);
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(4), wav.Length - 8);
        "WAVEfmt "u8.CopyTo(wav.AsSpan(8));
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(16), 16);
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(20), 0x0001_0001); // PCM, one channel
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(24), rate);
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(28), 2 * rate);
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(32), 0x0010_0002); // two bytes a frame, 16 bits
        "data"u8.CopyTo(wav.AsSpan(36));
        BinaryPrimitives.WriteInt32LittleEndian(wav.AsSpan(40), 2 * samples);
        for (var i = 0; i < samples; i++)
        {
            var value = (0.3 * Math.Sin(2 * Math.PI * 120 * i / rate)) + (0.05 * (random.NextDouble() - 0.5));
            BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(44 + (2 * i)), (short)(32_767 * value));
        }

        return wav;
    }

    public static FeatureSet Features(byte[] wav) =>
        new FeatureSetExtractor(BenchModel.Spec.Extraction).Extract(WavReader.Read(new MemoryStream(wav)));
}
