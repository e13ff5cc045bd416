using System.Globalization;
using Platform.Contracts;
using Platform.Dsp;
using Platform.Models;
using Platform.Predictor.Explanations.Drawing;

namespace Platform.Predictor.Explanations;

/// <summary>
/// The picture of an explanation: the spectrogram above, the error map below with the error of each band beside it, and the errors of the patches.
/// However long the recording is, the picture has the width that was asked for.
/// </summary>
internal sealed class HeatMapPicture
{
    private const double LevelRangeDb = 80;
    private const double LabelDistance = 13;
    private static readonly Ramp Ink = Colours.Ink;

    private readonly ExplainedRecording _explained;
    private readonly DeviationReading _reading;
    private readonly HeatMapLayout _layout;
    private readonly ErrorCells _cells;
    private readonly Canvas _canvas;

    private HeatMapPicture(ExplainedRecording explained, int width)
    {
        (_explained, _reading) = (explained, explained.Reading);
        var axis = new TimeAxis(explained.Spec.Extraction, explained.Patches.Count);
        _layout = new(width, axis.Frames * _reading.Deviations.SecondsPerFrame);
        _cells = ErrorCells.Of(_reading);
        _canvas = new(width, HeatMapLayout.Height);
    }

    /// <returns>A PNG.</returns>
    internal static byte[] Draw(ExplainedRecording explained, int width = HeatMapLayout.DefaultWidth)
    {
        var picture = new HeatMapPicture(explained, width);
        picture.Heading();
        picture.Spectrogram();
        picture.LevelShift();
        picture.Errors();
        picture.Profile();
        picture.Patches();
        return picture._canvas.ToPng();
    }

    private void Heading()
    {
        var (about, prediction) = (_explained.About, _explained.About.Prediction);
        var anomalous = prediction.Verdict == Verdicts.Anomalous;
        var x = _canvas.Write(about.Device, HeatMapLayout.LeftMargin, 30, HeatMapLayout.Large, Ink);
        x = _canvas.Write(prediction.Verdict.ToUpperInvariant(), x + 22, 30, HeatMapLayout.Large, anomalous ? Colours.Alarm : Colours.Calm);
        _canvas.Write(
            about.RecordedAt?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture) ?? "posted audio",
            x + 22, 30, HeatMapLayout.Medium, Ink);

        // On two lines if they must be; a model of more detectors has its figures in the JSON.
        (x, var y) = (HeatMapLayout.LeftMargin, 54);
        foreach (var detector in prediction.Detectors)
        {
            var text = $"{detector.Detector} {Quantities.Score(detector.Score)} {(detector.Exceeded ? ">" : "≤")} {Quantities.Score(detector.Threshold)}";
            if (x + Canvas.WidthOf(text, HeatMapLayout.Medium) > _canvas.Width - 10)
                (x, y) = (HeatMapLayout.LeftMargin, y + 20);
            if (y > 74)
                break;
            x = _canvas.Write(text, x, y, HeatMapLayout.Medium, detector is { Exceeded: true, Alarming: true } ? Colours.Alarm : Ink) + 24;
        }

        var name = $"{about.ModelId} v{about.Version}{(about.RecordingId is { } id ? $"   recording {id}" : "")}";
        _canvas.Write(name, HeatMapLayout.LeftMargin, Math.Min(y, 74) + 22, HeatMapLayout.Small, Ink);
        _canvas.Write(Explanation.Of(_explained, mostFrames: 1).Summary, HeatMapLayout.LeftMargin, Math.Min(y, 74) + 42, HeatMapLayout.Medium, Ink);
    }

    private void Spectrogram()
    {
        var (box, extraction) = (_layout.Spectrogram, _explained.Spec.Extraction);
        var axis = new TimeAxis(extraction, _explained.Patches.Count);
        var map = new HeatMap(extraction.NMels, axis.Frames, box.Width, box.Height);
        var (length, highest) = (extraction.NMels * extraction.OwnFrames, float.NegativeInfinity);
        for (var patch = 0; patch < _explained.Patches.Count; patch++)
        {
            var (from, to) = axis.Shown(patch);
            var levels = _explained.Patches.Values.AsSpan(patch * length, length);
            foreach (var level in levels)
                highest = Math.Max(highest, level);
            map.Add(levels, (int)(from - axis.Start(patch)), (int)(to - from), from);
        }

        Title(box, "Level in dB, full scale = 0");
        _canvas.Draw(box, map.Pixels(highest - LevelRangeDb, highest), Colours.Levels);
        Axes(box);
        Bar(
            _layout.SpectrogramBar, Colours.Levels,
            Ticks.Between(highest - LevelRangeDb, highest, 6).Select(level => (1 - (highest - level) / LevelRangeDb, Ticks.Label(level))));
    }

    /// <summary>How much louder or quieter each band is than usual, as bars to the right or the left of a line.</summary>
    private void LevelShift()
    {
        if (_reading.Deviations.LevelShift is not { } shift)
            return;
        var (box, largest) = (_layout.Shift, Math.Max(3, shift.Max(Math.Abs)));
        var (middle, half) = (box.Left + box.Width / 2, box.Width / 2 - 4);
        for (var y = 0; y < box.Height; y++)
        {
            var value = shift[(int)((long)(box.Height - 1 - y) * shift.Length / box.Height)];
            var length = (int)Math.Round(Math.Abs(value) / largest * half);
            _canvas.Fill(new(value < 0 ? middle - length : middle, box.Top + y, length, 1), Colours.Levels.At(value < 0 ? 0.25 : 0.6));
        }

        _canvas.Fill(new(middle, box.Top, 1, box.Height), Ink.At(0.5));
        Title(box, "Shift, dB");
        foreach (var (x, label) in new[] { (middle, 0), (middle + half, largest) })
            _canvas.Write(label.ToString("0.#", CultureInfo.InvariantCulture), x, box.Bottom + 18, HeatMapLayout.Small, Ink, Align.Centre);
    }

    private void Errors()
    {
        var (box, deviations) = (_layout.Errors, _reading.Deviations);
        // Where the view crops windows, or the last one, the map may end before the axis does.
        var width = Math.Clamp((int)Math.Round(box.Width * deviations.Frames * deviations.SecondsPerFrame / _layout.Seconds), 1, box.Width);
        var map = new HeatMap(deviations.NMels, deviations.Frames, width, box.Height);
        map.Add(_cells.Values, 0, deviations.Frames, 0);
        Title(box, _reading.IsRelative ? "Error of the model, × what is usual for the band" : "Error of the model in dB");
        _canvas.Draw(box with { Width = width }, map.Pixels(_cells.From, _cells.To), Colours.Errors);
        Axes(box);
        Bar(_layout.ErrorBar, Colours.Errors, _cells.Ticks());
    }

    /// <summary>How far each band is off over the whole recording, as bars in the colours of the map.</summary>
    private void Profile()
    {
        var box = _layout.Profile;
        var values = _reading.BandValues();
        var largest = values.Max();
        for (var y = 0; y < box.Height; y++)
        {
            var value = values[(int)((long)(box.Height - 1 - y) * values.Length / box.Height)];
            var length = largest > 0 ? (int)Math.Round(value / largest * (box.Width - 4)) : 0;
            _canvas.Fill(new(box.Left, box.Top + y, length, 1), Colours.Errors.At(Math.Max(0.3, _cells.PositionOf(value))));
        }

        _canvas.Fill(new(box.Left - 1, box.Top, 1, box.Height), Ink.At(0.5));
        Title(box, "Per band");
        _canvas.Write(
            _reading.IsRelative ? $"{Quantities.Significant(largest)} ×" : string.Create(CultureInfo.InvariantCulture, $"{largest:0.0} dB"),
            box.Right - 4, box.Bottom + 18, HeatMapLayout.Small, Ink, Align.Right);
        _canvas.Write("0", box.Left, box.Bottom + 18, HeatMapLayout.Small, Ink, Align.Centre);
    }

    private void Patches()
    {
        var (box, errors) = (_layout.Patches, _reading.Deviations.Prediction.PatchErrors);
        var threshold = _explained.About.Prediction.Detectors.FirstOrDefault(result => result.Detector == DetectorConfig.Reconstruction)?.Threshold;
        // An absurdly high threshold would press everything to the ground.
        var top = 1.15 * (threshold is { } limit && limit < 20 * errors.Max() ? Math.Max(limit, errors.Max()) : errors.Max());
        Title(box, threshold is null ? "Reconstruction error of each window" : "Reconstruction error of each window; the line is the threshold");
        foreach (var tick in Ticks.Between(0, top, 4))
        {
            _canvas.Fill(new(box.Left, (int)YOf(tick), box.Width, 1), Ink.At(0.12));
            _canvas.Write(tick.ToString("0.#####", CultureInfo.InvariantCulture), box.Left - 8, YOf(tick) + 3, HeatMapLayout.Small, Ink, Align.Right);
        }

        foreach (var patch in PatchError.Of(_reading))
        {
            var (from, to, middle) = (_layout.XOf(patch.FromSeconds), _layout.XOf(patch.ToSeconds), _layout.XOf((patch.FromSeconds + patch.ToSeconds) / 2));
            var colour = patch.Error > threshold ? Colours.Alarm : Ink;
            _canvas.Line((from + 2, YOf(patch.Error)), (Math.Min(to, box.Right) - 2, YOf(patch.Error)), 1, colour);
            _canvas.Line((middle, YOf(patch.Error)), (middle, YOf(patch.Error)), 5, colour);
        }

        if (threshold is { } line && line <= top)
            for (var x = box.Left; x < box.Right - 6; x += 12)
                _canvas.Line((x, YOf(line)), (x + 6, YOf(line)), 1.4, Colours.Alarm);
        _canvas.Frame(box, Ink.At(0.5));
        TimeLabels(box);
        _canvas.Write("seconds", box.Left + box.Width / 2.0, box.Bottom + 38, HeatMapLayout.Small, Ink, Align.Centre);

        double YOf(double error) => box.Bottom - 1 - error / top * (box.Height - 2);
    }

    private void Title(Box box, string text) => _canvas.Write(text, box.Left, box.Top - 10, HeatMapLayout.Medium, Ink);

    /// <summary>Seconds below, Hz on the left, and a frame.</summary>
    private void Axes(Box box)
    {
        var last = double.PositiveInfinity;
        foreach (var (hertz, band) in Ticks.Along(_reading.Edges))
        {
            var y = box.Bottom - (band + 0.5) / _reading.Deviations.NMels * box.Height;
            if (last - y < LabelDistance)
                continue; // low frequencies stand close together
            last = y;
            _canvas.Line((box.Left - 5, y), (box.Left - 2, y), 1, Ink);
            _canvas.Write(Ticks.Label(hertz), box.Left - 9, y + HeatMapLayout.Small / 2, HeatMapLayout.Small, Ink, Align.Right);
        }

        _canvas.Write("Hz", box.Left - 9, box.Top - 10, HeatMapLayout.Small, Ink, Align.Right);
        _canvas.Frame(box, Ink.At(0.5));
        TimeLabels(box);
    }

    private void TimeLabels(Box box)
    {
        foreach (var tick in Ticks.Between(0, _layout.Seconds, 12))
        {
            var x = _layout.XOf(tick);
            _canvas.Line((x, box.Bottom + 1), (x, box.Bottom + 4), 1, Ink);
            _canvas.Write(tick.ToString("0.####", CultureInfo.InvariantCulture), x, box.Bottom + 18, HeatMapLayout.Small, Ink, Align.Centre);
        }
    }

    private void Bar(Box box, Ramp ramp, IEnumerable<(double Position, string Label)> ticks)
    {
        for (var y = 0; y < box.Height; y++)
            _canvas.Fill(new(box.Left, box.Top + y, box.Width, 1), ramp.At(1 - y / (double)(box.Height - 1)));
        _canvas.Frame(box, Ink.At(0.5));
        foreach (var (position, label) in ticks)
        {
            var y = box.Bottom - 1 - position * (box.Height - 1);
            _canvas.Line((box.Right + 2, y), (box.Right + 4, y), 1, Ink);
            _canvas.Write(label, box.Right + 9, y + HeatMapLayout.Small / 2, HeatMapLayout.Small, Ink);
        }
    }
}
