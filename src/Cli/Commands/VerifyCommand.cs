using System.CommandLine;
using System.Text.Json;
using GpuLstm.Cli.Help;
using GpuLstm.Cli.Output;
using GpuLstm.Engines;
using GpuLstm.Files;
using GpuLstm.Kernels.Devices;
using GpuLstm.Options;
using GpuLstm.Parameters;
using GpuLstm.Verification;
using GpuLstm.Verification.Comparison;

namespace GpuLstm.Cli.Commands;

/// <summary>
/// <c>verify</c>: every operation and the whole model against the reference, on one device or all; with
/// <c>--determinism</c> whether two runs give the same bits; with <c>--gradients</c> the reference against finite
/// differences.
/// </summary>
internal static class VerifyCommand
{
    private const int DefaultEmbedding = 4;
    private const int DefaultHidden = 3;
    private const int DefaultSteps = 6;
    private const int DefaultRows = 3;

    private static readonly Option<AcceleratorKind?> Accelerator = CommonOptions.Accelerator(
        "What to verify", "each that is there");
    private static readonly Option<int?> Threads = CommonOptions.Threads();
    private static readonly Option<int?> Seed = CommonOptions.Number<int>(
        "--seed", "Draws shapes and values", "a fresh one, which is printed");
    private static readonly Option<bool> Json = CommonOptions.Json();
    private static readonly Option<bool> Markdown = new("--markdown")
    {
        Description = "Print one Markdown table of the worst errors by device",
    };
    private static readonly Option<bool> Determinism = new("--determinism")
    {
        Description = "Instead: train twice and compare the parameters bit for bit",
    };
    private static readonly Option<bool> Gradients = new("--gradients")
    {
        Description = "Instead: compare BPTT with finite differences, on a model of the sizes below",
    };
    private static readonly Option<int?> Embedding = CommonOptions.EmbeddingSize(DefaultEmbedding);
    private static readonly Option<int?> Hidden = CommonOptions.HiddenSize(DefaultHidden);
    private static readonly Option<int?> Layers = CommonOptions.Layers();
    private static readonly Option<bool> Bidirectional = CommonOptions.Bidirectional();
    private static readonly Option<int?> MaxLength = CommonOptions.MaxLength(DefaultSteps);
    private static readonly Option<int?> BatchSize = CommonOptions.BatchSize(DefaultRows);
    private static readonly Option<TextLengths?> LengthsOption = CommonOptions.Lengths();
    private static readonly Option<Readout?> ReadoutOption = CommonOptions.Readout();

    private static Option[] Sizes =>
        [Embedding, Hidden, Layers, Bidirectional, MaxLength, BatchSize, LengthsOption, ReadoutOption];

    public static Command Create()
    {
        var command = new ProgramCommand(
            "verify", "Check every kernel against the reference in double",
            [
                new("Where to compute", Accelerator, Threads),
                new("What to check", Determinism, Gradients, Seed),
                new("The model of --gradients", [.. Sizes]),
                new("Output", Json, Markdown),
            ],
            "verify --accelerator opencl",
            "verify --gradients --hidden 8 --layers 2 --bidirectional");
        command.Validators.Add(result =>
        {
            Option[] modes = [Determinism, Gradients, Markdown];
            if (modes.Count(mode => result.GetResult(mode) is not null) > 1)
                result.AddError("--determinism, --gradients and --markdown exclude each other");
            if (result.GetResult(Gradients) is null
                && Sizes.FirstOrDefault(size => result.GetResult(size) is not null) is { } size)
            {
                result.AddError($"{size.Name} goes with --gradients");
            }

            if (result.GetResult(Gradients) is not null && result.GetResult(Threads) is not null)
                result.AddError("--threads is for the cpu engine, and --gradients checks the reference alone");
        });
        CommonOptions.RefuseThreadsOfDevices(command, Threads, Accelerator);
        command.SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
        return command;
    }

    private static int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var seed = parsed.GetValue(Seed) ?? Random.Shared.Next();
        if (parsed.GetValue(Gradients))
            return CheckGradients(parsed, seed, cancellation);
        var threads = CommonOptions.ReadThreads(parsed, Threads);
        AcceleratorKind[] accelerators = parsed.GetValue(Accelerator) switch
        {
            null => [.. Verifier.Available()],
            { } choice => [EngineFactory.Resolve(choice)],
        };
        return parsed.GetValue(Determinism)
            ? CheckDeterminism(parsed, accelerators, threads, seed, cancellation)
            : Verify(parsed, accelerators, threads, seed, cancellation);
    }

    private static int Verify(
        ParseResult parsed, AcceleratorKind[] accelerators, int? threads, int seed, CancellationToken cancellation)
    {
        var results = Terminal.IsInteractive
            ? Terminal.WithBar("verifying", bar => RunCases(count => bar.MaxValue += count, () => bar.Increment(1)))
            : RunCases(_ => { }, () => { });
        var failed = results.Count(result => !result.Passed);
        if (parsed.GetValue(Json))
            Console.Out.WriteLine(JsonSerializer.Serialize(new { seed, failed, results }, JsonText.Indented));
        else if (parsed.GetValue(Markdown))
            VerificationReport.WriteMarkdown(results);
        else
            VerificationReport.Write(results);
        return Finish(parsed, results.Count, failed, seed);

        List<VerificationResult> RunCases(Action<int> onStart, Action onCase)
        {
            var all = new List<VerificationResult>();
            var (started, done) = (0, 0);
            WorkDone.TellBy(() => $"{done} of {started} cases done");
            foreach (var accelerator in accelerators)
            {
                using var verifier = new Verifier(accelerator, threads);
                started += verifier.CaseCount;
                onStart(verifier.CaseCount);
                all.AddRange(verifier.Run(seed, cancellation, () =>
                {
                    done++;
                    onCase();
                }));
            }

            return all;
        }
    }

    private static int CheckDeterminism(
        ParseResult parsed, AcceleratorKind[] accelerators, int? threads, int seed, CancellationToken cancellation)
    {
        var results = new List<DeterminismResult>();
        var devices = 0;
        WorkDone.TellBy(() => $"{devices} of {accelerators.Length} devices done");
        foreach (var accelerator in accelerators)
        {
            results.AddRange(DeterminismCheck.Run(accelerator, seed, cancellation, threads));
            devices++;
        }

        var failed = results.Count(result => !result.Passed);
        if (parsed.GetValue(Json))
            Console.Out.WriteLine(JsonSerializer.Serialize(new { seed, failed, results }, JsonText.Indented));
        else
            VerificationReport.Write(results);
        return Finish(parsed, results.Count, failed, seed);
    }

    private static int CheckGradients(ParseResult parsed, int seed, CancellationToken cancellation)
    {
        const int VocabularySize = 8;
        var options = new ModelOptions(
            VocabularySize,
            InRange(Embedding, DefaultEmbedding, 256),
            InRange(Hidden, DefaultHidden, 256),
            InRange(MaxLength, DefaultSteps, 1000),
            parsed.GetValue(LengthsOption) ?? TextLengths.Real)
        {
            Layers = InRange(Layers, 1, TrainingOptions.MaxLayers),
            IsBidirectional = parsed.GetValue(Bidirectional),
            Readout = parsed.GetValue(ReadoutOption) ?? Readout.Last,
        };
        var rows = InRange(BatchSize, DefaultRows, 1000);
        var results = new List<GradientCheckResult>();
        WorkDone.TellBy(() => $"{results.Count} of {new ParameterLayout(options).Tensors.Count} parameters done");
        results.AddRange(GradientCheck.Run(options, rows, seed, cancellation));
        var failed = results.Count(result => !result.Passed);
        if (parsed.GetValue(Json))
            Console.Out.WriteLine(JsonSerializer.Serialize(new { seed, failed, options, rows, results }, JsonText.Indented));
        else
            VerificationReport.Write(results);
        return Finish(parsed, results.Count, failed, seed);

        int InRange(Option<int?> option, int defaultValue, int most) => UsageException.Check(() =>
        {
            var value = parsed.GetValue(option) ?? defaultValue;
            return value >= 1 && value <= most
                ? value
                : throw new UserErrorException($"{option.Name} {value} is out of range: give a whole number from 1 to {most}");
        });
    }

    private static int Finish(ParseResult parsed, int results, int failed, int seed)
    {
        if (!parsed.GetValue(Json))
            Terminal.WriteLine($"{results - failed} passed, {failed} failed, seed {seed}");
        return failed == 0 ? 0 : ExitCode.Failure;
    }
}
