using System.Runtime.InteropServices;
using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>The elements in memory, typed; the tensor must live on the CPU.</summary>
        public Utils.TensorAccessor<T> data<T>() where T : unmanaged
        {
            RequireCpu();
            ValidateType(typeof(T));
            return new Utils.TensorAccessor<T>(this);
        }

        /// <summary>The only element of a tensor that has exactly one.</summary>
        public T item<T>() where T : unmanaged
        {
            if (NumberOfElements != 1)
                throw new ArgumentException($"Number of elements in the tensor must be 1, it is {NumberOfElements}");
            using var here = cpu();
            return here.data<T>()[0];
        }

        /// <summary>The raw memory of a contiguous CPU tensor; valid as long as the tensor is.</summary>
        public Span<byte> bytes
        {
            get
            {
                if (!is_contiguous())
                    throw new NotImplementedException("bytes of a non-contiguous tensor: call contiguous() first");
                RequireCpu();
                var size = NumberOfElements * ElementSize;
                if (size > int.MaxValue)
                    throw new ArgumentException($"A span holds at most {int.MaxValue} bytes, the tensor has {size}.");
                unsafe
                {
                    return new Span<byte>((void*)DataPointer, (int)size);
                }
            }

            set
            {
                var target = bytes;
                if (target.Length != value.Length)
                    throw new ArgumentException($"The tensor has {target.Length} bytes, {value.Length} were given.");
                value.CopyTo(target);
            }
        }

        public Scalar ToScalar()
        {
            if (is_floating_point())
            {
                Native.Check(Native.pt_item_real(Borrowed, out var real));
                return dtype == ScalarType.Float64 ? real : (float)real;
            }

            Native.Check(Native.pt_item_integer(Borrowed, out var integer));
            return dtype == ScalarType.Bool ? integer != 0 : integer;
        }

        internal nint DataPointer
        {
            get
            {
                Native.Check(Native.pt_data(Borrowed, out var pointer));
                return pointer;
            }
        }

        internal void RequireCpu()
        {
            if (device_type != DeviceType.CPU)
                throw new InvalidOperationException(
                    $"Reading data from non-CPU memory is not supported (the tensor is on {device}). Move or copy the tensor to the cpu before reading.");
        }

        internal void ValidateType(Type type)
        {
            var expected = dtype switch
            {
                ScalarType.Byte => typeof(byte),
                ScalarType.Int8 => typeof(sbyte),
                ScalarType.Int16 => typeof(short),
                ScalarType.Int32 => typeof(int),
                ScalarType.Int64 => typeof(long),
                ScalarType.Bool => typeof(bool),
                ScalarType.Float16 => typeof(Half),
                ScalarType.Float32 => typeof(float),
                ScalarType.Float64 => typeof(double),
                _ => null,
            };
            if (type != expected)
                throw new ArgumentException($"{type.Name} is not compatible with {dtype}");
        }

        internal Span<T> Elements<T>() where T : unmanaged => MemoryMarshal.Cast<byte, T>(bytes);
    }
}
