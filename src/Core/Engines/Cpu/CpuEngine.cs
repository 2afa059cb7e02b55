using System.Runtime.InteropServices;
using GpuLstm.Data;
using GpuLstm.Engines.Contracts;
using GpuLstm.Engines.Cpu.Batches;
using GpuLstm.Engines.Cpu.Primitives;
using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Operations;
using GpuLstm.Options;
using GpuLstm.Parameters;

namespace GpuLstm.Engines.Cpu;

/// <summary>
/// Trains on the processor in float32, with the kernels' algebra: a gate table once a distinct token, the rows of the batch
/// shared by the threads, weight gradients added up while the gates' gradients are in the cache. Every element of every result is
/// summed in a fixed order, so the number of threads does not change a bit; the width of the registers may.
/// </summary>
/// <remarks>A training step allocates nothing.</remarks>
internal sealed class CpuEngine : ITrainingEngine
{
    private readonly EngineLimits limits;
    private readonly ModelOptions options;
    private readonly OptimizerOptions optimizer;
    private readonly HyperparameterValues hyperparameters;
    private readonly LossNumbers loss;
    private readonly WorkerPool pool;
    private readonly int flatLength;
    private readonly PinnedBuffer parameters;
    private readonly PinnedBuffer gradient;
    private readonly IReadOnlyList<string> stateNames;
    private readonly Dictionary<string, PinnedBuffer> stateBuffers;
    private readonly PinnedBuffer[] state; // these, in the names' order
    private readonly CpuTableRows tables; // whose rows have a part for each
    private readonly ICpuOptimizer optimizerStep;
    private readonly CpuGradientClipping? clipping;
    private readonly ICpuWeightAverage? average;
    private readonly CpuForward forward;
    private readonly float[] headGradient; // of what the head reads [B, R]
    private BatchTotals trainingTotals;
    private int steps;

    /// <param name="options">The model.</param>
    /// <param name="optimizer">How a step changes the parameters.</param>
    /// <param name="limits">The largest batch, and how many threads work.</param>
    /// <param name="width">The registers to use; the widest of the processor where null.</param>
    public CpuEngine(ModelOptions options, OptimizerOptions optimizer, EngineLimits limits, RegisterWidth? width = null)
    {
        limits.Check(options);
        this.limits = limits;
        this.options = options;
        this.optimizer = optimizer;
        hyperparameters = optimizer.Values;
        loss = optimizer.LossOf(options.Classes);
        Layout = new ParameterLayout(options);
        Width = width ?? RegisterWidths.Best();
        flatLength = CpuTableRows.FlatLength(options, Layout, limits.MaxRows * limits.MaxSteps);
        parameters = CpuDevice.Allocate(flatLength);
        gradient = CpuDevice.Allocate(flatLength);
        headGradient = new float[limits.MaxRows * options.HeadInputs];
        pool = new WorkerPool(limits.Threads ?? Environment.ProcessorCount);
        stateNames = EngineState.NamesOf(optimizer);
        stateBuffers = stateNames.ToDictionary(
            name => name, name => name == EngineState.Parameters ? parameters : CpuDevice.Allocate(flatLength));
        state = [.. stateNames.Select(name => stateBuffers[name])];
        tables = new CpuTableRows(Layout, stateNames.Count);
        forward = new CpuForward(CreateNetwork(limits, pool), options, Layout, limits, state, tables);
        optimizerStep = CreateOptimizer(pool);
        if (optimizer.ClipNorm is not null)
            clipping = new CpuGradientClipping(gradient, pool);
        if (optimizer.AverageDecay is not null)
            average = CpuWeightAverage.Create(Width, parameters, stateBuffers[EngineState.Average], pool);
    }

    public string Accelerator => AcceleratorNames.Of(AcceleratorKind.Cpu);

    public string Device => CpuDevice.Name(pool);

    public string Arithmetic => $"{RuntimeInformation.ProcessArchitecture} CPU, registers of {(int)Width} floats";

    public ParameterLayout Layout { get; }

    /// <summary>The registers in use.</summary>
    public RegisterWidth Width { get; }

    public void SetParameters(ReadOnlySpan<float> parameters)
    {
        for (var part = 0; part < stateNames.Count; part++)
        {
            state[part].Span.Clear();
            tables.Clear(part);
        }

        Put(EngineState.Parameters, parameters);
        if (average is not null)
            Put(EngineState.Average, parameters); // the model before the first step
        (steps, trainingTotals) = (0, default);
    }

    public void GetParameters(Span<float> parameters) => Take(EngineState.Parameters, parameters);

    public EngineState GetState()
    {
        return new EngineState(steps, trainingTotals, stateNames.ToDictionary(name => name, Copy));

        float[] Copy(string name)
        {
            var values = new float[Layout.Length];
            Take(name, values);
            return values;
        }
    }

    public void SetState(EngineState state)
    {
        EngineState.RequireSame(state.Buffers, stateNames, Layout.Length);
        foreach (var name in stateNames)
            Put(name, state.Buffers[name]);
        (steps, trainingTotals) = (state.Step, state.Totals);
    }

    public IEngineBatches Load(TokenMatrix rows, int batchSize)
    {
        limits.Check(rows, batchSize, options.Classes);
        return new CpuBatches(rows, batchSize);
    }

    public void TrainStep(IEngineBatches batches, int index, double rateFactor = 1)
    {
        trainingTotals += Differentiate(batches, index);
        clipping?.Run(optimizer.ClipNorm!.Value, FlatEnd);
        optimizerStep.Step(new OptimizerStep(rateFactor * optimizer.LearningRate, ++steps, hyperparameters), FlatEnd);
        tables.PutBack(forward.Batch, state);
        average?.Step((float)WeightAverage.WeightOf(optimizer.AverageDecay!.Value, steps), flatLength);
    }

    public BatchTotals ReadTrainingTotals() => trainingTotals;

    public BatchTotals TakeTrainingTotals()
    {
        var taken = trainingTotals;
        trainingTotals = default;
        return taken;
    }

    public BatchTotals ComputeGradient(IEngineBatches batches, int index, Span<float> gradient)
    {
        var totals = Differentiate(batches, index);
        this.gradient.Span[..Layout.DenseLength].CopyTo(gradient);
        tables.SpreadGradient(forward.Batch, this.gradient.Span, gradient);
        return totals;
    }

    public BatchTotals Evaluate(IEngineBatches batches, Span<float> logits, CancellationToken cancellation) =>
        forward.Evaluate((CpuBatches)batches, logits, cancellation);

    public void Dispose() => pool.Dispose();

    /// <summary>A network on this engine's parameters.</summary>
    internal ICpuNetwork CreateNetwork(EngineLimits limits, WorkerPool pool) =>
        CpuNetwork.Create(Width, options, Layout, limits, parameters, gradient, pool);

    /// <summary>The optimizer's step on this engine's parameters.</summary>
    internal ICpuOptimizer CreateOptimizer(WorkerPool pool)
    {
        var decays = CpuDevice.Allocate(flatLength);
        Layout.DecayMask(optimizer.FreezeEmbedding).AsSpan(0, flatLength).CopyTo(decays.Span);
        PinnedBuffer[] states = [.. optimizer.Rule.States.Select(name => stateBuffers[name])];
        return CpuOptimizer.Create(Width, optimizer.Rule, new CpuOptimizerBuffers(parameters, gradient, states, decays), pool);
    }

    // Of the flat buffers, what a step on the batch in hand reads and writes.
    private int FlatEnd => tables.FlatEnd(forward.Batch);

    private void Put(string name, ReadOnlySpan<float> values)
    {
        values[..Layout.DenseLength].CopyTo(stateBuffers[name].Span);
        tables.Set(PartOf(name), values);
    }

    private void Take(string name, Span<float> values)
    {
        stateBuffers[name].Span[..Layout.DenseLength].CopyTo(values);
        tables.Get(PartOf(name), values);
    }

    private int PartOf(string name) => stateNames.TakeWhile(other => other != name).Count();

    private BatchTotals Differentiate(IEngineBatches batches, int index)
    {
        var dropout = optimizer.Dropout.StepOf(steps + 1);
        var totals = forward.Run(((CpuBatches)batches).Gather(index), keep: true, loss, dropout);
        gradient.Span[..FlatEnd].Clear();
        forward.Head.Backward(
            forward.Batch, forward.HeadInputs, forward.Logits, loss, headGradient, gradient.Span);
        if (dropout?.MaskOf(DropoutPlace.Head) is { } mask)
            CpuDropout.MultiplyRows(mask, forward.Batch, headGradient.AsSpan(0, forward.Batch.Rows * options.HeadInputs));
        forward.Network.Backward(forward.Batch, headGradient);
        if (optimizer.FreezeEmbedding)
            Layout.Embedding.In(gradient.Span).Clear();
        return totals;
    }
}
