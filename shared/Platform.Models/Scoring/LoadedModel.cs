using System.Globalization;
using Platform.Dsp;

namespace Platform.Models;

/// <summary>
/// A package ready to score. Immutable: threads may score at the same time, and disposing waits for none of them, since the
/// last one out frees the network.
/// </summary>
public sealed class LoadedModel : IDisposable
{
    private readonly ConvAutoencoder _network;
    private readonly PatchView _view;
    private int _users = 1; // the owner counts as one until it disposes
    private int _disposed;

    private LoadedModel(ModelPackage package, ConvAutoencoder network)
    {
        Package = package;
        _network = network;
        _view = new PatchView(package.Config.FeatureSpec);
    }

    public ModelPackage Package { get; }

    /// <exception cref="InvalidDataException">The weights do not fit the architecture.</exception>
    public static LoadedModel Load(ModelPackage package)
    {
        ArgumentNullException.ThrowIfNull(package);
        var network = package.Config.Architecture.Create();
        try
        {
            ModuleState.Restore(network, package.Weights);
            network.eval();
            return new LoadedModel(package, network);
        }
        catch (InvalidDataException exception)
        {
            network.Dispose();
            throw new InvalidDataException($"{PackageFiles.Weights}: {exception.Message}", exception);
        }
    }

    /// <summary>Scores a recording by its stored patches <c>[patches, n_mels, own frames]</c> in absolute dB.</summary>
    /// <exception cref="ArgumentException">The model has no such device, or the values are no whole number of patches of its spec.</exception>
    public Prediction Score(string device, ReadOnlyMemory<float> storedPatches) => ScoreAll([(device, storedPatches)])[0];

    /// <summary>As <see cref="Score"/> for several recordings in one pass of the network; the answers stand in their order.</summary>
    /// <exception cref="ArgumentException">As <see cref="Score"/>; then none is scored.</exception>
    public IReadOnlyList<Prediction> ScoreAll(IReadOnlyList<(string Device, ReadOnlyMemory<float> StoredPatches)> recordings)
    {
        ArgumentNullException.ThrowIfNull(recordings);
        var counts = recordings.Select(recording => PatchesIn(recording.Device, recording.StoredPatches.Span)).ToArray();
        var patches = new float[counts.Sum() * _view.PatchLength];
        var from = 0;
        foreach (var (device, stored) in recordings)
            from += Show(device, stored.Span, patches.AsSpan(from));

        var errors = PatchErrors(patches);
        from = 0;
        var predictions = new Prediction[recordings.Count];
        for (var i = 0; i < predictions.Length; from += counts[i++])
            predictions[i] = Judge(recordings[i].Device, errors[from..(from + counts[i])]);
        return predictions;
    }

    /// <summary>Where a recording deviates, and its score from the same pass.</summary>
    /// <exception cref="ArgumentException">As <see cref="Score"/>.</exception>
    public Deviations Explain(string device, ReadOnlyMemory<float> storedPatches)
    {
        var errors = new double[PatchesIn(device, storedPatches.Span)];
        var patches = new float[errors.Length * _view.PatchLength];
        Show(device, storedPatches.Span, patches);
        var map = new DeviationMap(Package.Config.FeatureSpec, errors.Length);
        Enter();
        try
        {
            ReconstructionErrors.Visit(_network, patches, _view.NMels, _view.Frames, (patch, cells) =>
            {
                map.Add(patch, cells);
                var sum = 0.0;
                foreach (var cell in cells)
                    sum += cell;
                errors[patch] = sum / cells.Length;
            });
        }
        finally
        {
            Leave();
        }

        return map.Of(Judge(device, errors), Package.Scales[device]);
    }

    /// <summary>Reconstruction error of each normalised patch of <c>[count, n_mels, frames]</c>.</summary>
    public double[] PatchErrors(ReadOnlySpan<float> patches)
    {
        Enter();
        try
        {
            return ReconstructionErrors.Of(_network, patches, _view.NMels, _view.Frames);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Turns the patch errors of one recording into scores and a verdict.</summary>
    public Prediction Judge(string device, IReadOnlyList<double> patchErrors)
    {
        ArgumentNullException.ThrowIfNull(patchErrors);
        ArgumentOutOfRangeException.ThrowIfZero(patchErrors.Count, nameof(patchErrors));
        List<DetectorResult> results = [.. Package.Config.Detectors.Select(detector => new DetectorResult(
            detector.Name,
            ScoreOf(detector.Name, patchErrors),
            Package.FitOf(detector.Name, device)?.Threshold,
            detector.Alarming))];
        var deciding = results.OrderByDescending(result => (result.Alarming, result.Score / result.Threshold ?? double.NegativeInfinity)).First();
        return new Prediction(device, deciding.Detector, deciding.Score, deciding.Threshold, results, patchErrors);
    }

    /// <summary>Anomaly score of a recording by one detector, as thresholds are fitted on and recordings are scored by.</summary>
    public static double ScoreOf(string detector, IReadOnlyList<double> patchErrors) => detector switch
    {
        DetectorConfig.Reconstruction => patchErrors.Average(),
        _ => throw new ArgumentException($"Detector '{detector}' is not known to this version.", nameof(detector)),
    };

    /// <summary>Scores the package's golden patches again.</summary>
    /// <param name="tolerance">Largest difference relative to the golden error; other kernels of libtorch round differently.</param>
    /// <exception cref="InvalidDataException">This machine computes something else than the one that trained the model.</exception>
    public void VerifyGolden(double tolerance)
    {
        var errors = PatchErrors(Package.Golden.Patches);
        for (var i = 0; i < errors.Length; i++)
        {
            var expected = Package.Golden.Errors[i];
            if (!(Math.Abs(errors[i] - expected) <= tolerance * Math.Max(expected, float.Epsilon)))
            {
                throw new InvalidDataException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{PackageFiles.Golden}: patch {i} has the error {errors[i]:g9} here, {expected:g9} where it was trained; {tolerance:g3} relative is allowed."));
            }
        }
    }

    /// <summary>Refuses further scoring; memory is freed when the scoring in progress has ended.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
            Leave();
    }

    private int PatchesIn(string device, ReadOnlySpan<float> storedPatches)
    {
        if (!Package.Scales.ContainsKey(device))
        {
            throw new ArgumentException(
                $"Model {Package.Config.ModelId} knows the devices {string.Join(", ", Package.Config.Devices)}, not '{device}'.", nameof(device));
        }

        if (storedPatches.IsEmpty || storedPatches.Length % _view.StoredLength != 0)
        {
            throw new ArgumentException(
                $"{storedPatches.Length} values are no whole number of patches of {_view.StoredLength} values, which the model's feature spec makes.",
                nameof(storedPatches));
        }

        return storedPatches.Length / _view.StoredLength;
    }

    // How many values were written: what the network is shown of the recording.
    private int Show(string device, ReadOnlySpan<float> stored, Span<float> destination)
    {
        var patches = stored.Length / _view.StoredLength;
        for (var i = 0; i < patches; i++)
        {
            _view.Apply(
                stored.Slice(i * _view.StoredLength, _view.StoredLength), Package.Scales[device], destination.Slice(i * _view.PatchLength, _view.PatchLength));
        }

        return patches * _view.PatchLength;
    }

    private void Enter()
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        for (var users = Volatile.Read(ref _users); ; users = Volatile.Read(ref _users))
        {
            ObjectDisposedException.ThrowIf(users == 0, this);
            if (Interlocked.CompareExchange(ref _users, users + 1, users) == users)
                return;
        }
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _users) == 0)
            _network.Dispose();
    }
}
