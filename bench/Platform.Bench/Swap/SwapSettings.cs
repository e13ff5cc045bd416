namespace Platform.Bench.Swap;

/// <param name="PerSecond">Swaps a second, over all devices.</param>
/// <param name="Corrupt">Every tenth deployment is a bad one.</param>
/// <param name="Freeze">The last replica is frozen in the second third of the swaps.</param>
internal sealed record SwapSettings(
    int Swaps, double PerSecond, int Devices, int Clients, TimeSpan SlowStore, bool Corrupt, int Replicas, bool Freeze);
