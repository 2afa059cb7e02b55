using GpuLstm.Kernels.Operations;
using GpuLstm.Verification.Comparison;

namespace GpuLstm.Verification.Cases;

/// <summary>
/// <see cref="Adam"/>. With zero gradients and moments a parameter must not move by a bit; the squares of denormal
/// gradients vanish, and ε must hold the step.
/// </summary>
internal static class AdamCase
{
    // As large as the parameters, so that an error in the step shows in them.
    private const double LearningRate = 0.5;
    private const double Beta1 = 0.9;
    private const double Beta2 = 0.999;
    private const double UsualEpsilon = 1e-8;

    public static void Run(CaseDevice device)
    {
        var (earlyStep, anyStep) = (device.Random.Next(1, 6), device.Random.Next(1, 2000));
        Run(device, anyStep, UsualEpsilon, gradientRange: 0.1);
        Run(device, earlyStep, UsualEpsilon, gradientRange: 0.1); // the moments are corrected the most
        Run(device, anyStep, epsilon: 0.1, gradientRange: 0.1); // holds the step as much as the second moment does
        Run(device, earlyStep, UsualEpsilon, gradientRange: UsualEpsilon);
    }

    private static void Run(CaseDevice device, int step, double epsilon, double gradientRange)
    {
        var count = device.Size(500, real: 100_000);
        var shape = $"parameters={count} t={step} ε={epsilon:0e-0} g={gradientRange:0e-0}";
        var (parameters, gradients, first) =
            (device.Uniform(count), device.Gradients(count, gradientRange), device.Gradients(count, gradientRange));
        // Not near 0, where a step would be so large that no error in the others is seen.
        var leastSecond = device.Data == CaseData.Random ? gradientRange * gradientRange / 2 : 0;
        var second = Array.ConvertAll(
            device.Gradients(count, gradientRange * gradientRange), value => (double)(float)(leastSecond + Math.Abs(value)));
        var (parameterBuffer, firstBuffer, secondBuffer) =
            (device.InPlace(parameters), device.InPlace(first), device.InPlace(second));
        Adam.Step(device.Device, new()
        {
            Parameters = parameterBuffer.View,
            Gradients = device.Input(gradients),
            FirstMoments = firstBuffer.View,
            SecondMoments = secondBuffer.View,
            Factors = Adam.StepFactors.Of(LearningRate, Beta1, Beta2, epsilon, step),
            Count = count,
        });
        Adam.Reference.Step(parameters, gradients, first, second, LearningRate, Beta1, Beta2, epsilon, step);
        var bound = device.Data == CaseData.ZeroGradients ? 0 : Bounds.Elementwise;
        device.Compare("Adam", "parameters", shape, parameterBuffer, parameters, bound);
        device.Compare("Adam", "first moments", shape, firstBuffer, first, bound, termScale: gradientRange);
        device.Compare("Adam", "second moments", shape, secondBuffer, second, bound, termScale: gradientRange * gradientRange);
    }
}
