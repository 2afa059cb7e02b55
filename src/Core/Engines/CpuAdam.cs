using GpuLstm.Kernels.Operations;

namespace GpuLstm.Engines;

/// <summary>The <see cref="Adam"/> kernel's step on the processor.</summary>
internal static class CpuAdam
{
    /// <summary>Updates parameters and moments, all [N].</summary>
    public static void Step(float[] parameters, float[] gradient, float[] firstMoments, float[] secondMoments, Adam.StepFactors factors)
    {
        for (var n = 0; n < parameters.Length; n++)
        {
            var first = factors.Beta1 * firstMoments[n] + factors.OneMinusBeta1 * gradient[n];
            var second = factors.Beta2 * secondMoments[n] + factors.OneMinusBeta2 * gradient[n] * gradient[n];
            firstMoments[n] = first;
            secondMoments[n] = second;
            parameters[n] -= factors.StepSize * first / (MathF.Sqrt(second) * factors.SecondMomentScale + factors.Epsilon);
        }
    }
}
