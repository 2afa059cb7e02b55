using GpuLstm.Data;
using GpuLstm.Options;

namespace GpuLstm.Verification.Comparison;

/// <summary>Random batches for checks.</summary>
internal static class RandomBatches
{
    /// <summary>A batch [rows, T] with rows of every length from 0 to T, every real token and class.</summary>
    public static TokenBatch Create(ModelOptions options, int rows, Random random)
    {
        var lengths = new int[rows];
        var labels = new int[rows];
        var tokens = new int[rows * options.MaxLength];
        for (var b = 0; b < rows; b++)
        {
            lengths[b] = random.Next(options.MaxLength + 1);
            labels[b] = random.Next(options.Classes);
            for (var t = 0; t < lengths[b]; t++)
                tokens[b * options.MaxLength + t] = random.Next(1, options.VocabularySize);
        }

        return new TokenBatch(tokens, lengths, labels, rows, options.MaxLength);
    }
}
