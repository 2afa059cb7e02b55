using GpuLstm.Data;
using GpuLstm.Model;

namespace GpuLstm.Engines;

/// <summary>What an engine is made for.</summary>
/// <param name="MaxRows">The most rows of a batch.</param>
/// <param name="MaxSteps">The most steps of a batch.</param>
public sealed record EngineLimits(int MaxRows, int MaxSteps)
{
    // Kernels number the elements of a buffer with 32 bits, and the last group reaches beyond them.
    internal const long MaxElements = 1 << 30;

    /// <summary>What needs less memory.</summary>
    internal static UserMessage MemoryAdvice =>
        $"use a smaller {Setting.MaxRows}, {Setting.HiddenSize}, {Setting.EmbeddingSize} or {Setting.MaxSteps}";

    /// <summary>Rejects what no engine could hold.</summary>
    /// <exception cref="UserErrorException">A buffer would have more elements than that.</exception>
    public void Check(ModelOptions options)
    {
        var positions = (long)MaxRows * MaxSteps;
        Fits(
            positions * 4 * options.HiddenSize, $"batches of {MaxRows} rows, {MaxSteps} steps and {options.HiddenSize} hidden units",
            $"{Setting.MaxRows}, {Setting.HiddenSize} or {Setting.MaxSteps}");
        Fits(Math.Min(options.VocabularySize, positions) * 4 * options.HiddenSize, $"{options.VocabularySize} tokens and {options.HiddenSize} hidden units", $"{Setting.HiddenSize}");
        Fits((long)options.VocabularySize * options.EmbeddingSize, $"{options.VocabularySize} tokens and an embedding of {options.EmbeddingSize}", $"{Setting.EmbeddingSize}");
        Fits(4L * options.HiddenSize * Math.Max(options.HiddenSize, options.EmbeddingSize), $"{options.HiddenSize} hidden units", $"{Setting.HiddenSize}");
    }

    /// <summary>Rejects batches that are larger than this.</summary>
    /// <exception cref="ArgumentException">More rows or steps.</exception>
    internal void Check(TokenMatrix rows, int batchSize)
    {
        if (Math.Min(batchSize, rows.Rows) > MaxRows || rows.Steps > MaxSteps)
            throw new ArgumentException($"batches of {batchSize} rows and {rows.Steps} steps for an engine made for {MaxRows} and {MaxSteps}", nameof(rows));
    }

    private static void Fits(long elements, UserMessage what, UserMessage remedy)
    {
        if (elements > MaxElements)
            throw new UserErrorException($"{what} make a buffer of {elements:N0} values, more than {MaxElements:N0}; use a smaller {remedy}");
    }
}
