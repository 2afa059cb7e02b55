using GpuLstm.Data;
using GpuLstm.Options;
using GpuLstm.Parameters;
using GpuLstm.Verification;
using Xunit.Abstractions;

namespace GpuLstm.Tests.Verification;

/// <summary>The reference's backpropagation through time against finite differences.</summary>
public sealed class GradientCheckTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(TextLengths.Padded)]
    [InlineData(TextLengths.Real)]
    public void Gradients_are_those_of_finite_differences(TextLengths lengths)
    {
        var random = TestRandom.Create(output);
        for (var round = 0; round < 20; round++)
        {
            var options = RandomModel(random, lengths);
            var dropout = new DropoutOptions { Embedding = 0.2, Layers = 0.3, Recurrent = 0.2, Head = 0.3, Seed = (uint)round };
            var step = round % 2 == 0 ? null : dropout.StepOf(random.Next(1, 100));
            var results = GradientCheck.Run(options, random.Next(1, 5), random.Next(), CancellationToken.None, step).ToList();
            Assert.Equal(
                new ParameterLayout(options).Tensors.Select(tensor => tensor.Name), results.Select(result => result.Parameter));
            Assert.All(results, result => Assert.True(result.Passed, $"{options} {step} {result}"));
        }
    }

    [Fact]
    public void A_large_tensor_is_sampled()
    {
        var result = GradientCheck.Run(new ModelOptions(300, 2, 1, 2, TextLengths.Padded), 2, 1, CancellationToken.None).First();
        Assert.Equal(GradientCheck.MaxElements, result.Checked);
    }

    private static ModelOptions RandomModel(Random random, TextLengths lengths)
    {
        var (tokens, embedding) = (random.Next(2, 7), random.Next(1, 5));
        return new(tokens, embedding, random.Next(1, 6), random.Next(1, 7), lengths)
        {
            Layers = random.Next(1, 4),
            IsBidirectional = random.Next(2) == 0,
            Readout = random.GetItems(Enum.GetValues<Readout>(), 1)[0],
            Pairs = random.Next(2) == 0 ? new PairOptions(7, embedding, Join()) : null,
            Ngrams = random.Next(2) == 0 ? new NgramOptions(7, embedding, Join(), new TokenNgrams(Bags())) : null,
        };

        FeatureJoin Join() => random.Next(2) == 0 ? FeatureJoin.Append : FeatureJoin.Sum;

        IEnumerable<int[]> Bags() =>
            Enumerable.Range(0, tokens).Select(_ => Enumerable.Range(0, random.Next(4)).Select(_ => random.Next(7)).ToArray());
    }
}
