using GpuLstm.Kernels.Operations;
using GpuLstm.Options;

namespace GpuLstm.Tests.Kernels;

public sealed class AdamTests
{
    [Fact]
    public void Two_steps_by_hand()
    {
        // g = 2 then -1, lr 0.1: m = 0.2, v = 0.004, hats 2 and 4, p = 1 - 0.1;
        // then m = 0.08, v = 0.004996, hats 0.08 / 0.19 and 0.004996 / 0.001999.
        double[] parameters = [1];
        double[][] moments = [[0], [0]];
        var values = new OptimizerOptions().Values.With("epsilon", 0);
        new Adam().RunInDouble(parameters, [2], moments, [0], new OptimizerStep(0.1, 1, values));
        Assert.Equal(0.9, parameters[0], 14);
        new Adam().RunInDouble(parameters, [-1], moments, [0], new OptimizerStep(0.1, 2, values));
        Assert.Equal(0.9 - 0.1 * (0.08 / 0.19) / Math.Sqrt(0.004996 / 0.001999), parameters[0], 14);
    }
}
