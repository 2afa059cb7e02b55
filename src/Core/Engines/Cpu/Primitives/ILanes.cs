namespace GpuLstm.Engines.Cpu.Primitives;

/// <summary>
/// A register of floats. The CPU engine is written once, generic over its width; the JIT compiles it anew for each, down to
/// single instructions.
/// </summary>
/// <typeparam name="TSelf">The implementation.</typeparam>
internal unsafe interface ILanes<TSelf>
    where TSelf : unmanaged, ILanes<TSelf>
{
    /// <summary>How many floats.</summary>
    static abstract int Count { get; }

    /// <summary>All lanes 0.</summary>
    static abstract TSelf Zero { get; }

    static abstract TSelf operator +(TSelf left, TSelf right);

    static abstract TSelf operator -(TSelf left, TSelf right);

    static abstract TSelf operator *(TSelf left, TSelf right);

    static abstract TSelf operator /(TSelf left, TSelf right);

    /// <summary>The same value in all lanes.</summary>
    static abstract TSelf Broadcast(float value);

    /// <summary>Reads <see cref="Count"/> floats; any alignment.</summary>
    static abstract TSelf Load(float* source);

    /// <summary>Writes <see cref="Count"/> floats; any alignment.</summary>
    static abstract void Store(TSelf value, float* target);

    /// <summary>left * right + addend, rounded once where the processor can.</summary>
    static abstract TSelf MultiplyAdd(TSelf left, TSelf right, TSelf addend);

    /// <summary>addend - left * right, rounded once where the processor can.</summary>
    static abstract TSelf NegativeMultiplyAdd(TSelf left, TSelf right, TSelf addend);

    /// <summary>The smaller, and <paramref name="right"/> where that is NaN.</summary>
    static abstract TSelf Min(TSelf left, TSelf right);

    /// <summary>The larger, and <paramref name="right"/> where that is NaN.</summary>
    static abstract TSelf Max(TSelf left, TSelf right);

    /// <summary>In each lane <paramref name="then"/> where left is greater than right, else the other.</summary>
    static abstract TSelf WhereGreater(TSelf left, TSelf right, TSelf then, TSelf otherwise);

    static abstract TSelf Abs(TSelf value);

    static abstract TSelf Sqrt(TSelf value);

    /// <summary>The magnitude of one value with the sign of another.</summary>
    static abstract TSelf CopySign(TSelf magnitude, TSelf sign);

    /// <summary>2ᵏ, rounded, for k from -126 to 127 in whole steps of 1 / <see cref="Count"/>.</summary>
    /// <param name="k">The exponent.</param>
    /// <param name="biased">
    /// k + 1.5 · 2²³ / <see cref="Count"/>: in the last bits of such a float k stands as a whole number.
    /// </param>
    static abstract TSelf PowerOfTwo(TSelf k, TSelf biased);

    /// <summary>The natural logarithm of the factor by which rounding has made <see cref="PowerOfTwo"/> too large.</summary>
    static abstract TSelf PowerError(TSelf biased);

    /// <summary>
    /// Reads four consecutive floats for each lane and sorts them by position: register j holds float j of every lane.
    /// </summary>
    /// <param name="source">Where the offsets count from.</param>
    /// <param name="offsets">That of lane n stands at n times <paramref name="stride"/>.</param>
    /// <param name="stride">Between two offsets.</param>
    static abstract (TSelf First, TSelf Second, TSelf Third, TSelf Fourth) LoadFours(float* source, int* offsets, nint stride);

    /// <summary>The reverse of <see cref="LoadFours"/>, adding to what is there, lane after lane: offsets may be equal.</summary>
    static abstract void AddFours(float* target, int* offsets, nint stride, TSelf first, TSelf second, TSelf third, TSelf fourth);
}
