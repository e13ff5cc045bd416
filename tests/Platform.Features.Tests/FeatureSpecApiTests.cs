using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Platform.Dsp;

namespace Platform.Features.Tests;

public sealed class FeatureSpecApiTests(FeaturesFixture features) : IClassFixture<FeaturesFixture>
{
    [Fact]
    public async Task The_default_spec_is_there_from_the_start()
    {
        var spec = await features.Http.GetFromJsonAsync<JsonElement>("feature-specs/default", TestContext.Current.CancellationToken);

        Assert.Equal(FeatureSpec.Default.Hash, spec.GetProperty("specHash").GetString());
        Assert.Equal(16_000, spec.GetProperty("extraction").GetProperty("sampleRate").GetInt32());
        Assert.Equal(256, spec.GetProperty("frames").GetInt32());
    }

    [Fact]
    public async Task A_spec_is_created_once_repeated_harmlessly_and_never_changed()
    {
        var first = await Post("""{"name":"vib-1","extraction":{"sampleRate":25600,"nFft":2048,"channel":0,"fmax":12000},"view":{"reference":"window_max"}}""");
        var again = await Post("""{"name":"vib-1","extraction":{"sampleRate":25600,"nFft":2048,"channel":"0","fmax":12000,"fmin":0},"view":{"reference":"window_max","topDb":80}}""");
        var other = await Post("""{"name":"vib-1","extraction":{"sampleRate":25600}}""");

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.OK, HttpStatusCode.Conflict), (first.StatusCode, again.StatusCode, other.StatusCode));
        Assert.Equal("/feature-specs/vib-1", first.Headers.Location?.OriginalString);
        Assert.Contains("'vib-1'", await Detail(other), StringComparison.Ordinal);
        var stored = await features.Http.GetFromJsonAsync<JsonElement>("feature-specs/vib-1", TestContext.Current.CancellationToken);
        Assert.Equal(2048, stored.GetProperty("extraction").GetProperty("nFft").GetInt32());
        Assert.Contains(
            (await features.Http.GetFromJsonAsync<JsonElement>("feature-specs", TestContext.Current.CancellationToken)).EnumerateArray(),
            spec => spec.GetProperty("name").GetString() == "vib-1");
    }

    [Theory]
    [InlineData("""{"name":"a b"}""", "name is 'a b'")]
    [InlineData("""{"extraction":{}}""", "name")]
    [InlineData("""{"name":"x","extraction":{"nFft":1000}}""", "nFft is 1000, allowed are powers of two")]
    [InlineData("""{"name":"x","extraction":{"nMels":0},"view":{"topDb":1}}""", "topDb is 1, allowed are 10 to 100")]
    [InlineData("""{"name":"x","extraction":{"mels":64}}""", "mels")]
    [InlineData("""{"name":"x","extraction":{"winSeconds":"long"}}""", "winSeconds")]
    [InlineData("""{"name":"x","extraction":{"mel":null}}""", "mel is ''")]
    [InlineData("""{"name":"x","view":{"reference":"max"}}""", "reference is 'max', allowed are 'absolute' and 'window_max'")]
    [InlineData("{", "")]
    public async Task What_is_wrong_is_named(string body, string named)
    {
        var response = await Post(body);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Contains(named, await Detail(response), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("feature-specs/none", "'none'")]
    [InlineData("devices/none/data", "'none'")]
    public async Task What_is_not_there_is_a_problem_with_its_name(string path, string named)
    {
        var response = await features.Http.GetAsync(path, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains(named, await Detail(response), StringComparison.Ordinal);
    }

    private Task<HttpResponseMessage> Post(string json) =>
        features.Http.PostAsync("feature-specs", new StringContent(json, Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);

    private static async Task<string> Detail(HttpResponseMessage response) =>
        (await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).GetProperty("detail").GetString()!;
}
