using System.Net.Mime;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.OpenApi;

namespace Platform.Hosting;

/// <summary>
/// What a service's HTTP API takes and gives: <c>/openapi/v1.json</c> for tools, <c>/docs</c> for people. The page is our own, so that it works
/// where nothing can be fetched from elsewhere.
/// </summary>
public static class ApiDocs
{
    private const string Page = "Platform.Hosting.Http.ApiPage.html";

    /// <param name="title">Heads the page.</param>
    public static void AddApiDocs(this IHostApplicationBuilder builder, string title) => builder.Services.AddOpenApi(options =>
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info.Title = title;
            document.Servers?.Clear(); // the address is that of whoever serves the document, proxies included
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, _, _) =>
        {
            // Query parameters are members of records and are read whatever their case; JSON writes them like this.
            foreach (var parameter in operation.Parameters?.OfType<OpenApiParameter>() ?? [])
                parameter.Name = JsonNamingPolicy.CamelCase.ConvertName(parameter.Name!);
            operation.Responses?.TryAdd("4XX", new OpenApiResponse
            {
                Description = "What is wrong with the request: problem details that name the value and what is allowed.",
                Content = new Dictionary<string, OpenApiMediaType> { [MediaTypeNames.Application.ProblemJson] = new() },
            });
            return Task.CompletedTask;
        });
    });

    public static void MapApiDocs(this IEndpointRouteBuilder app)
    {
        app.MapOpenApi();
        app.MapGet("/docs", Show).ExcludeFromDescription();
    }

    private static FileStreamHttpResult Show(HttpResponse response)
    {
        response.Headers.ContentSecurityPolicy = "default-src 'none'; connect-src 'self'; script-src 'unsafe-inline'; style-src 'unsafe-inline'";
        return TypedResults.Stream(typeof(ApiDocs).Assembly.GetManifestResourceStream(Page)!, $"{MediaTypeNames.Text.Html}; charset=utf-8");
    }
}
