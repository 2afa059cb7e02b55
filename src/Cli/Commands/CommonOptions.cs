using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;
using GpuLstm.Cli.Output;
using GpuLstm.Engines;
using GpuLstm.Model;

namespace GpuLstm.Cli.Commands;

/// <summary>Options that several commands share, and how options are read.</summary>
internal static class CommonOptions
{
    private static readonly Dictionary<string, AcceleratorChoice> Accelerators = new(StringComparer.OrdinalIgnoreCase)
    {
        ["auto"] = AcceleratorChoice.Auto,
        ["cuda"] = AcceleratorChoice.Cuda,
        ["opencl"] = AcceleratorChoice.OpenCL,
        ["cpu"] = AcceleratorChoice.Cpu,
        ["simulator"] = AcceleratorChoice.Simulator,
    };

    private static readonly Dictionary<string, Readout> Readouts = new(StringComparer.OrdinalIgnoreCase)
    {
        ["last-step"] = GpuLstm.Model.Readout.LastStep,
        ["last-token"] = GpuLstm.Model.Readout.LastToken,
    };

    /// <summary><c>--accelerator</c>, auto by default.</summary>
    public static Option<AcceleratorChoice?> Accelerator(string description = "Where to compute; auto takes a GPU if there is one") =>
        Choice("--accelerator", description, Accelerators);

    /// <summary><c>--threads</c>, all cores by default.</summary>
    public static Option<int?> Threads() => Number<int>("--threads", "Threads of the cpu engine, all cores by default; no result depends on it");

    /// <summary>The threads asked for.</summary>
    /// <exception cref="UserErrorException">They are out of range.</exception>
    public static int? ReadThreads(ParseResult parsed, Option<int?> threads)
    {
        var count = parsed.GetValue(threads);
        EngineLimits.CheckThreads(count); // before a long file is read for nothing
        return count;
    }

    /// <summary>Has a command refuse threads for an accelerator that has none of this kind.</summary>
    public static void RefuseThreadsOfDevices(Command command, Option<int?> threads, Option<AcceleratorChoice?> accelerator) =>
        command.Validators.Add(result =>
        {
            if (result.GetResult(threads) is not null
                && result.GetResult(accelerator) is { Tokens: [{ Value: var name }] }
                && Accelerators.TryGetValue(name, out var choice)
                && choice is not (AcceleratorChoice.Auto or AcceleratorChoice.Cpu))
            {
                result.AddError($"{threads.Name} is for the cpu engine; leave it out with {accelerator.Name} {name}");
            }
        });

    /// <summary><c>--data FILE</c>.</summary>
    public static Option<string?> Data(string description) => new("--data") { Description = description, HelpName = "file" };

    /// <summary><c>--json</c>.</summary>
    public static Option<bool> Json() => new("--json") { Description = "Print JSON, for programs" };

    /// <summary><c>--model DIR</c>, required.</summary>
    public static Option<string> Model() => new("--model") { Description = "The folder of a trained model", HelpName = "folder", Required = true };

    /// <summary>Reads the model that <see cref="Model"/> names, and says where its files are not tied to each other.</summary>
    /// <exception cref="UserErrorException">See <see cref="TrainedModel.Load"/>.</exception>
    public static TrainedModel LoadModel(string folder)
    {
        var model = TrainedModel.Load(folder);
        if (!model.HasHashes)
        {
            Terminal.Note(
                $"note: '{folder}' has format version {model.Config.FormatVersion}, without hashes: whether its files belong together is not checked");
        }

        return model;
    }

    /// <summary><c>--embedding</c>.</summary>
    public static Option<int?> EmbeddingSize() => Number<int>("--embedding", "Embedding size");

    /// <summary><c>--hidden</c>.</summary>
    public static Option<int?> HiddenSize() => Number<int>("--hidden", "Hidden size");

    /// <summary><c>--max-length</c>.</summary>
    public static Option<int?> MaxLength() => Number<int>("--max-length", "Tokens a text is padded or cut to");

    /// <summary><c>--batch-size</c>.</summary>
    public static Option<int?> BatchSize() => Number<int>("--batch-size", "Rows a training step");

    /// <summary><c>--readout</c>.</summary>
    public static Option<Readout?> Readout() => Choice("--readout", "The hidden state that decides", Readouts);

    /// <summary>A number; null where it is not given.</summary>
    public static Option<T?> Number<T>(string name, string description)
        where T : struct, INumber<T> =>
        new(name)
        {
            Description = description,
            HelpName = "number",
            CustomParser = result => ReadNumber<T>(result, name, result.Tokens[0].Value),
        };

    /// <summary>One number or several; <paramref name="defaultValue"/> where it is not given.</summary>
    public static Option<T[]> Numbers<T>(string name, string description, T defaultValue)
        where T : struct, INumber<T> =>
        new(name)
        {
            Description = description,
            HelpName = "number...",
            Arity = ArgumentArity.OneOrMore,
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [defaultValue],
            CustomParser = result => [.. result.Tokens.Select(token => ReadNumber<T>(result, name, token.Value)).OfType<T>()],
        };

    /// <summary>One of a few words; null where it is not given.</summary>
    public static Option<T?> Choice<T>(string name, string description, IReadOnlyDictionary<string, T> choices)
        where T : struct =>
        new(name)
        {
            Description = $"{description} ({string.Join(", ", choices.Keys)})",
            HelpName = "choice",
            CompletionSources = { _ => choices.Keys.Select(key => new CompletionItem(key)) },
            CustomParser = result => ReadChoice(result, name, result.Tokens[0].Value, choices),
        };

    /// <summary>One or several of a few words; the first of them where it is not given.</summary>
    public static Option<T[]> Choices<T>(string name, string description, IReadOnlyDictionary<string, T> choices)
        where T : struct =>
        new(name)
        {
            Description = $"{description} ({string.Join(", ", choices.Keys)})",
            HelpName = "choice...",
            Arity = ArgumentArity.OneOrMore,
            AllowMultipleArgumentsPerToken = true,
            CompletionSources = { _ => choices.Keys.Select(key => new CompletionItem(key)) },
            DefaultValueFactory = _ => [choices.Values.First()],
            CustomParser = result => [.. result.Tokens.Select(token => ReadChoice(result, name, token.Value, choices)).OfType<T>()],
        };

    private static T? ReadNumber<T>(ArgumentResult result, string name, string text)
        where T : struct, INumber<T>
    {
        if (T.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
            return value;
        result.AddError($"{name} '{text}' is not a {(T.IsInteger(T.One / (T.One + T.One)) ? "whole number in range" : "number")}");
        return null;
    }

    private static T? ReadChoice<T>(ArgumentResult result, string name, string text, IReadOnlyDictionary<string, T> choices)
        where T : struct
    {
        if (choices.TryGetValue(text, out var value))
            return value;
        result.AddError($"{name} '{text}' is not one of: {string.Join(", ", choices.Keys)}");
        return null;
    }
}
