namespace GpuLstm.Data;

/// <summary>A text of the classification task.</summary>
/// <param name="Text">Never empty.</param>
/// <param name="Label">Its class.</param>
public sealed record LabelledText(string Text, int Label);
