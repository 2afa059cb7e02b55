using GpuLstm.Assembler.Sass;

namespace GpuLstm.Assembler.Model;

/// <summary>The loop in which a kernel spends its time: over steps, inputs, positions or elements.</summary>
/// <param name="Name">Of a kernel with several, which one; else empty.</param>
/// <param name="Region">The loop.</param>
/// <param name="Body">What the model runs: the loop, or of <c>WeightGradient.TensorSlice</c> the products, inside.</param>
/// <param name="Warps">Warps of a scheduler; a multiprocessor's four share a group's.</param>
internal sealed record HotLoop(string Name, SassLoop Region, SassLoop Body, int Warps)
{
    // A product of 16 x 8 x 8 (tf32) or 16 x 8 x 16 (bfloat16) on a scheduler's tensor core.
    private const int MatrixCycles = 8;
    private const int LanesOfSchedulers = 4 * 32;

    /// <summary>Those of a kernel: the longest loop; where a kernel is a whole step, the two longest in it.</summary>
    public static IReadOnlyList<HotLoop> Of(AssembledKernel kernel)
    {
        var loops = kernel.Code.Loops.Where(loop => loop.End > loop.Begin).OrderByDescending(loop => loop.End - loop.Begin).ToList();
        if (loops.Count == 0)
            return [];
        var longest = loops[0];
        var inside = loops.Where(loop => loop != longest && longest.Has(loop.Begin) && longest.Has(loop.End)).ToList();
        var warps = (kernel.Source.Threads + LanesOfSchedulers - 1) / LanesOfSchedulers;
        return kernel.Name.Split(' ')[0] switch
        {
            // A warp has 32 rows, and a batch of 32 is one.
            "OneUnitStep.Step" => [new("forward", inside[0], inside[0], 1), new("backward", inside[1], inside[1], 1)],
            "WeightGradient.TensorSlice" => [new("", longest, inside[0], warps)],
            _ => [new("", longest, longest, warps)],
        };
    }

    /// <summary>Modelled cycles of an iteration.</summary>
    public double CyclesIn(SassListing code) => new SchedulerModel(code.Of(Body), Warps, MatrixCycles).CyclesOfIteration();
}
