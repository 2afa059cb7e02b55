using System.CommandLine;
using GpuLstm.Options;

namespace GpuLstm.Cli.Commands;

/// <summary>Embeddings of pairs beside those of tokens.</summary>
internal sealed class PairTableOptions
{
    private static readonly Dictionary<string, FeatureJoin> Joins = new(StringComparer.OrdinalIgnoreCase)
    {
        ["append"] = FeatureJoin.Append,
        ["sum"] = FeatureJoin.Sum,
    };

    private readonly Option<FeatureJoin?> join = CommonOptions.Choice(
        "--pairs", "An embedding of each token's pair with the one before it, behind the token's own or added to it", Joins,
        "none");

    private readonly Option<int?> rows = CommonOptions.Number<int>(
        "--pair-rows", "Rows of the pairs' table, which share them by a hash", $"{TrainingOptions.Default.PairRows}");

    private readonly Option<int?> size = CommonOptions.Number<int>(
        "--pair-size", "Size of a pair's embedding, with --pairs append", $"{TrainingOptions.DefaultPairSize}");

    /// <summary>All of them.</summary>
    public Option[] All => [join, rows, size];

    /// <summary>Options with what is given of these.</summary>
    public TrainingOptions Options(ParseResult parsed, TrainingOptions start) => start with
    {
        Pairs = parsed.GetValue(join) ?? start.Pairs,
        PairRows = parsed.GetValue(rows) ?? start.PairRows,
        PairSize = parsed.GetValue(size) ?? start.PairSize,
    };
}
