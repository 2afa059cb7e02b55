using System.CommandLine;
using GpuLstm.Options;

namespace GpuLstm.Cli.Commands;

/// <summary>Embeddings of pairs and n-grams beside those of tokens.</summary>
internal sealed class FeatureOptions
{
    private static readonly Dictionary<string, FeatureJoin> Joins = new(StringComparer.OrdinalIgnoreCase)
    {
        ["append"] = FeatureJoin.Append,
        ["sum"] = FeatureJoin.Sum,
    };

    private readonly Option<FeatureJoin?> pairs = CommonOptions.Choice(
        "--pairs", "An embedding of each token's pair with the one before it, behind the token's own or added to it", Joins,
        "none");

    private readonly Option<int?> pairRows = CommonOptions.Number<int>(
        "--pair-rows", "Rows of the pairs' table, which share them by a hash", $"{TrainingOptions.Default.PairRows}");

    private readonly Option<int?> pairSize = CommonOptions.Number<int>(
        "--pair-size", "Size of a pair's embedding, with --pairs append", $"{TrainingOptions.DefaultFeatureSize}");

    private readonly Option<FeatureJoin?> ngrams = CommonOptions.Choice(
        "--ngrams", "The mean embedding of each word's character n-grams, behind the word's own or added to it", Joins, "none");

    private readonly Option<int?> ngramRows = CommonOptions.Number<int>(
        "--ngram-rows", "Rows of the n-grams' table, which share them by a hash", $"{TrainingOptions.Default.NgramRows}");

    private readonly Option<int?> ngramSize = CommonOptions.Number<int>(
        "--ngram-size", "Size of an n-gram's embedding, with --ngrams append", $"{TrainingOptions.DefaultFeatureSize}");

    private readonly Option<int?> minNgram = CommonOptions.Number<int>(
        "--min-ngram", "Characters of the shortest n-grams", $"{TrainingOptions.Default.MinNgram}");

    private readonly Option<int?> maxNgram = CommonOptions.Number<int>(
        "--max-ngram", "Characters of the longest n-grams", $"{TrainingOptions.Default.MaxNgram}");

    /// <summary>All of them.</summary>
    public Option[] All => [pairs, pairRows, pairSize, ngrams, ngramRows, ngramSize, minNgram, maxNgram];

    /// <summary>Options with what is given of these.</summary>
    public TrainingOptions Options(ParseResult parsed, TrainingOptions start) => start with
    {
        Pairs = parsed.GetValue(pairs) ?? start.Pairs,
        PairRows = parsed.GetValue(pairRows) ?? start.PairRows,
        PairSize = parsed.GetValue(pairSize) ?? start.PairSize,
        Ngrams = parsed.GetValue(ngrams) ?? start.Ngrams,
        NgramRows = parsed.GetValue(ngramRows) ?? start.NgramRows,
        NgramSize = parsed.GetValue(ngramSize) ?? start.NgramSize,
        MinNgram = parsed.GetValue(minNgram) ?? start.MinNgram,
        MaxNgram = parsed.GetValue(maxNgram) ?? start.MaxNgram,
    };
}
