namespace GpuLstm.Options;

/// <summary>Which hidden states of a text the classifier's head reads.</summary>
public enum Readout
{
    /// <summary>That of the last step that was run; 0 for a text without steps.</summary>
    Last,
}
