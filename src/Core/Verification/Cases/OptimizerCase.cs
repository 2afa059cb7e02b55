using System.Globalization;
using GpuLstm.Kernels.Operations;
using GpuLstm.Verification.Comparison;

namespace GpuLstm.Verification.Cases;

/// <summary>
/// The step of an <see cref="Optimizer"/>. With zero gradients and states a parameter must not move by a bit (but where its
/// weights decay); the squares of denormal gradients vanish, and Adam's ε must hold the step.
/// </summary>
internal static class OptimizerCase
{
    // As large as the parameters, so that an error in the step shows in them.
    private const double LearningRate = 0.5;
    private const double UsualRange = 0.1;
    private const double TinyRange = 1e-8; // as Adam's ε
    private const string SuffixOfSquares = "_sq";
    private const int Digits = 3;

    /// <summary>A rule's case.</summary>
    public static void Run(CaseDevice device, Optimizer rule)
    {
        var (earlyStep, anyStep) = (device.Random.Next(1, 6), device.Random.Next(1, 2000));
        var defaults = HyperparameterValues.None.CompletedBy(rule.Hyperparameters);
        Run(device, rule, anyStep, defaults, UsualRange);
        Run(device, rule, earlyStep, defaults, UsualRange); // what is remembered may be corrected by the step's number
        Run(device, rule, earlyStep, defaults, TinyRange);
        foreach (var hyperparameter in rule.Hyperparameters) // in the middle of its range, so that its effect is large
        {
            var middle = Math.Round((hyperparameter.Min + hyperparameter.Max) / 2, Digits);
            Run(
                device, rule, anyStep, defaults.With(hyperparameter.Name, middle), UsualRange,
                string.Create(CultureInfo.InvariantCulture, $"{hyperparameter.Name}={middle}"));
        }
    }

    private static void Run(
        CaseDevice device, Optimizer rule, int number, HyperparameterValues values, double range, string changed = "defaults")
    {
        var count = device.Size(500, real: 100_000);
        var shape = $"parameters={count} t={number} g={range:0e-0} {changed}";
        var (parameters, gradient) = (device.Uniform(count), device.Gradients(count, range));
        var decays = Array.ConvertAll(device.Indices(count, 2), bit => (double)bit);
        double[][] states = [.. rule.States.Select(Draw)];
        var parameterBuffer = device.InPlace(parameters);
        GuardedBuffer<float>[] stateBuffers = [.. states.Select(device.InPlace)];
        var step = new OptimizerStep(LearningRate, number, values);
        rule.Run(
            device.Device,
            new OptimizerBuffers(
                parameterBuffer.View, device.Input(gradient), [.. stateBuffers.Select(buffer => buffer.View)],
                device.Input(decays)),
            step);
        rule.RunInDouble(parameters, gradient, states, decays, step);
        var bound = device.Data == CaseData.ZeroGradients && !rule.UsesDecays ? 0 : Bounds.Elementwise;
        device.Compare(rule.Name, "parameters", shape, parameterBuffer, parameters, bound);
        foreach (var (name, n) in rule.States.Select((name, n) => (name, n)))
            device.Compare(rule.Name, name, shape, stateBuffers[n], states[n], bound, termScale: ScaleOf(name));

        double ScaleOf(string state) => state.EndsWith(SuffixOfSquares, StringComparison.Ordinal) ? range * range : range;

        double[] Draw(string state)
        {
            var drawn = device.Gradients(count, ScaleOf(state));
            if (!state.EndsWith(SuffixOfSquares, StringComparison.Ordinal))
                return drawn;
            // Not near 0, where a step would be so large that no error in the others is seen.
            var least = device.Data == CaseData.Random ? ScaleOf(state) / 2 : 0;
            return Array.ConvertAll(drawn, value => (double)(float)(least + Math.Abs(value)));
        }
    }
}
