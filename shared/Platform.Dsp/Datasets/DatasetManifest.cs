using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Platform.Dsp;

/// <summary>
/// A frozen selection of feature sets with everything that training and its repetition need: <c>datasets/{id}/manifest.json</c>.
/// </summary>
/// <param name="Id">
/// Taken of everything else but the shards, which follow from it: the same selection of the same data has the same id.
/// </param>
/// <param name="Spec">Without its name, as its canonical JSON, of which <paramref name="SpecHash"/> is taken.</param>
/// <param name="NMels">Rows of a patch.</param>
/// <param name="Frames">Columns of a patch.</param>
/// <param name="Devices">With the scale that their patches are normalised under, in the order of their codes.</param>
/// <param name="Recordings">Ordered by device, then time, then id; their patches stand in the shards in this order.</param>
/// <param name="Shards">Objects [patches, NMels, Frames], float32, normalised; in the folder of the manifest.</param>
/// <param name="Screen">What the quality screen did; null where there was none.</param>
/// <remarks>
/// Format 2 added the screen and how days and hours were chosen. Members that say nothing are not written, so a manifest of format 1 reads
/// as it was and keeps its id.
/// </remarks>
public sealed record DatasetManifest(
    int Format,
    string Id,
    [property: JsonConverter(typeof(CanonicalSpecConverter))] FeatureSpec Spec,
    string SpecHash,
    string ExtractionHash,
    int NMels,
    int Frames,
    DatasetSelection Selection,
    IReadOnlyList<DatasetDevice> Devices,
    IReadOnlyList<DatasetRecording> Recordings,
    IReadOnlyList<DatasetShard> Shards,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DatasetScreen? Screen = null)
{
    public const int CurrentFormat = 2;

    private const int OldestFormat = 1;

    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    [JsonIgnore] public int PatchCount => Recordings.Sum(recording => recording.PatchCount);

    /// <summary>Object key of a dataset's manifest; the shards stand beside it.</summary>
    public static string KeyOf(string id) => $"datasets/{id}/manifest.json";

    /// <summary>The same content under its own id.</summary>
    public DatasetManifest Identified() => this with { Id = ContentId() };

    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, Options);

    /// <exception cref="InvalidDataException">Not a manifest, of another format, or one that contradicts itself.</exception>
    public static DatasetManifest Read(ReadOnlySpan<byte> json)
    {
        var manifest = Parse(json);
        manifest.CheckShards();
        return manifest;
    }

    /// <summary>Reads a manifest whose shards are still to be written.</summary>
    /// <exception cref="InvalidDataException">As <see cref="Read"/>.</exception>
    public static DatasetManifest ReadPlan(ReadOnlySpan<byte> json) => Parse(json);

    private static DatasetManifest Parse(ReadOnlySpan<byte> json)
    {
        DatasetManifest manifest;
        try
        {
            manifest = JsonSerializer.Deserialize<DatasetManifest>(json, Options)
                ?? throw new InvalidDataException("The dataset manifest is null.");
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"Not a dataset manifest: {error.Message}", error);
        }

        manifest.Check();
        return manifest;
    }

    // Half a SHA-256 in hex: short enough for a key that people read, far too long to meet by chance.
    private string ContentId() => Convert.ToHexStringLower(SHA256.HashData((this with { Id = "", Shards = [] }).Write()))[..32];

    private void Check()
    {
        if (Format is < OldestFormat or > CurrentFormat)
            throw new InvalidDataException($"The dataset manifest has format {Format}, this version reads {OldestFormat} to {CurrentFormat}.");
        if (Spec.Hash != SpecHash || Spec.Extraction.Hash != ExtractionHash)
            throw new InvalidDataException($"The dataset's spec has the hash {Spec.Hash}, the manifest says {SpecHash}.");
        if (Spec.Extraction.NMels != NMels || Spec.Frames != Frames)
        {
            throw new InvalidDataException(
                $"The dataset's patches are [{NMels}, {Frames}], its spec makes [{Spec.Extraction.NMels}, {Spec.Frames}].");
        }

        if (ContentId() is var id && id != Id)
            throw new InvalidDataException($"The dataset manifest says its id is {Id}, its content has {id}.");
        if (Screen is not null && Screen.ScreenedOut.Select(one => one.RecordingId).Intersect(Recordings.Select(one => one.RecordingId)).ToArray() is [var both, ..])
            throw new InvalidDataException($"Recording {both} is screened out and in the dataset.");
    }

    private void CheckShards()
    {
        var expected = new int[Shards.Count];
        foreach (var recording in Recordings)
        {
            var (shard, patches) = (recording.Shard, recording.PatchCount);
            if (shard < 0 || shard >= Shards.Count || patches < 1 || recording.Offset != expected[shard])
                throw new InvalidDataException($"Recording {recording.RecordingId} does not follow the one before it in shard {shard}.");
            expected[shard] += patches;
        }

        if (Shards.Where((shard, i) => shard.Patches != expected[i]).FirstOrDefault() is { } odd)
            throw new InvalidDataException($"Shard {odd.Name} has {odd.Patches} patches, its recordings have another number.");
    }
}

/// <summary>One device's part of a dataset.</summary>
/// <param name="ScaleMin">Lowest level in dB of its patches under the view, padding included.</param>
/// <param name="ScaleMax">Highest level in dB likewise.</param>
public sealed record DatasetDevice(string Device, double ScaleMin, double ScaleMax, int Recordings, int Patches)
{
    [JsonIgnore] public Scale Scale => new(ScaleMin, ScaleMax);
}

/// <summary>One recording's part of a dataset; its patches lie together in one shard.</summary>
/// <param name="Day">The plant's day, <c>yyyyMMdd</c>.</param>
/// <param name="FeatureSetKey">Object the patches were made from.</param>
/// <param name="Shard">Index into the shards.</param>
/// <param name="Offset">First patch of it in that shard.</param>
/// <param name="BandMean">Mean level per mel band, absolute dB, over the stored patches.</param>
/// <param name="BandVariance">Population variance likewise, dB².</param>
public sealed record DatasetRecording(
    Guid RecordingId,
    string Device,
    DateTimeOffset RecordedAt,
    string Day,
    string Label,
    string AudioSha256,
    string FeatureSetKey,
    string FeatureSetSha256,
    int Shard,
    int Offset,
    int PatchCount,
    double[] BandMean,
    double[] BandVariance);

/// <summary>One object of normalised patches.</summary>
/// <param name="Name">File name in the dataset's folder, <c>shard-00000.npy</c>.</param>
public sealed record DatasetShard(string Name, long SizeBytes, string Sha256, int Patches);
