using System.ComponentModel.DataAnnotations;

namespace Platform.Hosting;

/// <summary>Where traces, metrics and logs are sent; nowhere when no endpoint is given.</summary>
public sealed record TelemetryOptions : IValidatableObject
{
    /// <summary>OTLP over gRPC, e.g. <c>http://collector:4317</c>.</summary>
    public string? Endpoint { get; init; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!string.IsNullOrEmpty(Endpoint)
            && !(Uri.TryCreate(Endpoint, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"))
            yield return new("it must be an http:// or https:// address such as 'http://collector:4317'.", [nameof(Endpoint)]);
    }
}
