namespace GpuLstm.PtxDriver.Translation;

/// <summary>The registers of a vector.</summary>
/// <param name="offsets">Their places in the register file.</param>
/// <param name="registerBytes">The width that they all have.</param>
internal readonly unsafe struct RegisterList(int* offsets, int registerBytes)
{
    public int* Offsets { get; } = offsets;

    public int RegisterBytes { get; } = registerBytes;
}
