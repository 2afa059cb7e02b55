using System.CommandLine;

namespace GpuLstm.Cli.Help;

/// <summary>A command with what its help shows: its options in groups, and examples.</summary>
internal sealed class ProgramCommand : Command
{
    /// <param name="name">Its name.</param>
    /// <param name="description">What it does.</param>
    /// <param name="groups">All its options.</param>
    /// <param name="examples">Two of them, without the program's name.</param>
    public ProgramCommand(string name, string description, IReadOnlyList<OptionGroup> groups, params string[] examples)
        : base(name, description)
    {
        (Groups, Examples) = (groups, examples);
        foreach (var option in groups.SelectMany(group => group.Options))
        {
            if (option.ValueType == typeof(bool))
                option.Arity = ArgumentArity.Zero; // or a text behind it that says "true" would be its value
            Options.Add(option);
        }
    }

    public IReadOnlyList<OptionGroup> Groups { get; }

    public IReadOnlyList<string> Examples { get; }
}
