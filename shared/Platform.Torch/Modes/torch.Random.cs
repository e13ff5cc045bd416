using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>A source of random numbers with a state that can be saved and restored.</summary>
    public class Generator : IDisposable
    {
        private readonly GeneratorHandle handle;

        private Generator(GeneratorHandle handle, Device device)
        {
            this.handle = handle;
            this.device = device;
        }

        public Generator(ulong seed = 0, Device? device = null)
        {
            this.device = device ?? CPU;
            Native.Check(Native.pt_generator_new(seed, (int)this.device.type, this.device.index, out handle));
        }

        /// <summary>libtorch's own generator, which every random operation without a generator uses.</summary>
        public static Generator Default
        {
            get
            {
                Native.Check(Native.pt_generator_default(out var handle));
                return new Generator(handle, CPU);
            }
        }

        public Device device { get; }

        public IntPtr Handle => handle.DangerousGetHandle();

        public Tensor get_state() => Tensor.From(Native.pt_generator_get_state(handle, out var state), state);

        public void set_state(Tensor value)
        {
            ArgumentNullException.ThrowIfNull(value);
            Native.Check(Native.pt_generator_set_state(handle, value.Borrowed));
        }

        public Generator manual_seed(long seed)
        {
            Native.Check(Native.pt_generator_seed(handle, seed));
            return this;
        }

        public long seed()
        {
            var seed = System.Security.Cryptography.RandomNumberGenerator.GetInt32(int.MaxValue);
            manual_seed(seed);
            return seed;
        }

        public long initial_seed()
        {
            Native.Check(Native.pt_generator_initial_seed(handle, out var seed));
            return seed;
        }

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing) => handle.Dispose();

        internal static GeneratorHandle Optional(Generator? generator) => generator is null ? GeneratorHandle.None : generator.handle;
    }

    /// <summary>Seeds every device's default generator.</summary>
    public static Generator manual_seed(long seed) => random.manual_seed(seed);

    public static long seed() => random.seed();

    public static long initial_seed() => random.initial_seed();

    public static Tensor get_rng_state() => random.get_rng_state();

    public static void set_rng_state(Tensor new_state) => random.set_rng_state(new_state);

    /// <summary>The default generator of the CPU.</summary>
    public static class random
    {
        public static Generator manual_seed(long seed)
        {
            Native.Check(Native.pt_manual_seed(seed));
            return Generator.Default;
        }

        public static long seed()
        {
            using var generator = Generator.Default;
            return generator.seed();
        }

        public static long initial_seed()
        {
            using var generator = Generator.Default;
            return generator.initial_seed();
        }

        public static Tensor get_rng_state()
        {
            using var generator = Generator.Default;
            return generator.get_state();
        }

        public static void set_rng_state(Tensor new_state)
        {
            using var generator = Generator.Default;
            generator.set_state(new_state);
        }
    }
}
