using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using GpuLstm.Data;
using GpuLstm.Kernels.Operations;
using GpuLstm.Model;
using GpuLstm.Training;

namespace GpuLstm.Engines;

/// <summary>
/// Trains on the processor in float32, with the kernels' algebra: a gate table once a distinct token, whole rows of the
/// batch side by side on the cores, weight gradients after the loop over the steps. Every element of every result is
/// summed by one thread in a fixed order, so the number of threads does not change a bit.
/// </summary>
internal sealed class CpuEngine : ILstmEngine
{
    private readonly ModelOptions options;
    private readonly AdamOptions adam;
    private readonly BatchPlan plan;
    private readonly float[] parameters;
    private readonly float[] gradient;
    private readonly float[] firstMoments;
    private readonly float[] secondMoments;
    private readonly CpuLstmLayer layer;
    private readonly float[] lastHidden; // [B, H]
    private readonly float[] lastHiddenGradient; // [B, H]
    private readonly float[] logits; // [B]
    private BatchTotals trainingTotals;
    private int adamStep;

    /// <param name="options">The model.</param>
    /// <param name="adam">The optimiser.</param>
    /// <param name="limits">The largest batch.</param>
    /// <param name="threads">How many threads may work; all of the machine's where null.</param>
    public CpuEngine(ModelOptions options, AdamOptions adam, EngineLimits limits, int? threads = null)
    {
        limits.Check(options);
        var threadCount = threads ?? Environment.ProcessorCount;
        Device = $"{RuntimeInformation.ProcessArchitecture} CPU, {threadCount} {(threadCount == 1 ? "thread" : "threads")}";
        this.options = options;
        this.adam = adam;
        Layout = new ParameterLayout(options);
        plan = new BatchPlan(options.VocabularySize, limits.MaxRows, limits.MaxSteps);
        parameters = new float[Layout.Length];
        gradient = new float[Layout.Length];
        firstMoments = new float[Layout.Length];
        secondMoments = new float[Layout.Length];
        layer = new CpuLstmLayer(options, Layout, limits, plan.MaxSlots, threadCount);
        lastHidden = new float[limits.MaxRows * options.HiddenSize];
        lastHiddenGradient = new float[limits.MaxRows * options.HiddenSize];
        logits = new float[limits.MaxRows];
    }

    public string Accelerator => "cpu";

    public string Device { get; }

    public ParameterLayout Layout { get; }

    public void SetParameters(ReadOnlySpan<float> parameters)
    {
        parameters.CopyTo(this.parameters);
        Array.Clear(firstMoments);
        Array.Clear(secondMoments);
        adamStep = 0;
    }

    public void GetParameters(Span<float> parameters) => this.parameters.CopyTo(parameters);

    public void TrainStep(TokenBatch batch)
    {
        trainingTotals += Forward(batch);
        Backward();
        CpuAdam.Step(
            parameters, gradient, firstMoments, secondMoments,
            Adam.StepFactors.Of(adam.LearningRate, adam.Beta1, adam.Beta2, adam.Epsilon, ++adamStep));
    }

    public BatchTotals TakeTrainingTotals()
    {
        var taken = trainingTotals;
        trainingTotals = default;
        return taken;
    }

    public BatchTotals ComputeGradient(TokenBatch batch, Span<float> gradient)
    {
        var totals = Forward(batch);
        Backward();
        this.gradient.CopyTo(gradient);
        return totals;
    }

    public BatchTotals Evaluate(TokenBatch batch, Span<float> logits)
    {
        var totals = Forward(batch);
        this.logits.AsSpan(0, batch.Rows).CopyTo(logits);
        return totals;
    }

    public void Dispose()
    {
        // Nothing but managed memory.
    }

    private BatchTotals Forward(TokenBatch batch)
    {
        plan.Prepare(batch, options.Readout);
        layer.Forward(parameters, plan, lastHidden);
        var weights = Layout.HeadWeights.In(parameters);
        var (lossSum, correct) = (0.0, 0);
        for (var b = 0; b < plan.Rows; b++)
        {
            var label = plan.Labels[b];
            var logit = parameters[Layout.HeadBias.Offset] + TensorPrimitives.Dot<float>(weights, LastHidden(lastHidden, b));
            logits[b] = logit;
            lossSum += Math.Max(logit, 0) - logit * label + DeviceMath.LogOnePlusExpOfMinus(logit);
            correct += (logit > 0 ? 1f : 0f) == label ? 1 : 0;
        }

        return new BatchTotals(lossSum, correct, plan.Rows);
    }

    private void Backward()
    {
        Array.Clear(gradient);
        var weights = Layout.HeadWeights.In(parameters);
        var weightGradient = Layout.HeadWeights.In(gradient);
        for (var b = 0; b < plan.Rows; b++)
        {
            var logitGradient = ClassifierHead.LogitGradient(logits[b], plan.Labels[b]) / plan.Rows;
            TensorPrimitives.Multiply(weights, logitGradient, LastHidden(lastHiddenGradient, b));
            TensorPrimitives.MultiplyAdd(LastHidden(lastHidden, b), logitGradient, weightGradient, weightGradient);
            gradient[Layout.HeadBias.Offset] += logitGradient;
        }

        layer.Backward(parameters, plan, lastHiddenGradient, gradient);
    }

    private Span<float> LastHidden(float[] states, int row) => states.AsSpan(row * options.HiddenSize, options.HiddenSize);
}
