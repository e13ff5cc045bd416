using System.Net.Http.Json;
using Platform.Contracts;

namespace Platform.Predictor.Serving;

/// <summary>What a replica asks the registry over HTTP.</summary>
internal sealed class RegistryClient(HttpClient http) : IDisposable
{
    /// <summary>The live deployment of every model, as it was announced.</summary>
    internal async Task<IReadOnlyList<ModelDeployed>> CurrentDeployments(CancellationToken cancellationToken) =>
        await http.GetFromJsonAsync<ModelDeployed[]>("deployments/current", cancellationToken)
            ?? throw new InvalidDataException($"{http.BaseAddress}deployments/current answered null where a list of deployments belongs.");

    /// <summary>The last shadow of every model that ever had one, as it was announced.</summary>
    internal async Task<IReadOnlyList<ShadowDeployed>> CurrentShadows(CancellationToken cancellationToken) =>
        await http.GetFromJsonAsync<ShadowDeployed[]>("shadows/current", cancellationToken)
            ?? throw new InvalidDataException($"{http.BaseAddress}shadows/current answered null where a list of shadows belongs.");

    public void Dispose() => http.Dispose();
}
