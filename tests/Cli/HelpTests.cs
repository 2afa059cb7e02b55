using System.CommandLine;
using System.Diagnostics;
using GpuLstm.Cli;
using GpuLstm.Cli.Help;
using GpuLstm.Kernels.Operations;
using GpuLstm.Options;
using GpuLstm.Schedules;

namespace GpuLstm.Tests.Cli;

/// <summary>What the program says of itself.</summary>
public sealed class HelpTests
{
    public static TheoryData<string> Commands =>
        [.. ProgramHelp.AllCommands(Application.Root).OfType<ProgramCommand>().Select(Words)];

    [Theory]
    [MemberData(nameof(Commands))]
    public void Help_has_every_option_in_a_group_and_two_examples_that_are_understood(string words)
    {
        var command = Find(words);
        Assert.Equal(command.Options.Order(Comparer<Option>.Create((a, b) => string.CompareOrdinal(a.Name, b.Name))),
            command.Groups.SelectMany(group => group.Options)
                .Order(Comparer<Option>.Create((a, b) => string.CompareOrdinal(a.Name, b.Name))));
        var help = Help(words.Split(' '));
        var listed = help[..help.IndexOf("\nExamples:", StringComparison.Ordinal)];
        Assert.All(command.Options, option => Assert.Matches($@"\n  (-\S+, )*{option.Name}( |\n)", listed));
        Assert.All(command.Groups, group => Assert.Contains($"\n{group.Title}:\n", help, StringComparison.Ordinal));
        Assert.Equal(2, command.Examples.Count);
        Assert.All(command.Examples, example =>
        {
            Assert.Contains($" {example}\n", help, StringComparison.Ordinal);
            Assert.Null(
                Application.Problem(Application.Parse([.. example.Split(" < ")[0].Split(' ').Select(word => word.Trim('\''))])));
        });
    }

    /// <summary>An option that takes a value has a default, or is required.</summary>
    [Theory]
    [MemberData(nameof(Commands))]
    public void Every_default_is_told(string words) => Assert.All(
        Find(words).Options.Where(option => !option.Required && option.ValueType != typeof(bool)),
        option =>
        {
            var text = Assert.IsAssignableFrom<IDefaultText>(option).DefaultText;
            Assert.NotNull(text);
            Assert.Contains($"[default: {text}]", Unwrapped(Help(words.Split(' '))), StringComparison.Ordinal);
        });

    /// <summary>An option of the command line is made of each name, so two rules must mean the same by it.</summary>
    [Fact]
    public void Hyperparameters_of_one_name_are_the_same_one()
    {
        var all = Optimizer.All.SelectMany(rule => rule.Hyperparameters)
            .Concat(LearningRateSchedule.All.SelectMany(schedule => schedule.Hyperparameters)).Distinct().ToList();
        Assert.Equal(all.Count, all.Select(hyperparameter => hyperparameter.Name).Distinct().Count());
    }

    [Theory]
    [InlineData("--epochs", 10)]
    [InlineData("--hidden", 64)]
    public void Defaults_are_those_of_the_library(string option, int value)
    {
        Assert.Equal((10, 64), (TrainingOptions.Default.Epochs, TrainingOptions.Default.HiddenSize));
        Assert.Equal($"{value}", ((IDefaultText)Find("train").Options.Single(known => known.Name == option)).DefaultText);
    }

    [Theory]
    [InlineData()]
    [InlineData("--help")]
    public void Without_a_command_the_program_shows_its_help(params string[] arguments)
    {
        var help = Help(arguments);
        Assert.All(
            Application.Root.Subcommands, command => Assert.Contains($"\n  {command.Name} ", help, StringComparison.Ordinal));
        Assert.Contains("data synthesize", Help("data"), StringComparison.Ordinal);
        var result = CliProcess.Run(arguments);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains("\nCommands:\n", result.Output, StringComparison.Ordinal);
    }

    /// <summary>A terminal of 60 columns.</summary>
    [Fact]
    public void Lines_are_no_wider_than_the_terminal_but_for_examples_which_are_to_be_copied()
    {
        using var output = new StringWriter();
        var parsed = Application.Parse(["train", "--help"]);
        ((ProgramHelp)parsed.Action!).Write(parsed, output, width: 59);
        Assert.All(output.ToString().Split("\nExamples:")[0].Split('\n'), line => Assert.InRange(line.Length, 0, 59));
    }

    [Fact]
    public void Short_names_are_understood()
    {
        var parsed = Application.Parse(["train", "--lr", "0.5", "-o", "folder"]);
        Assert.Null(Application.Problem(parsed));
        Assert.Equal(0.5, parsed.GetValue<double?>("--learning-rate"));
        Assert.Equal("folder", parsed.GetValue<string?>("--output"));
    }

    [Fact]
    public void Behind_two_dashes_everything_is_a_text()
    {
        var parsed = Application.Parse(["predict", "--model", "m", "--", "--acelerator", "-o", "--help"]);
        Assert.Null(Application.Problem(parsed));
        Assert.Equal(["--acelerator", "-o", "--help"], parsed.GetValue<string[]>("text")!);
    }

    /// <summary>As the shells of docs/completion.md ask.</summary>
    [Theory]
    [InlineData("gpulstm tr", "train")]
    [InlineData("gpulstm train --acc", "--accelerator")]
    [InlineData("gpulstm train --accelerator o", "opencl")]
    [InlineData("gpulstm data s", "synthesize")]
    public void Completions_are_suggested(string line, string suggestion)
    {
        var result = CliProcess.Run($"[suggest:{line.Length}]", line);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains(suggestion, result.Output.Split('\n'));
    }

    [Theory]
    [InlineData("train", "train")]
    [InlineData("trian", "train")]
    [InlineData("--LR", "--lr")]
    [InlineData("evluate", "evaluate")]
    [InlineData("bench", "benchmark")]
    [InlineData("xyz", null)]
    public void The_nearest_name_is_found(string mistyped, string? name) =>
        Assert.Equal(name, NearestName.Of(mistyped, ["train", "evaluate", "benchmark", "--lr", "--learning-rate"]));

    [Theory]
    [InlineData(false, "runs/20261125-120000", "runs/20261125-120000")]
    [InlineData(false, "what a great game", "'what a great game'")]
    [InlineData(false, "it's $5 \"now\"", "'it'\\''s $5 \"now\"'")]
    [InlineData(false, "", "''")]
    [InlineData(false, "~/model", "'~/model'")]
    [InlineData(true, "runs\\20261125-120000", "runs\\20261125-120000")]
    [InlineData(true, "what a great game", "\"what a great game\"")]
    [InlineData(true, "my models\\", "\"my models\\\\\"")]
    [InlineData(true, "a,b", "\"a,b\"")]
    public void Arguments_are_quoted_for_the_shell(bool forWindows, string argument, string quoted) =>
        Assert.Equal(quoted, ShellQuote.Of(argument, forWindows));

    [Theory]
    [InlineData("[dotnet-run:Debug:HERE]", "dotnet run --")]
    [InlineData("[dotnet-run:Release:HERE]", "dotnet run -c Release --")]
    [InlineData("[dotnet-run:Debug:/some where]", "dotnet run --project '/some where' --")]
    [InlineData("[dotnet-run:Debug:/lstm[1]]", "dotnet run --project '/lstm[1]' --")]
    [InlineData("[dotnet-run:Debug:/a:b]", "dotnet run --project /a:b --")]
    public void Proposals_begin_as_the_user_began(string directive, string start)
    {
        var help = CliProcess.Run(
            directive.Replace("HERE", Path.GetTempPath().TrimEnd('/'), StringComparison.Ordinal), "predict", "--help").Output;
        Assert.Contains($"\n  {start} predict --model model 'what a great game'\n", help, StringComparison.Ordinal);
    }

    /// <summary>A shell looks for a bare name on its path alone.</summary>
    [SkippableFact]
    public void The_program_in_the_current_folder_is_proposed_as_such()
    {
        Skip.If(OperatingSystem.IsWindows(), "there it has another name");
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "gpulstm"), ["predict", "--help"])
        {
            UseShellExecute = false,
            WorkingDirectory = AppContext.BaseDirectory,
            RedirectStandardOutput = true,
            Environment = { ["DOTNET_ROOT"] = Path.GetDirectoryName(Environment.ProcessPath) },
        };
        using var process = Process.Start(start)!;
        Assert.Contains(
            "\n  ./gpulstm predict --model model 'what a great game'\n", process.StandardOutput.ReadToEnd(),
            StringComparison.Ordinal);
    }

    private static string Words(Command command) => string.Join(
        ' ',
        ProgramHelp.AllCommands(Application.Root)
            .Where(parent => parent.Subcommands.Contains(command) && parent != Application.Root)
            .Select(parent => parent.Name)
            .Append(command.Name));

    private static ProgramCommand Find(string words) => (ProgramCommand)Application.Parse(words.Split(' ')).CommandResult.Command;

    // Columns of descriptions are wrapped.
    private static string Unwrapped(string help) =>
        string.Join(' ', help.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static string Help(params string[] arguments)
    {
        using var output = new StringWriter();
        var parsed = Application.Parse(arguments is [.., "--help"] or [] ? arguments : [.. arguments, "--help"]);
        Assert.Null(Application.Problem(parsed));
        Assert.Equal(0, ((ProgramHelp)parsed.Action!).Write(parsed, output, width: 120));
        return output.ToString().ReplaceLineEndings("\n");
    }
}
