using System.CommandLine;
using System.Text.Json;
using GpuLstm.Benchmarking;
using GpuLstm.Cli.Help;
using GpuLstm.Cli.Output;
using GpuLstm.Cli.Streams;
using GpuLstm.Engines;
using GpuLstm.Engines.Contracts;
using GpuLstm.Files;
using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.TensorCores;
using GpuLstm.Options;
using Spectre.Console;

namespace GpuLstm.Cli.Commands;

/// <summary>
/// <c>benchmark</c>: milliseconds of a training step or of inference, for all combinations of the sizes given; with
/// <c>--from-stdin</c> for a shape a line, answered at once, so that another program can be measured by turns with it.
/// </summary>
internal static class BenchmarkCommand
{
    private static readonly StepBenchmarkOptions Start = new();

    private static readonly Dictionary<string, RowLengths> AllLengths = new(StringComparer.OrdinalIgnoreCase)
    {
        ["fixed"] = RowLengths.Fixed,
        ["varied"] = RowLengths.Varied,
    };

    private static readonly Dictionary<string, BenchmarkMode> Modes = new(StringComparer.OrdinalIgnoreCase)
    {
        ["training"] = BenchmarkMode.Training,
        ["inference"] = BenchmarkMode.Inference,
    };

    private static readonly Option<AcceleratorKind?> Accelerator = CommonOptions.Accelerator();
    private static readonly Option<int?> Threads = CommonOptions.Threads();
    private static readonly Option<int[]> Hidden = CommonOptions.Numbers<int>("--hidden", "Hidden sizes", 64);
    private static readonly Option<int[]> Batch = CommonOptions.Numbers<int>("--batch", "Batch sizes", 32);
    private static readonly Option<int[]> Steps = CommonOptions.Numbers<int>("--steps", "Tokens of the longest row", 200);
    private static readonly Option<RowLengths[]> Lengths = CommonOptions.Choices(
        "--lengths", "Rows all of that length, read at the last step; or uniform from 1 to it, read at the last token",
        AllLengths);

    private static readonly Option<BenchmarkMode?> Mode = CommonOptions.Choice(
        "--mode", "What is measured", Modes, CommonOptions.NameOf(Modes, BenchmarkMode.Training));
    private static readonly Option<Precision[]> Precisions = CommonOptions.Choices(
        "--precision", "To what the operands of large products are rounded; other than float32 on tensor cores",
        PrecisionNames.All);

    private static readonly Option<int?> Embedding = CommonOptions.EmbeddingSize(Start.EmbeddingSize);
    private static readonly Option<int?> Vocabulary = CommonOptions.Number<int>(
        "--vocabulary", "Rows of the embedding", $"{Start.VocabularySize}");
    private static readonly Option<int?> Layers = CommonOptions.Layers();
    private static readonly Option<bool> Bidirectional = CommonOptions.Bidirectional();
    private static readonly Option<Readout?> ReadoutOption = CommonOptions.Readout();
    private static readonly Option<uint?> Seed = CommonOptions.Number<uint>(
        "--seed", "Draws initial values, tokens and labels", $"{Start.Seed}");
    private static readonly Option<double?> Seconds = CommonOptions.Number<double>(
        "--seconds", "How long each shape is measured", $"{Start.Seconds}");
    private static readonly Option<bool> Json = new("--json") { Description = "Print JSON, an object a line, for programs" };
    private static readonly Option<bool> FromStdin = new("--from-stdin")
    {
        Description =
            "Read shapes from standard input, a line each: hidden batch steps lengths mode precision; answer each at once, as "
            + "--json does",
    };

    public static Command Create()
    {
        var command = new ProgramCommand(
            "benchmark", "Measure a training step or inference on random tokens",
            [
                new("Shapes: every combination of these", Hidden, Batch, Steps, Lengths, Precisions, Mode),
                new("The same for all of them", Embedding, Vocabulary, Layers, Bidirectional, ReadoutOption, Seed, Seconds),
                new("Where to compute", Accelerator, Threads),
                new("Input and output", FromStdin, Json),
            ],
            "benchmark --hidden 64 128 --batch 32 256",
            "benchmark --accelerator opencl --mode inference --json");
        command.Validators.Add(result =>
        {
            Option[] shapes = [Hidden, Batch, Steps, Lengths, Mode, Precisions];
            if (result.GetResult(FromStdin) is not null
                && shapes.FirstOrDefault(option => result.GetResult(option) is { Implicit: false }) is { } option)
            {
                result.AddError($"{option.Name} does not go with --from-stdin, which reads it");
            }
        });
        CommonOptions.RefuseThreadsOfDevices(command, Threads, Accelerator);
        command.SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
        return command;
    }

    private static int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var (shapes, options) = UsageException.Check(() => Read(parsed)); // all of them before minutes are spent on the first
        using var benchmark = new StepBenchmark(options);
        var measured = 0;
        WorkDone.TellBy(
            () => parsed.GetValue(FromStdin) ? $"{measured} shapes measured" : $"{measured} of {shapes.Count} shapes measured");
        if (parsed.GetValue(FromStdin))
        {
            AnswerLines(Measure, options, cancellation);
        }
        else if (parsed.GetValue(Json))
        {
            foreach (var shape in shapes)
                WriteJson(Measure(shape), options);
        }
        else
        {
            WriteTable(Terminal.IsInteractive
                ? Terminal.WithBar("measuring", bar =>
                {
                    bar.MaxValue = shapes.Count;
                    return MeasureAll(() => bar.Increment(1));
                })
                : MeasureAll(() => { }), options);
        }

        return 0;

        StepTiming Measure(BenchmarkShape shape)
        {
            var timing = benchmark.Measure(shape, cancellation);
            measured++;
            return timing;
        }

        List<StepTiming> MeasureAll(Action onShape)
        {
            var timings = new List<StepTiming>();
            foreach (var shape in shapes)
            {
                timings.Add(Measure(shape));
                onShape();
            }

            return timings;
        }
    }

    /// <summary>A line in, a line out at once, so that another program can wait for the answer and take its own turn.</summary>
    private static void AnswerLines(
        Func<BenchmarkShape, StepTiming> measure, StepBenchmarkOptions options, CancellationToken cancellation)
    {
        var input = StandardInput.OpenLines(cancellation);
        for (var number = 1; input.ReadLine() is { } line; number++)
        {
            try
            {
                WriteJson(measure(BenchmarkShape.Parse(line)), options);
            }
            catch (UserErrorException e)
            {
                throw new UserErrorException($"standard input, line {number}: {e.UserMessage}", e);
            }
        }
    }

    private static void WriteJson(StepTiming timing, StepBenchmarkOptions options)
    {
        var shape = timing.Shape;
        Console.Out.WriteLine(JsonSerializer.Serialize(
            new
            {
                timing.Accelerator,
                timing.Device,
                shape.Hidden,
                shape.Batch,
                shape.Steps,
                Lengths = Word(AllLengths, shape.Lengths),
                Mode = Word(Modes, shape.Mode),
                Precision = PrecisionNames.Of(shape.Precision),
                options.Layers,
                options.Bidirectional,
                Readout = CommonOptions.NameOf(options.Readout),
                timing.MedianMs,
                timing.BestMs,
                timing.MeasuredSteps,
            },
            JsonText.Line));
        Console.Out.Flush();
    }

    private static void WriteTable(List<StepTiming> timings, StepBenchmarkOptions options)
    {
        var layers = $"{options.Layers} {(options.Layers == 1 ? "layer" : "layers")}";
        var directions = options.Bidirectional ? ", bidirectional" : "";
        var model = $"{layers}{directions}, readout {CommonOptions.NameOf(options.Readout)}";
        var table = new Table().RoundedBorder()
            .Title(Printable.Cell($"{timings[0].Accelerator}: {timings[0].Device}; {model}"))
            .AddColumns("hidden", "batch", "steps", "lengths", "mode", "precision", "median ms", "best ms", "measured steps");
        foreach (var timing in timings)
        {
            var shape = timing.Shape;
            table.AddRow(
                $"{shape.Hidden}", $"{shape.Batch}", $"{shape.Steps}", Word(AllLengths, shape.Lengths), Word(Modes, shape.Mode),
                PrecisionNames.Of(shape.Precision), Digits(timing.MedianMs), Digits(timing.BestMs), $"{timing.MeasuredSteps:N0}");
        }

        Terminal.Write(table);
    }

    /// <summary>Three digits, never in powers of ten.</summary>
    private static string Digits(double value) => value.ToString(value < 999.5 ? "G3" : "F0");

    private static string Word<T>(Dictionary<string, T> words, T value) => words.First(word => word.Value!.Equals(value)).Key;

    private static (List<BenchmarkShape> Shapes, StepBenchmarkOptions Options) Read(ParseResult parsed)
    {
        var shapes = Shapes(parsed);
        foreach (var shape in shapes)
            shape.Check();
        var options = Start with
        {
            Accelerator = parsed.GetValue(Accelerator) ?? Start.Accelerator,
            Threads = parsed.GetValue(Threads),
            EmbeddingSize = parsed.GetValue(Embedding) ?? Start.EmbeddingSize,
            VocabularySize = parsed.GetValue(Vocabulary) ?? Start.VocabularySize,
            Layers = parsed.GetValue(Layers) ?? Start.Layers,
            Bidirectional = parsed.GetValue(Bidirectional),
            Readout = parsed.GetValue(ReadoutOption) ?? Start.Readout,
            Seed = parsed.GetValue(Seed) ?? Start.Seed,
            Seconds = parsed.GetValue(Seconds) ?? Start.Seconds,
        };
        options.Check();
        foreach (var shape in shapes)
        {
            EngineFactory.Check(options.Accelerator, shape.Precision, options.Model(shape), profiling: false);
            new EngineLimits(shape.Batch, shape.Steps).Check(options.Model(shape));
        }

        return (shapes, options);
    }

    private static List<BenchmarkShape> Shapes(ParseResult parsed) =>
    [
        .. from steps in parsed.GetValue(Steps)!
           from lengths in parsed.GetValue(Lengths)!
           from batch in parsed.GetValue(Batch)!
           from hidden in parsed.GetValue(Hidden)!
           from precision in parsed.GetValue(Precisions)!
           select new BenchmarkShape(hidden, batch, steps, lengths, parsed.GetValue(Mode) ?? BenchmarkMode.Training, precision),
    ];
}
