using System.CommandLine;
using System.Text.Json;
using GpuLstm.Cli.Output;
using GpuLstm.Engines;
using GpuLstm.Verification;
using Spectre.Console;

namespace GpuLstm.Cli.Commands;

/// <summary><c>verify</c>: every kernel and the whole model against the reference, on one device or all.</summary>
internal static class VerifyCommand
{
    private static readonly Option<AcceleratorChoice?> Accelerator = CommonOptions.Accelerator("What to verify; all there is by default");
    private static readonly Option<int?> Seed = CommonOptions.Number<int>("--seed", "Draws shapes and values; a fresh one by default");
    private static readonly Option<bool> Json = CommonOptions.Json();

    public static Command Create()
    {
        var command = new Command("verify", "Check every kernel against the reference in double") { Accelerator, Seed, Json };
        command.SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
        return command;
    }

    private static int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var seed = parsed.GetValue(Seed) ?? Random.Shared.Next();
        IEnumerable<AcceleratorChoice> accelerators = parsed.GetValue(Accelerator) switch
        {
            null => Verifier.Available(),
            { } choice => [EngineFactory.Resolve(choice)],
        };
        var results = Verify([.. accelerators], seed, cancellation);
        var failed = results.Count(result => !result.Passed);
        if (parsed.GetValue(Json))
            Console.Out.WriteLine(JsonSerializer.Serialize(new { seed, failed, results }, JsonText.Indented));
        else
            Print(results, failed, seed);
        return failed == 0 ? 0 : Application.Failure;
    }

    private static List<VerificationResult> Verify(AcceleratorChoice[] accelerators, int seed, CancellationToken cancellation)
    {
        if (!Terminal.IsInteractive)
            return [.. accelerators.SelectMany(accelerator => Verifier.Run(accelerator, seed, cancellation))];
        return Terminal.WithBar("verifying", bar =>
        {
            bar.MaxValue = accelerators.Sum(Verifier.CaseCount);
            return accelerators.SelectMany(accelerator => Verifier.Run(accelerator, seed, cancellation, () => bar.Increment(1))).ToList();
        });
    }

    /// <summary>A row for each tensor of each operation: the worst of its cases.</summary>
    private static void Print(List<VerificationResult> results, int failed, int seed)
    {
        foreach (var device in results.GroupBy(result => result.Device))
        {
            var table = new Table().RoundedBorder().Title(Markup.Escape(device.Key))
                .AddColumns("operation", "tensor", "worst case", "absolute", "relative", "bound", "verdict");
            foreach (var cases in device.GroupBy(result => (result.Operation, result.Tensor)))
            {
                var worst = cases.MaxBy(result => result.WorstRelative / Math.Max(result.Bound, double.Epsilon))!;
                table.AddRow(
                    worst.Operation, worst.Tensor, worst.Shape, $"{worst.WorstAbsolute:0.0e-0}", $"{worst.WorstRelative:0.0e-0}", $"{worst.Bound:0e-0}",
                    worst.Passed ? "[green]ok[/]" : "[red]FAIL[/]");
            }

            Terminal.Out.Write(table);
        }

        Terminal.WriteLine("absolute: largest |actual - expected|; relative: that over the tensor's largest |expected|, held to the bound");
        Terminal.WriteLine($"{results.Count - failed} passed, {failed} failed, seed {seed}");
    }
}
