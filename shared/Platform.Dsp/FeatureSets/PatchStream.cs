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
    private readonly FrameKernel _kernel;
    private readonly SampleWindow _samples;
    private readonly FrameColumns? _grid; // null where windows do not start on it
    private readonly float[] _patch;
    private readonly (int First, int End) _inner; // frames of a window that do not reach outside of it
    private readonly Queue<float[]> _openings = []; // the first samples of each window that began and is not complete
    private readonly Stack<float[]> _idle = [];
    private readonly float[] _edges; // the frames that reach outside, one after the other, with their silence
    private readonly float[] _edgeLevels;
    private long _nextFrame;
    private double _centroidSum;

    internal PatchStream(Extraction extraction)
    {
        _extraction = extraction;
        _kernel = FrameKernel.Create(extraction);
        _patch = new float[extraction.NMels * extraction.OwnFrames];

        var half = extraction.NFft / 2;
        var first = Math.Min(extraction.OwnFrames, (half + extraction.HopLength - 1) / extraction.HopLength);
        _inner = (first, Math.Max(first, (extraction.WindowSamples - half) / extraction.HopLength + 1));
        var edges = extraction.OwnFrames - (_inner.End - _inner.First);
        _edges = new float[edges * extraction.NFft];
        _edgeLevels = new float[edges * extraction.NMels];
        if (extraction.HopSamples % extraction.HopLength == 0)
            _grid = new FrameColumns(extraction.NMels, 2 * extraction.OwnFrames + 64);

        // Room for what must be kept, twice over: then what is kept is moved seldom.
        var kept = (_grid is null ? extraction.WindowSamples : 0) + (2 + _kernel.Lanes) * extraction.NFft;
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
        while (StartOf(_nextFrame + _kernel.Lanes - 1) + _kernel.NFft <= Length)
        {
            AddFrames(_kernel.Lanes);
            EmitWindows(emit);
        }
    }

    /// <summary>The end of the recording, beyond which is silence.</summary>
    internal void Finish(Action<ReadOnlySpan<float>> emit)
    {
        for (var frames = 1 + Length / _kernel.HopLength; _nextFrame < frames;)
        {
            AddFrames((int)Math.Min(_kernel.Lanes, frames - _nextFrame));
            EmitWindows(emit);
        }
    }

    private long NextWindow => (long)PatchCount * _extraction.HopSamples;

    /// <summary>The first window whose opening is not kept.</summary>
    private long NextOpening => ((long)PatchCount + _openings.Count) * _extraction.HopSamples;

    /// <summary>Samples of a window that its opening frames cover.</summary>
    private int OpeningLength => _inner.First == 0 ? 0 : _kernel.StartOf(_inner.First - 1) + _kernel.NFft;

    private long StartOf(long frame) => frame * _kernel.HopLength - _kernel.NFft / 2;

    /// <summary>The first sample of a window's first frame that reaches beyond its end.</summary>
    private long ClosingOf(long window) => window + _kernel.StartOf(_inner.End);

    /// <summary>The next frames of the grid.</summary>
    private void AddFrames(int count)
    {
        Span<int> starts = stackalloc int[_kernel.Lanes];
        for (var lane = 0; lane < count; lane++)
            starts[lane] = (int)(StartOf(_nextFrame + lane) - _samples.Start);
        _kernel.Transform(_samples.Samples, starts[..count]);

        Span<double> centroids = stackalloc double[count];
        _kernel.Centroids(centroids);
        foreach (var centroid in centroids)
            _centroidSum += centroid;

        if (_grid is not null)
        {
            _kernel.Decibels(_grid.Room(Math.Min(_nextFrame, NextWindow / _kernel.HopLength), count), _grid.Stride);
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
                Fill(_samples.Slice(NextWindow, _extraction.WindowSamples), _kernel.StartOf(0), _patch, _extraction.OwnFrames);
                Emit(emit);
            }

            return;
        }

        OpenWindows();
        while (NextWindow + _extraction.WindowSamples <= Length && NextWindow / _kernel.HopLength + _inner.End <= _nextFrame)
        {
            _grid.CopyTo(
                _patch, _extraction.OwnFrames, _inner.First, NextWindow / _kernel.HopLength + _inner.First, _inner.End - _inner.First);
            AddEdges();
            Emit(emit);
        }
    }

    /// <summary>Keeps the samples of a window's opening frames: when it closes, the signal is far ahead.</summary>
    private void OpenWindows()
    {
        while (NextOpening + OpeningLength <= Length)
        {
            if (!_idle.TryPop(out var opening))
                opening = new float[OpeningLength];
            _samples.Slice(NextOpening, OpeningLength).CopyTo(opening);
            _openings.Enqueue(opening);
        }
    }

    /// <summary>The frames that reach before or beyond the window, both in one go.</summary>
    private void AddEdges()
    {
        // 1. their samples; beside them the buffer stays silent
        var (frames, nFft) = (_extraction.OwnFrames, _kernel.NFft);
        var edges = _edges.Length / nFft;
        var opening = _openings.Dequeue();
        for (var frame = 0; frame < _inner.First; frame++)
        {
            var outside = -_kernel.StartOf(frame);
            opening.AsSpan(0, nFft - outside).CopyTo(_edges.AsSpan(frame * nFft + outside));
        }

        _idle.Push(opening);
        var closing = _samples.Slice(ClosingOf(NextWindow), _extraction.WindowSamples - _kernel.StartOf(_inner.End));
        for (var frame = _inner.First; frame < edges; frame++)
        {
            var inside = closing[((frame - _inner.First) * _kernel.HopLength)..];
            inside.CopyTo(_edges.AsSpan(frame * nFft));
        }

        // 2. their levels
        Fill(_edges, 0, _edgeLevels, edges, nFft);
        for (var mel = 0; mel < _extraction.NMels; mel++)
        {
            var (levels, row) = (mel * edges, mel * frames);
            _edgeLevels.AsSpan(levels, _inner.First).CopyTo(_patch.AsSpan(row));
            _edgeLevels.AsSpan(levels + _inner.First, edges - _inner.First).CopyTo(_patch.AsSpan(row + _inner.End));
        }
    }

    private void Emit(Action<ReadOnlySpan<float>> emit)
    {
        emit(_patch);
        PatchCount++;
    }

    /// <summary>Levels [NMels, frames] of frames that start at this sample of a clip and every <paramref name="step"/> after it.</summary>
    private void Fill(ReadOnlySpan<float> clip, int start, Span<float> destination, int frames, int? step = null)
    {
        Span<int> starts = stackalloc int[_kernel.Lanes];
        for (var frame = 0; frame < frames; frame += starts.Length)
        {
            var count = Math.Min(starts.Length, frames - frame);
            for (var lane = 0; lane < count; lane++)
                starts[lane] = start + (frame + lane) * (step ?? _kernel.HopLength);
            _kernel.Transform(clip, starts[..count]);
            _kernel.Decibels(destination[frame..], frames);
        }
    }
}
