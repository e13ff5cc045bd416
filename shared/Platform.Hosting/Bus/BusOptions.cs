using System.ComponentModel.DataAnnotations;

namespace Platform.Hosting;

/// <summary>Where RabbitMQ is.</summary>
public sealed record BusOptions : IValidatableObject
{
    /// <summary><c>amqp://user:password@host:port/vhost</c>, or <c>amqps</c> for TLS.</summary>
    [Required(ErrorMessage = "give an address such as 'amqp://user:password@host:5672/vhost'.")]
    [Secret]
    public string Uri { get; init; } = "";

    /// <summary>Names this instance's own queues; by default machine and process.</summary>
    [RegularExpression("[A-Za-z0-9.-]{1,100}", ErrorMessage = "allowed are 1 to 100 letters, digits, '.' and '-'.")]
    public string? Instance { get; init; }

    /// <summary>Pause before the first retry of a failed message; later ones grow up to thirty times that.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:01:00", ErrorMessage = "allowed is 00:00:00.001 to 00:01:00.")]
    public TimeSpan RetryInterval { get; init; } = TimeSpan.FromSeconds(1);

    internal Uri Address => new(Uri);

    internal string VirtualHost =>
        Address.AbsolutePath is "" or "/" ? "/" : System.Uri.UnescapeDataString(Address.AbsolutePath[1..]);

    internal string User => System.Uri.UnescapeDataString(Address.UserInfo.Split(':')[0]);

    internal string Password => System.Uri.UnescapeDataString(Address.UserInfo.Split(':', 2)[1]);

    internal bool Tls => Address.Scheme == "amqps";

    internal int Port => Address.Port > 0 ? Address.Port : Tls ? 5671 : 5672;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!System.Uri.TryCreate(Uri, UriKind.Absolute, out var address) || address.Scheme is not ("amqp" or "amqps"))
            yield return new("it must start with amqp:// or amqps:// and name a host.", [nameof(Uri)]);
        else if (!address.UserInfo.Contains(':', StringComparison.Ordinal))
            yield return new("it must name user and password: amqp://user:password@host:5672/vhost.", [nameof(Uri)]);
        else if (address.Host.Length == 0)
            yield return new("it names no host.", [nameof(Uri)]);
    }
}
