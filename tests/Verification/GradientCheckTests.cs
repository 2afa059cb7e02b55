using GpuLstm.Options;
using GpuLstm.Parameters;
using GpuLstm.Verification;
using Xunit.Abstractions;

namespace GpuLstm.Tests.Verification;

/// <summary>The reference's backpropagation through time against finite differences.</summary>
public sealed class GradientCheckTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(Readout.LastStep)]
    [InlineData(Readout.LastToken)]
    public void Gradients_are_those_of_finite_differences(Readout readout)
    {
        var random = TestRandom.Create(output);
        for (var round = 0; round < 20; round++)
        {
            var options = RandomModel(random, readout);
            var results = GradientCheck.Run(options, random.Next(1, 5), random.Next(), CancellationToken.None).ToList();
            Assert.Equal(
                new ParameterLayout(options).Tensors.Select(tensor => tensor.Name), results.Select(result => result.Parameter));
            Assert.All(results, result => Assert.True(result.Passed, $"{options} {result}"));
        }
    }

    [Fact]
    public void A_large_tensor_is_sampled()
    {
        var result = GradientCheck.Run(new ModelOptions(300, 2, 1, 2, Readout.LastStep), 2, 1, CancellationToken.None).First();
        Assert.Equal(GradientCheck.MaxElements, result.Checked);
    }

    private static ModelOptions RandomModel(Random random, Readout readout) =>
        new(random.Next(2, 7), random.Next(1, 5), random.Next(1, 6), random.Next(1, 7), readout);
}
