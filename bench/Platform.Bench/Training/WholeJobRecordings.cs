using System.Buffers.Binary;
using System.Text;

namespace Platform.Bench.Training;

/// <summary>One-minute recordings of a machine as WAV files: three harmonics whose strength wanders, over noise. The same for equal seeds.</summary>
internal static class WholeJobRecordings
{
    public const int Recordings = 100;
    private const int SampleRate = 16_000;
    private const int Samples = 60 * SampleRate;

    public static void Write(string folder, int seed)
    {
        for (var i = 0; i < Recordings; i++)
            File.WriteAllBytes(Path.Combine(folder, $"{i:D3}.wav"), Wav(new Random(seed + i)));
    }

    private static byte[] Wav(Random random)
    {
        var wav = new byte[44 + 2 * Samples];
        Header(wav);
        double[] hertz = [118, 354, 1_770], strength = [0.12, 0.06, 0.03];
        var phase = hertz.Select(_ => 2 * Math.PI * random.NextDouble()).ToArray();
        var wander = 0.2 + 0.3 * random.NextDouble();
        for (var n = 0; n < Samples; n++)
        {
            var time = n / (double)SampleRate;
            var value = 0.02 * (random.NextDouble() - 0.5);
            for (var tone = 0; tone < hertz.Length; tone++)
                value += strength[tone] * (1 + 0.3 * Math.Sin(wander * (tone + 1) * time)) * Math.Sin(2 * Math.PI * hertz[tone] * time + phase[tone]);
            BinaryPrimitives.WriteInt16LittleEndian(wav.AsSpan(44 + 2 * n), (short)Math.Round(32_767 * Math.Clamp(value, -1, 1)));
        }

        return wav;
    }

    private static void Header(Span<byte> wav)
    {
        Encoding.ASCII.GetBytes("RIFF....WAVEfmt ", wav);
        BinaryPrimitives.WriteInt32LittleEndian(wav[4..], 36 + 2 * Samples);
        BinaryPrimitives.WriteInt32LittleEndian(wav[16..], 16);
        BinaryPrimitives.WriteInt32LittleEndian(wav[20..], 0x0001_0001); // PCM, one channel
        BinaryPrimitives.WriteInt32LittleEndian(wav[24..], SampleRate);
        BinaryPrimitives.WriteInt32LittleEndian(wav[28..], 2 * SampleRate);
        BinaryPrimitives.WriteInt32LittleEndian(wav[32..], 0x0010_0002); // two bytes a frame, 16 bits
        Encoding.ASCII.GetBytes("data", wav[36..]);
        BinaryPrimitives.WriteInt32LittleEndian(wav[40..], 2 * Samples);
    }
}
