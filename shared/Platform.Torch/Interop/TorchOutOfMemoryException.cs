using System.Runtime.InteropServices;

namespace TorchSharp;

/// <summary>A device, or this machine, had no memory left for a tensor; what was allocated before is still valid.</summary>
/// <remarks>TorchSharp throws the base class and leaves the cause to its message.</remarks>
public sealed class TorchOutOfMemoryException : ExternalException
{
    public TorchOutOfMemoryException()
    {
    }

    public TorchOutOfMemoryException(string? message) : base(message)
    {
    }

    public TorchOutOfMemoryException(string? message, Exception? inner) : base(message, inner)
    {
    }
}
