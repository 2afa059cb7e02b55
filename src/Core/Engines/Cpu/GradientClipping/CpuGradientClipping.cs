using System.Numerics.Tensors;
using GpuLstm.Engines.Cpu.Primitives;
using GpuLstm.Kernels.Operations;

namespace GpuLstm.Engines.Cpu;

/// <summary>
/// <see cref="GradientClipping"/> on the processor. Threads share chunks of a fixed size, whose sums are added up in order, so
/// that the norm does not depend on their number.
/// </summary>
internal sealed class CpuGradientClipping
{
    private const int MinChunksForThread = 4;

    private readonly PinnedBuffer gradient;
    private readonly WorkerPool pool;
    private readonly float[] squares;
    private readonly Action<int, int> sumPart;
    private readonly Action<int, int> scalePart;
    private int length;
    private int chunks;
    private float factor;

    /// <param name="gradient">Clipped in place.</param>
    /// <param name="pool">The threads.</param>
    public CpuGradientClipping(PinnedBuffer gradient, WorkerPool pool)
    {
        this.gradient = gradient;
        this.pool = pool;
        squares = new float[(gradient.Length + GradientClipping.ElementsInChunk - 1) / GradientClipping.ElementsInChunk];
        sumPart = SumPart;
        scalePart = ScalePart;
    }

    /// <summary>Clips the gradient.</summary>
    /// <param name="maxNorm">The largest norm.</param>
    /// <param name="length">Elements of the gradient, from the first.</param>
    public void Run(double maxNorm, int length)
    {
        this.length = length;
        chunks = (length + GradientClipping.ElementsInChunk - 1) / GradientClipping.ElementsInChunk;
        pool.Run(sumPart, chunks / MinChunksForThread);
        var sum = 0.0;
        foreach (var square in squares.AsSpan(0, chunks))
            sum += square;
        factor = (float)(maxNorm / (Math.Sqrt(sum) + GradientClipping.Epsilon));
        if (factor < 1)
            pool.Run(scalePart, chunks / MinChunksForThread);
    }

    private void SumPart(int part, int parts)
    {
        var (first, end) = WorkShare.Of(chunks, part, parts);
        for (var chunk = first; chunk < end; chunk++)
            squares[chunk] = TensorPrimitives.SumOfSquares<float>(Chunk(chunk));
    }

    private void ScalePart(int part, int parts)
    {
        var (first, end) = WorkShare.Of(chunks, part, parts);
        for (var chunk = first; chunk < end; chunk++)
            TensorPrimitives.Multiply(Chunk(chunk), factor, Chunk(chunk));
    }

    private Span<float> Chunk(int chunk)
    {
        var first = chunk * GradientClipping.ElementsInChunk;
        return gradient.Span[first..Math.Min(first + GradientClipping.ElementsInChunk, length)];
    }
}
