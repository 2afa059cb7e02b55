using GpuLstm.Data;
using GpuLstm.Options;
using GpuLstm.Reference;
using GpuLstm.Verification.Comparison;
using Xunit.Abstractions;

namespace GpuLstm.Tests.Reference;

public sealed class ReferenceClassifierTests(ITestOutputHelper output)
{
    [Fact]
    public void Saturated_gates_give_finite_results()
    {
        var random = TestRandom.Create(output);
        var options = RandomModels.Options(random, TextLengths.Padded);
        foreach (var range in new[] { 1e2, 1e10, 1e100 })
        {
            var classifier = new ReferenceClassifier(options, RandomModels.Parameters(options, random, range));
            var batch = RandomBatches.Create(options, 4, random);
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
        var options = RandomModels.Options(random, TextLengths.Real) with { MaxLength = 5 };
        var classifier = new ReferenceClassifier(options, RandomModels.Parameters(options, random));
        var longer = new TokenBatch([1, 1, 0, 0, 0], [2], [1], 1, 5);
        var shorter = new TokenBatch([1, 1], [2], [1], 1, 2);
        Assert.Equal(classifier.Forward(shorter).Logits, classifier.Forward(longer).Logits);
    }

    [Fact]
    public void A_row_without_tokens_gets_the_bias()
    {
        var options = new ModelOptions(3, 2, 2, 4, TextLengths.Real);
        var parameters = RandomModels.Parameters(options, TestRandom.Create(output));
        Assert.Equal(
            parameters[^1], new ReferenceClassifier(options, parameters).Forward(new([0, 0, 0, 0], [0], [1], 1, 4)).Logits[0]);
    }
}
