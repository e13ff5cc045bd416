using Microsoft.AspNetCore.Http.HttpResults;

namespace Platform.Registry;

/// <summary>The problem details (RFC 9457) that this API answers with.</summary>
internal static class Problem
{
    /// <param name="errors">Field → what is wrong and what is allowed.</param>
    public static ProblemHttpResult BadRequest(IReadOnlyDictionary<string, string> errors) => TypedResults.Problem(
        detail: string.Join(' ', errors.Select(error => $"{error.Key}: {error.Value}")),
        statusCode: StatusCodes.Status400BadRequest,
        extensions: [new("errors", errors)]);

    public static ProblemHttpResult BadRequest(string field, string error) =>
        BadRequest(new Dictionary<string, string> { [field] = error });

    public static ProblemHttpResult NotFound(string detail) =>
        TypedResults.Problem(detail: detail, statusCode: StatusCodes.Status404NotFound);

    /// <summary>Somebody else was faster: the caller's <c>If-Match</c> is not the revision that stands.</summary>
    public static ProblemHttpResult PreconditionFailed(string what, long revision) => TypedResults.Problem(
        detail: $"{what} was changed meanwhile: its revision is {ETags.Of(revision)}; read it again, then decide.",
        statusCode: StatusCodes.Status412PreconditionFailed,
        extensions: [new("revision", revision)]);

    public static ProblemHttpResult Conflict(string detail, params ReadOnlySpan<(string Name, object Value)> extensions)
    {
        var members = new Dictionary<string, object?>();
        foreach (var (name, value) in extensions)
            members[name] = value;
        return TypedResults.Problem(detail: detail, statusCode: StatusCodes.Status409Conflict, extensions: members);
    }
}
