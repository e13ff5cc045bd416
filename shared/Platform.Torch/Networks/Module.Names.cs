using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public partial class Module
        {
            public virtual IEnumerable<(string name, Module module)> named_children() => submodules;

            public virtual IEnumerable<Module> children() => named_children().Select(c => c.module);

            public virtual IEnumerable<(string name, Module module)> named_modules()
            {
                foreach (var child in named_children())
                    yield return child;
                foreach (var (name, child) in named_children())
                    foreach (var (inner, module) in child.named_modules())
                        yield return ($"{name}.{inner}", module);
            }

            public virtual IEnumerable<Module> modules() => named_modules().Select(m => m.module);

            /// <summary>The parameters, each once, with dotted names: <c>encoder.0.weight</c>.</summary>
            public virtual IEnumerable<(string name, Parameter parameter)> named_parameters(bool recurse = true)
            {
                var seen = new HashSet<Parameter>(ReferenceEqualityComparer.Instance);
                foreach (var own in ownParameters)
                    if (seen.Add(own.parameter))
                        yield return own;
                if (!recurse)
                    yield break;
                foreach (var (name, child) in named_children())
                    foreach (var (inner, parameter) in child.named_parameters())
                        if (seen.Add(parameter))
                            yield return ($"{name}.{inner}", parameter);
            }

            public virtual IEnumerable<Parameter> parameters(bool recurse = true) => named_parameters(recurse).Select(p => p.parameter);

            public virtual IEnumerable<(string name, Tensor buffer)> named_buffers(bool recurse = true, bool include_nonpersistent = true)
            {
                var seen = new HashSet<Tensor>(ReferenceEqualityComparer.Instance);
                foreach (var (name, tensor, persistent) in ownBuffers)
                    if ((persistent || include_nonpersistent) && seen.Add(tensor))
                        yield return (name, tensor);
                if (!recurse)
                    yield break;
                foreach (var (name, child) in named_children())
                    foreach (var (inner, buffer) in child.named_buffers(true, include_nonpersistent))
                        if (seen.Add(buffer))
                            yield return ($"{name}.{inner}", buffer);
            }

            public virtual IEnumerable<Tensor> buffers(bool recurse = true, bool include_nonpersistent = true) =>
                named_buffers(recurse, include_nonpersistent).Select(b => b.buffer);

            public virtual bool has_parameter(string target) => get_parameter(target) is not null;

            public virtual bool has_buffer(string target) => get_buffer(target) is not null;

            public virtual Parameter? get_parameter(string target) => named_parameters().FirstOrDefault(p => p.name == target).parameter;

            public virtual Tensor? get_buffer(string target) => named_buffers().FirstOrDefault(b => b.name == target).buffer;

            /// <summary>The parameters and then the persistent buffers by name: the module's own tensors, not copies.</summary>
            public virtual Dictionary<string, Tensor> state_dict(Dictionary<string, Tensor>? destination = null, string? prefix = null)
            {
                destination ??= [];
                foreach (var (name, parameter) in named_parameters())
                    destination.TryAdd(string.IsNullOrEmpty(prefix) ? name : $"{prefix}.{name}", parameter);
                foreach (var (name, buffer) in named_buffers(include_nonpersistent: false))
                    destination.TryAdd(string.IsNullOrEmpty(prefix) ? name : $"{prefix}.{name}", buffer);
                return destination;
            }

            /// <summary>Copies the tensors into the module's own; strict: the names must be exactly those of state_dict().</summary>
            public virtual (IList<string> missing_keys, IList<string> unexpected_keyes) load_state_dict(
                Dictionary<string, Tensor> source, bool strict = true, IList<string>? skip = null)
            {
                ArgumentNullException.ThrowIfNull(source);
                var target = state_dict();
                bool Wanted(string key) => skip is null || !skip.Contains(key);
                var missing = target.Keys.Where(key => Wanted(key) && !source.ContainsKey(key)).ToList();
                var unexpected = source.Keys.Where(key => Wanted(key) && !target.ContainsKey(key)).ToList();
                if (strict && (missing.Count > 0 || unexpected.Count > 0))
                    throw new InvalidOperationException(
                        "The loaded state_dict is not identical to the target dictionary. " +
                        $"Missing: {string.Join(", ", missing)}. Unexpected: {string.Join(", ", unexpected)}.");

                using var _ = no_grad();
                foreach (var (key, tensor) in source.Where(entry => Wanted(entry.Key) && target.ContainsKey(entry.Key)))
                {
                    if (!target[key].shape.AsSpan().SequenceEqual(tensor.shape))
                        throw new ArgumentException(
                            $"'{key}' has shape [{string.Join(", ", tensor.shape)}], the module needs [{string.Join(", ", target[key].shape)}].", nameof(source));
                    target[key].copy_(tensor).Dispose();
                }

                return (missing, unexpected);
            }
        }
    }
}
