using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>What optimisers with groups of parameters have in common: the groups, and saving and loading their state.</summary>
public abstract class OptimizerHelper : optim.Optimizer
{
    private protected List<ParamGroup> Groups { get; } = [];

    private protected Dictionary<Parameter, OptimizerState> States { get; } = new(ReferenceEqualityComparer.Instance);

    public override IEnumerable<optim.ILearningRateController> ParamGroups => Groups;

    public override IEnumerable<Parameter> parameters() => Groups.SelectMany(g => g.Parameters);

    /// <summary>The optimiser's own options and states, not copies.</summary>
    public virtual StateDictionary state_dict()
    {
        var all = new StateDictionary();
        foreach (var group in Groups)
        {
            all.Options.Add(group.Options!);
            all.State.AddRange(group.Parameters.Select(p => States[p]));
        }

        return all;
    }

    public virtual void load_state_dict(StateDictionary state_dict)
    {
        ArgumentNullException.ThrowIfNull(state_dict);
        var own = this.state_dict();
        RequireSameSize(own, state_dict.Options.Count, state_dict.State.Count);
        for (var i = 0; i < own.Options.Count; i++)
            if (!ReferenceEquals(own.Options[i], state_dict.Options[i]))
                own.Options[i].LoadStateDict(state_dict.Options[i]);
        for (var i = 0; i < own.State.Count; i++)
            if (!ReferenceEquals(own.State[i], state_dict.State[i]))
                own.State[i].LoadStateDict(state_dict.State[i]);
    }

    public void save_state_dict(string location)
    {
        using var writer = new BinaryWriter(File.Create(location));
        save_state_dict(writer);
    }

    public void load_state_dict(string location)
    {
        using var reader = new BinaryReader(File.OpenRead(location));
        load_state_dict(reader);
    }

    /// <summary>Writes TorchSharp's format: the optimiser's name, the counts, the options of each group, the state of each parameter.</summary>
    public void save_state_dict(BinaryWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Write(GetType().Name);
        var all = state_dict();
        writer.Write7BitEncodedInt64(all.Options.Count);
        writer.Write7BitEncodedInt64(all.State.Count);
        foreach (var options in all.Options)
            options.SaveStateDict(writer);
        foreach (var state in all.State)
            state.SaveStateDict(writer);
    }

    public void load_state_dict(BinaryReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        var kind = reader.ReadString();
        if (kind != GetType().Name)
            throw new InvalidDataException($"Mismatched optimizer type: expected '{GetType().Name}', but found '{kind}' in the loaded stream.");
        var own = state_dict();
        RequireSameSize(own, reader.Read7BitEncodedInt64(), reader.Read7BitEncodedInt64());
        foreach (var options in own.Options)
            options.LoadStateDict(reader);
        foreach (var state in own.State)
            state.LoadStateDict(reader);
    }

    public void to(Device device)
    {
        foreach (var state in States.Values)
            state.to(device);
    }

    private static void RequireSameSize(StateDictionary own, long options, long states)
    {
        if (options != own.Options.Count)
            throw new ArgumentException($"Invalid optimizer state -- {options} parameter groups, expected {own.Options.Count}.");
        if (states != own.State.Count)
            throw new ArgumentException($"Invalid optimizer state -- {states} states, expected {own.State.Count}.");
    }
}
