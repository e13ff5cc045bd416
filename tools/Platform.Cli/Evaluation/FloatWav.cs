using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Platform.Dsp;

namespace Platform.Cli.Evaluation;

/// <summary>WAV of 32-bit floats: what is mixed in needs no headroom, and nothing is rounded.</summary>
internal static class FloatWav
{
    private const int Header = 44;

    public static byte[] Write(WavAudio audio)
    {
        var wav = new byte[Header + audio.Samples.Length * sizeof(float)];
        var span = wav.AsSpan();
        "RIFF"u8.CopyTo(span);
        BinaryPrimitives.WriteInt32LittleEndian(span[4..], wav.Length - 8);
        "WAVEfmt "u8.CopyTo(span[8..]);
        BinaryPrimitives.WriteInt32LittleEndian(span[16..], 16);
        BinaryPrimitives.WriteInt16LittleEndian(span[20..], 3); // IEEE float
        BinaryPrimitives.WriteInt16LittleEndian(span[22..], (short)audio.Channels);
        BinaryPrimitives.WriteInt32LittleEndian(span[24..], audio.SampleRate);
        BinaryPrimitives.WriteInt32LittleEndian(span[28..], audio.SampleRate * audio.Channels * sizeof(float));
        BinaryPrimitives.WriteInt16LittleEndian(span[32..], (short)(audio.Channels * sizeof(float)));
        BinaryPrimitives.WriteInt16LittleEndian(span[34..], 32);
        "data"u8.CopyTo(span[36..]);
        BinaryPrimitives.WriteInt32LittleEndian(span[40..], wav.Length - Header);
        MemoryMarshal.AsBytes(audio.Samples.AsSpan()).CopyTo(span[Header..]);
        return wav;
    }
}
