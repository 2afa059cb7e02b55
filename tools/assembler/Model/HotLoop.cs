using GpuLstm.Assembler.Sass;

namespace GpuLstm.Assembler.Model;

/// <summary>The loop in which a kernel spends its time: over steps, inputs, positions or elements.</summary>
/// <param name="Name">Of a kernel with several, which one; else empty.</param>
/// <param name="Loop">The loop.</param>
/// <param name="Warps">Warps of a scheduler; a multiprocessor's four share a group's.</param>
internal sealed record HotLoop(string Name, SassLoop Loop, int Warps)
{
    // A product of 16 x 8 x 8 (tf32) or 16 x 8 x 16 (bfloat16) on a scheduler's tensor core.
    private const int MatrixCycles = 8;
    private const int LanesOfSchedulers = 4 * 32;

    /// <summary>
    /// Those of a kernel: the innermost loop around matrix products, else the longest loop; of the kernel that is a whole step,
    /// the two longest in the longest, over its steps.
    /// </summary>
    public static IReadOnlyList<HotLoop> Of(AssembledKernel kernel)
    {
        var loops = kernel.Code.Loops.OrderByDescending(loop => loop.End - loop.Begin).ToList();
        if (loops.Count == 0)
            return [];
        var warps = (kernel.Source.Threads + LanesOfSchedulers - 1) / LanesOfSchedulers;
        if (kernel.IsWholeStep)
        {
            var inside = loops.Skip(1).Where(loop => loops[0].Has(loop.Begin) && loops[0].Has(loop.End)).ToList();
            return [new("forward", inside[0], 1), new("backward", inside[1], 1)]; // a warp has 32 rows, and a batch of 32 is one
        }

        var product = kernel.Code.Instructions.FirstOrDefault(instruction => instruction.Operation == "HMMA");
        return [new("", product is null ? loops[0] : loops.Last(loop => loop.Has(product.Address)), warps)];
    }

    /// <summary>Modelled cycles of an iteration.</summary>
    public double CyclesIn(SassListing code) => new SchedulerModel(code.Of(Loop), Warps, MatrixCycles).CyclesOfIteration();
}
