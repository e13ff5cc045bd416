namespace Platform.Torch.Tests;

/// <summary>The network behind the golden values, written as a user of TorchSharp writes it.</summary>
internal sealed class TinyAutoencoder : nn.Module<Tensor, Tensor>
{
    private readonly TorchSharp.Modules.Sequential encoder;
    private readonly TorchSharp.Modules.Sequential decoder;

    public TinyAutoencoder() : base(nameof(TinyAutoencoder))
    {
        long[] sizes = [1, 4, 8, 16, 32];
        var down = new List<nn.Module<Tensor, Tensor>>();
        for (var i = 0; i < 4; i++)
            down.AddRange([
                nn.Conv2d(sizes[i], sizes[i + 1], 3, stride: 2, padding: 1), nn.BatchNorm2d(sizes[i + 1]), nn.ReLU(inplace: true)]);
        var up = new List<nn.Module<Tensor, Tensor>>();
        for (var i = 4; i > 0; i--)
        {
            up.Add(nn.ConvTranspose2d(sizes[i], sizes[i - 1], 3, stride: 2, padding: 1, output_padding: 1));
            if (i > 1)
                up.AddRange([nn.BatchNorm2d(sizes[i - 1]), nn.ReLU(inplace: true)]);
            else
                up.Add(nn.Sigmoid());
        }

        encoder = nn.Sequential(down);
        decoder = nn.Sequential(up);
        RegisterComponents();
    }

    public Tensor Encode(Tensor input) => encoder.call(input);

    public override Tensor forward(Tensor input)
    {
        using var code = encoder.call(input);
        using var output = decoder.call(code);
        return output[TensorIndex.Ellipsis, TensorIndex.Slice(0, input.shape[2]), TensorIndex.Slice(0, input.shape[3])];
    }

    public static TinyAutoencoder Seeded(long seed = 11)
    {
        manual_seed(seed).Dispose();
        return new TinyAutoencoder();
    }
}
