using GpuLstm.Options;

namespace GpuLstm.Reference;

/// <summary>Adam (Kingma and Ba 2015, algorithm 1; PyTorch's defaults) in double.</summary>
/// <param name="count">The number of parameters.</param>
/// <param name="options">The hyper-parameters.</param>
public sealed class ReferenceAdam(int count, AdamOptions options)
{
    private readonly double[] firstMoments = new double[count];
    private readonly double[] secondMoments = new double[count];
    private int step;

    /// <summary>Changes the parameters by one step along their gradient.</summary>
    public void Step(double[] parameters, double[] gradient)
    {
        step++;
        for (var n = 0; n < parameters.Length; n++)
        {
            firstMoments[n] = options.Beta1 * firstMoments[n] + (1 - options.Beta1) * gradient[n];
            secondMoments[n] = options.Beta2 * secondMoments[n] + (1 - options.Beta2) * gradient[n] * gradient[n];
            var firstHat = firstMoments[n] / (1 - Math.Pow(options.Beta1, step));
            var secondHat = secondMoments[n] / (1 - Math.Pow(options.Beta2, step));
            parameters[n] -= options.LearningRate * firstHat / (Math.Sqrt(secondHat) + options.Epsilon);
        }
    }
}
