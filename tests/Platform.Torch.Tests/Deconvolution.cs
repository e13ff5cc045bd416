using TorchSharp.Interop;

namespace Platform.Torch.Tests;

/// <summary>Chooses how transposed convolutions are computed, until it is disposed.</summary>
internal sealed class Deconvolution : IDisposable
{
    private readonly int before;

    public Deconvolution(bool oneDnn) => Native.Check(Native.pt_deconvolution(oneDnn ? 1 : 0, out before));

    public void Dispose() => Native.Check(Native.pt_deconvolution(before, out _));
}
