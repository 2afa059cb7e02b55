namespace GpuLstm.Kernels.Primitives;

/// <summary>
/// The four gates of one hidden unit side by side, 16 bytes that a thread loads and stores at once. Everything that the
/// kernels keep of the gates is so, [.., H, 4], while the parameters keep PyTorch's stacked rows [4H, ..].
/// </summary>
public struct UnitGates
{
    /// <summary>Input gate.</summary>
    public float I;

    /// <summary>Forget gate.</summary>
    public float F;

    /// <summary>Candidate cell state.</summary>
    public float G;

    /// <summary>Output gate.</summary>
    public float O;

    /// <summary>The stacked row [4H, ..] that belongs to element <paramref name="column"/> of [H, 4].</summary>
    public static int StackedRow(int column, int hiddenSize) => (column & 3) * hiddenSize + (column >> 2);
}
