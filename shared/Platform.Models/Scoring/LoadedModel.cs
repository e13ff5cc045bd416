using Platform.Dsp;

namespace Platform.Models;

/// <summary>
/// A package ready to score. Immutable: threads may score at the same time, and disposing waits for none of them, since the
/// last one out frees the network.
/// </summary>
public sealed partial class LoadedModel : IDisposable
{
    private readonly ConvAutoencoder _network;
    private readonly PatchView _view;
    private readonly int _ownFrames;
    private readonly Dictionary<string, DeviceDetectors> _detectors;
    private int _users = 1; // the owner counts as one until it disposes
    private int _disposed;

    private LoadedModel(ModelPackage package, ConvAutoencoder network)
    {
        Package = package;
        _network = network;
        _view = new PatchView(package.Config.FeatureSpec);
        _ownFrames = Math.Min(package.Config.FeatureSpec.Extraction.OwnFrames, _view.Frames);
        _detectors = package.Config.Devices.ToDictionary(device => device, device => new DeviceDetectors(package, device, _view), StringComparer.Ordinal);
    }

    public ModelPackage Package { get; private set; }

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

        var errors = BandErrors(patches);
        from = 0;
        var predictions = new Prediction[recordings.Count];
        for (var i = 0; i < predictions.Length; from += counts[i++])
        {
            var to = from + counts[i];
            predictions[i] = Judge(recordings[i].Device, recordings[i].StoredPatches.Span, errors.Patches[from..to], errors.Logarithms(from, to));
        }

        return predictions;
    }

    /// <summary>
    /// As <see cref="Score"/>, a few patches with each step of the enumeration, for who must not compute for long at a stretch: null until the last
    /// step gives the answer.
    /// </summary>
    /// <exception cref="ArgumentException">As <see cref="Score"/>, with the first step.</exception>
    public IEnumerable<Prediction?> ScoreInSteps(string device, ReadOnlyMemory<float> storedPatches, int patchesPerStep)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(patchesPerStep);
        return Steps();

        IEnumerable<Prediction?> Steps()
        {
            var count = PatchesIn(device, storedPatches.Span);
            foreach (var errors in BandErrorsInSteps(count, patchesPerStep, Shown))
                yield return errors is null ? null : Judge(device, storedPatches.Span, errors.Patches, errors.Logarithms(0, count));
        }

        float[] Shown(int from, int count)
        {
            var patches = new float[count * _view.PatchLength];
            Show(device, storedPatches.Span.Slice(from * _view.StoredLength, count * _view.StoredLength), patches);
            return patches;
        }
    }

    /// <summary>Where a recording deviates, and its score from the same pass.</summary>
    /// <exception cref="ArgumentException">As <see cref="Score"/>.</exception>
    public Deviations Explain(string device, ReadOnlyMemory<float> storedPatches)
    {
        var errors = new double[PatchesIn(device, storedPatches.Span)];
        var patches = new float[errors.Length * _view.PatchLength];
        Show(device, storedPatches.Span, patches);
        var map = new DeviationMap(Package.Config.FeatureSpec, errors.Length);
        var bands = new double[errors.Length * _view.NMels];
        Enter();
        try
        {
            ReconstructionErrors.Visit(_network, patches, _view.NMels, _view.Frames, (patch, cells) =>
            {
                map.Add(patch, cells);
                errors[patch] = Mean(cells);
                for (var mel = 0; mel < _view.NMels; mel++)
                    bands[patch * _view.NMels + mel] = Mean(cells.Slice(mel * _view.Frames, _ownFrames));
            });
        }
        finally
        {
            Leave();
        }

        var prediction = Judge(device, storedPatches.Span, errors, new BandErrors(errors, bands).Logarithms(0, errors.Length));
        return map.Of(prediction, Package.Scales[device], _detectors[device].Shift(storedPatches.Span));

        static double Mean(ReadOnlySpan<float> cells)
        {
            var sum = 0.0;
            foreach (var cell in cells)
                sum += cell;
            return sum / cells.Length;
        }
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

    private BandErrors BandErrors(ReadOnlySpan<float> patches)
    {
        Enter();
        try
        {
            return ReconstructionErrors.OfBands(_network, patches, _view.NMels, _view.Frames, _ownFrames);
        }
        finally
        {
            Leave();
        }
    }

    // Null until the last step gives those of all.
    private IEnumerable<BandErrors?> BandErrorsInSteps(int count, int patchesPerStep, Func<int, int, float[]> patches)
    {
        var errors = new BandErrors(new double[count], new double[count * _view.NMels]);
        for (var from = 0; from < count; from += patchesPerStep)
        {
            if (from > 0)
                yield return null;
            var step = BandErrors(patches(from, Math.Min(patchesPerStep, count - from)));
            step.Patches.CopyTo(errors.Patches, from);
            step.Bands.CopyTo(errors.Bands, from * _view.NMels);
        }

        yield return errors;
    }

    private Prediction Judge(string device, ReadOnlySpan<float> stored, double[] patchErrors, double[] logBandErrors)
    {
        var results = _detectors[device].Score(stored, patchErrors, logBandErrors);
        return Prediction.Of(device, results, patchErrors);
    }

    /// <summary>
    /// Lets go of the package's weights and golden scores, which the network holds or nobody needs after <see cref="VerifyGolden"/>: a service
    /// with thousands of models keeps each of them once.
    /// </summary>
    public void ForgetOrigin() => Package = Package with { Weights = [], Golden = new([], []) };

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
