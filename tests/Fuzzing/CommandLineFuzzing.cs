using System.CommandLine;
using System.CommandLine.Completions;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using GpuLstm.Cli;
using GpuLstm.Cli.Output;
using Xunit.Abstractions;

namespace GpuLstm.Tests.Fuzzing;

/// <summary>
/// Command lines: read, and every value taken, as the commands do; help, version and suggestions are run, commands are not. An
/// input is the arguments in UTF-16, a NUL between two.
/// </summary>
public sealed class CommandLineFuzzing(ITestOutputHelper output)
{
    private const double ValidValueShare = 0.7;
    private const int MaxOptions = 4;
    private static readonly TimeSpan ResponseTime = TimeSpan.FromSeconds(10);
    private static readonly MethodInfo GetValue = typeof(ParseResult).GetMethods().Single(
        method => method is { Name: nameof(ParseResult.GetValue), IsGenericMethod: true }
            && method.GetParameters()[0].ParameterType is { IsGenericType: true } type
            && type.GetGenericTypeDefinition() == typeof(Option<>));

    private static readonly Dictionary<Option, Func<ParseResult, object?>> Readers = [];

    private static readonly string[] Numbers = ["1", "2", "32", "0.001", "1e-3", "200", "+7", "0"];

    private static readonly string[] Odd =
    [
        "", " ", "-", "--", "---", "/", "@file", "@", "=", ":", "-h", "-?", "/h", "/?", "--help", "--version", "-v", "[parse]",
        "[diagram]", "[suggest]",
        "[suggest:3]", "[suggest:-1]", "[suggest:99999999999]", "[suggest:x]", "[env:A=B]", "[debug]", "[", "]", "[]", "[:]", "0",
        "-1", "-0", "1e400", "-1e400",
        "NaN", "-Infinity", "∞", "0x10", "1_000", "1,000", "١٢٣", "2147483648", "-2147483649", "4294967296",
        "99999999999999999999999999", "1e-400", "null",
        "true", "false", "\u001b[31m", "\u0007", "\n", "\r\n", "\t", "\u0085", "\u2028", "\u202E", "\uD800", "\uDC00x", "\uFEFF",
        "\uFFFD", "🎮", "é", "\"", "'",
        "\"quoted words\"", "{0}", "{}", "%s", "%n", "$HOME", "`id`", "../..", "CPU", "Cpu", "article", "--HIDDEN", "--hidden=",
        "--hidden:", "--=3", "--data=@x",
        "--json=maybe", "--json:true", "data", "describe", "train", new('x', 5000), new('-', 300), "--" + new string('é', 200),
    ];

    [Fact]
    public void Any_arguments_are_understood_or_refused() => new Fuzzer(output).Run(Generate, (input, accepted) =>
    {
        var parsed = Application.Parse(Arguments(input));
        if (Application.Problem(parsed) is { } problem)
        {
            // As the terminal gets it; a tab may stay.
            var line = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(Printable.Clean($"error: {problem}"))).Replace('\t', ' ');
            Assert.Null(Fuzzer.UncleanPlace(line));
            Assert.EndsWith("--help", line, StringComparison.Ordinal);
            return;
        }

        accepted();
        if (parsed.Action == parsed.CommandResult.Command.Action)
            ReadAll(parsed);
        else
            Respond(parsed);
    });

    private static void ReadAll(ParseResult parsed)
    {
        // help has none
        foreach (var option in parsed.CommandResult.Command.Options.Where(option => option.ValueType != typeof(void)))
            Read(parsed, option);
        foreach (var argument in parsed.CommandResult.Command.Arguments)
            _ = parsed.GetValue((Argument<string[]>)argument);
    }

    /// <summary>Help, version, suggestions.</summary>
    private static void Respond(ParseResult parsed)
    {
        using var words = new StringWriter();
        using var errors = new StringWriter();
        var configuration = new InvocationConfiguration
        {
            Output = words,
            Error = errors,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        Assert.True(parsed.InvokeAsync(configuration).Wait(ResponseTime));
        Assert.Equal("", errors.ToString());
    }

    private static void Read(ParseResult parsed, Option option)
    {
        if (!Readers.TryGetValue(option, out var read))
        {
            var method = GetValue.MakeGenericMethod(option.ValueType);
            read = Readers[option] = result => method.Invoke(result, BindingFlags.DoNotWrapExceptions, null, [option], null);
        }

        _ = read(parsed);
    }

    private static byte[] Generate(Random random)
    {
        var arguments = Valid(random);
        for (var left = (1 << random.Next(4)) - 1; left > 0; left--)
            Change(arguments, random);
        return MemoryMarshal.AsBytes(string.Join('\0', arguments).AsSpan()).ToArray();
    }

    private static string[] Arguments(byte[] input) => new string(MemoryMarshal.Cast<byte, char>(input)).Split('\0');

    /// <summary>A command and some of its options, with good values mostly.</summary>
    private static List<string> Valid(Random random)
    {
        Command command = Application.Root;
        var arguments = new List<string>();
        while (command.Subcommands.Count > 0)
        {
            command = Pick(random, [.. command.Subcommands]);
            arguments.Add(command.Name);
        }

        foreach (var option in command.Options.Where(option => option.Required))
            arguments.AddRange([option.Name, "folder"]);
        for (var left = random.Next(MaxOptions); left > 0 && command.Options.Count > 0; left--)
            AddOption(arguments, Pick(random, [.. command.Options]), random);
        if (command.Arguments.Count > 0)
            arguments.AddRange(["good game", "@someone bad"]);
        return arguments;
    }

    private static void AddOption(List<string> arguments, Option option, Random random)
    {
        if (option.ValueType == typeof(bool))
        {
            arguments.Add(option.Name);
            return;
        }

        string[] choices = [.. option.GetCompletions(CompletionContext.Empty).Select(completion => completion.Label)];
        var value = random.NextDouble() > ValidValueShare
            ? Pick(random, Odd)
            : choices.Length > 0
            ? Pick(random, choices)
            : Pick(random, Numbers);
        if (random.Next(4) == 0)
            arguments.Add($"{option.Name}{Pick(random, ["=", ":"])}{value}");
        else
            arguments.AddRange([option.Name, value]);
    }

    private static void Change(List<string> arguments, Random random)
    {
        var place = random.Next(arguments.Count + 1);
        if (place == arguments.Count || random.Next(3) == 0)
        {
            arguments.Insert(place, Pick(random, Odd));
            return;
        }

        var text = arguments[place];
        var letter = random.Next(text.Length + 1);
        switch (random.Next(6))
        {
            case 0:
                arguments[place] = Pick(random, Odd);
                break;
            case 1:
                arguments.RemoveAt(place);
                break;
            case 2:
                arguments.Insert(random.Next(arguments.Count), text);
                break;
            case 3:
                arguments[place] = text[..letter];
                break;
            case 4:
                arguments[place] = text.Insert(letter, Pick(random, Odd));
                break;
            default:
                arguments[place] = text.Insert(letter, $"{(char)random.Next(1, 0x300)}");
                break;
        }
    }

    private static T Pick<T>(Random random, T[] list) => list[random.Next(list.Length)];
}
