using System.CommandLine;
using GpuLstm.Cli.Help;
using GpuLstm.Data;
using GpuLstm.Options;

namespace GpuLstm.Cli.Commands;

/// <summary>What the parameters are at first.</summary>
internal sealed class InitialValueOptions
{
    private static readonly Dictionary<string, RecurrentStart> RecurrentStarts = new(StringComparer.OrdinalIgnoreCase)
    {
        ["uniform"] = RecurrentStart.Uniform,
        ["orthogonal"] = RecurrentStart.Orthogonal,
    };

    private readonly Option<double?> forgetBias = CommonOptions.Number<double>(
        "--forget-bias", "What the forget gate's biases add up to, such as 1: a layer that remembers from the beginning",
        "drawn as the others");

    private readonly Option<RecurrentStart?> recurrentStart = CommonOptions.Choice(
        "--recurrent-start", "The recurrent weights: uniform, or an orthogonal matrix of each gate", RecurrentStarts,
        CommonOptions.NameOf(RecurrentStarts, TrainingOptions.Default.RecurrentStart));

    private readonly Option<double?> embeddingScale = CommonOptions.Number<double>(
        "--embedding-scale", "The standard deviation of the embedding", $"{TrainingOptions.Default.EmbeddingScale}");

    private readonly Option<string?> vectors = new ProgramOption<string?>("--vectors")
    {
        Description = "Text file of vectors, as of GloVe or fastText, for the embedding of the tokens in it",
        HelpName = "file",
        DefaultText = "none",
    };

    private readonly Option<bool> freezeEmbedding = new("--freeze-embedding")
    {
        Description = "Leave the embedding as it begins, with --vectors",
    };

    /// <summary>All of them.</summary>
    public Option[] All => [forgetBias, recurrentStart, embeddingScale, vectors, freezeEmbedding];

    /// <summary>Options with what is given of these.</summary>
    public TrainingOptions Options(ParseResult parsed, TrainingOptions start) => start with
    {
        ForgetBias = parsed.GetValue(forgetBias) ?? start.ForgetBias,
        RecurrentStart = parsed.GetValue(recurrentStart) ?? start.RecurrentStart,
        EmbeddingScale = parsed.GetValue(embeddingScale) ?? start.EmbeddingScale,
        Vectors = parsed.GetValue(vectors) ?? start.Vectors,
        FreezeEmbedding = parsed.GetValue(freezeEmbedding) || start.FreezeEmbedding,
    };

    /// <summary>The width of an embedding row that a file of vectors asks for; null without one.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="given">What is given by another option.</param>
    /// <exception cref="UserErrorException">The file has no vectors, or others than those given.</exception>
    public int? EmbeddingSize(ParseResult parsed, int? given) =>
        parsed.GetValue(vectors) is { } path ? WordVectors.SizeOf(path, given) : given;
}
