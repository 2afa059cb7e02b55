using System.CommandLine;
using GpuLstm.Options;

namespace GpuLstm.Cli.Commands;

/// <summary>What is dropped in training steps.</summary>
internal sealed class DropoutRates
{
    private readonly Option<double?> embedding = Rate(
        "--embedding-dropout", "The share of the embedding's elements that a step drops");

    private readonly Option<double?> layers = Rate(
        "--layer-dropout", "The share of a layer's hidden states that does not reach the layer above");

    private readonly Option<double?> recurrent = Rate(
        "--recurrent-dropout", "The share of hidden units that is 0 in all steps of a row");

    private readonly Option<double?> head = Rate("--head-dropout", "The share of what the head reads that a step drops");

    private readonly Option<double?> tokens = Rate("--token-dropout", "The share of the tokens that are <UNK> in an epoch");

    /// <summary>All of them.</summary>
    public Option[] All => [embedding, layers, recurrent, head, tokens];

    /// <summary>Options with what is given of these.</summary>
    public TrainingOptions Options(ParseResult parsed, TrainingOptions start) => start with
    {
        EmbeddingDropout = parsed.GetValue(embedding) ?? start.EmbeddingDropout,
        LayerDropout = parsed.GetValue(layers) ?? start.LayerDropout,
        RecurrentDropout = parsed.GetValue(recurrent) ?? start.RecurrentDropout,
        HeadDropout = parsed.GetValue(head) ?? start.HeadDropout,
        TokenDropout = parsed.GetValue(tokens) ?? start.TokenDropout,
    };

    private static Option<double?> Rate(string name, string description) =>
        CommonOptions.Number<double>(name, $"{description}, 0 to below 1", "0");
}
