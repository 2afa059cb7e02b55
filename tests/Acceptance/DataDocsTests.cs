using System.Text;
using System.Text.RegularExpressions;
using GpuLstm.Tests.Architecture;
using GpuLstm.Tests.Cli;

namespace GpuLstm.Tests.Acceptance;

/// <summary>The files of docs/data.md, each trained on by the command below it.</summary>
public sealed partial class DataDocsTests
{
    public static TheoryData<string> Commands =>
        [.. CommandLine().Matches(Text).Select(match => match.Groups["command"].Value)];

    private static string Text => File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "data.md")).ReplaceLineEndings("\n");

    [Theory]
    [MemberData(nameof(Commands))]
    public void Each_file_is_trained_on_and_measured(string command)
    {
        using var folder = new TemporaryFolder();
        foreach (Match file in FileBlock().Matches(Text))
        {
            var encoding = file.Groups["name"].Value == "sentiment140.csv" ? Encoding.Latin1 : new UTF8Encoding(false);
            File.WriteAllText(folder[file.Groups["name"].Value], file.Groups["content"].Value, encoding);
        }

        string[] small = ["--accelerator", "cpu", "--hidden", "4", "--embedding", "4", "--epochs", "1"];
        var words = command.Split(' ');
        var name = words[Array.IndexOf(words, "--output") + 1];
        var data = words[Array.IndexOf(words, "--data") + 1];
        string[] there = [.. words.Select(word => word == name ? folder[name] : word == data ? folder[data] : word)];
        var output = CliProcess.Succeeds([.. there, .. small]);
        Assert.Contains(folder[data], output, StringComparison.Ordinal);
        Assert.DoesNotContain("left out", output, StringComparison.Ordinal);
        CliProcess.Succeeds("evaluate", "--model", folder[name], "--data", folder[data], "--accelerator", "cpu");
    }

    [GeneratedRegex(@"^```\w+ file=(?<name>\S+)\n(?<content>.*?\n)```$", RegexOptions.Multiline | RegexOptions.Singleline, 1000)]
    private static partial Regex FileBlock();

    [GeneratedRegex("^```sh\ndotnet run -- (?<command>train .*)\n```$", RegexOptions.Multiline, 1000)]
    private static partial Regex CommandLine();
}
