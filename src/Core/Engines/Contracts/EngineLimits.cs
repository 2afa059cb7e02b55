using System.Globalization;
using GpuLstm.Data;
using GpuLstm.Options;

namespace GpuLstm.Engines.Contracts;

/// <summary>What an engine is made for.</summary>
/// <param name="MaxRows">The most rows of a batch.</param>
/// <param name="MaxSteps">The most steps of a batch.</param>
public sealed record EngineLimits(int MaxRows, int MaxSteps)
{
    /// <summary>The most <see cref="Threads"/>.</summary>
    public const int MaxThreads = 1024;

    // Kernels number the elements of a buffer with 32 bits, and the last group reaches beyond them.
    internal const long MaxElements = 1 << 30;

    // Its parameters, and two moments.
    private const long MaxPartsOfRow = 3;

    /// <summary>
    /// How many threads the cpu engine computes with, 1 to <see cref="MaxThreads"/>; null: as many as the machine has cores. No
    /// bit of any result depends on it. Devices have threads of their own.
    /// </summary>
    public int? Threads { get; init; }

    /// <summary>What needs less memory.</summary>
    internal static UserMessage MemoryAdvice =>
        $"use a smaller {Setting.MaxRows}, {Setting.HiddenSize}, {Setting.EmbeddingSize} or {Setting.MaxSteps}";

    /// <summary>Runs what allocates an engine's memory on the host.</summary>
    /// <exception cref="UserErrorException">There is not enough memory.</exception>
    internal static T Allocate<T>(Func<T> allocate)
    {
        try
        {
            return allocate();
        }
        catch (Exception e) when (e is OutOfMemoryException or OverflowException)
        {
            throw new UserErrorException($"this model and batch need more memory than there is; {MemoryAdvice}", e);
        }
    }

    /// <summary>Rejects what no engine could hold.</summary>
    /// <exception cref="UserErrorException">
    /// A buffer would have more elements than that, or the threads are out of range.
    /// </exception>
    public void Check(ModelOptions options)
    {
        CheckThreads(Threads);
        var positions = (long)MaxRows * MaxSteps;
        Fits(
            positions * 4 * options.HiddenSize,
            $"batches of {MaxRows} rows, {MaxSteps} steps and {options.HiddenSize} hidden units",
            $"{Setting.MaxRows}, {Setting.HiddenSize} or {Setting.MaxSteps}");
        Fits(
            Math.Min(options.VocabularySize, positions) * 4 * options.HiddenSize,
            $"{options.VocabularySize} tokens and {options.HiddenSize} hidden units", $"{Setting.HiddenSize}");
        Fits(
            (long)options.VocabularySize * options.EmbeddingSize,
            $"{options.VocabularySize} tokens and an embedding of {options.EmbeddingSize}", $"{Setting.EmbeddingSize}");
        if (options.Pairs is { } pairs)
        {
            Fits(
                MaxPartsOfRow * pairs.Rows * pairs.Size, $"{pairs.Rows} pairs and an embedding of {pairs.Size}",
                $"{Setting.PairRows} or {Setting.PairSize}");
        }

        if (options.HasFeatures)
        {
            Fits(
                positions * options.InputSize,
                $"batches of {MaxRows} rows, {MaxSteps} steps and inputs of {options.InputSize}",
                $"{Setting.MaxRows}, {Setting.MaxSteps}, {Setting.PairSize} or {Setting.NgramSize}");
        }

        if (options.Ngrams is { } ngrams)
        {
            ngrams.RequireOf(options.VocabularySize);
            Fits(
                Math.Min(options.VocabularySize, positions) * options.TokenSize,
                $"{options.VocabularySize} tokens and inputs of {options.TokenSize}", $"{Setting.NgramSize}");
            Fits(
                MaxPartsOfRow * ngrams.Rows * ngrams.Size, $"{ngrams.Rows} n-grams and an embedding of {ngrams.Size}",
                $"{Setting.NgramRows} or {Setting.NgramSize}");
        }

        var inputs = Math.Max(options.InputSize, options.Layers > 1 ? options.Features : options.HiddenSize);
        Fits(4L * options.HiddenSize * inputs, $"{options.HiddenSize} hidden units", $"{Setting.HiddenSize}");
        var parameters = options.Layers * options.Directions * 4L * options.HiddenSize * (inputs + options.HiddenSize);
        Fits(
            parameters, $"{options.Layers} layers of {options.HiddenSize} hidden units",
            $"{Setting.Layers} or {Setting.HiddenSize}");
    }

    /// <summary>Rejects a number of threads that no engine takes; null is as good as a number in range.</summary>
    /// <exception cref="UserErrorException">The message names the property.</exception>
    public static void CheckThreads(int? threads) => Setting.Threads.RequireInRange(threads ?? 1, 1, MaxThreads);

    /// <summary>Rejects batches that are larger than this, and labels that are no class.</summary>
    /// <exception cref="ArgumentException">More rows or steps, or a label that is too large.</exception>
    internal void Check(TokenMatrix rows, int batchSize, int classes)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        if (Math.Min(batchSize, rows.Rows) > MaxRows || rows.Steps > MaxSteps)
        {
            throw new ArgumentException(
                $"batches of {batchSize} rows and {rows.Steps} steps for an engine made for {MaxRows} and {MaxSteps}",
                nameof(rows));
        }

        if (rows.Labels.AsSpan().IndexOfAnyExceptInRange(0, classes - 1) is >= 0 and var row)
        {
            throw new ArgumentException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"the label of row {row} is {rows.Labels[row]}, of a model of {classes} classes"),
                nameof(rows));
        }
    }

    private static void Fits(long elements, UserMessage what, UserMessage remedy)
    {
        if (elements > MaxElements)
        {
            throw new UserErrorException(
                $"{what} make a buffer of {elements:N0} values, more than {MaxElements:N0}; use a smaller {remedy}");
        }
    }
}
