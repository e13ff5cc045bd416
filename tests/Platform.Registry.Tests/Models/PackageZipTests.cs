using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using Platform.Hosting;

namespace Platform.Registry.Tests.Models;

public sealed class PackageZipTests(RegistryFixture registry) : RegistryTest(registry)
{
    [Fact]
    public async Task A_package_comes_as_one_zip_file_with_every_file_of_its_manifest()
    {
        var run = await Registry.Complete(await Registry.StartRun(await Registry.NewDevice()));
        var path = $"models/{run.ModelId}/versions/1/package.zip";

        var response = await Registry.Http.GetAsync(path, CancellationToken);

        Assert.Equal("application/zip", response.EnsureSuccessStatusCode().Content.Headers.ContentType!.MediaType);
        Assert.Equal($"{run.ModelId.Replace('/', '-')}-v1.zip", response.Content.Headers.ContentDisposition!.FileName);
        var bytes = await response.Content.ReadAsByteArrayAsync(CancellationToken);
        Assert.Equal(bytes, await Registry.Http.GetByteArrayAsync(path, CancellationToken));

        var package = await Artifacts.Read(Registry.Objects, $"models/{run.ModelId}/v1", null, CancellationToken);
        using var zip = new ZipArchive(new MemoryStream(bytes));
        Assert.Equal([.. package.Files.Keys.Order(StringComparer.Ordinal), "manifest.json"], zip.Entries.Select(entry => entry.FullName));
        foreach (var (name, content) in package.Files)
            Assert.Equal(content, Read(zip.GetEntry(name)!));
        Assert.Equal(package.ManifestSha256, Convert.ToHexStringLower(SHA256.HashData(Read(zip.GetEntry("manifest.json")!))));

        using var again = new HttpRequestMessage(HttpMethod.Get, path);
        again.Headers.IfNoneMatch.Add(response.Headers.ETag!);
        Assert.Equal(HttpStatusCode.NotModified, (await Registry.Http.SendAsync(again, CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task A_damaged_package_is_no_zip_file()
    {
        var run = await Registry.Complete(await Registry.StartRun(await Registry.NewDevice()));
        await Registry.Objects.Put($"models/{run.ModelId}/v1/model.pth", new MemoryStream([1, 2, 3]), CancellationToken);

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => Registry.Http.GetByteArrayAsync($"models/{run.ModelId}/versions/1/package.zip", CancellationToken));

        await Registry.Objects.Delete($"models/{run.ModelId}/v1/manifest.json", CancellationToken);
        var response = await Registry.Http.GetAsync($"models/{run.ModelId}/versions/1/package.zip", CancellationToken);
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Contains("is damaged", await response.Content.ReadAsStringAsync(CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("models/device/NOBODY_all/conv-ae/versions/1/package.zip")]
    [InlineData("models/device/NOBODY_all/conv-ae/versions/x/package.zip")]
    public async Task What_is_not_there_is_not_found(string path) =>
        Assert.Equal(HttpStatusCode.NotFound, (await Registry.Http.GetAsync(path, CancellationToken)).StatusCode);

    private static byte[] Read(ZipArchiveEntry entry)
    {
        using var stream = entry.Open();
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
