namespace Platform.Hosting;

/// <summary>There is no object under this key.</summary>
public sealed class ObjectNotFoundException(string key, Exception? innerException = null)
    : Exception($"There is no object '{key}'.", innerException)
{
    public string Key { get; } = key;
}

/// <summary>An object's bytes are not the ones that were stored: no retry helps.</summary>
public sealed class ObjectCorruptException(string key, string expectedSha256, string actualSha256)
    : PermanentException($"Object '{key}' is corrupt: its SHA-256 is {actualSha256}, expected {expectedSha256}.")
{
    public string Key { get; } = key;
}
