using GpuLstm.Data;
using GpuLstm.Engines.Contracts;
using GpuLstm.Kernels.Devices;
using GpuLstm.Options;
using GpuLstm.Parameters;
using ILGPU;
using ILGPU.Runtime;

namespace GpuLstm.Engines.Device;

/// <summary>
/// Evaluates batches on a CUDA or OpenCL device, or the simulator: a model's parameters, and the buffers that the largest request
/// so far needed. Its logits have the bits of <see cref="DeviceEngine"/>'s.
/// </summary>
internal sealed class DeviceInference : IInferenceEngine
{
    private readonly ComputeDevice device;
    private readonly ModelOptions options;
    private readonly EngineLimits limits;
    private readonly KernelChoice kernels;
    private readonly DeviceBuffers buffers;
    private readonly ArrayView<float> parameters;
    private readonly IReadOnlyList<DeviceTableRows> tables;
    private readonly bool leaveOpen;
    private Workspace? workspace;

    /// <param name="device">Where.</param>
    /// <param name="options">The model.</param>
    /// <param name="limits">The largest batch.</param>
    /// <param name="leaveOpen">False: the device goes with the engine.</param>
    public DeviceInference(ComputeDevice device, ModelOptions options, EngineLimits limits, bool leaveOpen = false)
    {
        limits.Check(options);
        device.OutOfMemory = exception => new DeviceMemoryException(exception);
        this.device = device;
        this.options = options;
        this.limits = limits;
        this.leaveOpen = leaveOpen;
        Layout = new ParameterLayout(options);
        kernels = KernelChoice.For(device, options, limits.MaxRows, Kernels.TensorCores.Precision.Full);
        buffers = new DeviceBuffers(device);
        parameters = buffers.Allocate<float>(DeviceTableRows.FlatLength(options, Layout, limits));
        tables = DeviceTableRows.All(device, buffers, options, Layout, limits, parts: 1);
    }

    public string Accelerator => AcceleratorNames.Of(device.Info.Kind);

    public string Device => device.Info.Name;

    public ParameterLayout Layout { get; }

    public void SetParameters(ReadOnlySpan<float> parameters)
    {
        this.parameters.SubView(0, Layout.DenseLength).CopyFromCPU(device.Stream, parameters[..Layout.DenseLength]);
        foreach (var table in tables)
            table.SetParameters(parameters);
    }

    public IEngineBatches Load(TokenMatrix rows, int batchSize)
    {
        limits.Check(rows, batchSize, options.Classes);
        var batches = new DeviceBatches(device, rows, batchSize, options);
        try
        {
            Reserve(batches);
            return batches;
        }
        catch
        {
            batches.Dispose();
            throw;
        }
    }

    public BatchTotals Evaluate(IEngineBatches batches, Span<float> logits, CancellationToken cancellation)
    {
        var set = (DeviceBatches)batches;
        return Reserve(set).Forward.Evaluate(set, logits, cancellation); // another request may have failed since it was loaded
    }

    public void Dispose()
    {
        workspace?.Dispose();
        buffers.Dispose();
        if (!leaveOpen)
            device.Dispose();
    }

    /// <summary>Buffers with room for a set's batches: those that are there, or larger ones.</summary>
    private Workspace Reserve(DeviceBatches set)
    {
        var needed = new EngineLimits(Math.Clamp(set.Rows, 1, set.BatchSize), set.Width);
        if (workspace is not null && workspace.HasRoomFor(needed, set.Count))
            return workspace;
        var (kept, batches) = (workspace?.Limits ?? needed, Math.Max(set.Count, workspace?.Batches ?? 1));
        var both = new EngineLimits(Math.Max(needed.MaxRows, kept.MaxRows), Math.Max(needed.MaxSteps, kept.MaxSteps));
        workspace?.Dispose();
        workspace = null; // where the device's memory does not suffice for another
        try
        {
            workspace = Create(both, batches);
        }
        catch (Exception e) when ((e is DeviceMemoryException or UserErrorException) && both != needed)
        {
            workspace = Create(needed, Math.Max(1, set.Count)); // many rows and many steps may be of two requests
        }

        return workspace;

        Workspace Create(EngineLimits size, int count) => new(device, parameters, tables, Layout, options, size, count, kernels);
    }

    /// <summary>The buffers for batches up to a size.</summary>
    private sealed class Workspace : IDisposable
    {
        private readonly DeviceForwardBuffers activations;
        private readonly DeviceBatchIndex index;
        private readonly DeviceInputs? features;
        private readonly LaunchGraphs<SequenceKey> graphs;

        public Workspace(
            ComputeDevice device, ArrayView<float> parameters, IReadOnlyList<DeviceTableRows> tables, ParameterLayout layout,
            ModelOptions options, EngineLimits limits, int batches,
            KernelChoice kernels)
        {
            (Limits, Batches) = (limits, batches);
            activations = new DeviceForwardBuffers(device, options, limits, kernels, trains: false, DropoutOptions.None);
            try
            {
                index = DeviceBatchIndex.OfTokens(device, options, limits, batches);
                if (options.HasFeatures)
                    features = new DeviceInputs(device, options, layout, limits, tables, trains: false, batches);
            }
            catch
            {
                index?.Dispose();
                activations.Dispose();
                throw;
            }

            graphs = new LaunchGraphs<SequenceKey>(device);
            Forward = new DeviceForward(device, parameters, activations, index, layout, options, kernels, graphs, features);
        }

        /// <summary>The largest batch.</summary>
        public EngineLimits Limits { get; }

        /// <summary>So many batches can be indexed at a time.</summary>
        public int Batches { get; }

        /// <summary>The kernels.</summary>
        public DeviceForward Forward { get; }

        /// <summary>Whether no more is needed. Where there are too many batches for it, a part is indexed at a time.</summary>
        public bool HasRoomFor(EngineLimits needed, int batches) =>
            needed.MaxRows <= Limits.MaxRows
                && needed.MaxSteps <= Limits.MaxSteps
                && (batches <= Batches || index.Batches < Batches);

        public void Dispose()
        {
            graphs.Dispose();
            features?.Dispose();
            index.Dispose();
            activations.Dispose();
        }
    }
}
