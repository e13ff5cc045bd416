using System.Text;
using Platform.Hosting;

namespace Platform.Trainer.Slices;

/// <summary>Who may work on a slice.</summary>
internal static class SliceClaims
{
    /// <summary>
    /// True for the message that created the claim, however often it is delivered. False for any other message of the slice,
    /// and once the next slice is claimed: then this message's work is done and only its acknowledgement was lost.
    /// </summary>
    internal static async Task<bool> TryClaim(
        IObjectStore store, RunKeys run, int slice, Guid messageId, CancellationToken cancellationToken)
    {
        var claim = Encoding.UTF8.GetBytes(messageId.ToString());
        var key = run.Slice(slice);
        if (await store.TryCreate(key, claim, cancellationToken))
            return true;
        return (await store.ReadAll(key, cancellationToken)).AsSpan().SequenceEqual(claim)
            && await store.Find(run.Slice(slice + 1), cancellationToken) is null;
    }
}
