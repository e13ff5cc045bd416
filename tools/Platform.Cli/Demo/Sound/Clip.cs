using System.Buffers.Binary;
using System.Text;

namespace Platform.Cli.Demo.Sound;

/// <summary>Ten seconds of sound, samples in full scale = 1, to which sources are added.</summary>
internal sealed class Clip
{
    public const int SampleRate = 16_000;
    public const int Seconds = 10;

    public double[] Samples { get; } = new double[SampleRate * Seconds];

    /// <summary>Adds white noise through the filters, in series. The level is what enters them, as RMS.</summary>
    public void AddNoise(Randomness random, double level, Func<int, double>? envelope, params Biquad[] filters)
    {
        for (var n = 0; n < Samples.Length; n++)
        {
            var value = random.Normal() * level * (envelope?.Invoke(n) ?? 1);
            foreach (var filter in filters)
                value = filter.Next(value);
            Samples[n] += value;
        }
    }

    /// <summary>Adds harmonics of a rotation whose speed may drift; amplitudes[k] belongs to harmonic k + 1.</summary>
    /// <param name="hertz">Speed of rotation at a sample.</param>
    public void AddHarmonics(Func<int, double> hertz, double phase, ReadOnlySpan<double> amplitudes)
    {
        for (var n = 0; n < Samples.Length; n++)
        {
            phase += 2 * Math.PI * hertz(n) / SampleRate;
            // sin((k+1)φ) = 2·cos φ·sin(kφ) − sin((k−1)φ): one sine and one cosine for any number of harmonics
            var (before, current) = (0.0, Math.Sin(phase));
            var twiceCosine = 2 * Math.Cos(phase);
            var sum = 0.0;
            foreach (var amplitude in amplitudes)
            {
                sum += amplitude * current;
                (before, current) = (current, twiceCosine * current - before);
            }

            Samples[n] += sum;
        }
    }

    /// <summary>Adds a blow: a resonance that rings down from its peak within a multiple of the decay time.</summary>
    public void AddRing(double atSeconds, double hertz, double decaySeconds, double peak)
    {
        var start = Math.Max(0, (int)(atSeconds * SampleRate));
        var length = Math.Min((int)(decaySeconds * 7 * SampleRate), Samples.Length - start); // −60 dB
        // A damped rotation by recurrence: y[n] = 2·r·cos ω·y[n−1] − r²·y[n−2]
        var r = Math.Exp(-1 / (decaySeconds * SampleRate));
        var omega = 2 * Math.PI * hertz / SampleRate;
        var (first, second) = (2 * r * Math.Cos(omega), r * r);
        var (y1, y2) = (-peak * Math.Sin(omega) / r, -peak * Math.Sin(2 * omega) / (r * r)); // the samples before the first, which is 0
        for (var n = 0; n < length; n++)
        {
            var y = first * y1 - second * y2;
            Samples[start + n] += y;
            (y1, y2) = (y, y1);
        }
    }

    /// <summary>16-bit PCM, mono. Louder than full scale is an error of the recipe, not something to be cut off.</summary>
    public byte[] ToWav()
    {
        const int header = 44;
        var wav = new byte[header + Samples.Length * 2];
        var span = wav.AsSpan();
        Encoding.ASCII.GetBytes("RIFF", span);
        BinaryPrimitives.WriteInt32LittleEndian(span[4..], wav.Length - 8);
        Encoding.ASCII.GetBytes("WAVEfmt ", span[8..]);
        BinaryPrimitives.WriteInt32LittleEndian(span[16..], 16);
        BinaryPrimitives.WriteInt16LittleEndian(span[20..], 1); // PCM
        BinaryPrimitives.WriteInt16LittleEndian(span[22..], 1); // channels
        BinaryPrimitives.WriteInt32LittleEndian(span[24..], SampleRate);
        BinaryPrimitives.WriteInt32LittleEndian(span[28..], SampleRate * 2);
        BinaryPrimitives.WriteInt16LittleEndian(span[32..], 2);
        BinaryPrimitives.WriteInt16LittleEndian(span[34..], 16);
        Encoding.ASCII.GetBytes("data", span[36..]);
        BinaryPrimitives.WriteInt32LittleEndian(span[40..], Samples.Length * 2);
        for (var n = 0; n < Samples.Length; n++)
            BinaryPrimitives.WriteInt16LittleEndian(span[(header + 2 * n)..], checked((short)Math.Round(Samples[n] * 32768)));
        return wav;
    }
}
