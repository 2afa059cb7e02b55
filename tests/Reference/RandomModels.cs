using GpuLstm.Data;
using GpuLstm.Model;

namespace GpuLstm.Tests.Reference;

/// <summary>Random small models and batches.</summary>
internal static class RandomModels
{
    public static ModelOptions Options(Random random, Readout readout) =>
        new(random.Next(2, 7), random.Next(1, 5), random.Next(1, 6), random.Next(1, 7), readout);

    public static double[] Parameters(ModelOptions options, Random random, double range = 1) =>
        [.. Enumerable.Range(0, new ParameterLayout(options).Length).Select(_ => (2 * random.NextDouble() - 1) * range)];

    /// <summary>Rows of every length from 0 to all steps.</summary>
    public static TokenBatch Batch(ModelOptions options, int rows, Random random)
    {
        var lengths = Enumerable.Range(0, rows).Select(_ => random.Next(options.MaxLength + 1)).ToArray();
        var tokens = new int[rows * options.MaxLength];
        for (var b = 0; b < rows; b++)
        {
            for (var t = 0; t < lengths[b]; t++)
                tokens[b * options.MaxLength + t] = random.Next(1, options.VocabularySize);
        }

        var labels = Enumerable.Range(0, rows).Select(_ => (float)random.Next(2)).ToArray();
        return new TokenBatch(tokens, lengths, labels, rows, options.MaxLength);
    }
}
