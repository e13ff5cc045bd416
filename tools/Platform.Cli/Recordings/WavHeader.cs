using System.Buffers.Binary;

namespace Platform.Cli.Recordings;

/// <summary>What the header of a WAV says. Looks at nothing else: a folder may hold hours of audio, and decoding is the platform's business.</summary>
internal sealed record WavHeader(int SampleRate, double Seconds)
{
    public static WavHeader Read(Stream stream)
    {
        Span<byte> chunk = stackalloc byte[16];
        if (stream.ReadAtLeast(chunk[..12], 12, throwOnEndOfStream: false) < 12 || !chunk[..4].SequenceEqual("RIFF"u8) || !chunk[8..12].SequenceEqual("WAVE"u8))
            throw new InvalidDataException("not a RIFF/WAVE file");

        var (rate, bytesPerSecond) = (0, 0u);
        while (stream.ReadAtLeast(chunk[..8], 8, throwOnEndOfStream: false) == 8)
        {
            var size = BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]);
            if (chunk[..4].SequenceEqual("data"u8) && bytesPerSecond > 0)
            {
                // A recorder that was cut off says more than there is.
                var there = Math.Min(size, stream.Length - stream.Position);
                return new(rate, there / (double)bytesPerSecond);
            }

            if (chunk[..4].SequenceEqual("fmt "u8) && size >= 16 && stream.ReadAtLeast(chunk, 16, throwOnEndOfStream: false) == 16)
            {
                (rate, bytesPerSecond) = (BinaryPrimitives.ReadInt32LittleEndian(chunk[4..]), BinaryPrimitives.ReadUInt32LittleEndian(chunk[8..]));
                size -= 16;
            }

            stream.Seek(size + (size & 1), SeekOrigin.Current);
        }

        throw new InvalidDataException(rate == 0 ? "no fmt chunk" : "no data chunk");
    }
}
