using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Platform.Testing;

/// <summary>One request of a service to its S3 store.</summary>
/// <param name="Method">As S3 has it, but COPY for a PUT that copies.</param>
/// <param name="Key">Without the bucket.</param>
public sealed record StoreRequest(string Method, string Key)
{
    public bool Writes => Method is "PUT" or "POST" or "COPY" or "DELETE";

    public override string ToString() => $"{Method} {Key}";
}

/// <summary>
/// An S3 server's second address. A test sees each request twice, before it is forwarded and after the server has done it, and may
/// end its sender in between: that is a death at a boundary between two objects.
/// </summary>
/// <remarks>Host and all other signed headers go through as they came, so the signature stays valid.</remarks>
public sealed class StoreProxy : IAsyncDisposable
{
    // Between two neighbours only; the client's library adds its own.
    private static readonly string[] HopByHop = ["Connection", "Keep-Alive", "Transfer-Encoding", "Expect", "Host"];

    private readonly HttpMessageInvoker client = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        UseProxy = false,
        ActivityHeadersPropagator = null,
    });

    private readonly WebApplication app;
    private readonly string server;

    private StoreProxy(string server)
    {
        this.server = server.TrimEnd('/');
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
        });
        app = builder.Build();
        app.Run(Forward);
    }

    /// <summary>What a service takes as <c>ObjectStore:Endpoint</c>.</summary>
    public string Endpoint => app.Urls.First();

    /// <summary>Runs before a request is forwarded; false drops it together with its connection.</summary>
    public Func<StoreRequest, Task<bool>> Before { get; set; } = _ => Task.FromResult(true);

    /// <summary>Runs when the server has answered with success, before the client hears of it; false drops the answer.</summary>
    public Func<StoreRequest, Task<bool>> After { get; set; } = _ => Task.FromResult(true);

    public static async Task<StoreProxy> Start(string server)
    {
        var proxy = new StoreProxy(server);
        await proxy.app.StartAsync();
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        client.Dispose();
    }

    private async Task Forward(HttpContext context)
    {
        var request = Describe(context.Request);
        if (!await Before(request))
        {
            context.Abort();
            return;
        }

        try
        {
            using var response = await client.SendAsync(ToServer(context), context.RequestAborted);
            if (response.IsSuccessStatusCode && !await After(request))
                context.Abort();
            else
                await Answer(context, response);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException)
        {
            context.Abort(); // one end is gone: the other one sees that too
        }
    }

    private HttpRequestMessage ToServer(HttpContext context)
    {
        var from = context.Request;
        // Escaped as it came: the signature covers that.
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var to = new HttpRequestMessage(
            new HttpMethod(from.Method), new Uri(server + target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        if (from.ContentLength is not null || from.Headers.TransferEncoding.Count > 0)
            to.Content = new StreamContent(from.Body);
        foreach (var (name, values) in from.Headers.Where(header => !HopByHop.Contains(header.Key, StringComparer.OrdinalIgnoreCase)))
        {
            if (!to.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
                to.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        }

        to.Headers.Host = from.Host.Value;
        return to;
    }

    private static async Task Answer(HttpContext context, HttpResponseMessage response)
    {
        context.Response.StatusCode = (int)response.StatusCode;
        foreach (var (name, values) in response.Headers.Concat(response.Content.Headers))
        {
            if (!HopByHop.Contains(name, StringComparer.OrdinalIgnoreCase))
                context.Response.Headers[name] = values.ToArray();
        }

        if (!HttpMethods.IsHead(context.Request.Method) && response.StatusCode is not (HttpStatusCode.NoContent or HttpStatusCode.NotModified))
            await response.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
    }

    private static StoreRequest Describe(HttpRequest request)
    {
        var path = request.Path.Value!.TrimStart('/');
        var method = request.Method == "PUT" && request.Headers.ContainsKey("x-amz-copy-source") ? "COPY" : request.Method;
        return new StoreRequest(method, path[(path.IndexOf('/', StringComparison.Ordinal) + 1)..]);
    }
}
