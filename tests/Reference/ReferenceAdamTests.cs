using GpuLstm.Options;
using GpuLstm.Reference;

namespace GpuLstm.Tests.Reference;

public sealed class ReferenceAdamTests
{
    [Fact]
    public void Two_steps_by_hand()
    {
        // g = 2 then -1, lr 0.1: m = 0.2, v = 0.004, hats 2 and 4, p = 1 - 0.1;
        // then m = 0.08, v = 0.004996, hats 0.08 / 0.19 and 0.004996 / 0.001999.
        double[] parameters = [1];
        var adam = new ReferenceAdam(1, new AdamOptions(LearningRate: 0.1, Epsilon: 0));
        adam.Step(parameters, [2]);
        Assert.Equal(0.9, parameters[0], 14);
        adam.Step(parameters, [-1]);
        Assert.Equal(0.9 - 0.1 * (0.08 / 0.19) / Math.Sqrt(0.004996 / 0.001999), parameters[0], 14);
    }
}
