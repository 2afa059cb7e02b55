namespace GpuLstm.PtxDriver.Parsing;

/// <summary>A module that cannot be loaded: what ptxas would refuse, or what this driver does not interpret.</summary>
internal sealed class PtxException(int line, string message) : Exception(message)
{
    /// <summary>The line of the text, from 1.</summary>
    public int Line { get; } = line;
}
