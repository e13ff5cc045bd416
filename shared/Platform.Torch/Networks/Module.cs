using System.Reflection;
using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>A network or a part of one: a tree of modules with parameters (learned) and buffers (state).</summary>
        public partial class Module : IDisposable
        {
            private readonly List<(string name, Module module)> submodules = [];
            private readonly List<(string name, Parameter parameter)> ownParameters = [];
            private readonly List<(string name, Tensor tensor, bool persistent)> ownBuffers = [];
            private bool componentsRegistered;
            private bool disposed;

            protected string name;

            protected Module(string name) => this.name = name;

            public virtual bool training { get; private set; } = true;

            public virtual string GetName() => name;

            /// <summary>Registers the fields of this object, in the order of their declaration, that are modules, parameters or tensors.</summary>
            protected virtual void RegisterComponents()
            {
                if (componentsRegistered)
                    return;
                foreach (var field in GetType().GetFields(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance))
                {
                    var component = field.ComponentName();
                    if (IsRegistered(component))
                        continue;
                    switch (field.GetValue(this))
                    {
                        case Module module:
                            register_module(component, module);
                            break;
                        case Parameter parameter:
                            register_parameter(component, parameter);
                            break;
                        case Tensor tensor:
                            register_buffer(component, tensor);
                            break;
                    }
                }

                componentsRegistered = true;
            }

            public virtual void register_module(string name, Module submodule)
            {
                if (submodule is null)
                {
                    submodules.RemoveAll(s => s.name == name);
                    return;
                }

                if (string.IsNullOrEmpty(name))
                    throw new ArgumentException("module name can't be empty string \"\"", nameof(name));
                if (name.Contains('.', StringComparison.Ordinal))
                    throw new ArgumentException($"module name can't contain \".\", got: {name}", nameof(name));
                if (submodules.Exists(s => s.name == name))
                    throw new InvalidOperationException($"Sub-module {name} is already registered.");
                submodule.RegisterComponents();
                submodules.Add((name, submodule));
            }

            public void add_module(string name, Module module) => register_module(name, module);

            public virtual void register_parameter(string name, Parameter param)
            {
                ArgumentNullException.ThrowIfNull(param);
                if (ownParameters.Exists(p => p.name == name))
                    throw new InvalidOperationException($"Parameter {name} is already registered.");
                // The module lives longer than the scope in which it was built.
                param.DetachFromDisposeScope();
                ownParameters.Add((name, param));
            }

            public virtual void register_buffer(string name, Tensor tensor, bool persistent = true)
            {
                ArgumentNullException.ThrowIfNull(tensor);
                if (ownBuffers.Exists(b => b.name == name))
                    throw new InvalidOperationException($"Tensor {name} is already registered.");
                tensor.DetachFromDisposeScope();
                ownBuffers.Add((name, tensor, persistent));
            }

            protected void ConditionallyRegisterParameter(string name, Parameter? value)
            {
                var at = ownParameters.FindIndex(p => p.name == name);
                if (value is null)
                {
                    if (at >= 0)
                        ownParameters.RemoveAt(at);
                }
                else if (at >= 0)
                {
                    ownParameters[at] = (name, value);
                }
                else
                {
                    ownParameters.Add((name, value));
                }
            }

            protected void ConditionallyRegisterBuffer(string name, Tensor? value, bool persistent = true)
            {
                var at = ownBuffers.FindIndex(b => b.name == name);
                if (value is null)
                {
                    if (at >= 0)
                        ownBuffers.RemoveAt(at);
                }
                else if (at >= 0)
                {
                    ownBuffers[at] = (name, value, persistent);
                }
                else
                {
                    ownBuffers.Add((name, value, persistent));
                }
            }

            public virtual void train(bool train = true)
            {
                training = train;
                foreach (var (_, module) in submodules)
                    module.train(train);
            }

            public virtual void eval() => train(false);

            public virtual Module apply(Action<Module> fn)
            {
                ArgumentNullException.ThrowIfNull(fn);
                foreach (var (_, module) in submodules)
                    module.apply(fn);
                fn(this);
                return this;
            }

            public virtual void zero_grad(bool set_to_none = true) => optim.Optimizer.ZeroGrad(parameters(), set_to_none);

            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            protected virtual void Dispose(bool disposing)
            {
                if (!disposing || disposed)
                    return;
                disposed = true;
                foreach (var (_, parameter) in ownParameters)
                    parameter.Dispose();
                foreach (var (_, buffer, _) in ownBuffers)
                    buffer.Dispose();
                foreach (var (_, module) in submodules)
                    module.Dispose();
            }

            private bool IsRegistered(string component) =>
                submodules.Exists(s => s.name == component) || ownParameters.Exists(p => p.name == component) ||
                ownBuffers.Exists(b => b.name == component);
        }
    }
}
