using System.Runtime.CompilerServices;
using GpuLstm.Kernels.Primitives;

namespace GpuLstm.Kernels.Operations;

/// <summary>
/// The factors of a dropout: 0 for an element that is dropped, and 1 / (1 - rate) for one that stays, so that the mean does not
/// change. They are a function of seed, training step, place and element, not of a device or of what was drawn before.
/// </summary>
/// <remarks>
/// An element is a column of a row at a time step; <see cref="Philox"/> counts (column / 4, row, time step, training step) with
/// the key (seed, place), and gives four columns at once.
/// </remarks>
public readonly struct DropoutMask
{
    private const double Words = 4294967296.0; // 2^32

    /// <param name="rate">The share that is dropped, from 0 to below 1.</param>
    /// <param name="seed">The training's.</param>
    /// <param name="place">Where.</param>
    /// <param name="number">Which one of these: of the layer, or of its direction.</param>
    /// <param name="step">The training step.</param>
    public DropoutMask(double rate, uint seed, DropoutPlace place, int number, int step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rate);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(rate, 1);
        Seed = seed;
        Place = (uint)place | ((uint)number << 8);
        Step = (uint)step;
        Threshold = (uint)Math.Min(Math.Round(rate * Words), uint.MaxValue);
        Kept = (float)(1 / (1 - Threshold / Words));
    }

    /// <summary>The factor of an element that stays.</summary>
    public float Kept { get; }

    /// <summary>The key's first word.</summary>
    internal uint Seed { get; }

    /// <summary>Its second: place and number.</summary>
    internal uint Place { get; }

    /// <summary>The training step.</summary>
    internal uint Step { get; }

    /// <summary>Random words below it drop their element.</summary>
    internal uint Threshold { get; }

    /// <summary>The factors of four columns.</summary>
    /// <param name="row">The row.</param>
    /// <param name="time">The time step; 0 where there is none.</param>
    /// <param name="quad">The first column over 4.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Quad Factors(int row, int time, int quad)
    {
        var words = Philox.Of(new Philox { X = (uint)quad, Y = (uint)row, Z = (uint)time, W = Step }, Seed, Place);
        return new Quad
        {
            X = words.X < Threshold ? 0f : Kept,
            Y = words.Y < Threshold ? 0f : Kept,
            Z = words.Z < Threshold ? 0f : Kept,
            W = words.W < Threshold ? 0f : Kept,
        };
    }

    /// <summary>The factor of one column.</summary>
    public float Factor(int row, int time, int column)
    {
        var factors = Factors(row, time, column / 4);
        return (column % 4) switch { 0 => factors.X, 1 => factors.Y, 2 => factors.Z, _ => factors.W };
    }
}
