using Platform.Cli.Client;
using Platform.Cli.Output;
using Platform.Cli.State;

namespace Platform.Cli.Running;

/// <summary>
/// A platform of its own beside the plant's, for experiments that must neither find nor leave anything there: other ports, an empty
/// database and store. It ends with this process, however that ends.
/// </summary>
internal sealed class ThrowawayPlatform : IAsyncDisposable
{
    private readonly StateFolder state;
    private readonly LocalPlatform platform;
    private readonly bool keep;

    private ThrowawayPlatform(StateFolder state, LocalPlatform platform, bool keep)
    {
        (this.state, this.platform, this.keep) = (state, platform, keep);
        Client = new PlatformClient(platform.Ports);
    }

    public PlatformClient Client { get; }

    public string Folder => state.Root;

    /// <param name="keep">Leaves the folder behind, stopped, for whoever wants to look at what it made.</param>
    public static async Task<ThrowawayPlatform> Start(string name, int trainers, bool keep, Report report, CancellationToken cancellationToken)
    {
        // The process id keeps two that run at once apart; what a killed one left is removed by the next.
        RemoveLeftOvers(name);
        var state = new StateFolder(Path.Combine(Checkout.State.Root, $"{name}-{(keep ? "kept-" : "")}{Environment.ProcessId}"));
        try
        {
            var (platform, _) = await UpCommand.Ensure(state, trainers, diesWithUs: true, report, cancellationToken);
            return new(state, platform, keep);
        }
        catch when (!keep)
        {
            Remove(state);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        using (await state.Lock(CancellationToken.None))
            await platform.Stop();
        if (!keep)
            Remove(state);
    }

    private static void RemoveLeftOvers(string name)
    {
        if (!Directory.Exists(Checkout.State.Root))
            return;
        foreach (var folder in Directory.EnumerateDirectories(Checkout.State.Root, name + "-*"))
        {
            var owner = Path.GetFileName(folder)[(name.Length + 1)..];
            if (int.TryParse(owner, out _) && !Directory.Exists($"/proc/{owner}") && !LocalPlatform.AnyAlive(new StateFolder(folder)))
                Remove(new StateFolder(folder));
        }
    }

    private static void Remove(StateFolder state)
    {
        if (!Directory.Exists(state.Root))
            return;
        if (PortBlock.Load(state) is { } ports && new LocalPlatform(state, ports).Postgres.DataFolder is var data && Directory.Exists(data))
            Directory.Delete(data, recursive: true); // it may stand outside the folder
        Directory.Delete(state.Root, recursive: true);
    }
}
