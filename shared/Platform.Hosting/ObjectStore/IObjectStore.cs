namespace Platform.Hosting;

/// <summary>
/// The platform's store of immutable objects. Every implementation passes the same test suite; all members are safe to call
/// from several threads and processes at once.
/// </summary>
/// <remarks>
/// An object is there as a whole or not at all: no reader ever sees a part of one, whatever dies meanwhile. Keys are
/// segments joined by <c>/</c>; see <see cref="ObjectKey"/> for what they may hold. Published keys are never overwritten:
/// who might race uses <see cref="TryCreate"/>.
/// </remarks>
public interface IObjectStore
{
    /// <summary>Stores the stream to its end. When it fails or is cancelled, nothing is there that was not there before.</summary>
    Task<ObjectInfo> Put(string key, Stream content, CancellationToken cancellationToken);

    /// <summary>
    /// Stores the object if there is none under this key yet: of any number of callers exactly one gets true. The content is read from where
    /// it stands and must be able to seek back there.
    /// </summary>
    Task<bool> TryCreate(string key, Stream content, CancellationToken cancellationToken);

    /// <summary>Null when there is no such object.</summary>
    Task<ObjectInfo?> Find(string key, CancellationToken cancellationToken);

    /// <exception cref="ObjectNotFoundException">There is no such object.</exception>
    Task<Stream> OpenRead(string key, CancellationToken cancellationToken);

    /// <summary>The bytes from <paramref name="offset"/> on, at most <paramref name="length"/>; fewer when it ends before.</summary>
    /// <exception cref="ObjectNotFoundException">There is no such object.</exception>
    Task<Stream> OpenRange(string key, long offset, long length, CancellationToken cancellationToken);

    /// <summary>All objects whose key starts with the prefix, sorted by the bytes of their keys; hashes are not given here.</summary>
    IAsyncEnumerable<ObjectInfo> List(string prefix, CancellationToken cancellationToken);

    /// <exception cref="ObjectNotFoundException">There is no such object.</exception>
    Task Copy(string from, string to, CancellationToken cancellationToken);

    /// <summary>Copy, then delete: repeating it after a crash in between ends in the same state.</summary>
    /// <exception cref="ObjectNotFoundException">There is no such object.</exception>
    Task Move(string from, string to, CancellationToken cancellationToken);

    /// <summary>Deleting what is not there is fine.</summary>
    Task Delete(string key, CancellationToken cancellationToken);
}

/// <param name="Sha256">Lower-case hex; null where the store does not keep it.</param>
/// <param name="ModifiedAt">When the object was stored.</param>
public sealed record ObjectInfo(string Key, long Size, string? Sha256)
{
    public DateTimeOffset ModifiedAt { get; init; }
}

/// <summary>A store that can say whether it can be used at all, for readiness.</summary>
internal interface IProbedObjectStore : IObjectStore
{
    /// <summary>Throws when the store cannot be used.</summary>
    Task Probe(CancellationToken cancellationToken);
}
