using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Platform.Contracts;

namespace Platform.Registry.Runs.Events;

/// <summary>
/// A run as it goes on: <c>run</c> with its row whenever that changes, <c>epoch</c> with each finished epoch, <c>end</c> at last. The id of
/// an <c>epoch</c> is its number, so a client that lost the connection goes on where it was.
/// </summary>
internal sealed class RunEvents(RunStore runs, RunProgressStore progress, RunSignals signals, TimeProvider time)
{
    // Longer silences are cut by proxies.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(15);

    /// <param name="after">Number of the last epoch that the client has seen.</param>
    public async IAsyncEnumerable<SseItem<string>> Follow(
        Guid runId, int after, JsonSerializerOptions json, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var said = "";
        var saidAt = time.GetTimestamp();
        while (!cancellationToken.IsCancellationRequested)
        {
            var changed = signals.Next(runId);
            if (await runs.Find(runId.ToString(), cancellationToken) is not { } run)
                yield break;

            var ended = !RunStates.Active.Contains(run.State);
            foreach (var epoch in await progress.Epochs(runId, after, cancellationToken))
            {
                if (!ended && epoch.Epoch >= run.Epoch)
                    break; // it is still being reported about
                after = epoch.Epoch;
                yield return new(JsonSerializer.Serialize(epoch, json), "epoch") { EventId = epoch.Epoch.ToString(CultureInfo.InvariantCulture) };
            }

            var now = JsonSerializer.Serialize(run, json);
            if (now != said)
            {
                (said, saidAt) = (now, time.GetTimestamp());
                yield return new(now, "run");
            }
            else if (time.GetElapsedTime(saidAt) >= Silence)
            {
                saidAt = time.GetTimestamp();
                yield return new("", "ping");
            }

            if (ended)
            {
                yield return new(JsonSerializer.Serialize(new { run.State, run.Reason, run.Version }, json), "end");
                yield break;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }
}
