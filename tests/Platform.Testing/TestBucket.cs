using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Util;
using Platform.Hosting;
using Xunit;

namespace Platform.Testing;

/// <summary>A fresh bucket of the S3 server. Emptied and deleted at the end.</summary>
public sealed class TestBucket : IAsyncLifetime
{
    private AmazonS3Client? client;

    public string Name { get; } = $"test-{Guid.NewGuid():N}";

    /// <summary>What a service gets as section <c>ObjectStore</c>.</summary>
    public ObjectStoreOptions Options => new()
    {
        Uri = $"s3://{Name}",
        Endpoint = TestServers.S3,
        AccessKey = TestServers.S3AccessKey,
        SecretKey = TestServers.S3SecretKey,
    };

    public async ValueTask InitializeAsync()
    {
        if (!TestServers.HasS3)
            return;
        var options = Options;
        client = new AmazonS3Client(
            new BasicAWSCredentials(options.AccessKey, options.SecretKey),
            new AmazonS3Config
            {
                ServiceURL = options.Endpoint,
                ForcePathStyle = true,
                AuthenticationRegion = options.Region,
                RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
                ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            });
        await client.PutBucketAsync(Name);
    }

    public IObjectStore Open() => ObjectStores.Open(Options);

    public async ValueTask DisposeAsync()
    {
        if (client is null)
            return;

        await AmazonS3Util.DeleteS3BucketWithObjectsAsync(client, Name);
        client.Dispose();
    }
}

/// <summary>A fresh folder as object store. Deleted at the end.</summary>
public sealed class TestFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("platform-test-").FullName;

    /// <summary>What a service gets as section <c>ObjectStore</c>.</summary>
    public ObjectStoreOptions Options => new() { Uri = new Uri(Path).AbsoluteUri };

    public IObjectStore Open() => ObjectStores.Open(Options);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
