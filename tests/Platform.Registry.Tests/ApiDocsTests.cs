using System.Text.Json;
using System.Text.RegularExpressions;

namespace Platform.Registry.Tests;

public sealed partial class ApiDocsTests(RegistryFixture registry) : RegistryTest(registry)
{
    [Fact]
    public async Task The_document_describes_every_operation_in_words()
    {
        var document = await Registry.Get<JsonElement>("openapi/v1.json");

        Assert.Equal("Registry", document.GetProperty("info").GetProperty("title").GetString());
        var operations = document.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(operation => (Name: $"{operation.Name} {path.Name}", operation.Value))).ToList();
        Assert.Contains(operations, operation => operation.Name == "get /models/{modelId}");
        var runs = operations.Single(operation => operation.Name == "get /runs").Value;
        Assert.Contains("createdFrom", runs.GetProperty("parameters").EnumerateArray().Select(parameter => parameter.GetProperty("name").GetString()));
        Assert.True(runs.GetProperty("responses").TryGetProperty("4XX", out _));
        Assert.Empty(operations.Where(operation => !operation.Value.TryGetProperty("summary", out _)).Select(operation => operation.Name));
    }

    [Fact]
    public async Task The_page_needs_nothing_from_elsewhere()
    {
        var response = await Registry.Http.GetAsync("docs", CancellationToken);

        Assert.Equal("text/html", response.EnsureSuccessStatusCode().Content.Headers.ContentType!.MediaType);
        Assert.DoesNotMatch(Elsewhere(), await response.Content.ReadAsStringAsync(CancellationToken));
    }

    [GeneratedRegex("(src|href)=\"(https?:)?//")]
    private static partial Regex Elsewhere();
}
