using System.Runtime.InteropServices;
using Platform.Dsp;
using Platform.Hosting;

namespace Platform.Features.Spectrograms;

/// <summary>Draws a stored feature set. Reads one patch at a time, so an hour takes no more memory than the picture.</summary>
internal sealed class SpectrogramRenderer(IObjectStore store)
{
    /// <exception cref="ObjectNotFoundException">The feature set is gone.</exception>
    /// <exception cref="ObjectCorruptException">Its bytes are not those that were stored.</exception>
    /// <exception cref="InvalidDataException">It has another shape than its row says.</exception>
    public async Task<byte[]> Render(ShownSet set, SpectrogramOptions options, CancellationToken cancellationToken)
    {
        var axis = new TimeAxis(set.Extraction, set.PatchCount);
        var (width, height) = options.SizeFor(set.Extraction.NMels, axis.Frames);
        var picture = new HeatMap(set.Extraction.NMels, axis.Frames, width, height);
        await Read(set, (index, patch) =>
        {
            var (from, to) = axis.Shown(index);
            picture.Add(patch, (int)(from - axis.Start(index)), (int)(to - from), from);
        }, cancellationToken);

        var (min, max) = options.RangeFor(set.LevelMin, set.LevelMax);
        return PngFile.Write(picture.Pixels(min, max), width, height, Viridis.Palette);
    }

    private async Task Read(ShownSet set, Action<int, float[]> onPatch, CancellationToken cancellationToken)
    {
        await using var content = await store.OpenVerified(set.ObjectKey, set.Sha256, cancellationToken);
        var header = NpyHeader.Read(content);
        int[] expected = [set.PatchCount, set.Extraction.NMels, set.Extraction.OwnFrames];
        if (!header.Shape.SequenceEqual(expected) || header.DType is not (NpyFile.DTypeF2 or NpyFile.DTypeF4))
        {
            throw new InvalidDataException(
                $"{set.ObjectKey} holds {header.DType} [{string.Join(", ", header.Shape)}], [{string.Join(", ", expected)}] of <f2 or <f4 was stored.");
        }

        var patch = new float[expected[1] * expected[2]];
        var bytes = new byte[patch.Length * header.ItemSize];
        for (var i = 0; i < set.PatchCount; i++)
        {
            await content.ReadExactlyAsync(bytes, cancellationToken);
            if (header.DType == NpyFile.DTypeF4)
                MemoryMarshal.Cast<byte, float>(bytes).CopyTo(patch);
            else
                Widen(MemoryMarshal.Cast<byte, Half>(bytes), patch);
            onPatch(i, patch);
        }

        content.Complete();
    }

    private static void Widen(ReadOnlySpan<Half> halves, Span<float> singles)
    {
        for (var i = 0; i < halves.Length; i++)
            singles[i] = (float)halves[i];
    }
}
