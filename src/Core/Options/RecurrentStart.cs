namespace GpuLstm.Options;

/// <summary>What the recurrent weights are at first.</summary>
public enum RecurrentStart
{
    /// <summary>Uniform in ± 1 / √H, as in PyTorch.</summary>
    Uniform,

    /// <summary>Of each gate an orthogonal matrix [H, H], drawn at random (Saxe et al. 2014).</summary>
    Orthogonal,
}
