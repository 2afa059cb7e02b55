using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using GpuLstm.Data;
using GpuLstm.Engines.Contracts;
using GpuLstm.Engines.Cpu.Batches;
using GpuLstm.Engines.Cpu.Primitives;
using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Operations;
using GpuLstm.Kernels.Primitives;
using GpuLstm.Options;
using GpuLstm.Parameters;

namespace GpuLstm.Engines.Cpu;

/// <summary>
/// Trains on the processor in float32, with the kernels' algebra: a gate table once a distinct token, the rows of the batch
/// shared by the threads, weight gradients added up while the gates' gradients are in the cache. Every element of every result is summed in a
/// fixed order, so the number of threads does not change a bit; the width of the registers may.
/// </summary>
/// <remarks>A training step allocates nothing.</remarks>
internal sealed class CpuEngine : ILstmEngine
{
    private const int Alignment = (int)RegisterWidth.Sixteen;

    private readonly EngineLimits limits;
    private readonly ModelOptions options;
    private readonly AdamOptions adam;
    private readonly WorkerPool pool;
    private readonly CpuBatch batch;
    private readonly PinnedBuffer parameters;
    private readonly PinnedBuffer gradient;
    private readonly ICpuNetwork network;
    private readonly float[] lastHidden; // [B, H]
    private readonly float[] lastHiddenGradient; // [B, H]
    private readonly float[] logits; // [B]
    private BatchTotals trainingTotals;
    private int adamStep;

    /// <param name="options">The model.</param>
    /// <param name="adam">The optimiser.</param>
    /// <param name="limits">The largest batch, and how many threads work.</param>
    /// <param name="width">The registers to use; the widest of the processor where null.</param>
    public CpuEngine(ModelOptions options, AdamOptions adam, EngineLimits limits, RegisterWidth? width = null)
    {
        limits.Check(options);
        this.limits = limits;
        this.options = options;
        this.adam = adam;
        Layout = new ParameterLayout(options);
        var padded = (Layout.Length + Alignment - 1) / Alignment * Alignment;
        parameters = new PinnedBuffer(padded);
        gradient = new PinnedBuffer(padded);
        lastHidden = new float[limits.MaxRows * options.HiddenSize];
        lastHiddenGradient = new float[limits.MaxRows * options.HiddenSize];
        logits = new float[limits.MaxRows];
        pool = new WorkerPool(limits.Threads ?? Environment.ProcessorCount);
        Width = width ?? BestWidth();
        network = CreateNetwork(limits, pool);
        batch = network.CreateBatch();
        Device = $"{RuntimeInformation.ProcessArchitecture} CPU, {pool.Count} {(pool.Count == 1 ? "thread" : "threads")}";
    }

    public string Accelerator => AcceleratorNames.Of(AcceleratorKind.Cpu);

    public string Device { get; }

    public ParameterLayout Layout { get; }

    /// <summary>The registers in use.</summary>
    public RegisterWidth Width { get; }

    /// <summary>Whether this processor can run on such registers, be it slowly.</summary>
    public static bool Supports(RegisterWidth width) => width == RegisterWidth.Four || (Avx2.IsSupported && Fma.IsSupported);

    /// <summary>The widest registers that this processor has.</summary>
    public static RegisterWidth BestWidth()
    {
        if (Vector512.IsHardwareAccelerated && Supports(RegisterWidth.Sixteen))
            return RegisterWidth.Sixteen;
        return Supports(RegisterWidth.Eight) ? RegisterWidth.Eight : RegisterWidth.Four;
    }

    public void SetParameters(ReadOnlySpan<float> parameters)
    {
        parameters.CopyTo(this.parameters.Span);
        network.ResetAdam();
        adamStep = 0;
    }

    public void GetParameters(Span<float> parameters) => this.parameters.Span[..Layout.Length].CopyTo(parameters);

    public IEngineBatches Load(TokenMatrix rows, int batchSize)
    {
        limits.Check(rows, batchSize);
        return new CpuBatches(rows, batchSize);
    }

    public void TrainStep(IEngineBatches batches, int index)
    {
        trainingTotals += Forward(((CpuBatches)batches).Gather(index), keep: true);
        Backward();
        network.Step(Adam.StepFactors.Of(adam.LearningRate, adam.Beta1, adam.Beta2, adam.Epsilon, ++adamStep));
    }

    public BatchTotals TakeTrainingTotals()
    {
        var taken = trainingTotals;
        trainingTotals = default;
        return taken;
    }

    public BatchTotals ComputeGradient(IEngineBatches batches, int index, Span<float> gradient)
    {
        var totals = Forward(((CpuBatches)batches).Gather(index), keep: true);
        Backward();
        this.gradient.Span[..Layout.Length].CopyTo(gradient);
        return totals;
    }

    public BatchTotals Evaluate(IEngineBatches batches, Span<float> logits, CancellationToken cancellation)
    {
        var totals = default(BatchTotals);
        for (var index = 0; index < batches.Count; index++)
        {
            cancellation.ThrowIfCancellationRequested();
            var inBatch = Forward(((CpuBatches)batches).Gather(index), keep: false);
            for (var row = 0; row < batch.Rows; row++)
                logits[(int)totals.Rows + batch.Source[row]] = this.logits[row];
            totals += inBatch;
        }

        return totals;
    }

    public void Dispose() => pool.Dispose();

    /// <summary>A network on this engine's parameters.</summary>
    internal ICpuNetwork CreateNetwork(EngineLimits limits, WorkerPool pool) => Width switch
    {
        RegisterWidth.Sixteen => new CpuNetwork<Lanes16>(options, Layout, limits, parameters, gradient, pool),
        RegisterWidth.Eight => new CpuNetwork<Lanes8>(options, Layout, limits, parameters, gradient, pool),
        _ => new CpuNetwork<Lanes4>(options, Layout, limits, parameters, gradient, pool),
    };

    private BatchTotals Forward(TokenBatch source, bool keep)
    {
        batch.Prepare(source, options.Readout);
        network.GateTable(batch);
        network.Sequence(batch, keep, lastHidden);
        var weights = Layout.HeadWeights.In(parameters.Span);
        var bias = parameters.Span[Layout.HeadBias.Offset];
        var (lossSum, correct) = (0.0, 0);
        for (var row = 0; row < batch.Rows; row++)
        {
            var label = batch.Labels[row];
            var logit = bias + TensorPrimitives.Dot<float>(weights, LastHidden(lastHidden, row));
            logits[row] = logit;
            lossSum += Math.Max(logit, 0) - logit * label + DeviceMath.LogOnePlusExpOfMinus(logit);
            correct += (logit > 0 ? 1f : 0f) == label ? 1 : 0;
        }

        return new BatchTotals(lossSum, correct, batch.Rows);
    }

    private void Backward()
    {
        gradient.Span.Clear();
        var weights = Layout.HeadWeights.In(parameters.Span);
        var weightGradient = Layout.HeadWeights.In(gradient.Span);
        for (var row = 0; row < batch.Rows; row++)
        {
            var logitGradient = ClassifierHead.LogitGradient(logits[row], batch.Labels[row]) / batch.Rows;
            TensorPrimitives.Multiply(weights, logitGradient, LastHidden(lastHiddenGradient, row));
            TensorPrimitives.MultiplyAdd(LastHidden(lastHidden, row), logitGradient, weightGradient, weightGradient);
            gradient.Span[Layout.HeadBias.Offset] += logitGradient;
        }

        network.Backward(lastHiddenGradient);
    }

    private Span<float> LastHidden(float[] states, int row) => states.AsSpan(row * options.HiddenSize, options.HiddenSize);
}
