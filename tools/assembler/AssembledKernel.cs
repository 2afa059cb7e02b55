using GpuLstm.Assembler.Recording;
using GpuLstm.Assembler.Sass;

namespace GpuLstm.Assembler;

/// <summary>What the assembler made of a kernel.</summary>
/// <param name="Source">The kernel.</param>
/// <param name="Registers">32-bit registers of a thread.</param>
/// <param name="SharedBytes">Shared memory of a group, what launches ask for included.</param>
/// <param name="StackBytes">Memory of a thread.</param>
/// <param name="SpilledBytes">Registers stored to memory and loaded from it, for want of registers.</param>
/// <param name="Code">The machine code.</param>
internal sealed record AssembledKernel(
    RecordedKernel Source, int Registers, int SharedBytes, int StackBytes, int SpilledBytes, SassListing Code)
{
    /// <summary>Its name.</summary>
    public string Name => Source.Name;

    /// <summary>
    /// Whether it is <c>OneUnitStep</c>, with loops over tokens, positions and parameters beside those over steps.
    /// </summary>
    public bool IsWholeStep => Name == "OneUnitStep.Step";
}
