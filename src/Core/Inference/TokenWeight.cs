using GpuLstm.Data;
using GpuLstm.Model;
using GpuLstm.Options;
using GpuLstm.Reference;

namespace GpuLstm.Inference;

/// <summary>How much of a model's answer to a text is read from a token, where an attention decides that.</summary>
/// <param name="Token">As the text has it; an unknown one too.</param>
/// <param name="Weight">
/// From 0 to 1. Those of all tokens that are read add up to 1, unless the model reads padding too
/// (<see cref="TextLengths.Padded"/>).
/// </param>
public sealed record TokenWeight(string Token, double Weight)
{
    /// <summary>The weight of each token of a text that the model reads, in their order, computed in double.</summary>
    /// <param name="model">A model with <see cref="Readout.Attention"/>.</param>
    /// <param name="text">The text.</param>
    /// <exception cref="ArgumentException">The model has no attention.</exception>
    public static IReadOnlyList<TokenWeight> Of(TrainedModel model, string text)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(text);
        if (model.Options.Readout != Readout.Attention)
        {
            throw new ArgumentException(
                $"the model's readout is {model.Options.Readout}; only an attention has weights", nameof(model));
        }

        var rows = TokenMatrix.Encode([text], [0], model.Vocabulary, model.Options.MaxLength);
        var batch = rows.CreateBatch(1);
        rows.GatherBatch([0], batch);
        var classifier = new ReferenceClassifier(
            model.Options, Array.ConvertAll(model.Parameters, parameter => (double)parameter));
        var weights = classifier.AttentionWeights(classifier.Forward(batch))[0];
        return
        [
            .. Tokenizer.Split(text, model.Vocabulary.Kind).Take(rows.Lengths[0])
                .Select((token, step) => new TokenWeight(token, weights[step])),
        ];
    }
}
