namespace TorchSharp;

/// <summary>The dispose scopes of each thread, innermost last.</summary>
internal static class DisposeScopeManager
{
    [ThreadStatic]
    private static Stack<DisposeScope>? scopes;

    internal static Stack<DisposeScope> Scopes => scopes ??= new Stack<DisposeScope>();

    internal static DisposeScope? Register(IDisposable disposable)
    {
        if (scopes is null || !scopes.TryPeek(out var scope))
            return null;
        scope.Include(disposable);
        return scope;
    }

    internal static DisposeScope NewDisposeScope()
    {
        var scope = new DisposeScope(Scopes.TryPeek(out var outer) ? outer : null);
        Scopes.Push(scope);
        return scope;
    }

    internal static void Remove(DisposeScope scope)
    {
        if (!Scopes.Contains(scope))
            return; // disposed twice, or on another thread than its own
        while (Scopes.Pop() is var top && !ReferenceEquals(top, scope))
            top.DisposeEverything(); // an inner scope that was never disposed
    }
}
