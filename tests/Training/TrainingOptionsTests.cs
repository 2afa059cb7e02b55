using GpuLstm.Data;
using GpuLstm.Options;

namespace GpuLstm.Tests.Training;

public sealed class TrainingOptionsTests
{
    /// <summary>What the article has, whatever the defaults become.</summary>
    [Fact]
    public void The_articles_are_fixed() => Assert.Equal(
        new TrainingOptions
        {
            Tokens = TokenKind.Character,
            MinCount = 1,
            Lengths = TextLengths.Padded,
            EmbeddingSize = 16,
            HiddenSize = 1,
            MaxLength = 200,
            Epochs = 100,
            BatchSize = 32,
            LearningRate = 0.001,
            Seed = 0,
        },
        TrainingOptions.Article);
}
