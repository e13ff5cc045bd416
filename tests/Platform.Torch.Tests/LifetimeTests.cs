using System.Runtime.CompilerServices;
using TorchSharp.Interop;

namespace Platform.Torch.Tests;

public sealed class LifetimeTests
{
    [Fact]
    public void A_scope_frees_what_was_made_in_it_and_keeps_what_was_moved_out()
    {
        var before = Tensor.TotalCount;
        Tensor kept;
        using (var outer = NewDisposeScope())
        {
            using (var inner = NewDisposeScope())
            {
                var a = ones(3);
                var sum = (a + a) * 2;
                Assert.Equal(3, inner.DisposablesCount);
                Assert.True(inner.Contains(sum));
                kept = sum.MoveToOuterDisposeScope();
                var free = ones(1).DetachFromDisposeScope();
                inner.DisposeEverythingBut(a);
                Assert.Equal(1, inner.DisposablesCount);
                Assert.False(free.IsInvalid);
                free.Dispose();
            }

            Assert.Equal(before + 1, Tensor.TotalCount);
            Assert.Equal([4f, 4f, 4f], kept.data<float>().ToArray());
        }

        Assert.True(kept.IsInvalid);
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void A_scope_ends_with_an_exception_too_and_closes_forgotten_inner_ones()
    {
        var before = Tensor.TotalCount;

        Assert.Throws<System.Runtime.InteropServices.ExternalException>(() =>
        {
            using var scope = NewDisposeScope();
            var ten = zeros(10);
            _ = NewDisposeScope();
            _ = ten.view(3);
        });

        Assert.Equal(before, Tensor.TotalCount);
        using var outside = zeros(1);
        Assert.Null(outside.OwningDisposeScope);
    }

    [Fact]
    public void Scopes_belong_to_their_thread()
    {
        using var scope = NewDisposeScope();
        Tensor? other = null;

        var thread = new Thread(() => other = ones(2));
        thread.Start();
        thread.Join();

        Assert.Equal(0, scope.DisposablesCount);
        other!.Dispose();
    }

    [Fact]
    public void A_disposed_tensor_says_so()
    {
        var tensor = ones(2);
        tensor.Dispose();
        tensor.Dispose();

        Assert.True(tensor.IsInvalid);
        Assert.Throws<ObjectDisposedException>(() => tensor.sum());
        Assert.Throws<ObjectDisposedException>(() => tensor.shape);
        using var valid = ones(2);
        Assert.Throws<ObjectDisposedException>(() => valid + tensor);
    }

    [Fact]
    public void The_garbage_collector_frees_what_nobody_disposed()
    {
        var before = Tensor.TotalCount;
        Forget(200);
        Assert.True(Tensor.TotalCount >= before);

        for (var i = 0; i < 20 && Tensor.TotalCount > before; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.True(Tensor.TotalCount <= before, $"{Tensor.TotalCount - before} tensors were not freed");

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void Forget(int count)
        {
            for (var i = 0; i < count; i++)
                _ = ones(10);
        }
    }

    [Fact]
    public void Ten_thousand_operations_leak_neither_tensors_nor_memory()
    {
        using var x = rand(256, 256, requires_grad: true);
        Round(100);
        GC.Collect(); // what other tests forgot would otherwise be freed while this one counts
        GC.WaitForPendingFinalizers();
        var tensors = Tensor.TotalCount;
        var memory = Environment.WorkingSet;

        Round(2_500);

        Assert.Equal(tensors, Tensor.TotalCount);
        Assert.InRange(Environment.WorkingSet - memory, long.MinValue, 32 << 20);

        void Round(int count)
        {
            for (var i = 0; i < count; i++)
            {
                using var scope = NewDisposeScope();
                var y = (x * 2).relu().mean(); // 4 operations with the backward pass
                y.backward();
                x.grad = null;
            }
        }
    }

    [Fact]
    public void A_training_step_leaves_no_tensors_behind()
    {
        using var model = TinyAutoencoder.Seeded();
        using var optimizer = optim.Adam(model.parameters(), beta2: 0.999);
        using var batch = rand(4, 1, 64, 64);
        Step();
        var before = Tensor.TotalCount;

        for (var i = 0; i < 10; i++)
            Step();

        Assert.Equal(before, Tensor.TotalCount);

        void Step()
        {
            using var scope = NewDisposeScope();
            optimizer.zero_grad();
            nn.functional.mse_loss(model.call(batch), batch).backward();
            optimizer.step();
        }
    }

    [Fact]
    public void A_disposed_module_has_freed_all_of_its_tensors()
    {
        var before = Tensor.TotalCount;

        var model = TinyAutoencoder.Seeded();
        Assert.Equal(before + 51, Tensor.TotalCount); // 30 parameters, 21 buffers
        model.Dispose();

        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void Large_buffers_are_used_again_and_given_back_when_idle()
    {
        Library.Trim(TimeSpan.Zero);
        using (var big = zeros(3 << 20))
            Assert.Equal(12 << 20, Stats().InUse);
        Assert.Equal((0, 12 << 20), Stats());

        using (var again = zeros(3 << 20))
            Assert.Equal((12 << 20, 0), Stats());
        Assert.Equal(0, Library.Trim(TimeSpan.FromHours(1)));
        Assert.Equal(12 << 20, Library.Trim(TimeSpan.Zero));

        Assert.Equal((0, 0), Stats());

        static (long InUse, long Cached) Stats()
        {
            Native.Check(Native.pt_memory_stats(out var inUse, out var cached));
            return (inUse, cached);
        }
    }
}
