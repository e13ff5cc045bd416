using System.Net.Http.Json;
using Platform.Contracts;

namespace Platform.Predictor.Serving;

/// <summary>The one question that a replica asks the registry over HTTP.</summary>
internal sealed class RegistryClient(HttpClient http) : IDisposable
{
    /// <summary>The live deployment of every model, as it was announced.</summary>
    internal async Task<IReadOnlyList<ModelDeployed>> CurrentDeployments(CancellationToken cancellationToken) =>
        await http.GetFromJsonAsync<ModelDeployed[]>("deployments/current", cancellationToken)
            ?? throw new InvalidDataException($"{http.BaseAddress}deployments/current answered null where a list of deployments belongs.");

    public void Dispose() => http.Dispose();
}
