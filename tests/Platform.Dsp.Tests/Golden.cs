namespace Platform.Dsp.Tests;

/// <summary>Reads the reference arrays; see golden/README.md.</summary>
internal static class Golden
{
    internal static readonly string[] Clips = ["noise", "chirp", "impulse", "sine440", "machine8s"];

    internal static string Path(string name) => System.IO.Path.Combine(AppContext.BaseDirectory, "golden", name);

    internal static byte[] Bytes(string name) => File.ReadAllBytes(Path(name));

    internal static NpyArray Array(string name) => NpyFile.Read(Bytes(name + ".npy"));

    internal static WavAudio Clip(string name) => WavReader.Read(new MemoryStream(Bytes(name + ".wav")));

    internal static void AssertClose(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        var (worst, at) = (0.0, 0);
        for (var i = 0; i < expected.Length; i++)
        {
            if (!(Math.Abs((double)expected[i] - actual[i]) <= worst))
                (worst, at) = (Math.Abs((double)expected[i] - actual[i]), i);
        }

        Assert.True(worst <= tolerance, $"Value {at} is {actual[at]}, expected {expected[at]}: off by {worst:g3}, allowed {tolerance:g3}.");
    }
}
