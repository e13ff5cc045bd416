namespace Platform.Dsp;

/// <summary>Levels of the latest frames of a recording: [NMels, frames], rows contiguous, so that a window copies whole stretches.</summary>
internal sealed class FrameColumns(int nMels, int capacity)
{
    private readonly float[] _levels = new float[nMels * capacity];
    private int _count;

    /// <summary>Number of the first frame that is still here.</summary>
    internal long Start { get; private set; }

    /// <summary>Distance between two bands.</summary>
    internal int Stride => capacity;

    internal void Reset() => (Start, _count) = (0, 0);

    /// <summary>Room for the next frames from the first band on; frames before <paramref name="keepFrom"/> are let go of if need be.</summary>
    internal Span<float> Room(long keepFrom, int frames)
    {
        if (_count + frames > capacity)
        {
            var drop = (int)Math.Min(keepFrom - Start, _count);
            for (var mel = 0; mel < nMels; mel++)
                _levels.AsSpan(mel * capacity + drop, _count - drop).CopyTo(_levels.AsSpan(mel * capacity));
            (Start, _count) = (Start + drop, _count - drop);
        }

        return _levels.AsSpan(_count);
    }

    internal void Add(int frames) => _count += frames;

    /// <summary>Copies frames <paramref name="from"/> … of every band to a patch [NMels, <paramref name="patchFrames"/>].</summary>
    internal void CopyTo(Span<float> patch, int patchFrames, int column, long from, int frames)
    {
        var at = (int)(from - Start);
        for (var mel = 0; mel < nMels; mel++)
            _levels.AsSpan(mel * capacity + at, frames).CopyTo(patch[(mel * patchFrames + column)..]);
    }
}
