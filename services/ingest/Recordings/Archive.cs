using Platform.Hosting;

namespace Platform.Ingest;

/// <summary>
/// Where recordings are in the object store. A recording is uploaded to <c>staging/</c> and hashed on the way, because its
/// final key is its hash; then it is moved.
/// </summary>
internal sealed class Archive(IObjectStore store)
{
    public const string StagingPrefix = "staging/";

    public static string AudioKey(string device, string day, string sha256, string format) => $"audio/{device}/{day}/{sha256}.{format}";

    public static string QuarantineKey(Recording recording) =>
        $"quarantine/{recording.Device}/{recording.Sha256}.{recording.Format}";

    /// <summary>Where a recording was archived, also when it is in quarantine now.</summary>
    public static string AudioKey(Recording recording) => AudioKey(recording.Device, recording.Day, recording.Sha256, recording.Format);

    public Task<ObjectInfo> Stage(Stream audio, CancellationToken cancellationToken) =>
        store.Put($"{StagingPrefix}{Guid.CreateVersion7():N}", audio, cancellationToken);

    /// <summary>Repeating this with the same bytes ends in the same state, so a crash before the row needs no repair.</summary>
    public Task Publish(ObjectInfo staged, string key, CancellationToken cancellationToken) =>
        store.Move(staged.Key, key, cancellationToken);

    public Task Discard(string key, CancellationToken cancellationToken) => store.Delete(key, cancellationToken);

    /// <summary>Copies a recording to quarantine; a second call finds it there.</summary>
    public async Task CopyToQuarantine(Recording recording, CancellationToken cancellationToken)
    {
        var target = QuarantineKey(recording);
        if (await store.Find(target, cancellationToken) is null)
            await store.Copy(AudioKey(recording), target, cancellationToken);
    }
}
