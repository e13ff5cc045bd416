namespace Platform.Dsp.Tests;

/// <summary>Reads sources to their end, in blocks of any size.</summary>
internal static class Sources
{
    internal static float[] ReadAll(this AudioSource source, int block = 8192) => source.ReadAll(() => block);

    internal static float[] ReadAll(this AudioSource source, Func<int> block)
    {
        var samples = new List<float>();
        while (true)
        {
            var buffer = new float[Math.Max(source.Channels, block())];
            var read = source.Read(buffer);
            Assert.Equal(0, read % source.Channels);
            if (read == 0)
                return [.. samples];
            samples.AddRange(buffer.AsSpan(0, read));
        }
    }

    internal static AudioSource Of(int sampleRate, params float[] samples) => new WavAudio(sampleRate, 1, samples).ToSource();

    internal static float[] Tone(double frequency, int sampleRate, int count, double amplitude = 1, double phase = 0)
    {
        var tone = new float[count];
        for (var i = 0; i < count; i++)
            tone[i] = (float)(amplitude * Math.Sin(2 * Math.PI * frequency * i / sampleRate + phase));
        return tone;
    }

    internal static double Decibels(double ratio) => 20 * Math.Log10(ratio);
}
