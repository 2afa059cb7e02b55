using GpuLstm.Data;
using GpuLstm.Model;
using GpuLstm.Reference;
using Xunit.Abstractions;

namespace GpuLstm.Tests.Reference;

public sealed class ReferenceClassifierTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(Readout.LastStep)]
    [InlineData(Readout.LastToken)]
    public void Gradients_are_those_of_finite_differences(Readout readout)
    {
        var random = TestRandom.Create(output);
        for (var round = 0; round < 20; round++)
        {
            var options = RandomModels.Options(random, readout);
            var parameters = RandomModels.Parameters(options, random);
            var batch = RandomModels.Batch(options, random.Next(1, 5), random);
            var classifier = new ReferenceClassifier(options, parameters);
            var gradient = classifier.Backward(batch, classifier.Forward(batch));
            for (var n = 0; n < parameters.Length; n++)
            {
                var numeric = CentralDifference(options, parameters, batch, n);
                Assert.True(
                    Math.Abs(gradient[n] - numeric) <= 1e-6 * Math.Abs(numeric) + 1e-9,
                    $"{options} parameter {n}: BPTT {gradient[n]:R}, finite differences {numeric:R}");
            }
        }
    }

    [Fact]
    public void Saturated_gates_give_finite_results()
    {
        var random = TestRandom.Create(output);
        var options = RandomModels.Options(random, Readout.LastStep);
        foreach (var range in new[] { 1e2, 1e10, 1e100 })
        {
            var classifier = new ReferenceClassifier(options, RandomModels.Parameters(options, random, range));
            var batch = RandomModels.Batch(options, 4, random);
            var forward = classifier.Forward(batch);
            Assert.True(double.IsFinite(forward.Loss));
            Assert.All(forward.Probabilities, probability => Assert.InRange(probability, 0, 1));
            Assert.All(classifier.Backward(batch, forward), gradient => Assert.True(double.IsFinite(gradient)));
        }
    }

    [Fact]
    public void Last_token_ignores_what_lies_behind()
    {
        var random = TestRandom.Create(output);
        var options = RandomModels.Options(random, Readout.LastToken) with { MaxLength = 5 };
        var classifier = new ReferenceClassifier(options, RandomModels.Parameters(options, random));
        var longer = new TokenBatch([1, 1, 0, 0, 0], [2], [1], 1, 5);
        var shorter = new TokenBatch([1, 1], [2], [1], 1, 2);
        Assert.Equal(classifier.Forward(shorter).Logits, classifier.Forward(longer).Logits);
    }

    [Fact]
    public void A_row_without_tokens_gets_the_bias()
    {
        var options = new ModelOptions(3, 2, 2, 4, Readout.LastToken);
        var parameters = RandomModels.Parameters(options, TestRandom.Create(output));
        Assert.Equal(parameters[^1], new ReferenceClassifier(options, parameters).Forward(new([0, 0, 0, 0], [0], [1], 1, 4)).Logits[0]);
    }

    private static double CentralDifference(ModelOptions options, double[] parameters, TokenBatch batch, int n)
    {
        // Richardson's extrapolation of two central differences: the error falls with the fourth power of the step.
        return (4 * Slope(5e-4) - Slope(1e-3)) / 3;

        double Slope(double step) => (LossAt(step) - LossAt(-step)) / (2 * step);

        double LossAt(double offset)
        {
            var shifted = (double[])parameters.Clone();
            shifted[n] += offset;
            return new ReferenceClassifier(options, shifted).Forward(batch).Loss;
        }
    }
}
