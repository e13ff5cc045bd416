using System.ComponentModel.DataAnnotations;

namespace Platform.Registry.Runs;

internal sealed record RunOptions
{
    /// <summary>A run that nobody reports about for this long is ended as failed.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "7.00:00:00", ErrorMessage = "allowed is 00:00:01 to 7.00:00:00.")]
    public TimeSpan RunTimeout { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>A run that no trainer takes for this long is ended as failed; many runs in front of it are no failure.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00", ErrorMessage = "allowed is 00:00:01 to 30.00:00:00.")]
    public TimeSpan QueueTimeout { get; init; } = TimeSpan.FromDays(1);
}
