using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.HttpResults;
using Platform.Dsp;
using Platform.Features.Extracting;

namespace Platform.Features.Specs;

internal static partial class FeatureSpecEndpoints
{
    internal static void MapFeatureSpecs(this WebApplication app)
    {
        app.MapPost("/feature-specs", Create);
        app.MapGet("/feature-specs", async (FeatureSpecStore specs, CancellationToken cancellationToken) =>
            (await specs.All(cancellationToken)).Select(FeatureSpecResponse.Of));
        app.MapGet("/feature-specs/{name}", Find);
    }

    private static async Task<Results<Created<FeatureSpecResponse>, Ok<FeatureSpecResponse>, ProblemHttpResult>> Create(
        FeatureSpecRequest request, FeatureSpecStore specs, MissingSets missing, CancellationToken cancellationToken)
    {
        var spec = new FeatureSpec(request.Name, request.Extraction ?? new Extraction(), request.View ?? new View());
        if (!NameRule().IsMatch(spec.Name ?? ""))
        {
            return Problem(StatusCodes.Status400BadRequest,
                $"name is '{spec.Name}', allowed are 1 to 64 letters, digits, '.', '_' and '-', the first a letter or digit.");
        }

        if (spec.Problems().ToArray() is { Length: > 0 } problems)
            return Problem(StatusCodes.Status400BadRequest, string.Join(' ', problems));

        var (stored, created) = await specs.Add(spec, cancellationToken);
        if (stored.Spec.Hash != spec.Hash)
        {
            return Problem(StatusCodes.Status409Conflict,
                $"There is a spec '{spec.Name}' with other content (hash {stored.Spec.Hash}); specs never change, so take another name.");
        }

        // Devices may have named the spec before it was there; asked for at each call, in case an earlier one died in between.
        await missing.ForgetUnknownSpec(spec.Name!, cancellationToken);
        var response = FeatureSpecResponse.Of(stored);
        return created ? TypedResults.Created($"/feature-specs/{spec.Name}", response) : TypedResults.Ok(response);
    }

    private static async Task<Results<Ok<FeatureSpecResponse>, ProblemHttpResult>> Find(
        string name, FeatureSpecStore specs, CancellationToken cancellationToken) =>
        await specs.Find(name, cancellationToken) is { } stored
            ? TypedResults.Ok(FeatureSpecResponse.Of(stored))
            : Problem(StatusCodes.Status404NotFound, $"There is no feature spec '{name}'.");

    private static ProblemHttpResult Problem(int status, string detail) => TypedResults.Problem(detail, statusCode: status);

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z")]
    private static partial Regex NameRule();
}

/// <summary>What is left out has its default.</summary>
internal sealed record FeatureSpecRequest(string? Name, Extraction? Extraction = null, View? View = null);

internal sealed record FeatureSpecResponse(
    string Name, Extraction Extraction, View View, int Frames, string SpecHash, string ExtractionHash, DateTime CreatedAt)
{
    internal static FeatureSpecResponse Of(StoredSpec stored) => new(
        stored.Spec.Name!,
        stored.Spec.Extraction,
        stored.Spec.View,
        stored.Spec.Frames,
        stored.Spec.Hash,
        stored.Spec.Extraction.Hash,
        stored.CreatedAt);
}
