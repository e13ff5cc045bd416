namespace Platform.Dsp;

/// <summary>
/// Cuts a signal that comes block by block into windows and makes a patch of each. Owns its scratch: one instance per thread.
/// </summary>
/// <remarks>
/// Every window is a clip of its own: outside of it is silence. Its frames whose samples all lie inside are the same in each window that
/// covers them, so where windows start at a multiple of HopLength they are computed once, on the grid t·HopLength of the whole
/// recording, and copied; only the first and the last ones of a window, which reach outside, are its own. Equal samples give equal bits
/// either way. The grid is computed in any case, for the centroid. Memory: the levels of about two windows and the samples of a few
/// frames; without a common grid, the samples of about two windows.
/// </remarks>
internal sealed class PatchStream
{
    private const int BlockSamples = 32 * 1024;

    private readonly Extraction _extraction;
    private readonly FrameSpectra _spectra;
    private readonly MelBands _bands;
    private readonly SampleWindow _samples;
    private readonly FrameColumns? _grid; // null where windows do not start on it
    private readonly double _hzPerBin;
    private readonly float[] _patch;
    private readonly (int First, int End) _inner; // frames of a window that do not reach outside of it
    private readonly Queue<float[]> _openings = []; // [NMels, _inner.First] of each window that began and is not complete
    private readonly Stack<float[]> _idle = [];
    private long _nextFrame;
    private double _centroidSum;

    internal PatchStream(Extraction extraction)
    {
        _extraction = extraction;
        _spectra = new FrameSpectra(extraction);
        _bands = new MelBands(extraction);
        _hzPerBin = SpectralCentroid.HzPerBin(extraction);
        _patch = new float[extraction.NMels * extraction.OwnFrames];

        var half = extraction.NFft / 2;
        var first = Math.Min(extraction.OwnFrames, (half + extraction.HopLength - 1) / extraction.HopLength);
        _inner = (first, Math.Max(first, (extraction.WindowSamples - half) / extraction.HopLength + 1));
        if (extraction.HopSamples % extraction.HopLength == 0)
            _grid = new FrameColumns(extraction.NMels, 2 * extraction.OwnFrames + 64);

        // Room for what must be kept, twice over: then what is kept is moved seldom.
        var kept = (_grid is null ? extraction.WindowSamples : 0) + 6 * extraction.NFft;
        _samples = new SampleWindow(2 * (kept + BlockSamples));
    }

    internal int PatchCount { get; private set; }

    /// <summary>Mean over the frames of the whole recording in Hz, once <see cref="Finish"/> was called.</summary>
    internal double Centroid => _centroidSum / _nextFrame;

    /// <summary>Samples so far.</summary>
    internal long Length => _samples.End;

    internal void Reset()
    {
        _samples.Reset();
        _grid?.Reset();
        while (_openings.TryDequeue(out var opening))
            _idle.Push(opening);
        (_nextFrame, _centroidSum, PatchCount) = (0, 0, 0);
    }

    /// <summary>Room for the next samples.</summary>
    internal Span<float> Room()
    {
        var keepFrom = Math.Max(0, StartOf(_nextFrame));
        keepFrom = Math.Min(keepFrom, _grid is null ? NextWindow : Math.Min(NextOpening, Math.Max(0, ClosingOf(NextWindow))));
        return _samples.Room(keepFrom, BlockSamples);
    }

    /// <summary>Takes over what was written to <see cref="Room"/>; each patch that it completes is lent to <paramref name="emit"/>.</summary>
    internal void Add(int count, Action<ReadOnlySpan<float>> emit)
    {
        _samples.Add(count);
        while (StartOf(_nextFrame + RealFft.Lanes - 1) + _spectra.NFft <= Length)
        {
            AddFrames(RealFft.Lanes);
            EmitWindows(emit);
        }
    }

    /// <summary>The end of the recording, beyond which is silence.</summary>
    internal void Finish(Action<ReadOnlySpan<float>> emit)
    {
        for (var frames = 1 + Length / _spectra.HopLength; _nextFrame < frames;)
        {
            AddFrames((int)Math.Min(RealFft.Lanes, frames - _nextFrame));
            EmitWindows(emit);
        }
    }

    private long NextWindow => (long)PatchCount * _extraction.HopSamples;

    /// <summary>The first window whose opening frames are not computed.</summary>
    private long NextOpening => ((long)PatchCount + _openings.Count) * _extraction.HopSamples;

    private long StartOf(long frame) => frame * _spectra.HopLength - _spectra.NFft / 2;

    /// <summary>The first sample of a window's first frame that reaches beyond its end.</summary>
    private long ClosingOf(long window) => window + _spectra.StartOf(_inner.End);

    /// <summary>The next frames of the grid.</summary>
    private void AddFrames(int count)
    {
        Span<int> starts = stackalloc int[RealFft.Lanes];
        for (var lane = 0; lane < count; lane++)
            starts[lane] = (int)(StartOf(_nextFrame + lane) - _samples.Start);
        var power = _spectra.PowerOf(_samples.Samples, starts[..count]);

        var centroids = SpectralCentroid.Of(power, _hzPerBin);
        for (var lane = 0; lane < count; lane++)
            _centroidSum += centroids[lane];

        if (_grid is not null)
        {
            _bands.Decibels(power, _grid.Room(Math.Min(_nextFrame, NextWindow / _spectra.HopLength), count), _grid.Stride, count);
            _grid.Add(count);
        }

        _nextFrame += count;
    }

    /// <summary>All windows whose samples are here and whose frames are computed.</summary>
    private void EmitWindows(Action<ReadOnlySpan<float>> emit)
    {
        if (_grid is null)
        {
            while (NextWindow + _extraction.WindowSamples <= Length)
            {
                AddOwnFrames(_samples.Slice(NextWindow, _extraction.WindowSamples), _spectra.StartOf(0), _extraction.OwnFrames, _patch, _extraction.OwnFrames);
                Emit(emit);
            }

            return;
        }

        OpenWindows();
        while (NextWindow + _extraction.WindowSamples <= Length && NextWindow / _spectra.HopLength + _inner.End <= _nextFrame)
        {
            var frames = _extraction.OwnFrames;
            var opening = _openings.Dequeue();
            for (var mel = 0; mel < _extraction.NMels; mel++)
                opening.AsSpan(mel * _inner.First, _inner.First).CopyTo(_patch.AsSpan(mel * frames));
            _idle.Push(opening);
            _grid.CopyTo(_patch, frames, _inner.First, NextWindow / _spectra.HopLength + _inner.First, _inner.End - _inner.First);
            var closing = _samples.Slice(ClosingOf(NextWindow), _extraction.WindowSamples - _spectra.StartOf(_inner.End));
            AddOwnFrames(closing, 0, frames - _inner.End, _patch.AsSpan(_inner.End), frames);
            Emit(emit);
        }
    }

    /// <summary>Frames that reach before their window, as soon as their samples are here, so that these need not be kept.</summary>
    private void OpenWindows()
    {
        var length = Math.Max(0, _spectra.StartOf(_inner.First - 1) + _spectra.NFft);
        while (NextOpening + length <= Length)
        {
            if (!_idle.TryPop(out var opening))
                opening = new float[_extraction.NMels * _inner.First];
            AddOwnFrames(_samples.Slice(NextOpening, length), _spectra.StartOf(0), _inner.First, opening, _inner.First);
            _openings.Enqueue(opening);
        }
    }

    private void Emit(Action<ReadOnlySpan<float>> emit)
    {
        emit(_patch);
        PatchCount++;
    }

    /// <summary>Levels of so many frames of a clip, beside which is silence; the first of them starts at this sample of it.</summary>
    private void AddOwnFrames(ReadOnlySpan<float> clip, int start, int frames, Span<float> destination, int stride)
    {
        Span<int> starts = stackalloc int[RealFft.Lanes];
        for (var frame = 0; frame < frames; frame += RealFft.Lanes)
        {
            var count = Math.Min(RealFft.Lanes, frames - frame);
            for (var lane = 0; lane < count; lane++)
                starts[lane] = start + (frame + lane) * _spectra.HopLength;
            _bands.Decibels(_spectra.PowerOf(clip, starts[..count]), destination[frame..], stride, count);
        }
    }
}
