using BenchmarkDotNet.Attributes;
using Platform.Bench.Features;
using Platform.Dsp;

namespace Platform.Bench.Detail;

/// <summary>The parts of the mel kernel, each over as many frames as 60 s have (1 876 at a hop of 512).</summary>
[MemoryDiagnoser]
public class KernelBenchmarks
{
    private const int Frames = 1_876;

    private readonly float[] _signal = MelRows.Signal();
    private FrameKernel _kernel = null!;
    private FeatureSetExtractor _extractor = null!;
    private WavAudio _audio = null!;
    private int[] _starts = null!;
    private float[] _levels = null!;
    private double[] _centroids = null!;

    [Params(1024, 2048)]
    public int NFft { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var extraction = new Extraction { NFft = NFft, NMels = NFft / 16 };
        _kernel = FrameKernel.Create(extraction);
        _extractor = new FeatureSetExtractor(extraction);
        _audio = new WavAudio(16_000, 1, _signal);
        _starts = [.. Enumerable.Range(0, _kernel.Lanes).Select(lane => lane * _kernel.HopLength)];
        _levels = new float[_kernel.NMels * _kernel.Lanes];
        _centroids = new double[_kernel.Lanes];
    }

    [Benchmark]
    public void Spectra()
    {
        for (var frame = 0; frame < Frames; frame += _kernel.Lanes)
            _kernel.Transform(_signal.AsSpan(frame % 1_000 * 512), _starts);
    }

    [Benchmark]
    public void MelAndDecibels()
    {
        for (var frame = 0; frame < Frames; frame += _kernel.Lanes)
            _kernel.Decibels(_levels, _kernel.Lanes);
    }

    [Benchmark]
    public void Centroids()
    {
        for (var frame = 0; frame < Frames; frame += _kernel.Lanes)
            _kernel.Centroids(_centroids);
    }

    [Benchmark]
    public int WholeKernel() => _extractor.Extract(_audio.ToSource(), _ => { }).PatchCount;
}
