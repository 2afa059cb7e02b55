using System.CommandLine;
using GpuLstm.Cli.Output;
using GpuLstm.Cli.Streams;
using GpuLstm.Engines;
using GpuLstm.Training;

namespace GpuLstm.Cli.Commands;

/// <summary><c>predict</c>: the sentiment of texts given as arguments or, without any, a line each on standard input.</summary>
internal static class PredictCommand
{
    private static readonly Option<string> Model = CommonOptions.Model();
    private static readonly Option<AcceleratorChoice?> Accelerator = CommonOptions.Accelerator();
    private static readonly Option<int?> Threads = CommonOptions.Threads();
    private static readonly Argument<string[]> Texts = new("text")
    {
        Description = "Texts to classify; without any, lines of standard input",
        Arity = ArgumentArity.ZeroOrMore,
    };

    public static Command Create()
    {
        var command = new Command("predict", "Tell positive from negative texts") { Model, Accelerator, Threads, Texts };
        CommonOptions.RefuseThreadsOfDevices(command, Threads, Accelerator);
        command.SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
        return command;
    }

    private static int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var accelerator = parsed.GetValue(Accelerator) ?? AcceleratorChoice.Auto;
        var threads = CommonOptions.ReadThreads(parsed, Threads);
        using var classifier = new TextClassifier(CommonOptions.LoadModel(parsed.GetValue(Model)!), accelerator, threads);
        if (accelerator == AcceleratorChoice.Auto)
            Terminal.Note($"auto chose {classifier.Accelerator}: {classifier.Device}"); // the output is for programs
        var (texts, done) = (parsed.GetValue(Texts) ?? [], 0);
        WorkDone.TellBy(() => $"{done:N0} {(done == 1 ? "text" : "texts")} classified");
        if (texts.Length > 0)
        {
            Print(texts);
            return 0;
        }

        if (!Console.IsInputRedirected)
            Terminal.Note($"waiting for texts, a line each; end with {(OperatingSystem.IsWindows() ? "Ctrl-Z and Enter" : "Ctrl-D")}");
        // A line in, a line out at once, so that the program can sit in a pipe.
        var input = new StandardInput(cancellation);
        while (input.ReadLine() is { } line)
            Print([line]);
        return 0;

        void Print(string[] lines)
        {
            foreach (var (text, negative) in lines.Zip(classifier.Predict(lines, cancellation)))
            {
                Console.Out.WriteLine($"{(negative > 0.5 ? "Negative" : "Positive")}\t{Math.Max(negative, 1 - negative):F4}\t{Printable.Clean(text)}");
                done++;
            }
        }
    }
}
