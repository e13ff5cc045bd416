using System.Runtime.InteropServices;

namespace Platform.Torch.Tests;

public sealed class ErrorTests
{
    [Fact]
    public void libtorchs_message_arrives_without_its_backtrace()
    {
        using var a = ones(2, 3);
        using var b = ones(4, 5);

        var error = Assert.Throws<ExternalException>(() => a.matmul(b));

        Assert.Contains("mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("frame #", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failing_call_leaves_nothing_behind_and_the_next_one_works()
    {
        using var a = ones(2, 3);
        var before = Tensor.TotalCount;

        for (var i = 0; i < 100; i++)
            Assert.Throws<ExternalException>(() => a.view(7));

        Assert.Equal(before, Tensor.TotalCount);
        using var fine = a.view(6);
        Assert.Equal(6, fine.numel());
    }

    [Fact]
    public void Each_thread_has_its_own_message()
    {
        var messages = new string[4];
        var threads = Enumerable.Range(0, messages.Length).Select(i => new Thread(() =>
        {
            using var t = ones(i + 2);
            for (var n = 0; n < 200; n++)
                messages[i] = Assert.Throws<ExternalException>(() => t.view(100 + i)).Message;
        })).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());

        Assert.All(messages.Index(), m => Assert.Contains($"shape '[{100 + m.Index}]' is invalid for input of size {m.Index + 2}", m.Item, StringComparison.Ordinal));
    }

    [Fact]
    public void Wrong_channels_name_the_layer_and_the_shape()
    {
        using var layer = nn.Conv2d(3, 4, 3);
        using var input = ones(1, 2, 8, 8);

        var error = Assert.Throws<ArgumentException>(() => layer.call(input));

        Assert.Contains("3 channels to Conv2d, got [1, 2, 8, 8]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Devices_are_named_and_checked()
    {
        Assert.Equal("cuda:1", new Device("cuda:1").ToString());
        Assert.Equal("cpu", CPU.ToString());
        Assert.Contains("'gpu' is no device", Assert.Throws<ArgumentException>(() => device("gpu")).Message, StringComparison.Ordinal);
        if (cuda.is_available())
            return;
        Assert.Equal(0, cuda.device_count());
        using var t = ones(1);
        Assert.Throws<ExternalException>(() => t.cuda());
        using var layer = nn.Linear(1, 1);
        Assert.Throws<InvalidOperationException>(() => layer.to(CUDA));
    }

    [Fact]
    public void Running_out_of_memory_has_an_exception_of_its_own_and_other_failures_have_not()
    {
        using var small = ones(2, 3);

        // More than an address space holds, so that no machine's settings let it pass.
        Assert.Throws<TorchOutOfMemoryException>(() => empty(1L << 46));

        Assert.Throws<ExternalException>(() => small.view(7));
        Assert.Equal(6, small.sum().item<float>());
    }

    [Fact]
    public void The_device_tells_its_memory_and_none_tells_zero()
    {
        cuda.empty_cache();
        var (free, total) = cuda.mem_get_info();

        if (!cuda.is_available())
        {
            Assert.Equal((0, 0), (free, total));
            return;
        }
        Assert.InRange(free, 1, total);
        using (var held = empty([64 << 20], device: CUDA))
            Assert.True(cuda.mem_get_info(0).free < free);
        cuda.empty_cache();
        Assert.Equal(total, cuda.mem_get_info(0).total);
        Assert.Throws<TorchOutOfMemoryException>(() => empty([total], device: CUDA));
    }
}
