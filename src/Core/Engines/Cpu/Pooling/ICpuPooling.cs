using GpuLstm.Engines.Cpu.Batches;
using GpuLstm.Engines.Cpu.Primitives;

namespace GpuLstm.Engines.Cpu;

/// <summary>
/// What the head reads of all steps of the last layer, on the processor: the counterpart of the kernels of
/// <see cref="Kernels.Operations.Pooling"/> and <see cref="Kernels.Operations.Attention"/>.
/// </summary>
internal interface ICpuPooling
{
    /// <summary>Reads all steps.</summary>
    /// <param name="parameters">All parameters, flat.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="hidden">Hidden states of each direction [positions, H in whole registers].</param>
    /// <param name="pooled">What the head reads, written [B, R]; 0 for a row without steps.</param>
    void Forward(ReadOnlySpan<float> parameters, CpuBatch batch, PinnedBuffer[] hidden, Span<float> pooled);

    /// <summary>Goes back for the batch that went forward last.</summary>
    /// <param name="pooledGradient">[B, R].</param>
    /// <param name="hiddenGradients">Of each direction, written where rows run [positions, H in whole registers].</param>
    /// <param name="gradient">All gradients, flat; those of its own parameters are written.</param>
    void Backward(ReadOnlySpan<float> pooledGradient, PinnedBuffer[] hiddenGradients, Span<float> gradient);
}
