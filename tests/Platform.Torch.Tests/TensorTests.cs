namespace Platform.Torch.Tests;

public sealed class TensorTests
{
    private static readonly float[] Values = [-1.5f, -0.25f, 0f, 0.5f, 2.75f];

    public static TheoryData<string, Func<Tensor, Tensor>, Func<double, double>> Elementwise => new()
    {
        { "neg", t => t.neg(), x => -x },
        { "abs", t => t.abs(), Math.Abs },
        { "square", t => t.square(), x => x * x },
        { "sqrt", t => t.sqrt(), Math.Sqrt },
        { "rsqrt", t => t.rsqrt(), x => 1 / Math.Sqrt(x) },
        { "exp", t => t.exp(), Math.Exp },
        { "expm1", t => t.expm1(), x => Math.Exp(x) - 1 },
        { "log", t => t.log(), Math.Log },
        { "log2", t => t.log2(), Math.Log2 },
        { "log10", t => t.log10(), Math.Log10 },
        { "log1p", t => t.log1p(), x => Math.Log(1 + x) },
        { "sigmoid", t => t.sigmoid(), x => 1 / (1 + Math.Exp(-x)) },
        { "relu", t => t.relu(), x => Math.Max(x, 0) },
        { "tanh", t => t.tanh(), Math.Tanh },
        { "sin", t => t.sin(), Math.Sin },
        { "cos", t => t.cos(), Math.Cos },
        { "floor", t => t.floor(), Math.Floor },
        { "ceil", t => t.ceil(), Math.Ceiling },
        { "round", t => t.round(), Math.Round },
        { "sign", t => t.sign(), x => Math.Sign(x) },
        { "reciprocal", t => t.reciprocal(), x => 1 / x },
        { "clone", t => t.clone(), x => x },
        { "detach", t => t.detach(), x => x },
        { "neg_", t => t.neg_(), x => -x },
        { "abs_", t => t.abs_(), Math.Abs },
        { "square_", t => t.square_(), x => x * x },
        { "sqrt_", t => t.sqrt_(), Math.Sqrt },
        { "rsqrt_", t => t.rsqrt_(), x => 1 / Math.Sqrt(x) },
        { "exp_", t => t.exp_(), Math.Exp },
        { "log_", t => t.log_(), Math.Log },
        { "sigmoid_", t => t.sigmoid_(), x => 1 / (1 + Math.Exp(-x)) },
        { "relu_", t => t.relu_(), x => Math.Max(x, 0) },
        { "tanh_", t => t.tanh_(), Math.Tanh },
        { "floor_", t => t.floor_(), Math.Floor },
        { "ceil_", t => t.ceil_(), Math.Ceiling },
        { "reciprocal_", t => t.reciprocal_(), x => 1 / x },
        { "zero_", t => t.zero_(), _ => 0 },
        { "clamp", t => t.clamp(-1, 0.25), x => Math.Clamp(x, -1, 0.25) },
        { "clamp to a minimum", t => t.clamp(min: 0.1), x => Math.Max(x, 0.1) },
        { "isnan of log", t => t.log().isnan().to(float32), x => x < 0 ? 1 : 0 },
        { "isfinite of log", t => t.log().isfinite().to(float32), x => x > 0 ? 1 : 0 },
        { "isinf of reciprocal", t => t.reciprocal().isinf().to(float32), x => x == 0 ? 1 : 0 },
        { "logical_not", t => t.logical_not().to(float32), x => x == 0 ? 1 : 0 },
        { "+ number", t => t + 2, x => x + 2 },
        { "number +", t => 2 + t, x => 2 + x },
        { "- number", t => t - 0.5, x => x - 0.5 },
        { "number -", t => 2 - t, x => 2 - x },
        { "* number", t => t * 3, x => x * 3 },
        { "/ number", t => t / 4, x => x / 4 },
        { "number /", t => 1 / t, x => 1 / x },
        { "pow", t => t.pow(2), x => x * x },
        { "mul_", t => t.mul_(3), x => x * 3 },
        { "div_", t => t.div_(4), x => x / 4 },
        { "pow_", t => t.pow_(3), x => x * x * x },
        { "add_", t => t.add_(1), x => x + 1 },
        { "add_ scaled", t => t.add_(t.clone(), alpha: 2), x => 3 * x },
        { "sub scaled", t => t.sub(t, 0.5), x => 0.5 * x },
        { "addcmul_", t => t.addcmul_(t.clone(), t.clone(), value: 2), x => x + 2 * x * x },
        { "< number", t => (t < 0).to(float32), x => x < 0 ? 1 : 0 },
        { ">= number", t => (t >= 0).to(float32), x => x >= 0 ? 1 : 0 },
        { "eq number", t => t.eq(0.5).to(float32), x => x == 0.5 ? 1 : 0 },
        { "ne number", t => t.ne(0.5).to(float32), x => x != 0.5 ? 1 : 0 },
        { "maximum", t => t.maximum(zeros_like(t)), x => Math.Max(x, 0) },
        { "minimum", t => t.minimum(zeros_like(t)), x => Math.Min(x, 0) },
        { "where", t => where(t.gt(0), t, t * 10), x => x > 0 ? x : x * 10 },
        { "fill_", t => t.fill_(7), _ => 7 },
        { "copy_", t => t.copy_(t.exp()), Math.Exp },
        { "bfloat16 and back", t => t.to(bfloat16).to(float32), x => x },
    };

    [Theory]
    [MemberData(nameof(Elementwise))]
    public void Every_elementwise_operation_computes_what_its_name_says(string what, Func<Tensor, Tensor> operation, Func<double, double> expected)
    {
        ArgumentNullException.ThrowIfNull(operation);
        using var scope = NewDisposeScope();

        var result = operation(tensor(Values)).data<float>().ToArray();

        Assert.All(Values.Zip(result), pair => Assert.True(
            Near((float)expected(pair.First), pair.Second), $"{what}({pair.First}) = {pair.Second}, expected {expected(pair.First)}"));

        static bool Near(float a, float b) => a.Equals(b) || Math.Abs(a - b) <= 2e-6f * Math.Max(1, Math.Abs(a));
    }

    [Fact]
    public void Reductions_over_everything_and_over_dimensions()
    {
        using var scope = NewDisposeScope();
        var t = arange(24, float32).reshape(2, 3, 4);

        Assert.Equal(276, t.sum().item<float>());
        Assert.Equal(11.5f, t.mean().item<float>());
        Assert.Equal([60f, 92f, 124f], t.sum([0, 2]).data<float>().ToArray());
        Assert.Equal([1L, 3L, 1L], t.mean([0, 2], keepdim: true).shape);
        Assert.Equal(50.0, t.var().item<float>(), 1e-4);
        Assert.Equal(Math.Sqrt(575.0 / 12), t.std(unbiased: false).item<float>(), 1e-5);
        Assert.Equal(1.25f, t.var([2], unbiased: false)[0, 0].item<float>());
        Assert.Equal(144f, t.var(0, unbiased: false)[0, 0].item<float>() * 4);
        Assert.Equal(0, t.min().item<float>());
        Assert.Equal(23, t.max().item<float>());
        var (values, at) = t.max(1);
        Assert.Equal([8f, 9f, 10f, 11f, 20f, 21f, 22f, 23f], values.data<float>().ToArray());
        Assert.All(at.data<long>(), i => Assert.Equal(2, i));
        Assert.Equal([20f, 23f], t.amax([0, 1]).data<float>().ToArray().Where((_, i) => i is 0 or 3));
        Assert.Equal([0f, 4f, 8f], t.amin(0, 2).data<float>().ToArray());
        Assert.Equal(23, t.argmax().item<long>());
        Assert.Equal(0, t.argmin().item<long>());
        Assert.True(t.ge(0).all().item<bool>());
        Assert.False(t.lt(0).any().item<bool>());
        Assert.Equal([true, true], t.gt(3).any(2).any(1).data<bool>().ToArray());
        Assert.Equal(11.5f, t.flatten().quantile(tensor(0.5f), 0).item<float>());
        Assert.Equal([23f, 22f], t.flatten().sort(descending: true).values[..2].data<float>().ToArray());
        Assert.Equal([0f, 1f, 3f, 6f], t[0, 0].cumsum(0).data<float>().ToArray());
    }

    [Fact]
    public void Shapes_and_views()
    {
        using var scope = NewDisposeScope();
        var t = arange(24).reshape(2, 3, 4);

        Assert.Equal(int64, t.dtype);
        Assert.Equal((3L, 24L, 8L), (t.ndim, t.numel(), t.element_size()));
        Assert.Equal([12L, 4L, 1L], t.stride());
        Assert.Equal([4L, 2L, 3L], t.permute(2, 0, 1).shape);
        Assert.Equal([2L, 4L, 3L], t.transpose(1, 2).shape);
        Assert.False(t.transpose(1, 2).is_contiguous());
        Assert.True(t.transpose(1, 2).contiguous().is_contiguous());
        Assert.Equal([2L, 12L], t.view(2, -1).shape);
        Assert.Equal([2L, 12L], t.flatten(1).shape);
        Assert.Equal([2L, 1L, 3L, 4L], t.unsqueeze(1).shape);
        Assert.Equal([2L, 3L, 4L], t.unsqueeze(1).squeeze(1).shape);
        Assert.Equal([2L, 3L, 4L], t.unsqueeze(0).squeeze().shape);
        Assert.Equal([4L, 5L, 6L, 7L], t.select(0, 0).select(0, 1).data<long>().ToArray());
        Assert.Equal([1L, 3L], t.slice(2, 1, 4, 2)[0, 0].data<long>().ToArray());
        Assert.Equal([2L, 3L, 2L], t.narrow(2, 1, 2).shape);
        Assert.Equal([8L, 0L], t.index_select(1, tensor([2L, 0L]))[0, TensorIndex.Colon, 0].data<long>().ToArray());
        Assert.Equal([4L, 3L, 4L], cat([t, t]).shape);
        Assert.Equal([2L, 2L, 3L, 4L], stack([t, t], 1).shape);
        Assert.Equal([2L, 3L, 4L], zeros(1, 3, 1, int64).expand(2, 3, 4).shape);
        Assert.Equal([6L, 4L], t[0].repeat(2, 1).shape);
        Assert.Equal([3L, 2L, 1L, 0L], t[0, 0].flip(0).data<long>().ToArray());
    }

    [Fact]
    public void Indexing_as_in_Python()
    {
        using var scope = NewDisposeScope();
        var t = arange(24).reshape(2, 3, 4);

        Assert.Equal(23, t[1, 2, 3].item<long>());
        Assert.Equal(23, t[-1, -1, -1].item<long>());
        Assert.Equal([3L, 7L, 11L], t[0, .., 3].data<long>().ToArray());
        Assert.Equal([2L, 3L, 2L], t[TensorIndex.Ellipsis, 1..3].shape);
        Assert.Equal([2L, 3L, 3L], t[TensorIndex.Ellipsis, ..^1].shape);
        Assert.Equal([2L, 3L, 1L], t[TensorIndex.Ellipsis, ^1..].shape);
        Assert.Equal([2L, 3L, 0L], t[TensorIndex.Ellipsis, ^0..].shape);
        Assert.Equal([1L, 2L, 3L, 4L], t[TensorIndex.None].shape);
        Assert.Equal([0L, 2L], t[0, 0, TensorIndex.Slice(step: 2)].data<long>().ToArray());
        Assert.Equal([22L, 23L], t[t.gt(21)].data<long>().ToArray());
        t[0, TensorIndex.Colon, 0] = tensor(-1L);
        Assert.Equal([-1L, -1L, -1L], t[0, .., 0].data<long>().ToArray());
    }

    [Fact]
    public void Values_come_in_and_go_out()
    {
        using var scope = NewDisposeScope();
        float[] array = [1, 2, 3, 4, 5, 6];

        var copied = tensor(array, [2, 3]);
        var shared = from_array(array);
        var converted = from_array(array, float64);
        array[0] = 10;

        Assert.Equal(1, copied[0, 0].item<float>());
        Assert.Equal(10, shared[0].item<float>());
        Assert.Equal(1, converted[0].item<double>());
        shared.fill_(7);
        Assert.Equal(7, array[3]);
        Assert.Equal([3L, 2L], from_array(new[,] { { 1, 2 }, { 3, 4 }, { 5, 6 } }).shape);
        Assert.Equal(6, tensor(new[,] { { 1, 2 }, { 3, 4 }, { 5, 6 } })[2, 1].item<int>());
        Assert.Equal([1f, 4f, 2f, 5f, 3f, 6f], copied.t().data<float>().ToArray());
        var target = new float[2];
        copied.data<float>().CopyTo(target, tensorIndex: 4);
        Assert.Equal([5f, 6f], target);
        copied.data<float>()[1, 2] = 60;
        Assert.Equal(60, copied[1, 2].item<float>());
        copied.t().data<float>().CopyFrom([9, 8]);
        Assert.Equal((9f, 8f), (copied[0, 0].item<float>(), copied[1, 0].item<float>()));
        Assert.Equal(24, copied.bytes.Length);
        copied.bytes = new byte[24];
        Assert.Equal(0, copied.abs().sum().item<float>());
        Assert.Equal((3, 3.5f, true), (tensor(3).ToScalar().ToInt32(), tensor(3.5f).ToScalar().ToSingle(), tensor(true).ToScalar().ToBoolean()));
        Assert.Throws<ArgumentException>(() => tensor(array, [4, 2]));
        Assert.Throws<ArgumentException>(() => copied.data<double>());
        Assert.Throws<ArgumentException>(() => copied.item<float>());
        Assert.Throws<NotImplementedException>(() => copied.t().bytes.Length);
    }

    [Fact]
    public void Creation_with_types_and_like_others()
    {
        using var scope = NewDisposeScope();

        Assert.Equal(float32, zeros(2).dtype);
        Assert.Equal(int64, arange(3).dtype);
        Assert.Equal(float32, arange(0, 1, 0.25).dtype);
        Assert.Equal([0f, 0.25f, 0.5f, 0.75f], arange(0, 1, 0.25).data<float>().ToArray());
        Assert.Equal([0.0, 0.5, 1.0], linspace(0, 1, 3, float64).data<double>().ToArray());
        Assert.Equal(int64, full(2, 3).dtype);
        Assert.Equal(float32, full([2], 3.0).dtype);
        Assert.Equal(@bool, full([2], true).dtype);
        Assert.Equal([1f, 0f, 0f, 1f], eye(2).data<float>().ToArray());
        Assert.Equal(float64, ones_like(zeros(2, float64)).dtype);
        Assert.Equal([2L, 5L], full_like(zeros(2, 5), 1).shape);
        Assert.True(zeros(2, requires_grad: true).requires_grad);
        Assert.Throws<NotSupportedException>(() => zeros([2], names: ["N"]));
    }

    [Fact]
    public void Products_of_matrices()
    {
        using var scope = NewDisposeScope();
        var a = arange(6, float32).reshape(2, 3);

        Assert.Equal([5f, 14f, 14f, 50f], a.matmul(a.t()).data<float>().ToArray());
        Assert.True(a.mm(a.t()).Equals(a.matmul(a.t())));
        Assert.Equal([3L, 2L, 2L], rand(3, 2, 4).bmm(rand(3, 4, 2)).shape);
        Assert.Equal(5, a[0].dot(a[0]).item<float>());
    }

    [Fact]
    public void Comparing_whole_tensors()
    {
        using var scope = NewDisposeScope();
        var a = tensor([1f, 2f]);

        Assert.True(a.Equals(tensor([1f, 2f])));
        Assert.False(a.Equals(tensor([1f, 3f])));
        Assert.False(a.Equals(tensor([1.0, 2.0])));
        Assert.False(a.Equals(tensor([1f])));
        Assert.True(a.allclose(a + 1e-9));
        Assert.False(a.allclose(a + 1e-3));
        Assert.Equal([true, false], a.equal(tensor([1f, 5f])).data<bool>().ToArray());
    }

    [Fact]
    public void Tensors_survive_TorchSharps_stream_format()
    {
        using var scope = NewDisposeScope();
        var tensors = new[] { randn(3, 4).t(), tensor(5L), arange(3, float64), tensor([true, false]), randn(2).to(bfloat16) };
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        foreach (var tensor in tensors)
            tensor.Save(writer);

        stream.Position = 0;
        using var reader = new BinaryReader(stream);
        foreach (var tensor in tensors)
            Assert.True(zeros_like(tensor).Load(reader).Equals(tensor));

        stream.Position = 0;
        Assert.Throws<ArgumentException>(() => zeros(5).Load(reader));
        stream.SetLength(10);
        stream.Position = 0;
        Assert.Throws<EndOfStreamException>(() => zeros(4, 3).Load(reader));
    }
}
