using System.Buffers.Binary;

namespace Platform.Cli.Demo;

/// <summary>Looks at the header only: a folder may hold hours of audio, and decoding is the platform's business.</summary>
internal static class WavHeader
{
    public static int ReadSampleRate(Stream stream)
    {
        Span<byte> chunk = stackalloc byte[12];
        if (stream.ReadAtLeast(chunk, 12, throwOnEndOfStream: false) < 12 || !chunk[..4].SequenceEqual("RIFF"u8) || !chunk[8..].SequenceEqual("WAVE"u8))
            throw new InvalidDataException("not a RIFF/WAVE file");

        while (stream.ReadAtLeast(chunk[..8], 8, throwOnEndOfStream: false) == 8)
        {
            var size = BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]);
            if (chunk[..4].SequenceEqual("fmt "u8) && size >= 16 && stream.ReadAtLeast(chunk[..8], 8, throwOnEndOfStream: false) == 8)
                return BinaryPrimitives.ReadInt32LittleEndian(chunk[4..8]);
            stream.Seek(size + (size & 1), SeekOrigin.Current);
        }

        throw new InvalidDataException("no fmt chunk");
    }
}
