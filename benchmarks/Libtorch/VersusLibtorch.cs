using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using GpuLstm.Data;
using GpuLstm.Engines.Contracts;
using GpuLstm.Engines.Cpu;
using GpuLstm.Options;
using GpuLstm.Parameters;
using TorchSharp;

namespace GpuLstm.Benchmarks.Libtorch;

/// <summary>One line of the comparison; milliseconds are medians of a step.</summary>
/// <param name="Hidden">Hidden units H.</param>
/// <param name="Batch">Rows of a batch B.</param>
/// <param name="Threads">Ours; libtorch has as many, or one where that is faster.</param>
/// <param name="Mode">training (forward, backward, Adam) or inference.</param>
/// <param name="OursMs">Our CPU engine.</param>
/// <param name="LibtorchMs">libtorch.</param>
/// <param name="Ratio">How many times faster we are.</param>
public sealed record Comparison(int Hidden, int Batch, int Threads, string Mode, double OursMs, double LibtorchMs, double Ratio);

/// <summary>
/// The CPU engine beside libtorch's nn.LSTM (oneDNN) in one process: the same weights and batch, in short bursts by turns, at the
/// article's embedding of 16, vocabulary of 275 and 200 steps.
/// </summary>
internal static class VersusLibtorch
{
    private const int Steps = 200;
    private const double LossTolerance = 1e-4;
    private static readonly TimeSpan BurstLength = TimeSpan.FromMilliseconds(60);

    // libtorch's threads go on spinning for a while when their work is done.
    private static readonly TimeSpan LetSpinnersSleep = TimeSpan.FromMilliseconds(15);

    /// <summary>Measures, prints a table, and writes JSON where asked.</summary>
    public static void Run(
        int[] hiddenSizes, int[] batches, int layers, bool isBidirectional, TimeSpan budget, FileInfo? json)
    {
        Console.Out.WriteLine("| hidden | batch | threads | mode | ours ms | libtorch ms | ratio |");
        Console.Out.WriteLine("|---|---|---|---|---|---|---|");
        var all = new List<Comparison>();
        foreach (var batch in batches)
        {
            foreach (var hidden in hiddenSizes)
            {
                foreach (var threads in new[] { 1, Environment.ProcessorCount }.Distinct())
                {
                    var model = new ModelOptions(275, 16, hidden, Steps, TextLengths.Padded)
                    {
                        Layers = layers,
                        IsBidirectional = isBidirectional,
                    };
                    foreach (var line in Compare(model, batch, threads, budget))
                    {
                        all.Add(line);
                        Console.Out.WriteLine(string.Create(
                            CultureInfo.InvariantCulture,
                            $"| {line.Hidden} | {line.Batch} | {line.Threads} | {line.Mode} | {Digits(line.OursMs)} | "
                            + $"{Digits(line.LibtorchMs)} | {line.Ratio:F1} |"));
                    }
                }
            }
        }

        if (json is not null)
            File.WriteAllText(json.FullName, JsonSerializer.Serialize(all, JsonSerializerOptions.Web));
    }

    /// <summary>Three digits, never in powers of ten.</summary>
    private static string Digits(double value) => value.ToString(value < 999.5 ? "G3" : "F0", CultureInfo.InvariantCulture);

    private static IEnumerable<Comparison> Compare(ModelOptions model, int rows, int threads, TimeSpan budget)
    {
        var parameters = ParameterInitializer.Create(model, new NumpyRandom(1));
        var batch = RandomBatch(model, rows);
        CheckLosses(model, parameters, batch, threads);

        // The weights stay as they are: on one batch they would soon fit it, and the time of a step would depend on how well.
        var adam = new OptimizerOptions { LearningRate = 0 };
        using var ours = new CpuEngine(model, adam, new EngineLimits(rows, Steps) { Threads = threads });
        ours.SetParameters(parameters);
        using var batches = ours.Load(batch);
        using var theirs = new LibtorchTrainer(model, adam, parameters, batch);
        var logits = new float[rows];
        int[] theirThreads = [.. new[] { 1, threads }.Distinct()];
        yield return Line("training", () => ours.TrainStep(batches, 0), theirs.TrainStep);
        yield return Line("inference", () => ours.Evaluate(batches, logits, CancellationToken.None), theirs.Evaluate);

        Comparison Line(string mode, Action ourStep, Action theirStep)
        {
            var (oursMs, theirsMs) = (double.PositiveInfinity, double.PositiveInfinity);
            foreach (var count in theirThreads)
            {
                torch.set_num_threads(count);
                var (our, their) = Medians(ourStep, theirStep, count > 1 ? LetSpinnersSleep : TimeSpan.Zero, budget);
                (oursMs, theirsMs) = (Math.Min(oursMs, our), Math.Min(theirsMs, their));
            }

            return new Comparison(model.HiddenSize, rows, threads, mode, oursMs, theirsMs, theirsMs / oursMs);
        }
    }

    private static void CheckLosses(ModelOptions model, float[] parameters, TokenBatch batch, int threads)
    {
        var adam = new OptimizerOptions();
        using var ours = new CpuEngine(model, adam, new EngineLimits(batch.Rows, batch.Steps) { Threads = threads });
        ours.SetParameters(parameters);
        using var theirs = new LibtorchTrainer(model, adam, parameters, batch);
        ours.TrainStep(batch);
        theirs.TrainStep();
        ours.TakeTrainingTotals();
        ours.TrainStep(batch);
        var ourLoss = ours.TakeTrainingTotals().MeanLoss;
        var theirLoss = theirs.TrainStepLoss();
        if (Math.Abs(ourLoss - theirLoss) > LossTolerance)
            throw new InvalidOperationException($"the losses of the second step differ: {ourLoss} and {theirLoss}");
    }

    /// <summary>Median milliseconds of a step of each, in short bursts by turns until the time is up.</summary>
    private static (double Ours, double Theirs) Medians(Action ours, Action theirs, TimeSpan pause, TimeSpan budget)
    {
        var (ourTimes, theirTimes) = (new List<double>(), new List<double>());
        var clock = Stopwatch.StartNew();
        do
        {
            Burst(theirs, theirTimes);
            Thread.Sleep(pause);
            Burst(ours, ourTimes);
        }
        while (clock.Elapsed < budget || ourTimes.Count < 5);

        return (Median(ourTimes), Median(theirTimes));
    }

    /// <summary>
    /// Steps one after the other, as in training; the first is not counted, for the caches hold the other's data.
    /// </summary>
    private static void Burst(Action step, List<double> times)
    {
        step();
        var clock = Stopwatch.StartNew();
        do
            times.Add(Milliseconds(step));
        while (clock.Elapsed < BurstLength);
    }

    private static double Milliseconds(Action step)
    {
        var clock = Stopwatch.StartNew();
        step();
        return clock.Elapsed.TotalMilliseconds;
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }

    private static TokenBatch RandomBatch(ModelOptions model, int rows)
    {
        var random = new Random(1);
        return new TokenBatch(
            [.. Enumerable.Range(0, rows * Steps).Select(_ => random.Next(1, model.VocabularySize))],
            [.. Enumerable.Repeat(Steps, rows)],
            [.. Enumerable.Range(0, rows).Select(_ => random.Next(2))],
            rows, Steps);
    }
}
