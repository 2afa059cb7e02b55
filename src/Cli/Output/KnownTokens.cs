using GpuLstm.Data;
using GpuLstm.Model;

namespace GpuLstm.Cli.Output;

/// <summary>
/// Tells on standard error how many of the texts' tokens a model knew: a line for each text of which it did not know or read all,
/// and one at the end for all of them.
/// </summary>
/// <param name="model">The model.</param>
/// <param name="silent">True where the output tells it.</param>
internal sealed class KnownTokens(TrainedModel model, bool silent)
{
    private readonly string words = model.Vocabulary.Kind == TokenKind.Word ? "words" : "characters";
    private long tokens;
    private long known;
    private bool isLastTold;

    /// <summary>How many texts there were.</summary>
    public int Texts { get; private set; }

    /// <summary>Takes up a text.</summary>
    public void Tell(TokenCount count)
    {
        Texts++;
        tokens += count.Tokens;
        known += count.Known;
        isLastTold = count.Known < count.Tokens || count.Read < count.Tokens;
        if (silent || !isLastTold)
            return;
        var cut = count.Read < count.Tokens ? $", and it reads the first {count.Read:N0} only" : "";
        Terminal.Note($"note: text {Texts:N0}: the model knows {count.Known:N0} of its {count.Tokens:N0} {words}{cut}");
    }

    /// <summary>Tells of all texts; nothing more where one text was all and was told of.</summary>
    public void Conclude()
    {
        if (!silent && Texts > 0 && !(Texts == 1 && isLastTold))
            Terminal.Note($"note: the model knows {known:N0} of {tokens:N0} {words}");
    }
}
