namespace TorchSharp;

/// <summary>Disposes the tensors that its thread makes while it is the innermost scope, except those moved out.</summary>
/// <remarks>Belongs to one thread: scopes do not follow an await to another thread.</remarks>
public sealed partial class DisposeScope : IDisposable
{
    private HashSet<IDisposable> disposables = new(ReferenceEqualityComparer.Instance);

    internal DisposeScope(DisposeScope? outer) => OuterScope = outer;

    internal DisposeScope? OuterScope { get; }

    public IReadOnlyList<IDisposable> DisposablesView => disposables.ToList();

    public int DisposablesCount => disposables.Count;

    public bool Contains(IDisposable disposable) => disposables.Contains(disposable);

    public T Include<T>(T disposable) where T : IDisposable
    {
        disposables.Add(disposable);
        return disposable;
    }

    public void Attach(IDisposable disposable) => Adopt(this, disposable);

    public void MoveToOuter(IEnumerable<IDisposable> disposables) => MoveToOther(OuterScope, disposables);

    public void MoveToOther(DisposeScope? scope, IEnumerable<IDisposable> disposables)
    {
        ArgumentNullException.ThrowIfNull(disposables);
        foreach (var disposable in disposables)
            if (this.disposables.Remove(disposable))
                Adopt(scope, disposable);
    }

    public void Detach(IEnumerable<IDisposable> disposables) => MoveToOther(null, disposables);

    public void DisposeEverything() => DisposeEverythingBut([]);

    public void DisposeEverythingBut(IEnumerable<IDisposable> inKeep)
    {
        var all = disposables;
        disposables = new HashSet<IDisposable>(inKeep, ReferenceEqualityComparer.Instance);
        foreach (var disposable in all)
        {
            if (disposables.Contains(disposable))
                continue;
            if (disposable is torch.Tensor tensor)
                tensor.OwningDisposeScope = null;
            disposable.Dispose();
        }
    }

    public void MarkAsDisposed(IDisposable disposable)
    {
        disposables.Remove(disposable);
        if (disposable is torch.Tensor tensor)
            tensor.OwningDisposeScope = null;
    }

    public void Dispose()
    {
        DisposeEverything();
        DisposeScopeManager.Remove(this);
    }

    internal void Replace(IDisposable old, IDisposable replacement)
    {
        disposables.Remove(old);
        disposables.Add(replacement);
    }

    private static void Adopt(DisposeScope? scope, IDisposable disposable)
    {
        scope?.disposables.Add(disposable);
        if (disposable is torch.Tensor tensor)
            tensor.OwningDisposeScope = scope;
    }
}
