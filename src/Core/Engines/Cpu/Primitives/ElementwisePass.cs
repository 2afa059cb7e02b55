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
    private readonly int registers;
    private TArguments arguments;

    /// <param name="length">Elements, a multiple of a register's.</param>
    /// <param name="pool">The threads.</param>
    protected ElementwisePass(int length, WorkerPool pool)
    {
        this.pool = pool;
        registers = length / TLanes.Count;
        runPart = RunPart;
    }

    /// <summary>Passes over all elements.</summary>
    protected void Run(TArguments arguments)
    {
        this.arguments = arguments;
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
