using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Platform.Hosting;

/// <summary>
/// Every error is a problem detail (RFC 9457): a bad request says what was wrong with it, a database that is away is 503,
/// anything else is 500 without its inner workings; the trace id leads to the log.
/// </summary>
internal sealed partial class ProblemHandler(IProblemDetailsService problems, ILogger<ProblemHandler> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        var problem = exception switch
        {
            BadHttpRequestException bad => new ProblemDetails { Status = bad.StatusCode, Detail = Describe(bad) },
            // U+0000, which JSON and URLs can carry and PostgreSQL's text cannot.
            PostgresException { SqlState: PostgresErrorCodes.CharacterNotInRepertoire } => new ProblemDetails
            {
                Status = StatusCodes.Status400BadRequest,
                Detail = "A text of the request holds a character that cannot be stored, such as U+0000.",
            },
            NpgsqlException { IsTransient: true } => new ProblemDetails
            {
                Status = StatusCodes.Status503ServiceUnavailable,
                Detail = "The database does not answer; try again.",
            },
            _ => new ProblemDetails { Status = StatusCodes.Status500InternalServerError },
        };

        // ASP.NET Core leaves the log to us once we handle an exception.
        if (problem.Status >= StatusCodes.Status500InternalServerError)
            LogFailed(exception, httpContext.Request.Method, httpContext.Request.Path);

        httpContext.Response.StatusCode = problem.Status!.Value;
        return await problems.TryWriteAsync(new() { HttpContext = httpContext, ProblemDetails = problem, Exception = exception });
    }

    private static string Describe(BadHttpRequestException bad) =>
        bad.InnerException is JsonException json ? $"{bad.Message} {json.Message}" : bad.Message;

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed")]
    private partial void LogFailed(Exception exception, string method, string path);
}
