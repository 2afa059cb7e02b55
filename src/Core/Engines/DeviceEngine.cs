using GpuLstm.Data;
using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.Operations;
using GpuLstm.Model;
using GpuLstm.Training;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Engines;

/// <summary>
/// Trains on a CUDA or OpenCL device, or the simulator: uploads each batch's plan and queues a <see cref="DeviceStep"/>.
/// Losses stay on the device until somebody asks.
/// </summary>
internal sealed class DeviceEngine : ILstmEngine
{
    private const int MaxPendingSteps = 4096;

    private readonly ComputeDevice device;
    private readonly ModelOptions options;
    private readonly AdamOptions adam;
    private readonly BatchPlan plan;
    private readonly DeviceWorkspace memory;
    private readonly DeviceStep step;
    private readonly List<int> pendingRows = [];
    private readonly bool leaveOpen;
    private BatchTotals trainingTotals;
    private int adamStep;

    /// <param name="device">Where.</param>
    /// <param name="options">The model.</param>
    /// <param name="adam">The optimiser.</param>
    /// <param name="limits">The largest batch.</param>
    /// <param name="leaveOpen">False: the device goes with the engine.</param>
    public DeviceEngine(ComputeDevice device, ModelOptions options, AdamOptions adam, EngineLimits limits, bool leaveOpen = false)
    {
        limits.Check(options);
        this.device = device;
        this.options = options;
        this.adam = adam;
        this.leaveOpen = leaveOpen;
        Layout = new ParameterLayout(options);
        plan = new BatchPlan(options.VocabularySize, limits.MaxRows, limits.MaxSteps);
        memory = new DeviceWorkspace(device, Layout, options, limits, plan.MaxSlots, MaxPendingSteps);
        step = new DeviceStep(device, memory, Layout, options);
    }

    public string Accelerator => DeviceCatalog.Name(device.Info.Kind);

    public string Device => device.Info.Name;

    public ParameterLayout Layout { get; }

    public void SetParameters(ReadOnlySpan<float> parameters)
    {
        memory.Parameters.CopyFromCPU(device.Stream, parameters);
        memory.FirstMoments.MemSetToZero(device.Stream);
        memory.SecondMoments.MemSetToZero(device.Stream);
        adamStep = 0;
    }

    public void GetParameters(Span<float> parameters) => Download(memory.Parameters, parameters);

    public void TrainStep(TokenBatch batch)
    {
        if (pendingRows.Count == MaxPendingSteps)
            ReadPendingTotals();
        var totals = memory.Totals.SubView(2 * pendingRows.Count, 2);
        pendingRows.Add(batch.Rows);
        Forward(batch, totals);
        step.Backward(plan);
        step.Adam(Adam.StepFactors.Of(adam.LearningRate, adam.Beta1, adam.Beta2, adam.Epsilon, ++adamStep));
    }

    public BatchTotals TakeTrainingTotals()
    {
        ReadPendingTotals();
        var taken = trainingTotals;
        trainingTotals = default;
        return taken;
    }

    public BatchTotals ComputeGradient(TokenBatch batch, Span<float> gradient)
    {
        ReadPendingTotals();
        Forward(batch, memory.Totals.SubView(0, 2));
        step.Backward(plan);
        Download(memory.Gradient, gradient);
        return ReadTotals(batch.Rows);
    }

    public BatchTotals Evaluate(TokenBatch batch, Span<float> logits)
    {
        ReadPendingTotals();
        Forward(batch, memory.Totals.SubView(0, 2));
        Download(memory.Logits.SubView(0, batch.Rows), logits);
        return ReadTotals(batch.Rows);
    }

    public void Dispose()
    {
        memory.Dispose();
        if (!leaveOpen)
            device.Dispose();
    }

    private void Forward(TokenBatch batch, ArrayView<float> totals)
    {
        plan.Prepare(batch, options.Readout);
        memory.Upload(plan);
        step.Forward(plan, totals);
    }

    private void ReadPendingTotals()
    {
        if (pendingRows.Count == 0)
            return;
        var totals = new float[2 * pendingRows.Count];
        Download(memory.Totals.SubView(0, totals.Length), totals);
        for (var n = 0; n < pendingRows.Count; n++)
            trainingTotals += new BatchTotals(totals[2 * n], (long)totals[2 * n + 1], pendingRows[n]);
        pendingRows.Clear();
    }

    private BatchTotals ReadTotals(int rows)
    {
        Span<float> totals = stackalloc float[2];
        Download(memory.Totals.SubView(0, 2), totals);
        return new BatchTotals(totals[0], (long)totals[1], rows);
    }

    private void Download(ArrayView<float> source, Span<float> target)
    {
        source.CopyToCPU(device.Stream, target[..source.IntLength]);
        device.Synchronize();
    }
}
