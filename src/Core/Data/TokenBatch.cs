namespace GpuLstm.Data;

/// <summary>A batch of padded token sequences with their labels.</summary>
/// <param name="Tokens">Token indices [B, T], row-major; 0 is padding.</param>
/// <param name="Lengths">Real tokens of each row [B], from 0 to T.</param>
/// <param name="Labels">The class of each row, from 0 [B].</param>
/// <param name="Rows">Rows of a batch B.</param>
/// <param name="Steps">Steps T.</param>
public sealed record TokenBatch(int[] Tokens, int[] Lengths, int[] Labels, int Rows, int Steps);
