using System.CommandLine;

namespace GpuLstm.Cli.Help;

/// <summary>
/// An option whose help tells a default that is not its value where it is not given, which may depend on other options.
/// </summary>
internal interface IDefaultText
{
    /// <summary>The default as one would type it, or in words; null where there is none.</summary>
    string? DefaultText { get; }
}

/// <inheritdoc cref="IDefaultText"/>
internal sealed class ProgramOption<T>(string name, params string[] aliases) : Option<T>(name, aliases), IDefaultText
{
    public string? DefaultText { get; init; }
}
