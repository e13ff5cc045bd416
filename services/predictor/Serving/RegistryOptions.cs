using System.ComponentModel.DataAnnotations;

namespace Platform.Predictor.Serving;

/// <summary>Where a replica asks what is deployed.</summary>
internal sealed record RegistryOptions : IValidatableObject
{
    /// <summary>Base address of the registry, e.g. <c>http://registry:8080</c>.</summary>
    [Required(ErrorMessage = "give the registry's base address such as 'http://registry:8080'.")]
    public string Url { get; init; } = "";

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!Uri.TryCreate(Url, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            yield return new("allowed is an absolute http:// or https:// address.", [nameof(Url)]);
    }
}
