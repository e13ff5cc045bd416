using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public bool requires_grad
        {
            get => Info.RequiresGrad != 0;
            set => Native.Check(Native.pt_set_requires_grad(Borrowed, value ? 1 : 0));
        }

        public Tensor requires_grad_(bool requires_grad = true)
        {
            this.requires_grad = requires_grad;
            return this;
        }

        public Tensor with_requires_grad(bool requires_grad = true) => requires_grad_(requires_grad);

        public void retain_grad() => Native.Check(Native.pt_retain_grad(Borrowed));

        public bool is_leaf
        {
            get
            {
                Native.Check(Native.pt_info(Borrowed, out _, out var leaf, out _));
                return leaf != 0;
            }
        }

        /// <summary>The gradient that backward() accumulated here, a new reference each time; null where there is none.</summary>
        public Tensor? grad
        {
            get
            {
                Native.Check(Native.pt_grad(Borrowed, out var gradient));
                return gradient.IsInvalid ? null : new Tensor(gradient);
            }

            set => Native.Check(Native.pt_set_grad(Borrowed, Optional(value)));
        }

        public void backward(IList<Tensor>? grad_tensors = null, bool create_graph = false, bool retain_graph = false, IList<Tensor>? inputs = null) =>
            autograd.backward([this], grad_tensors, create_graph, retain_graph, inputs);
    }

    /// <summary>Automatic differentiation.</summary>
    public static class autograd
    {
        public static void backward(
            IList<Tensor> tensors, IList<Tensor>? grad_tensors = null, bool create_graph = false, bool retain_graph = false, IList<Tensor>? inputs = null)
        {
            ArgumentNullException.ThrowIfNull(tensors);
            if (grad_tensors is not null && grad_tensors.Count != tensors.Count)
                throw new ArgumentException($"{tensors.Count} tensors but {grad_tensors.Count} gradients.", nameof(grad_tensors));
            nint[] outputs = Handles(tensors), gradients = Handles(grad_tensors ?? []), leaves = Handles(inputs ?? []);
            // libtorch wants the graph kept whenever a graph of the gradients is made
            var keep = retain_graph || create_graph ? 1 : 0;
            Native.Check(Native.pt_backward(outputs, grad_tensors is null ? default : gradients, outputs.Length, keep, create_graph ? 1 : 0, leaves, leaves.Length));
            GC.KeepAlive(tensors);
            GC.KeepAlive(grad_tensors);
            GC.KeepAlive(inputs);
        }
    }
}
