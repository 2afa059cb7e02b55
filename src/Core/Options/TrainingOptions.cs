using System.Text.Json.Serialization;
using GpuLstm.Data;
using GpuLstm.Kernels.TensorCores;

namespace GpuLstm.Options;

/// <summary>What a training run does, apart from where: the model's shape and the schedule.</summary>
public sealed record TrainingOptions
{
    /// <summary>
    /// The defaults: words, the hidden state at the last real token, and a schedule that a newcomer waits for gladly.
    /// </summary>
    public static TrainingOptions Default { get; } = new();

    /// <summary>The article's model and schedule, exactly.</summary>
    public static TrainingOptions Article { get; } = new()
    {
        Tokens = TokenKind.Character,
        MinCount = DefaultMinCount(TokenKind.Character),
        Readout = Readout.LastStep,
        EmbeddingSize = 16,
        HiddenSize = 1,
        Epochs = 100,
        BatchSize = 32,
        LearningRate = 0.001,
        MaxLength = 200,
    };

    /// <summary>Characters or words.</summary>
    public TokenKind Tokens { get; init; } = TokenKind.Word;

    /// <summary>
    /// How often a token must occur in the training texts to be in the vocabulary; rarer ones are <c>&lt;UNK&gt;</c>, which is
    /// trained by them. See <see cref="DefaultMinCount"/> for characters.
    /// </summary>
    public int MinCount { get; init; } = DefaultMinCount(TokenKind.Word);

    /// <summary>Which hidden state the head reads.</summary>
    public Readout Readout { get; init; } = Readout.LastToken;

    /// <summary>Width of an embedding row E.</summary>
    public int EmbeddingSize { get; init; } = 32;

    /// <summary>Hidden units H.</summary>
    public int HiddenSize { get; init; } = 64;

    /// <summary>The tokens a text is padded or cut to.</summary>
    public int MaxLength { get; init; } = 200;

    /// <summary>Passes over the training rows; with 0 the model is left with its initial values.</summary>
    public int Epochs { get; init; } = 10;

    /// <summary>Rows a step; the last batch of an epoch may be smaller.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Adam's learning rate.</summary>
    public double LearningRate { get; init; } = 0.002;

    /// <summary>Of the large products in training; a trained model is float32 in any case.</summary>
    public Precision Precision { get; init; } = Precision.Full;

    /// <summary>Seeds the initial values and the shuffling. The train/test split does not depend on it.</summary>
    public uint Seed { get; init; }

    /// <summary>How a step changes the parameters.</summary>
    [JsonIgnore]
    public OptimizerOptions OptimizerOptions => new() { LearningRate = LearningRate };

    /// <summary>
    /// A fair <see cref="MinCount"/>: 2 for words, of which most that occur once are names and slips, and 1 for characters.
    /// </summary>
    public static int DefaultMinCount(TokenKind kind) => kind == TokenKind.Word ? 2 : 1;

    /// <summary>The model for a vocabulary.</summary>
    public ModelOptions Model(Vocabulary vocabulary) =>
        new(vocabulary.EmbeddingRows, EmbeddingSize, HiddenSize, MaxLength, Readout);

    /// <summary>Rejects what cannot be trained with.</summary>
    /// <exception cref="UserErrorException">A property is out of range; the message names it.</exception>
    public void Check()
    {
        Setting.Epochs.RequireInRange(Epochs, 0, 100_000);
        Setting.BatchSize.RequireInRange(BatchSize, 1, 65_536);
        Setting.EmbeddingSize.RequireInRange(EmbeddingSize, 1, 4_096);
        Setting.HiddenSize.RequireInRange(HiddenSize, 1, 4_096);
        Setting.MaxLength.RequireInRange(MaxLength, 1, 65_536);
        Setting.MinCount.RequireInRange(MinCount, 1, 1_000_000_000);
        if (!(LearningRate > 0 && LearningRate <= 10))
        {
            throw new UserErrorException(
                $"{Setting.LearningRate} {LearningRate} is out of range: give a number above 0, 10 at most");
        }
    }
}
