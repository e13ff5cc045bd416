using System.Runtime.InteropServices;
using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>The version of libtorch that the native part was built with.</summary>
    public static string __version__ { get; } = Marshal.PtrToStringUTF8(Native.pt_torch_version())!;

    public static DisposeScope NewDisposeScope() => DisposeScopeManager.NewDisposeScope();

    /// <summary>Evaluates the expression in a scope of its own, of which only the result survives.</summary>
    public static Tensor WrappedTensorDisposeScope(Func<Tensor> expr)
    {
        ArgumentNullException.ThrowIfNull(expr);
        using var scope = NewDisposeScope();
        return expr().MoveToOuterDisposeScope();
    }

    public static IDisposable no_grad() => new GradMode(false);

    public static IDisposable enable_grad(bool enabled = true) => new GradMode(enabled);

    public static IDisposable set_grad_enabled(bool mode = true) => new GradMode(mode);

    public static bool is_grad_enabled()
    {
        Native.Check(Native.pt_grad_mode(-1, out var enabled));
        return enabled != 0;
    }

    public static IDisposable inference_mode(bool mode = true) => new InferenceMode(mode);

    public static bool is_inference_mode_enabled()
    {
        Native.Check(Native.pt_inference_mode_enabled(out var enabled));
        return enabled != 0;
    }

    public static void set_num_threads(int num) => Native.Check(Native.pt_set_num_threads(num));

    public static int get_num_threads()
    {
        Native.Check(Native.pt_get_num_threads(out var count));
        return count;
    }

    public static void set_num_interop_threads(int num) => Native.Check(Native.pt_set_num_interop_threads(num));

    public static int get_num_interop_threads()
    {
        Native.Check(Native.pt_get_num_interop_threads(out var count));
        return count;
    }

    // Both modes belong to the thread: they are left where they were entered, in reverse order.
    private sealed class GradMode : IDisposable
    {
        private readonly int before;

        public GradMode(bool enabled) => Native.Check(Native.pt_grad_mode(enabled ? 1 : 0, out before));

        public void Dispose() => Native.Check(Native.pt_grad_mode(before, out _));
    }

    private sealed class InferenceMode : IDisposable
    {
        private nint scope;

        public InferenceMode(bool enabled) => Native.Check(Native.pt_inference_mode_enter(enabled ? 1 : 0, out scope));

        public void Dispose()
        {
            if (Interlocked.Exchange(ref scope, 0) is var entered && entered != 0)
                Native.Check(Native.pt_inference_mode_leave(entered));
        }
    }
}
