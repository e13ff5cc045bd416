using System.Net;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Amazon.S3.Transfer;

namespace Platform.Hosting;

/// <summary>Objects in one bucket of an S3 store; each carries its SHA-256 as metadata. Speaks plain S3 only.</summary>
/// <remarks>A copy is one request, which S3 limits to 5 GiB; larger objects can be put and read, but not moved.</remarks>
internal sealed class S3ObjectStore : IProbedObjectStore, IDisposable
{
    private const string Sha256Metadata = "sha256";
    private const int InMemoryBytes = 8 * 1024 * 1024;
    private const int MultipartFromBytes = 32 * 1024 * 1024;

    private readonly AmazonS3Client client;
    private readonly TransferUtility transfer;
    private readonly string bucket;

    public S3ObjectStore(ObjectStoreOptions options)
    {
        bucket = options.Bucket;
        var config = new AmazonS3Config
        {
            AuthenticationRegion = options.Region,
            ForcePathStyle = true,
            // The SDK's newer default checksums are answered with XAmzContentSHA256Mismatch by older S3 servers.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
            MaxErrorRetry = 3,
            Timeout = TimeSpan.FromMinutes(5),
        };
        if (string.IsNullOrEmpty(options.Endpoint))
            config.RegionEndpoint = Amazon.RegionEndpoint.GetBySystemName(options.Region);
        else
            config.ServiceURL = options.Endpoint;

        client = new AmazonS3Client(new BasicAWSCredentials(options.AccessKey, options.SecretKey), config);
        transfer = new TransferUtility(client, new TransferUtilityConfig { MinSizeBeforePartUpload = MultipartFromBytes });
    }

    /// <summary>
    /// The hash is sent ahead of the bytes, so a stream that cannot be read twice is kept in memory or a temporary file first.
    /// </summary>
    public async Task<ObjectInfo> Put(string key, Stream content, CancellationToken cancellationToken)
    {
        ObjectKey.Require(key);
        await using var spool = new SpooledStream(InMemoryBytes);
        var (size, sha256) = content.CanSeek
            ? await HashingCopy.Run(content, Stream.Null, cancellationToken)
            : await HashingCopy.Run(content, spool, cancellationToken);
        var body = content.CanSeek ? content : spool.Rewound();
        body.Position = content.CanSeek ? body.Position - size : 0;

        var request = new TransferUtilityUploadRequest
        {
            BucketName = bucket,
            Key = key,
            InputStream = body,
            AutoCloseStream = false,
            AutoResetStreamPosition = false,
            PartSize = MultipartFromBytes / 2,
        };
        request.Metadata[Sha256Metadata] = sha256;
        await transfer.UploadAsync(request, cancellationToken);
        return new ObjectInfo(key, size, sha256);
    }

    public async Task<bool> TryCreate(string key, Stream content, CancellationToken cancellationToken)
    {
        ObjectKey.Require(key);
        var start = content.Position;
        var (_, sha256) = await HashingCopy.Run(content, Stream.Null, cancellationToken);
        while (true)
        {
            content.Position = start;
            var request = new PutObjectRequest
            {
                BucketName = bucket,
                Key = key,
                InputStream = content,
                IfNoneMatch = "*",
                AutoCloseStream = false,
                AutoResetStreamPosition = false,
            };
            request.Metadata[Sha256Metadata] = sha256;
            try
            {
                await client.PutObjectAsync(request, cancellationToken);
                return true;
            }
            catch (AmazonS3Exception exception) when (exception.StatusCode == HttpStatusCode.PreconditionFailed)
            {
                return false;
            }
            catch (AmazonS3Exception exception) when (exception.StatusCode == HttpStatusCode.Conflict)
            {
                // Another writer of this key is at work, and S3 does not know yet who wins: ask again.
            }
        }
    }

    public async Task<ObjectInfo?> Find(string key, CancellationToken cancellationToken)
    {
        ObjectKey.Require(key);
        try
        {
            var head = await client.GetObjectMetadataAsync(bucket, key, cancellationToken);
            return new ObjectInfo(key, head.ContentLength, head.Metadata[Sha256Metadata])
            {
                ModifiedAt = head.LastModified ?? default,
            };
        }
        catch (AmazonS3Exception exception) when (exception.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    public Task<Stream> OpenRead(string key, CancellationToken cancellationToken) => Open(key, null, cancellationToken);

    public async Task<Stream> OpenRange(string key, long offset, long length, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (length > 0)
        {
            try
            {
                return await Open(key, new ByteRange(offset, offset + length - 1), cancellationToken);
            }
            catch (AmazonS3Exception exception) when (exception.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
            {
                return Stream.Null; // begins after the end
            }
        }

        return await Find(key, cancellationToken) is null ? throw new ObjectNotFoundException(key) : Stream.Null;
    }

    public async IAsyncEnumerable<ObjectInfo> List(
        string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new ListObjectsV2Request { BucketName = bucket, Prefix = prefix };
        ListObjectsV2Response page;
        do
        {
            page = await client.ListObjectsV2Async(request, cancellationToken);
            foreach (var found in page.S3Objects ?? [])
                yield return new ObjectInfo(found.Key, found.Size ?? 0, null) { ModifiedAt = found.LastModified ?? default };
            request.ContinuationToken = page.NextContinuationToken;
        }
        while (page.IsTruncated == true);
    }

    public async Task Copy(string from, string to, CancellationToken cancellationToken)
    {
        ObjectKey.Require(from);
        ObjectKey.Require(to);
        try
        {
            await client.CopyObjectAsync(
                new CopyObjectRequest { SourceBucket = bucket, SourceKey = from, DestinationBucket = bucket, DestinationKey = to },
                cancellationToken);
        }
        catch (AmazonS3Exception exception) when (exception.StatusCode == HttpStatusCode.NotFound && exception.ErrorCode != "NoSuchBucket")
        {
            throw new ObjectNotFoundException(from, exception);
        }
    }

    public async Task Move(string from, string to, CancellationToken cancellationToken)
    {
        if (from == to)
            return;

        await Copy(from, to, cancellationToken);
        await Delete(from, cancellationToken);
    }

    public async Task Delete(string key, CancellationToken cancellationToken)
    {
        ObjectKey.Require(key);
        await client.DeleteObjectAsync(bucket, key, cancellationToken);
    }

    public async Task Probe(CancellationToken cancellationToken) =>
        await client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = bucket, MaxKeys = 1 }, cancellationToken);

    public void Dispose()
    {
        transfer.Dispose();
        client.Dispose();
    }

    private async Task<Stream> Open(string key, ByteRange? range, CancellationToken cancellationToken)
    {
        ObjectKey.Require(key);
        try
        {
            var response = await client.GetObjectAsync(
                new GetObjectRequest { BucketName = bucket, Key = key, ByteRange = range }, cancellationToken);
            return response.ResponseStream;
        }
        catch (AmazonS3Exception exception) when (exception.ErrorCode == "NoSuchKey")
        {
            throw new ObjectNotFoundException(key, exception);
        }
    }
}
