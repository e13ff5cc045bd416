using System.Globalization;
using System.Numerics;
using System.Text.Json.Serialization;

namespace Platform.Dsp;

/// <summary>How audio becomes mel patches; two recordings extracted under equal values have comparable feature sets.</summary>
/// <remarks>
/// Each window is a clip of its own: frames are centred, the window's outside counts as silence, the taper is a periodic Hann of
/// <see cref="NFft"/> samples and mel filters have unit area (librosa's <c>norm="slaney"</c>), for both mel scales.
/// </remarks>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record Extraction
{
    /// <summary>Level of digital silence in a feature set: nothing lower is stored, whatever the view asks for.</summary>
    public const double FloorDb = -100;

    /// <summary>Most values of one patch: 64 MiB of float32, some 500 times the default. A spec must not be able to fill the memory.</summary>
    public const long MaxPatchValues = 1 << 24;

    private const int MaxWindowSamples = 1 << 24;
    private const int MaxOverlap = 64; // times that a sample is stored: a spec must not be able to fill the store either

    /// <summary>Samples per second; audio of another rate is resampled.</summary>
    public int SampleRate { get; init; } = 16_000;

    /// <summary><c>mean</c> of all channels, or the index of one, counted from 0.</summary>
    [JsonConverter(typeof(ChannelConverter))]
    public string Channel { get; init; } = MeanChannel;

    /// <summary>Length of a patch's audio in seconds.</summary>
    public double WinSeconds { get; init; } = 8;

    /// <summary>Seconds between the starts of successive patches.</summary>
    public double HopSeconds { get; init; } = 4;

    /// <summary>FFT length in samples; a power of two.</summary>
    public int NFft { get; init; } = 1024;

    /// <summary>Samples between the centres of successive frames.</summary>
    public int HopLength { get; init; } = 512;

    /// <summary>Mel bands.</summary>
    public int NMels { get; init; } = 64;

    /// <summary><c>slaney</c> (linear below 1 kHz) or <c>htk</c>.</summary>
    public string Mel { get; init; } = SlaneyMel;

    /// <summary>Lower edge of the lowest band in Hz.</summary>
    [JsonPropertyName("fmin")]
    public double FMin { get; init; }

    /// <summary>Upper edge of the highest band in Hz; null means half the sample rate.</summary>
    [JsonPropertyName("fmax")]
    public double? FMax { get; init; }

    /// <summary>Exponent of the magnitude spectrum before the filters: 1 magnitude, 2 power. Levels are dB of power either way.</summary>
    public double Power { get; init; } = 2;

    public const string MeanChannel = "mean";
    public const string SlaneyMel = "slaney";
    public const string HtkMel = "htk";

    [JsonIgnore] public int WindowSamples => (int)Math.Round(WinSeconds * SampleRate);
    [JsonIgnore] public int HopSamples => (int)Math.Round(HopSeconds * SampleRate);
    [JsonIgnore] public double UpperEdge => FMax ?? SampleRate / 2.0;

    /// <summary>Frames that one window yields by itself, before a view pads or crops it.</summary>
    [JsonIgnore] public int OwnFrames => 1 + WindowSamples / HopLength;

    /// <summary>Lower-case hex SHA-256 of the canonical JSON; names the feature sets.</summary>
    [JsonIgnore] public string Hash => CanonicalJson.Hash(CanonicalJson.Write(this, view: null));

    /// <summary>Patches in a recording of this many samples; 0 when it is shorter than one window.</summary>
    public int PatchesIn(int samples) => samples < WindowSamples ? 0 : 1 + (samples - WindowSamples) / HopSamples;

    /// <summary>What is wrong with the values, one message per value; empty when nothing is.</summary>
    public IEnumerable<string> Problems()
    {
        if (SampleRate is < 1_000 or > 384_000)
            yield return $"sampleRate is {SampleRate}, allowed are 1000 to 384000 Hz.";
        if (Channel != MeanChannel && ChannelIndex is null)
            yield return $"channel is '{Channel}', allowed are 'mean' or an index from 0 to {WavAudio.MaxChannels - 1}.";
        if (!BitOperations.IsPow2(NFft) || NFft is < 64 or > 65_536)
            yield return $"nFft is {NFft}, allowed are powers of two from 64 to 65536.";
        if (HopLength < 1 || HopLength > NFft)
            yield return $"hopLength is {HopLength}, allowed are 1 to nFft ({NFft}); more would skip samples.";
        if (!(WinSeconds > 0 && WinSeconds <= 600))
            yield return $"winSeconds is {Text(WinSeconds)}, allowed are values above 0 up to 600.";
        else if (WindowSamples < NFft)
            yield return $"winSeconds is {Text(WinSeconds)}, which is {WindowSamples} samples; at least nFft ({NFft}) samples are needed.";
        else if (WindowSamples > MaxWindowSamples)
            yield return $"winSeconds is {Text(WinSeconds)}, which is {WindowSamples} samples; allowed are {MaxWindowSamples} samples.";
        else if (HopLength > 0 && (long)NMels * OwnFrames > MaxPatchValues)
            yield return $"A patch would have nMels × frames = {NMels} × {OwnFrames} values; allowed are {MaxPatchValues}.";
        if (!(HopSeconds > 0 && HopSeconds <= 3_600))
            yield return $"hopSeconds is {Text(HopSeconds)}, allowed are values above 0 up to 3600.";
        else if (HopSamples < HopLength)
            yield return $"hopSeconds is {Text(HopSeconds)}, which is {HopSamples} samples; at least hopLength ({HopLength}) samples are needed.";
        else if (HopSeconds * MaxOverlap < WinSeconds)
            yield return $"hopSeconds is {Text(HopSeconds)}; allowed is a {MaxOverlap}th of winSeconds ({Text(WinSeconds / MaxOverlap)}) or more.";
        if (NMels is < 1 or > 512)
            yield return $"nMels is {NMels}, allowed are 1 to 512.";
        if (Mel is not (SlaneyMel or HtkMel))
            yield return $"mel is '{Mel}', allowed are 'slaney' and 'htk'.";
        if (!(FMin >= 0 && FMin < UpperEdge))
            yield return $"fmin is {Text(FMin)}, allowed are 0 up to, but not including, fmax ({Text(UpperEdge)}).";
        if (!(UpperEdge <= SampleRate / 2.0))
            yield return $"fmax is {Text(UpperEdge)}, allowed are values above fmin up to half the sample rate ({Text(SampleRate / 2.0)}).";
        if (Power is not (1 or 2))
            yield return $"power is {Text(Power)}, allowed are 1 and 2.";
    }

    /// <exception cref="InvalidFeatureSpecException">A value is not allowed.</exception>
    public void Validate() => InvalidFeatureSpecException.ThrowIfAny(Problems());

    /// <summary>Index of the channel to take; null for the mean of all.</summary>
    internal int? ChannelIndex =>
        int.TryParse(Channel, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < WavAudio.MaxChannels ? index : null;

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}
