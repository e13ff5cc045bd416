using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Platform.Models;

/// <summary>
/// <c>conv-ae</c>: reconstructs normalised patches <c>[batch, 1, n_mels, frames]</c> of any height and width.
/// </summary>
/// <remarks>
/// Each encoder layer halves height and width (3×3, stride 2), each decoder layer doubles them. Parameter names are
/// <c>encoder.{0,3,6,9}</c> and <c>decoder.{0,3,6,9}</c> for the (transposed) convolutions and the next index for their batch
/// normalisation: the file format, so Python defines the same network with two <c>nn.Sequential</c>.
/// </remarks>
public sealed class ConvAutoencoder : Module<Tensor, Tensor>
{
    // libtorch's generator belongs to the whole process: between seed and weights nobody else may draw from it.
    private static readonly Lock Drawing = new();

    private readonly Sequential encoder;
    private readonly Sequential decoder;

    public ConvAutoencoder(IReadOnlyList<int> channels, long? seed = null)
        : base(nameof(ConvAutoencoder))
    {
        ArgumentNullException.ThrowIfNull(channels);
        ArgumentOutOfRangeException.ThrowIfZero(channels.Count, nameof(channels));
        int[] sizes = [1, .. channels];

        // The order of construction is the order in which the generator is asked: it belongs to what a seed means.
        lock (Drawing)
        {
            if (seed is { } value)
                manual_seed(value).Dispose();
            encoder = Encoder(sizes);
            decoder = Decoder(sizes);
        }

        RegisterComponents();
    }

    /// <summary>The reconstruction, of the input's shape.</summary>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var scope = NewDisposeScope();
        var output = decoder.forward(encoder.forward(input));
        // Halving rounds up, so the doubled size is never smaller than the input: cropping is all that fitting takes.
        return output.narrow(2, 0, input.shape[2]).narrow(3, 0, input.shape[3]).MoveToOuterDisposeScope();
    }
    private static Sequential Encoder(int[] sizes)
    {
        var layers = new List<Module<Tensor, Tensor>>();
        for (var i = 0; i < sizes.Length - 1; i++)
            layers.AddRange([Conv2d(sizes[i], sizes[i + 1], 3, stride: 2, padding: 1), BatchNorm2d(sizes[i + 1]), ReLU(inplace: true)]);
        return Sequential([.. layers]);
    }

    private static Sequential Decoder(int[] sizes)
    {
        var layers = new List<Module<Tensor, Tensor>>();
        for (var i = sizes.Length - 1; i > 0; i--)
        {
            layers.Add(ConvTranspose2d(sizes[i], sizes[i - 1], 3, stride: 2, padding: 1, output_padding: 1));
            layers.AddRange(i > 1 ? [BatchNorm2d(sizes[i - 1]), ReLU(inplace: true)] : [Sigmoid()]);
        }

        return Sequential([.. layers]);
    }
}
