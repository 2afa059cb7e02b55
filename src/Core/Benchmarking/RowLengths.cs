using GpuLstm.Options;

namespace GpuLstm.Benchmarking;

/// <summary>How long the rows of a measured batch are.</summary>
public enum RowLengths
{
    /// <summary>Every row has all steps; <see cref="TextLengths.Padded"/>.</summary>
    Fixed,

    /// <summary>Uniform from 1 to all steps, the longest row with all; <see cref="TextLengths.Real"/>.</summary>
    Varied,
}
