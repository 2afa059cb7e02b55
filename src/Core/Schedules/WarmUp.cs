namespace GpuLstm.Schedules;

/// <summary>
/// A rate that grows evenly over the first steps, so that the moments of an optimizer have settled when it is large: step k of W
/// (from 0) takes (k + 1) / (W + 1) of the learning rate, and the first step after them all of it. It is PyTorch's
/// <c>LinearLR(start_factor=1/(W+1), total_iters=W)</c>.
/// </summary>
public static class WarmUp
{
    /// <summary>The part of the learning rate that a step takes.</summary>
    /// <param name="step">The step, from 0.</param>
    /// <param name="steps">The warm-up's steps W; later ones take all of it.</param>
    public static double Factor(long step, int steps) => step < steps ? (step + 1) / (steps + 1.0) : 1;
}
