using GpuLstm.Options;
using GpuLstm.Parameters;

namespace GpuLstm.Tests.Reference;

/// <summary>Random small models and batches.</summary>
internal static class RandomModels
{
    public static ModelOptions Options(Random random, TextLengths lengths) =>
        new(random.Next(2, 7), random.Next(1, 5), random.Next(1, 6), random.Next(1, 7), lengths);

    public static double[] Parameters(ModelOptions options, Random random, double range = 1) =>
        [.. Enumerable.Range(0, new ParameterLayout(options).Length).Select(_ => (2 * random.NextDouble() - 1) * range)];
}
