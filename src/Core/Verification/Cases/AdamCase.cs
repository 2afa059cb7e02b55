using GpuLstm.Kernels.Operations;

namespace GpuLstm.Verification.Cases;

/// <summary>
/// <see cref="Adam"/>. With zero gradients and moments a parameter must not move by a bit; the squares of denormal
/// gradients vanish, and ε must hold the step.
/// </summary>
internal static class AdamCase
{
    private const double LearningRate = 0.01;
    private const double Beta1 = 0.9;
    private const double Beta2 = 0.999;
    private const double Epsilon = 1e-8;

    public static void Run(CaseDevice device)
    {
        var count = device.Size(500);
        var step = device.Random.Next(1, 2000);
        var shape = $"N={count} t={step}";
        var (parameters, gradients, first) = (device.Uniform(count), device.Gradients(count, 0.1), device.Gradients(count, 0.1));
        var second = Array.ConvertAll(device.Gradients(count, 0.1), Math.Abs);
        var (parameterBuffer, firstBuffer, secondBuffer) = (device.InPlace(parameters), device.InPlace(first), device.InPlace(second));
        Adam.Step(device.Device, new()
        {
            Parameters = parameterBuffer.View,
            Gradients = device.Input(gradients),
            FirstMoments = firstBuffer.View,
            SecondMoments = secondBuffer.View,
            Factors = Adam.StepFactors.Of(LearningRate, Beta1, Beta2, Epsilon, step),
            Count = count,
        });
        Adam.Reference.Step(parameters, gradients, first, second, LearningRate, Beta1, Beta2, Epsilon, step);
        var bound = device.Data == CaseData.ZeroGradients ? 0 : Bounds.Elementwise;
        device.Compare("Adam", "parameters", shape, parameterBuffer, parameters, bound);
        device.Compare("Adam", "first moments", shape, firstBuffer, first, bound);
        device.Compare("Adam", "second moments", shape, secondBuffer, second, bound);
    }
}
