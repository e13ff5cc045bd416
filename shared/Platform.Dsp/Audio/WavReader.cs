using System.Buffers.Binary;

namespace Platform.Dsp;

/// <summary>Reads RIFF/WAVE: integer PCM of 8, 16, 24, 32 bits, float of 32, 64 bits, plain or extensible.</summary>
/// <remarks>
/// Sizes in the file are claims: memory grows with the bytes that really arrive. A data chunk that claims more than there is, or nothing
/// (a recorder that was switched off, a writer into a pipe), reaches to the end; an incomplete last sample frame is dropped.
/// </remarks>
public static class WavReader
{
    private const int BlockBytes = 64 * 1024 / 24 * 24; // whole samples of every width
    private const int MaxFormatBytes = 4 * 1024;
    private const int MaxSamples = 1 << 29; // 2 GiB of float; 9 hours of mono at 16 kHz

    /// <exception cref="AudioFormatException">Not audio that can be read.</exception>
    public static WavAudio Read(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        Span<byte> header = stackalloc byte[12];
        if (stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length)
            throw Corrupt("The recording ends before byte 12, inside the RIFF header.");
        if (header[..4].SequenceEqual("RF64"u8) || header[..4].SequenceEqual("RIFX"u8))
            throw new AudioFormatException(AudioFault.Unsupported, $"Byte 0: {Tag(header)} is not read, allowed is RIFF.");
        if (!header[..4].SequenceEqual("RIFF"u8) || !header[8..].SequenceEqual("WAVE"u8))
            throw Corrupt($"Bytes 0 to 11: '{Tag(header)}…{Tag(header[8..])}' found where 'RIFF…WAVE' belongs.");

        WavFormat? format = null;
        long position = header.Length;
        Span<byte> chunk = stackalloc byte[8];
        while (true)
        {
            if (stream.ReadAtLeast(chunk, chunk.Length, throwOnEndOfStream: false) < chunk.Length)
                throw Corrupt($"Byte {position}: the recording ends without a {(format is null ? "fmt" : "data")} chunk.");
            var size = BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]);
            position += chunk.Length;

            if (chunk[..4].SequenceEqual("data"u8))
            {
                var known = format ?? throw Corrupt($"Byte {position - 8}: the data chunk comes before the fmt chunk.");
                return new WavAudio(known.SampleRate, known.Channels, ReadSamples(stream, known, size == 0 ? uint.MaxValue : size));
            }

            var padded = size + (size & 1L); // chunks start at even offsets
            if (chunk[..4].SequenceEqual("fmt "u8))
                format = WavFormat.Parse(ReadFormat(stream, size, padded, position));
            else
                Skip(stream, padded, position, Tag(chunk));
            position += padded;
        }
    }

    private static byte[] ReadFormat(Stream stream, uint size, long padded, long position)
    {
        if (size > MaxFormatBytes)
            throw Corrupt($"Byte {position - 4}: the fmt chunk claims {size} bytes, allowed are 16 to {MaxFormatBytes}.");

        var bytes = new byte[padded];
        if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < size)
            throw Corrupt($"Byte {position}: the recording ends inside the fmt chunk.");
        return bytes[..(int)size];
    }

    private static void Skip(Stream stream, long count, long position, string tag)
    {
        var buffer = new byte[Math.Min(count, 16 * 1024)];
        for (var left = count; left > 0;)
        {
            var read = stream.Read(buffer, 0, (int)Math.Min(left, buffer.Length));
            if (read == 0)
                throw Corrupt($"Byte {position + count - left}: the recording ends inside the chunk '{tag}', which claims {count} bytes.");
            left -= read;
        }
    }

    private static float[] ReadSamples(Stream stream, WavFormat format, long size)
    {
        var expected = stream.CanSeek ? Math.Min(size, stream.Length - stream.Position) / format.BytesPerSample : BlockBytes;
        var samples = new float[Math.Clamp(expected, 0, MaxSamples)];
        var count = 0;
        var block = new byte[BlockBytes];
        for (var left = size; left > 0;)
        {
            var read = stream.ReadAtLeast(block, (int)Math.Min(left, block.Length), throwOnEndOfStream: false);
            var usable = (int)Math.Min(left, read);
            var incoming = usable / format.BytesPerSample;
            if (count + (long)incoming > MaxSamples)
                throw new AudioFormatException(AudioFault.Unsupported, $"The recording has more than {MaxSamples} samples; split it.");
            if (count + incoming > samples.Length)
                Array.Resize(ref samples, (int)Math.Min(MaxSamples, Math.Max(count + (long)incoming, 2L * samples.Length)));

            count += format.Decode(block.AsSpan(0, usable), samples.AsSpan(count));
            left -= usable;
            if (read < block.Length)
                break;
        }

        Array.Resize(ref samples, count / format.Channels * format.Channels);
        if (format.Code == WavFormat.IeeeFloat && samples.AsSpan().IndexOfAnyExceptInRange(float.MinValue, float.MaxValue) is >= 0 and var at)
            throw Corrupt($"Sample {at} is {samples[at]}; samples must be finite.");
        return samples;
    }

    private static string Tag(ReadOnlySpan<byte> bytes)
    {
        Span<char> text = stackalloc char[4];
        for (var i = 0; i < text.Length; i++)
            text[i] = bytes[i] is >= 0x20 and < 0x7F ? (char)bytes[i] : '?';
        return new string(text);
    }

    private static AudioFormatException Corrupt(string message) => new(AudioFault.Corrupt, message);
}
