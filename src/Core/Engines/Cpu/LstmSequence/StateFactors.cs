using GpuLstm.Engines.Cpu.Primitives;

namespace GpuLstm.Engines.Cpu;

/// <summary>What the hidden states of a direction are multiplied with in every step of a row: 0 or one other value.</summary>
/// <param name="Values">[B, H in whole registers].</param>
/// <param name="Kept">The value that is not 0.</param>
internal readonly record struct StateFactors(PinnedBuffer Values, float Kept);
