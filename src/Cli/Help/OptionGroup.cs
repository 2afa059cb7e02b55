using System.CommandLine;

namespace GpuLstm.Cli.Help;

/// <summary>Options that belong together, under one title in a command's help.</summary>
/// <param name="Title">The title.</param>
/// <param name="Options">The options, in the order in which they are shown.</param>
internal sealed record OptionGroup(string Title, params Option[] Options);
