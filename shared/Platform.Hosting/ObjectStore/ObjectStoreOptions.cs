using System.ComponentModel.DataAnnotations;

namespace Platform.Hosting;

/// <summary>Where objects are kept: a folder of this machine or a bucket of an S3 store.</summary>
public sealed record ObjectStoreOptions : IValidatableObject
{
    /// <summary><c>file:///absolute/folder</c> or <c>s3://bucket</c>.</summary>
    [Required(ErrorMessage = "give 'file:///absolute/folder' or 's3://bucket'.")]
    public string Uri { get; init; } = "";

    /// <summary>Address of the S3 server; empty means Amazon's.</summary>
    public string? Endpoint { get; init; }

    [Secret]
    public string? AccessKey { get; init; }

    [Secret]
    public string? SecretKey { get; init; }

    /// <summary>Part of the request's signature; servers other than Amazon's mostly ignore it.</summary>
    [Required(ErrorMessage = "give a region such as 'us-east-1'.")]
    public string Region { get; init; } = "us-east-1";

    internal bool IsFolder => new Uri(Uri).IsFile;

    internal string Folder => new Uri(Uri).LocalPath;

    internal string Bucket => new Uri(Uri).Host;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        const string allowed = "allowed are 'file:///absolute/folder' and 's3://bucket'.";

        if (!System.Uri.TryCreate(Uri, UriKind.Absolute, out var address) || !(address.IsFile || address.Scheme == "s3"))
        {
            yield return new(allowed, [nameof(Uri)]);
            yield break;
        }

        if (address.IsFile)
        {
            if (address.Host.Length > 0 || !Uri.StartsWith("file:///", StringComparison.OrdinalIgnoreCase))
                yield return new(allowed, [nameof(Uri)]);
            yield break;
        }

        if (address.Host.Length == 0 || address.AbsolutePath is not ("" or "/"))
            yield return new($"it must name a bucket and nothing else; {allowed}", [nameof(Uri)]);
        if (string.IsNullOrEmpty(AccessKey))
            yield return new("an s3:// store needs it.", [nameof(AccessKey)]);
        if (string.IsNullOrEmpty(SecretKey))
            yield return new("an s3:// store needs it.", [nameof(SecretKey)]);
        if (!string.IsNullOrEmpty(Endpoint)
            && !(System.Uri.TryCreate(Endpoint, UriKind.Absolute, out var endpoint) && endpoint.Scheme is "http" or "https"))
            yield return new("it must be an http:// or https:// address.", [nameof(Endpoint)]);
    }
}
