using System.CommandLine;
using System.Text.Json;
using GpuLstm.Cli.Help;
using GpuLstm.Cli.Output;
using GpuLstm.Cli.Streams;
using GpuLstm.Files;
using GpuLstm.Inference;
using GpuLstm.Kernels.Devices;
using GpuLstm.Options;

namespace GpuLstm.Cli.Commands;

/// <summary><c>predict</c>: the sentiment of texts given as arguments or, without any, a line each on standard input.</summary>
internal static class PredictCommand
{
    private static readonly Option<string> Model = CommonOptions.Model();
    private static readonly Option<AcceleratorKind?> Accelerator = CommonOptions.Accelerator();
    private static readonly Option<int?> Threads = CommonOptions.Threads();
    private static readonly Option<bool> Json = new("--json") { Description = "Print JSON, an object a text, for programs" };
    private static readonly Argument<string[]> Texts = new("text")
    {
        Description = "Texts to classify, behind -- where one begins with a dash; without any, lines of standard input",
        Arity = ArgumentArity.ZeroOrMore,
    };

    public static Command Create()
    {
        var command = new ProgramCommand(
            "predict", "Classify texts by a trained model",
            [new("Model", Model), new("Where to compute", Accelerator, Threads), new("Output", Json)],
            $"predict --model model {ShellQuote.Of(TrainCommand.ExampleText)}",
            "predict --model model --json < texts.txt")
        {
            Texts,
        };
        CommonOptions.RefuseThreadsOfDevices(command, Threads, Accelerator);
        command.SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
        return command;
    }

    private static int Run(ParseResult parsed, CancellationToken cancellation)
    {
        var accelerator = parsed.GetValue(Accelerator) ?? AcceleratorKind.Auto;
        var threads = CommonOptions.ReadThreads(parsed, Threads);
        var model = CommonOptions.LoadModel(parsed.GetValue(Model)!);
        using var classifier = new TextClassifier(model, accelerator, threads);
        if (accelerator == AcceleratorKind.Auto)
            Terminal.Note($"auto chose {classifier.Accelerator}: {classifier.Device}"); // the output is for programs
        var known = new KnownTokens(model, silent: parsed.GetValue(Json));
        WorkDone.TellBy(() => $"{known.Texts:N0} {(known.Texts == 1 ? "text" : "texts")} classified");
        if (parsed.GetValue(Texts) is { Length: > 0 } texts)
        {
            Print(texts);
        }
        else
        {
            if (!Console.IsInputRedirected)
            {
                Terminal.Note($"waiting for texts, a line each; end with {StandardInput.EndKeys}");
            }

            // A line in, a line out at once, so that the program can sit in a pipe.
            var input = StandardInput.OpenLines(cancellation);
            while (input.ReadLine() is { } line)
                Print([line]);
        }

        known.Conclude();
        return 0;

        void Print(string[] lines)
        {
            foreach (var (text, answer) in lines.Zip(classifier.Predict(lines, cancellation)))
            {
                var (label, probability) = (answer.ClassName, answer.Probability);
                var count = TokenCount.Of(text, model);
                Console.Out.WriteLine(parsed.GetValue(Json)
                    ? AsJson(text, answer, count)
                    : $"{Printable.Clean(label)}\t{probability:F4}\t{Printable.Clean(text)}");
                known.Tell(count);
            }
        }

        string AsJson(string text, Prediction answer, TokenCount count)
        {
            var line = JsonSerializer.SerializeToNode(
                new
                {
                    text,
                    label = answer.ClassName,
                    probability = answer.Probability,
                    probabilities = model.Config.Classes.Zip(answer.Probabilities)
                        .ToDictionary(pair => pair.First, pair => pair.Second),
                    tokens = count.Tokens,
                    known = count.Known,
                    read = count.Read,
                },
                JsonText.Line)!.AsObject();
            if (model.Options.Readout == Readout.Attention)
                line.Add("attention", JsonSerializer.SerializeToNode(TokenWeight.Of(model, text), JsonText.Line));
            return line.ToJsonString(JsonText.Line);
        }
    }
}
