using GpuLstm.Data;
using GpuLstm.Engines.Contracts;
using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Operations;
using GpuLstm.Kernels.TensorCores;
using GpuLstm.Options;
using GpuLstm.Parameters;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Engines.Device;

/// <summary>
/// Trains on a CUDA or OpenCL device, or the simulator: a step is a <see cref="DeviceStep"/> on data that is there, and waits for
/// nothing. Losses stay on the device until somebody asks.
/// </summary>
internal sealed class DeviceEngine : ITrainingEngine, IProfiledEngine
{
    private const int MaxPendingSteps = 4096;

    private readonly ComputeDevice device;
    private readonly ModelOptions options;
    private readonly OptimizerOptions optimizer;
    private readonly HyperparameterValues hyperparameters;
    private readonly EngineLimits limits;
    private readonly DeviceForwardBuffers activations;
    private readonly DeviceTrainingBuffers memory;
    private readonly DeviceBatchIndex batchIndex;
    private readonly DeviceInputs? features;
    private readonly LaunchGraphs<SequenceKey> graphs;
    private readonly DeviceForward forward;
    private readonly DeviceStep step;
    private readonly List<(int Rows, double Weight)> pendingRows = [];
    private readonly bool leaveOpen;
    private BatchTotals trainingTotals;
    private int steps;
    private int stepBeforeProfile;

    /// <param name="device">Where.</param>
    /// <param name="options">The model.</param>
    /// <param name="optimizer">How a step changes the parameters.</param>
    /// <param name="limits">The largest batch.</param>
    /// <param name="precision">Of the large products.</param>
    /// <param name="leaveOpen">False: the device goes with the engine.</param>
    public DeviceEngine(
        ComputeDevice device, ModelOptions options, OptimizerOptions optimizer, EngineLimits limits,
        Precision precision = Precision.Full, bool leaveOpen = false)
    {
        limits.Check(options);
        device.OutOfMemory = exception => new DeviceMemoryException(exception);
        this.device = device;
        this.options = options;
        this.optimizer = optimizer;
        hyperparameters = optimizer.Values;
        this.limits = limits;
        this.leaveOpen = leaveOpen;
        Layout = new ParameterLayout(options);
        var kernels = KernelChoice.For(device, options, limits.MaxRows, precision);
        try
        {
            memory = new DeviceTrainingBuffers(device, Layout, options, optimizer, limits, kernels, MaxPendingSteps);
            activations = new DeviceForwardBuffers(device, options, limits, kernels, trains: true, optimizer.Dropout);
            batchIndex = DeviceBatchIndex.OfTokens(device, options, limits);
            if (options.HasFeatures)
                features = new DeviceInputs(device, options, Layout, limits, memory.Tables, trains: true);
        }
        catch
        {
            batchIndex?.Dispose();
            activations?.Dispose();
            memory?.Dispose();
            throw;
        }

        graphs = new LaunchGraphs<SequenceKey>(device);
        forward = new DeviceForward(
            device, memory.Parameters, activations, batchIndex, Layout, options, kernels, graphs, features);
        step = new DeviceStep(
            device, forward, activations, memory, batchIndex, Layout, options, optimizer, kernels, graphs, features);
    }

    public string Accelerator => AcceleratorNames.Of(device.Info.Kind);

    /// <summary>How many sequences of launches were recorded.</summary>
    internal int RecordedSequences => graphs.Recorded;

    public string Device => device.Info.Name;

    public string Arithmetic => device.Info.Name;

    public ParameterLayout Layout { get; }

    public void SetParameters(ReadOnlySpan<float> parameters)
    {
        foreach (var (_, buffer) in memory.State)
            buffer.MemSetToZero(device.Stream);
        Upload(memory.Parameters, parameters);
        if (optimizer.AverageDecay is not null)
            Upload(memory.Average, parameters); // the model before the first step
        foreach (var table in memory.Tables)
            table.SetParameters(parameters);
        StartAt(step: 0, totals: default);
    }

    public void GetParameters(Span<float> parameters)
    {
        DeviceBuffers.Download(device, Dense(memory.Parameters), parameters);
        if (memory.Tables.Count == 0)
            return;
        var all = new float[Layout.Length];
        foreach (var table in memory.Tables)
            table.Get(all);
        all.AsSpan(Layout.DenseLength).CopyTo(parameters[Layout.DenseLength..]);
    }

    public EngineState GetState()
    {
        ReadPendingTotals();
        float[][] all = [.. memory.State.Select(pair => Download(pair.Buffer))];
        foreach (var table in memory.Tables)
            table.Get(all);
        return new EngineState(
            steps, trainingTotals,
            memory.State.Zip(all).ToDictionary(pair => pair.First.Name, pair => pair.Second));

        float[] Download(ArrayView<float> buffer)
        {
            var values = new float[Layout.Length];
            DeviceBuffers.Download(device, Dense(buffer), values);
            return values;
        }
    }

    public void SetState(EngineState state)
    {
        EngineState.RequireSame(state.Buffers, [.. memory.State.Select(pair => pair.Name)], Layout.Length);
        foreach (var (name, buffer) in memory.State)
            Upload(buffer, state.Buffers[name]);
        foreach (var table in memory.Tables)
            table.Set([.. memory.State.Select(pair => state.Buffers[pair.Name])]);
        StartAt(state.Step, state.Totals);
    }

    public IEngineBatches Load(TokenMatrix rows, int batchSize)
    {
        limits.Check(rows, batchSize, options.Classes);
        return new DeviceBatches(device, rows, batchSize, options);
    }

    public void TrainStep(IEngineBatches batches, int index, double rateFactor = 1)
    {
        if (pendingRows.Count == MaxPendingSteps)
            ReadPendingTotals();
        var batch = new DeviceBatch((DeviceBatches)batches, index);
        var totals = memory.Totals.SubView(2 * pendingRows.Count, 2);
        pendingRows.Add((batch.Rows, memory.Loss.WeightOf(batch)));
        step.Train(batch, totals, new OptimizerStep(rateFactor * optimizer.LearningRate, ++steps, hyperparameters));
    }

    public BatchTotals ReadTrainingTotals()
    {
        ReadPendingTotals();
        return trainingTotals;
    }

    public BatchTotals TakeTrainingTotals()
    {
        var taken = ReadTrainingTotals();
        trainingTotals = default;
        return taken;
    }

    public BatchTotals ComputeGradient(IEngineBatches batches, int index, Span<float> gradient)
    {
        ReadPendingTotals();
        var batch = new DeviceBatch((DeviceBatches)batches, index);
        step.Differentiate(batch, memory.Totals, steps + 1);
        DeviceBuffers.Download(device, Dense(memory.Gradient), gradient);
        features?.DownloadGradient(batch, memory.Gradient, gradient);
        Span<float> totals = stackalloc float[2];
        DeviceBuffers.Download(device, memory.Totals.SubView(0, 2), totals);
        return new BatchTotals(totals[0], (long)totals[1], batch.Rows, memory.Loss.WeightOf(batch));
    }

    public BatchTotals Evaluate(IEngineBatches batches, Span<float> logits, CancellationToken cancellation) =>
        forward.Evaluate((DeviceBatches)batches, logits, cancellation);

    public void StartProfile()
    {
        stepBeforeProfile = steps;
        device.Profile = new LaunchProfile();
    }

    public StepProfile TakeProfile()
    {
        var kernels = device.Profile?.Totals ?? throw new InvalidOperationException("no profile was started");
        device.Profile = null;
        return new StepProfile(steps - stepBeforeProfile, kernels);
    }

    public void Dispose()
    {
        graphs.Dispose();
        features?.Dispose();
        batchIndex.Dispose();
        activations.Dispose();
        memory.Dispose();
        if (!leaveOpen)
            device.Dispose();
    }

    // Of a flat buffer, behind which there may be a batch's rows of large tables.
    private ArrayView<float> Dense(ArrayView<float> flat) => flat.SubView(0, Layout.DenseLength);

    private void Upload(ArrayView<float> flat, ReadOnlySpan<float> values) =>
        Dense(flat).CopyFromCPU(device.Stream, values[..Layout.DenseLength]);

    private void StartAt(int step, BatchTotals totals)
    {
        (steps, trainingTotals) = (step, totals);
        pendingRows.Clear();
    }

    private void ReadPendingTotals()
    {
        if (pendingRows.Count == 0)
            return;
        var totals = new float[2 * pendingRows.Count];
        DeviceBuffers.Download(device, memory.Totals.SubView(0, totals.Length), totals);
        for (var n = 0; n < pendingRows.Count; n++)
        {
            trainingTotals += new BatchTotals(
                totals[2 * n], (long)totals[2 * n + 1], pendingRows[n].Rows, pendingRows[n].Weight);
        }

        pendingRows.Clear();
    }
}
