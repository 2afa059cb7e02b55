using GpuLstm.Model;

namespace GpuLstm.Cli.Output;

/// <summary>How much of a text a model knows.</summary>
/// <param name="Tokens">All tokens of the text.</param>
/// <param name="Known">Those in the model's vocabulary.</param>
/// <param name="Read">Those that the model reads; what is behind its maximum length is cut off.</param>
internal sealed record TokenCount(int Tokens, int Known, int Read)
{
    /// <summary>Counts a text's tokens.</summary>
    public static TokenCount Of(string text, TrainedModel model)
    {
        var tokens = model.Vocabulary.Encode(text);
        return new TokenCount(
            tokens.Length, tokens.Count(token => token != model.Vocabulary.UnknownIndex),
            Math.Min(tokens.Length, model.Options.MaxLength));
    }
}
