using System.Buffers.Binary;

namespace Platform.Dsp;

/// <summary>The <c>fmt </c> chunk: how the bytes of the <c>data</c> chunk become samples.</summary>
internal readonly record struct WavFormat(int Code, int Channels, int SampleRate, int BitsPerSample)
{
    internal const int Pcm = 1;
    internal const int IeeeFloat = 3;
    private const int Extensible = 0xFFFE;

    internal int BytesPerSample => BitsPerSample / 8;

    internal int BytesPerFrame => BytesPerSample * Channels;

    internal static WavFormat Parse(ReadOnlySpan<byte> chunk)
    {
        if (chunk.Length < 16)
            throw Corrupt($"The fmt chunk has {chunk.Length} bytes, at least 16 are needed.");

        int code = BinaryPrimitives.ReadUInt16LittleEndian(chunk);
        int channels = BinaryPrimitives.ReadUInt16LittleEndian(chunk[2..]);
        var rate = BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]);
        int align = BinaryPrimitives.ReadUInt16LittleEndian(chunk[12..]);
        int bits = BinaryPrimitives.ReadUInt16LittleEndian(chunk[14..]);
        if (code == Extensible)
        {
            if (chunk.Length < 40)
                throw Corrupt($"The fmt chunk is extensible but has {chunk.Length} bytes, 40 are needed.");
            code = BinaryPrimitives.ReadUInt16LittleEndian(chunk[24..]);
        }

        if (!((code == Pcm && bits is 8 or 16 or 24 or 32) || (code == IeeeFloat && bits is 32 or 64)))
        {
            throw Unsupported(
                $"The encoding is format {code} with {bits} bits, allowed are PCM (1) with 8, 16, 24, 32 and float (3) with 32, 64 bits.");
        }

        if (channels is < 1 or > WavAudio.MaxChannels)
            throw Unsupported($"The recording has {channels} channels, allowed are 1 to {WavAudio.MaxChannels}.");
        if (rate is < 1_000 or > 384_000)
            throw Unsupported($"The sample rate is {rate} Hz, allowed are 1000 to 384000 Hz.");
        if (align != channels * (bits / 8))
            throw Corrupt($"The block alignment is {align}, but {channels} channels of {bits} bits are {channels * (bits / 8)} bytes.");

        return new WavFormat(code, channels, (int)rate, bits);
    }

    /// <summary>Turns whole samples into full-scale ±1; returns how many.</summary>
    internal int Decode(ReadOnlySpan<byte> bytes, Span<float> samples)
    {
        var count = bytes.Length / BytesPerSample;
        for (var i = 0; i < count; i++)
        {
            var at = bytes[(i * BytesPerSample)..];
            samples[i] = (Code, BitsPerSample) switch
            {
                (Pcm, 8) => (at[0] - 128) / 128f,
                (Pcm, 16) => BinaryPrimitives.ReadInt16LittleEndian(at) / 32_768f,
                (Pcm, 24) => (at[0] << 8 | at[1] << 16 | at[2] << 24) / 2_147_483_648f,
                (Pcm, 32) => (float)(BinaryPrimitives.ReadInt32LittleEndian(at) / 2_147_483_648.0),
                (IeeeFloat, 32) => BinaryPrimitives.ReadSingleLittleEndian(at),
                _ => (float)BinaryPrimitives.ReadDoubleLittleEndian(at),
            };
        }

        return count;
    }

    private static AudioFormatException Corrupt(string message) => new(AudioFault.Corrupt, message);

    private static AudioFormatException Unsupported(string message) => new(AudioFault.Unsupported, message);
}
