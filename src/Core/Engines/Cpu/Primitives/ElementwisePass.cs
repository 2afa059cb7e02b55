namespace GpuLstm.Engines.Cpu.Primitives;

/// <summary>
/// A pass over flat buffers whose elements do not depend on one another: threads share them, in whole registers.
/// </summary>
/// <typeparam name="TLanes">The registers.</typeparam>
/// <typeparam name="TArguments">What a pass is given.</typeparam>
internal abstract class ElementwisePass<TLanes, TArguments>
    where TLanes : unmanaged, ILanes<TLanes>
    where TArguments : struct
{
    // Elements that take longer than waking a thread for them.
    private const int MinForThread = 1 << 14;

    private readonly WorkerPool pool;
    private readonly Action<int, int> runPart;
    private int registers;
    private TArguments arguments;

    /// <param name="pool">The threads.</param>
    protected ElementwisePass(WorkerPool pool)
    {
        this.pool = pool;
        runPart = RunPart;
    }

    /// <summary>Passes over elements.</summary>
    /// <param name="arguments">What the pass is given.</param>
    /// <param name="length">So many, from the first; the buffers have room for whole registers.</param>
    protected void Run(TArguments arguments, int length)
    {
        this.arguments = arguments;
        registers = (length + TLanes.Count - 1) / TLanes.Count;
        pool.Run(runPart, registers * TLanes.Count / MinForThread);
    }

    /// <summary>Some elements, in whole registers: from the first to before the last.</summary>
    protected internal abstract void Update(int first, int end, TArguments arguments);

    private void RunPart(int part, int parts)
    {
        var (first, end) = WorkShare.Of(registers, part, parts);
        Update(first * TLanes.Count, end * TLanes.Count, arguments);
    }
}
