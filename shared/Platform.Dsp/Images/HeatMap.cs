namespace Platform.Dsp;

/// <summary>
/// Collects values over mel bands and frames, levels or errors, into the cells of a picture: time to the right, low frequencies at the bottom. Where a cell
/// stands for several frames or bands it shows the highest, so that a click of some milliseconds does not vanish in an hour; where there
/// are more pixels than frames or bands, each is repeated.
/// </summary>
public sealed class HeatMap
{
    private readonly float[] _cells; // [rows, columns], row 0 the lowest band
    private readonly int _rows;
    private readonly int _columns;
    private readonly int _bands;
    private readonly long _frames;

    public HeatMap(int bands, long frames, int width, int height)
    {
        (_bands, _frames, Width, Height) = (bands, frames, width, height);
        (_rows, _columns) = (Math.Min(bands, height), (int)Math.Min(frames, width));
        _cells = new float[_rows * _columns];
        Array.Fill(_cells, float.NegativeInfinity); // what nobody extracted is as dark as silence
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>Takes frames of one patch [bands, own frames] that stand at this place of the axis.</summary>
    public void Add(ReadOnlySpan<float> patch, int firstFrame, int count, long place)
    {
        var own = patch.Length / _bands;
        for (var band = 0; band < _bands; band++)
        {
            var row = (int)((long)band * _rows / _bands) * _columns;
            var levels = patch.Slice(band * own + firstFrame, count);
            for (var i = 0; i < levels.Length; i++)
            {
                ref var cell = ref _cells[row + (place + i) * _columns / _frames];
                cell = Math.Max(cell, levels[i]);
            }
        }
    }

    /// <summary>[height, width] from the top: 0 for what is at or below <paramref name="min"/>, 255 at or above <paramref name="max"/>.</summary>
    public byte[] Pixels(double min, double max)
    {
        var pixels = new byte[Width * Height];
        for (var y = 0; y < Height; y++)
        {
            var row = (int)((long)(Height - 1 - y) * _rows / Height) * _columns;
            for (var x = 0; x < Width; x++)
            {
                var level = (_cells[row + (int)((long)x * _columns / Width)] - min) / (max - min);
                pixels[y * Width + x] = (byte)Math.Round(255 * Math.Clamp(level, 0, 1));
            }
        }

        return pixels;
    }
}
