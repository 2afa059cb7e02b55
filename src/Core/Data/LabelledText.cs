namespace GpuLstm.Data;

/// <summary>A text of the classification task.</summary>
/// <param name="Text">Never empty.</param>
/// <param name="Label">0 for Positive, 1 for Negative.</param>
public sealed record LabelledText(string Text, int Label);
