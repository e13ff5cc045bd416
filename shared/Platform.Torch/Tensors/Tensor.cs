using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>An n-dimensional array of libtorch, on any device, that records gradients when asked to.</summary>
    /// <remarks>Freed by <see cref="Dispose()"/>, by the dispose scope of the thread that made it, and otherwise by the garbage collector.</remarks>
    public partial class Tensor : IDisposable
    {
        private TensorHandle handle;

        internal Tensor(TensorHandle handle)
        {
            this.handle = handle;
            var live = Interlocked.Increment(ref TensorHandle.Live);
            if (live > TensorHandle.Peak)
                TensorHandle.Peak = live; // a race can only miss a peak by a few; the number is for diagnosis
            OwningDisposeScope = DisposeScopeManager.Register(this);
        }

        /// <summary>For parameters: takes over what <paramref name="other"/> owned, without counting it again.</summary>
        private protected Tensor(Tensor other)
        {
            ArgumentNullException.ThrowIfNull(other);
            handle = other.Borrowed;
            OwningDisposeScope = other.OwningDisposeScope;
            OwningDisposeScope?.Replace(other, this);
            other.OwningDisposeScope = null;
            other.handle = TensorHandle.None;
        }

        internal DisposeScope? OwningDisposeScope { get; set; }

        /// <summary>The native tensor for the length of a call; throws once the tensor has been disposed.</summary>
        internal TensorHandle Borrowed
        {
            get
            {
                ObjectDisposedException.ThrowIf(IsInvalid, this);
                return handle;
            }
        }

        internal static Tensor From(int status, TensorHandle handle)
        {
            Native.Check(status);
            return new Tensor(handle);
        }

        private Tensor Self(int status)
        {
            Native.Check(status);
            // TorchSharp returns a new reference to the same data from in-place operations, so the result may be disposed on its own.
            return alias();
        }

        public string? name { get; set; }

        public IntPtr Handle => Borrowed.DangerousGetHandle();

        /// <summary>True once the tensor has been disposed or has become a parameter.</summary>
        public bool IsInvalid => handle.IsInvalid || handle.IsClosed;

        /// <summary>How many tensors .NET holds at the moment.</summary>
        public static long TotalCount => Interlocked.Read(ref TensorHandle.Live);

        public static long PeakCount => Interlocked.Read(ref TensorHandle.Peak);

        public void Dispose()
        {
            OwningDisposeScope?.MarkAsDisposed(this);
            if (!ReferenceEquals(handle, TensorHandle.None))
                handle.Dispose();
            GC.SuppressFinalize(this);
        }

        /// <summary>Hands the tensor to the scope around the current one, or to nobody when there is none.</summary>
        public Tensor MoveToOuterDisposeScope()
        {
            OwningDisposeScope?.MoveToOuter(this);
            return this;
        }

        /// <summary>Takes the tensor out of all scopes: whoever holds it disposes it.</summary>
        public Tensor DetachFromDisposeScope()
        {
            OwningDisposeScope?.Detach(this);
            return this;
        }

        /// <summary>Another reference to the same data, disposed independently.</summary>
        public Tensor alias() => From(Native.pt_reference(Borrowed, out var result), result);

        /// <summary>True when both have the same shape, type and elements.</summary>
        public bool Equals(Tensor target)
        {
            ArgumentNullException.ThrowIfNull(target);
            if (dtype != target.dtype || !shape.AsSpan().SequenceEqual(target.shape))
                return false;
            Native.Check(Native.pt_equal(Borrowed, target.Borrowed, out var equal));
            return equal != 0;
        }

        public override bool Equals(object? obj) => obj is Tensor other && Equals(other);

        public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);

        private Tensor Unary(UnaryOp op) => From(Native.pt_unary((int)op, Borrowed, out var result), result);

        private Tensor Unary(UnaryInplaceOp op) => Self(Native.pt_unary_((int)op, Borrowed));

        private Tensor Binary(BinaryOp op, Tensor other)
        {
            ArgumentNullException.ThrowIfNull(other);
            return From(Native.pt_binary((int)op, Borrowed, other.Borrowed, out var result), result);
        }

        private Tensor Binary(BinaryScalarOp op, Scalar other)
        {
            ArgumentNullException.ThrowIfNull(other);
            return From(Native.pt_binary_scalar((int)op, Borrowed, other.Value, out var result), result);
        }

        private Tensor Binary(BinaryInplaceOp op, Tensor other)
        {
            ArgumentNullException.ThrowIfNull(other);
            return Self(Native.pt_binary_((int)op, Borrowed, other.Borrowed));
        }

        private Tensor Binary(BinaryInplaceOp op, Scalar other)
        {
            ArgumentNullException.ThrowIfNull(other);
            return Self(Native.pt_binary_scalar_((int)op, Borrowed, other.Value));
        }
    }

    internal static TensorHandle Optional(Tensor? tensor) => tensor is null ? TensorHandle.None : tensor.Borrowed;

    /// <summary>The handles of several tensors; the caller keeps the tensors alive until after the call.</summary>
    internal static nint[] Handles(IEnumerable<Tensor> tensors) => tensors.Select(t => t.Handle).ToArray();
}
