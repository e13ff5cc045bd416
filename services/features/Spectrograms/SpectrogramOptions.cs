using System.Globalization;
using Platform.Dsp;

namespace Platform.Features.Spectrograms;

/// <summary>What a caller may say about the picture; null is the default.</summary>
/// <param name="Spec">Name of the feature spec; by default the device's own or, until it is extracted under that, the newest there is.</param>
/// <param name="Width">Pixels; by default one per frame, several where there are few frames, at most <see cref="DefaultMaxWidth"/>.</param>
/// <param name="Height">Pixels; by default so many per band that there are about 256.</param>
/// <param name="Min">Level in dB of the darkest colour; by default 80 dB below <paramref name="Max"/>, or the lowest level there is.</param>
/// <param name="Max">Level in dB of the brightest colour; by default the highest level of the recording.</param>
internal sealed record SpectrogramOptions(string? Spec, int? Width, int? Height, double? Min, double? Max)
{
    private const int MaxWidth = 8_192;
    private const int MaxHeight = 2_048;
    private const int DefaultMaxWidth = 2_000;
    private const int ReadableWidth = 600;
    private const int ReadableHeight = 256;
    private const int MostPixelsPerFrame = 8;
    private const double DefaultRangeDb = 80;

    /// <summary>Null when all is allowed.</summary>
    public string? Problem()
    {
        if (Width is < 1 or > MaxWidth)
            return $"width is {Width}, allowed are 1 to {MaxWidth}.";
        if (Height is < 1 or > MaxHeight)
            return $"height is {Height}, allowed are 1 to {MaxHeight}.";
        foreach (var (name, level) in new[] { ("min", Min), ("max", Max) })
        {
            if (level is { } given && !(given is >= -1_000 and <= 1_000))
                return string.Create(CultureInfo.InvariantCulture, $"{name} is {given}, allowed are -1000 to 1000 dB.");
        }

        return Min >= Max
            ? string.Create(CultureInfo.InvariantCulture, $"min is {Min} and max is {Max}; min must be below max.")
            : null;
    }

    public (int Width, int Height) SizeFor(int bands, long frames) => (
        Width ?? (int)Math.Min(DefaultMaxWidth, frames * Math.Clamp(ReadableWidth / frames, 1, MostPixelsPerFrame)),
        Height ?? Math.Min(MaxHeight, bands * Math.Max(1, ReadableHeight / bands)));

    /// <summary>Levels in dB of the first and the last colour, for a recording between these levels.</summary>
    public (double Min, double Max) RangeFor(double lowest, double highest)
    {
        var max = Max ?? (Min is { } min ? Math.Max(highest, min + 1) : highest);
        var low = Min ?? Math.Max(max - DefaultRangeDb, Math.Min(lowest, max));
        // Digital silence has one level only; it is dark.
        return low < max ? (low, max) : Max is null ? (low, low + 1) : (max - DefaultRangeDb, max);
    }
}
