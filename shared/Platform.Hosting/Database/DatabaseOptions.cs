using System.ComponentModel.DataAnnotations;
using Npgsql;

namespace Platform.Hosting;

/// <summary>Where the platform's PostgreSQL is; the role's own schema is chosen by the service's name.</summary>
public sealed record DatabaseOptions : IValidatableObject
{
    /// <summary>E.g. <c>Host=db;Username=ingest;Password=…;Database=platform</c>.</summary>
    [Required(ErrorMessage = "give an Npgsql connection string such as 'Host=…;Username=…;Password=…;Database=…'.")]
    [Secret]
    public string ConnectionString { get; init; } = "";

    /// <summary>How long the start waits for a database that does not answer yet.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00", ErrorMessage = "allowed is 00:00:00 to 01:00:00.")]
    public TimeSpan StartupTimeout { get; init; } = TimeSpan.FromSeconds(30);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        string? problem = null;
        try
        {
            var parts = new NpgsqlConnectionStringBuilder(ConnectionString);
            if (string.IsNullOrEmpty(parts.Host))
                problem = "it names no Host.";
            else if (string.IsNullOrEmpty(parts.Username))
                problem = "it names no Username.";
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            problem = $"it is not an Npgsql connection string: {exception.Message}";
        }

        if (problem is not null)
            yield return new(problem, [nameof(ConnectionString)]);
    }
}
