namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            /// <summary>Makes the tensor a parameter of a network.</summary>
            public static Modules.Parameter Parameter(Tensor data, bool requires_grad = true) => new(data, requires_grad);
        }
    }

    namespace Modules
    {
        /// <summary>A tensor that a module learns.</summary>
        /// <remarks>Takes the tensor over: the one that was passed in is no longer valid.</remarks>
        public class Parameter : torch.Tensor
        {
            public Parameter(torch.Tensor data, bool requires_grad = true) : base(data) => this.requires_grad = requires_grad;
        }
    }
}
