namespace GpuLstm.Engines.Cpu.Primitives;

/// <summary>Rows of floats, the first and how far it is to the next.</summary>
internal readonly unsafe struct StridedRows(float* first, nint stride)
{
    public float* First => first;

    public nint Stride => stride;
}
