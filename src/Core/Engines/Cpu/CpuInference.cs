using GpuLstm.Data;
using GpuLstm.Engines.Contracts;
using GpuLstm.Engines.Cpu.Batches;
using GpuLstm.Engines.Cpu.Primitives;
using GpuLstm.Kernels.Devices;
using GpuLstm.Options;
using GpuLstm.Parameters;

namespace GpuLstm.Engines.Cpu;

/// <summary>
/// Evaluates batches on the processor: a model's parameters, and the buffers that the largest request so far needed. Its logits
/// have the bits of <see cref="CpuEngine"/>'s.
/// </summary>
internal sealed class CpuInference : IInferenceEngine
{
    private readonly EngineLimits limits;
    private readonly ModelOptions options;
    private readonly WorkerPool pool;
    private readonly CpuTableRows tables;
    private readonly RegisterWidth width;
    private EngineLimits room = new(0, 0);
    private PinnedBuffer parameters;
    private CpuForward? forward;

    /// <param name="options">The model.</param>
    /// <param name="limits">The largest batch, and how many threads work.</param>
    /// <param name="width">The registers to use; the widest of the processor where null.</param>
    public CpuInference(ModelOptions options, EngineLimits limits, RegisterWidth? width = null)
    {
        limits.Check(options);
        this.limits = limits;
        this.options = options;
        this.width = width ?? RegisterWidths.Best();
        Layout = new ParameterLayout(options);
        parameters = CpuDevice.Allocate(Layout.DenseLength);
        tables = new CpuTableRows(Layout, parts: 1);
        pool = new WorkerPool(limits.Threads ?? Environment.ProcessorCount);
    }

    public string Accelerator => AcceleratorNames.Of(AcceleratorKind.Cpu);

    public string Device => CpuDevice.Name(pool);

    public ParameterLayout Layout { get; }

    public void SetParameters(ReadOnlySpan<float> parameters)
    {
        parameters[..Layout.DenseLength].CopyTo(this.parameters.Span);
        tables.Set(part: 0, parameters);
    }

    public IEngineBatches Load(TokenMatrix rows, int batchSize)
    {
        limits.Check(rows, batchSize, options.Classes);
        var needed = new EngineLimits(Math.Clamp(rows.Rows, 1, batchSize), Math.Max(1, rows.Steps));
        if (needed.MaxRows > room.MaxRows || needed.MaxSteps > room.MaxSteps)
        {
            var larger = new EngineLimits(Math.Max(needed.MaxRows, room.MaxRows), Math.Max(needed.MaxSteps, room.MaxSteps));
            forward = EngineLimits.Allocate(() => CreateForward(larger));
            room = larger;
        }

        return new CpuBatches(rows, batchSize);
    }

    public BatchTotals Evaluate(IEngineBatches batches, Span<float> logits, CancellationToken cancellation) =>
        batches.Count == 0 ? default : forward!.Evaluate((CpuBatches)batches, logits, cancellation);

    public void Dispose() => pool.Dispose();

    private CpuForward CreateForward(EngineLimits limits)
    {
        if (Layout.RowTables.Count > 0)
        {
            var larger = CpuDevice.Allocate(CpuTableRows.FlatLength(options, Layout, limits.MaxRows * limits.MaxSteps));
            parameters.Span[..Layout.DenseLength].CopyTo(larger.Span);
            parameters = larger;
        }

        return new CpuForward(
            CpuNetwork.Create(width, options, Layout, limits, parameters, gradient: null, pool), options, Layout, limits,
            [parameters], tables);
    }
}
