using System.Buffers.Binary;

namespace Platform.Dsp;

/// <summary>The <c>fmt </c> chunk: how the bytes of the <c>data</c> chunk become samples.</summary>
internal readonly record struct WavFormat(int Code, int Channels, int SampleRate, int BitsPerSample)
{
    internal const int Pcm = 1;
    internal const int IeeeFloat = 3;
    private const int Extensible = 0xFFFE;

    // What follows the format code in KSDATAFORMAT_SUBTYPE_PCM and _IEEE_FLOAT: xxxx0000-0000-0010-8000-00AA00389B71.
    private static ReadOnlySpan<byte> SubFormatTail => [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71];

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
            code = ParseExtension(chunk, bits);

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

    // Fewer valid bits than the container has change nothing: samples are left-justified in it.
    private static int ParseExtension(ReadOnlySpan<byte> chunk, int bits)
    {
        if (chunk.Length < 40)
            throw Corrupt($"The fmt chunk is extensible but has {chunk.Length} bytes, 40 are needed.");
        int validBits = BinaryPrimitives.ReadUInt16LittleEndian(chunk[18..]);
        if (validBits > bits)
            throw Corrupt($"The fmt chunk says {validBits} valid bits per sample, but a sample has {bits} bits.");
        if (!chunk[26..40].SequenceEqual(SubFormatTail))
            throw Unsupported($"The sub-format is {new Guid(chunk[24..40])}, allowed are PCM and float (…-0000-0010-8000-00aa00389b71).");
        return BinaryPrimitives.ReadUInt16LittleEndian(chunk[24..]);
    }

    private static AudioFormatException Corrupt(string message) => new(AudioFault.Corrupt, message);

    private static AudioFormatException Unsupported(string message) => new(AudioFault.Unsupported, message);
}
