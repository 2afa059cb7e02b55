namespace GpuLstm.Data;

/// <summary>How far the reading of labelled texts is.</summary>
/// <param name="Rows">Rows so far, bad ones left out.</param>
/// <param name="Share">How much of the source has been read, from 0 to 1; null where its size is not known.</param>
public readonly record struct ReadingProgress(long Rows, double? Share);
