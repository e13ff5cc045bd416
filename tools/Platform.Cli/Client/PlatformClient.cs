using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Platform.Cli.Recordings;
using Platform.Cli.State;

namespace Platform.Cli.Client;

/// <summary>The HTTP APIs of the running services; a refusal becomes one line that says which service refused what, and why.</summary>
internal sealed class PlatformClient : IDisposable
{
    private readonly HttpClient http = new() { Timeout = TimeSpan.FromMinutes(2) };
    private readonly PortBlock ports;

    public PlatformClient(PortBlock ports) => this.ports = ports;

    /// <summary>The platform of this checkout, which must be running.</summary>
    public static PlatformClient Connect(StateFolder state) =>
        PortBlock.Load(state) is { } ports && Running.LocalPlatform.AnyAlive(state)
            ? new(ports)
            : throw new PlatformException("the platform is not running; ./platform up starts it.");

    public void Dispose() => http.Dispose();

    public Task<StoredSpec> PostFeatureSpec(object spec, CancellationToken cancellationToken) =>
        Send<StoredSpec>("features", ports.Features, HttpMethod.Post, "/feature-specs", spec, cancellationToken);

    public Task<List<StoredSpec>> GetFeatureSpecs(CancellationToken cancellationToken) =>
        Send<List<StoredSpec>>("features", ports.Features, HttpMethod.Get, "/feature-specs", null, cancellationToken);

    public Task<StoredSpec?> FindFeatureSpec(string name, CancellationToken cancellationToken) =>
        Find<StoredSpec>("features", ports.Features, $"/feature-specs/{Uri.EscapeDataString(name)}", cancellationToken);

    public Task<List<MachineType>> GetMachineTypes(CancellationToken cancellationToken) =>
        Send<List<MachineType>>("ingest", ports.Ingest, HttpMethod.Get, "/machine-types", null, cancellationToken);

    public Task<MachineType> PutMachineType(string type, object settings, CancellationToken cancellationToken) =>
        Send<MachineType>("ingest", ports.Ingest, HttpMethod.Put, $"/machine-types/{Uri.EscapeDataString(type)}", settings, cancellationToken);

    public Task<Device> PutDevice(string device, object settings, CancellationToken cancellationToken) =>
        Send<Device>("ingest", ports.Ingest, HttpMethod.Put, $"/devices/{Uri.EscapeDataString(device)}", settings, cancellationToken);

    public Task<Device?> FindDevice(string device, CancellationToken cancellationToken) =>
        Find<Device>("ingest", ports.Ingest, $"/devices/{Uri.EscapeDataString(device)}", cancellationToken);

    /// <summary>Archives a recording; the flag says whether it was there already.</summary>
    public async Task<(Recording Recording, bool Known)> PutRecording(
        string device, string file, string label, DateTimeOffset recordedAt, CancellationToken cancellationToken)
    {
        var query = $"recordedAt={Uri.EscapeDataString(recordedAt.ToString("O", CultureInfo.InvariantCulture))}&label={label}&name={Uri.EscapeDataString(Path.GetFileName(file))}";
        using var request = new HttpRequestMessage(HttpMethod.Put, Address(ports.Ingest, $"/devices/{Uri.EscapeDataString(device)}/recordings?{query}"));
        request.Content = Audio(file);
        using var response = await Exchange("ingest", request, cancellationToken);
        await Accept("ingest", response, Path.GetFileName(file), cancellationToken);
        return (await Read<Recording>(response, cancellationToken), response.StatusCode == HttpStatusCode.OK);
    }

    public Task<Recording> GetRecording(Guid recording, CancellationToken cancellationToken) =>
        Send<Recording>("ingest", ports.Ingest, HttpMethod.Get, $"/recordings/{recording}", null, cancellationToken);

    /// <summary>A page in the order of arrival.</summary>
    /// <param name="after">The last recording of the page before; null for the first page.</param>
    public Task<List<Recording>> GetRecordings(string device, string state, int limit, Guid? after, CancellationToken cancellationToken) =>
        Send<List<Recording>>("ingest", ports.Ingest, HttpMethod.Get,
            $"/devices/{Uri.EscapeDataString(device)}/recordings?state={state}&limit={limit}{(after is null ? "" : $"&after={after}")}", null, cancellationToken);

    /// <summary>All devices together.</summary>
    public Task<RecordingSummary> GetRecordingSummary(CancellationToken cancellationToken) =>
        Send<RecordingSummary>("ingest", ports.Ingest, HttpMethod.Get, "/recordings/summary", null, cancellationToken);

    public Task PutLabel(Guid recording, string label, CancellationToken cancellationToken) =>
        Send<Recording>("ingest", ports.Ingest, HttpMethod.Put, $"/recordings/{recording}/label", new { label, by = "platform demo" }, cancellationToken);

    /// <summary>Null until the features service has heard of the device.</summary>
    public Task<DeviceData?> FindDeviceData(string device, CancellationToken cancellationToken) =>
        Find<DeviceData>("features", ports.Features, $"/devices/{Uri.EscapeDataString(device)}/data", cancellationToken);

    /// <summary>Starts a training run; when one of the same model is active already, that one.</summary>
    /// <param name="scope">The registry's fields for what the model is for.</param>
    public async Task<string> StartRun(IReadOnlyDictionary<string, object> scope, object parameters, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Address(ports.Registry, "/runs"))
        {
            Content = JsonContent.Create(new Dictionary<string, object>(scope) { ["parameters"] = parameters }, options: Json.Web),
        };
        using var response = await Exchange("registry", request, cancellationToken);
        if (response.StatusCode == HttpStatusCode.Conflict
            && await response.Content.ReadFromJsonAsync<ActiveRun>(Json.Web, cancellationToken) is { ActiveRunId: { } active })
            return active.ToString();
        await Accept("registry", response, "this run", cancellationToken);
        return (await Read<Run>(response, cancellationToken)).Id.ToString();
    }

    public Task<Run> GetRun(string run, CancellationToken cancellationToken) =>
        Send<Run>("registry", ports.Registry, HttpMethod.Get, $"/runs/{run}?metrics=false", null, cancellationToken);

    public Task<Model?> FindModel(string modelId, CancellationToken cancellationToken) =>
        Find<Model>("registry", ports.Registry, $"/models/{modelId}", cancellationToken);

    public Task<LoadedModel?> FindLoadedModel(string device, CancellationToken cancellationToken) =>
        Find<LoadedModel>("predictor", ports.Predictor, $"/devices/{Uri.EscapeDataString(device)}/model", cancellationToken);

    /// <summary>Predictions of a device, newest recording first.</summary>
    /// <param name="after">The last recording of the page before; null for the first page.</param>
    public Task<List<Prediction>> GetPredictions(string device, int limit, Guid? after, CancellationToken cancellationToken) =>
        Send<List<Prediction>>("predictor", ports.Predictor, HttpMethod.Get,
            $"/devices/{Uri.EscapeDataString(device)}/predictions?limit={limit}{(after is null ? "" : $"&after={after}")}", null, cancellationToken);

    public async Task<Score> Score(string device, string file, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Address(ports.Predictor, $"/devices/{Uri.EscapeDataString(device)}/score"));
        request.Content = Audio(file);
        using var response = await Exchange("predictor", request, cancellationToken);
        await Accept("predictor", response, Path.GetFileName(file), cancellationToken);
        return await Read<Score>(response, cancellationToken);
    }

    /// <summary>For the capabilities of the predictor, each of which has its calls in a file of its own.</summary>
    public Task<T> Predictor<T>(HttpMethod method, string path, object? body, CancellationToken cancellationToken) =>
        Send<T>("predictor", ports.Predictor, method, path, body, cancellationToken);

    /// <summary>Null when the predictor does not know it.</summary>
    public Task<T?> FindInPredictor<T>(HttpMethod method, string path, CancellationToken cancellationToken)
        where T : class => Find<T>("predictor", ports.Predictor, path, cancellationToken, method);

    /// <summary>A picture, of a recording or of a file that is posted.</summary>
    public async Task<byte[]> DrawnByPredictor(string path, string? file, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(file is null ? HttpMethod.Get : HttpMethod.Post, Address(ports.Predictor, path));
        request.Content = file is null ? null : Audio(file);
        using var response = await Exchange("predictor", request, cancellationToken);
        await Accept("predictor", response, path.Split('?')[0], cancellationToken);
        return await response.Content.ReadAsByteArrayAsync(cancellationToken);
    }

    /// <summary>For the capabilities of the registry, each of which has its calls in a file of its own.</summary>
    /// <param name="ifMatch">The ETag that the caller saw; null when any will do.</param>
    public Task<T> Registry<T>(HttpMethod method, string path, object? body, CancellationToken cancellationToken, string? ifMatch = null) =>
        Send<T>("registry", ports.Registry, method, path, body, cancellationToken, ifMatch);

    /// <summary>Likewise of ingest.</summary>
    public Task<T> Ingest<T>(HttpMethod method, string path, object? body, CancellationToken cancellationToken) =>
        Send<T>("ingest", ports.Ingest, method, path, body, cancellationToken);

    /// <summary>Where a person finds something with a browser.</summary>
    public Uri AddressOf(string service, string path) => Address(
        service switch
        {
            "ingest" => ports.Ingest,
            "features" => ports.Features,
            "predictor" => ports.Predictor,
            _ => throw new ArgumentOutOfRangeException(nameof(service), service, "There is no such service for people."),
        },
        path);

    /// <summary>For what answers with nothing.</summary>
    public async Task DeleteInRegistry(string path, CancellationToken cancellationToken, string? ifMatch = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, Address(ports.Registry, path));
        if (ifMatch is not null)
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        using var response = await Exchange("registry", request, cancellationToken);
        await Accept("registry", response, path.Split('?')[0], cancellationToken);
    }

    /// <summary>Null when the registry does not know it.</summary>
    public Task<T?> FindInRegistry<T>(string path, CancellationToken cancellationToken)
        where T : class => Find<T>("registry", ports.Registry, path, cancellationToken);

    /// <summary>Null when the predictor does not know it.</summary>
    public Task<T?> FindInPredictor<T>(string path, CancellationToken cancellationToken)
        where T : class => Find<T>("predictor", ports.Predictor, path, cancellationToken);

    /// <summary>An answer whose body is read as it comes; the caller disposes it.</summary>
    public async Task<HttpResponseMessage> StreamFromRegistry(string path, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Address(ports.Registry, path));
        var response = await Exchange("registry", request, cancellationToken, HttpCompletionOption.ResponseHeadersRead);
        await Accept("registry", response, path, cancellationToken);
        return response;
    }

    /// <summary>An answer whose status the caller judges, and which the caller disposes.</summary>
    public async Task<HttpResponseMessage> AskRegistry(HttpMethod method, string path, HttpContent? body, string? ifNoneMatch, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, Address(ports.Registry, path)) { Content = body };
        if (ifNoneMatch is not null)
            request.Headers.TryAddWithoutValidation("If-None-Match", ifNoneMatch);
        return await Exchange("registry", request, cancellationToken);
    }

    /// <summary>The body of an answer of the registry; a refusal is an error that says what was refused, and why.</summary>
    public static async Task<T> Accepted<T>(HttpResponseMessage response, string what, CancellationToken cancellationToken)
    {
        await Accept("registry", response, what, cancellationToken);
        return await Read<T>(response, cancellationToken);
    }

    private static StreamContent Audio(string file)
    {
        if (!File.Exists(file))
            throw new PlatformException($"{file} does not exist.");
        var content = new StreamContent(File.OpenRead(file));
        content.Headers.ContentType = new MediaTypeHeaderValue(AudioFiles.MediaTypeOf(file));
        return content;
    }

    private async Task<T?> Find<T>(string service, int port, string path, CancellationToken cancellationToken, HttpMethod? method = null)
        where T : class
    {
        using var request = new HttpRequestMessage(method ?? HttpMethod.Get, Address(port, path));
        using var response = await Exchange(service, request, cancellationToken);
        if (response.StatusCode == HttpStatusCode.NotFound)
            return null;
        await Accept(service, response, path, cancellationToken);
        return await Read<T>(response, cancellationToken);
    }

    private async Task<T> Send<T>(
        string service, int port, HttpMethod method, string path, object? body, CancellationToken cancellationToken, string? ifMatch = null)
    {
        using var request = new HttpRequestMessage(method, Address(port, path));
        if (ifMatch is not null)
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        if (body is not null)
            request.Content = JsonContent.Create(body, options: Json.Web);
        using var response = await Exchange(service, request, cancellationToken);
        await Accept(service, response, path, cancellationToken);
        return await Read<T>(response, cancellationToken);
    }

    private async Task<HttpResponseMessage> Exchange(
        string service,
        HttpRequestMessage request,
        CancellationToken cancellationToken,
        HttpCompletionOption until = HttpCompletionOption.ResponseContentRead)
    {
        try
        {
            return await http.SendAsync(request, until, cancellationToken);
        }
        catch (HttpRequestException exception)
        {
            throw new PlatformException($"{service} does not answer ({exception.Message}); ./platform status shows what runs.", exception);
        }
        catch (TaskCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new PlatformException($"{service} did not answer {request.RequestUri?.AbsolutePath} within {http.Timeout.TotalSeconds:0} s.", exception);
        }
    }

    private static async Task Accept(string service, HttpResponseMessage response, string what, CancellationToken cancellationToken)
    {
        if (response.IsSuccessStatusCode)
            return;
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        throw new PlatformException($"{service} refused {what} ({(int)response.StatusCode}): {Problem.Describe(text)}");
    }

    private static async Task<T> Read<T>(HttpResponseMessage response, CancellationToken cancellationToken) =>
        await response.Content.ReadFromJsonAsync<T>(Json.Web, cancellationToken)
        ?? throw new PlatformException($"{response.RequestMessage?.RequestUri} answered with nothing.");

    private static Uri Address(int port, string path) => new($"http://127.0.0.1:{port}{path}");

    private sealed record ActiveRun(Guid? ActiveRunId);
}
