namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>What can be called with one argument.</summary>
        public interface IModule<T, TResult>
        {
            TResult call(T input1);
        }

        /// <summary>What can be called with two arguments.</summary>
        public interface IModule<T1, T2, TResult>
        {
            TResult call(T1 input1, T2 input2);
        }

        /// <summary>A module whose calls can be observed and changed from outside.</summary>
        public class HookableModule<TPreHook, TPostHook> : Module
        {
            private protected readonly List<(string key, TPreHook hook)> preHooks = [];
            private protected readonly List<(string key, TPostHook hook)> postHooks = [];

            protected HookableModule(string name) : base(name)
            {
            }

            public HookRemover register_forward_hook(TPostHook hook)
            {
                var key = Guid.NewGuid().ToString();
                postHooks.Add((key, hook));
                return new HookRemover(this, key);
            }

            public HookRemover register_forward_pre_hook(TPreHook hook)
            {
                var key = Guid.NewGuid().ToString();
                preHooks.Add((key, hook));
                return new HookRemover(this, key);
            }

            /// <summary>Takes a hook away again.</summary>
            public class HookRemover(HookableModule<TPreHook, TPostHook> module, string key)
            {
                public void remove()
                {
                    module.preHooks.RemoveAll(h => h.key == key);
                    module.postHooks.RemoveAll(h => h.key == key);
                }
            }
        }

        /// <summary>A module of one argument: override forward, call call.</summary>
        public abstract class Module<T, TResult> :
            HookableModule<Func<Module<T, TResult>, T, T>, Func<Module<T, TResult>, T, TResult, TResult>>, IModule<T, TResult>
        {
            protected Module(string name) : base(name)
            {
            }

            public abstract TResult forward(T input);

            /// <summary>forward with the hooks around it; a hook's null keeps what there was.</summary>
            public TResult call(T input)
            {
                foreach (var (_, hook) in preHooks)
                    if (hook(this, input) is { } changed)
                        input = changed;
                var result = forward(input);
                foreach (var (_, hook) in postHooks)
                    if (hook(this, input, result) is { } changed)
                        result = changed;
                return result;
            }
        }

        /// <summary>A module of two arguments: override forward, call call.</summary>
        public abstract class Module<T1, T2, TResult> :
            HookableModule<Func<Module<T1, T2, TResult>, T1, T2, (T1, T2)?>, Func<Module<T1, T2, TResult>, T1, T2, TResult, TResult>>,
            IModule<T1, T2, TResult>
        {
            protected Module(string name) : base(name)
            {
            }

            public abstract TResult forward(T1 input1, T2 input2);

            public TResult call(T1 input1, T2 input2)
            {
                foreach (var (_, hook) in preHooks)
                    if (hook(this, input1, input2) is { } changed)
                        (input1, input2) = changed;
                var result = forward(input1, input2);
                foreach (var (_, hook) in postHooks)
                    if (hook(this, input1, input2, result) is { } changed)
                        result = changed;
                return result;
            }
        }

        /// <summary>A module without parameters and buffers, so that moving it is nothing to do.</summary>
        public abstract class ParameterLessModule<T, TResult> : Module<T, TResult>
        {
            protected ParameterLessModule(string name) : base(name)
            {
            }

            protected internal override Module _to(Device device, ScalarType dtype, bool non_blocking) => this;

            protected internal override Module _to(DeviceType deviceType, int deviceIndex, bool non_blocking) => this;

            protected internal override Module _to(ScalarType dtype, bool non_blocking) => this;
        }
    }
}
