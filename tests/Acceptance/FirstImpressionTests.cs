using System.Text.RegularExpressions;
using GpuLstm.Tests.Cli;
using GpuLstm.Tests.Data.Sources;
using GpuLstm.TweetGenerator;

namespace GpuLstm.Tests.Acceptance;

/// <summary>
/// What somebody tries first: a training on the built-in sample, the command that it proposes at its end, and sentences of their
/// own. Forty of those, plain-sentences.tsv, were written by somebody who had not seen the sample or how it is made; of a larger
/// collection they are the first twenty of either class that do not stand in it.
/// </summary>
public sealed class FirstImpressionTests : IDisposable
{
    private const int FewestRight = 36;
    private static readonly string Sample = Path.Combine(AppContext.BaseDirectory, "data", "sample-tweets.csv");
    private static readonly (string Label, string Text)[] Sentences =
        [
            .. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Acceptance", "plain-sentences.tsv"))
                .Select(line => line.Split('\t'))
                .Select(parts => (parts[0], parts[1])),
        ];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(1)]
    public void Plain_sentences_are_answered_rightly(int seed)
    {
        TestSet.SkipIfLong(seed > 0);
        Skip.If(OperatingSystem.IsWindows(), "the proposed command is for a Unix shell");
        var run = folder["it's mine"];
        var train = CliProcess.Run("train", "--accelerator", "cpu", "--seed", $"{seed}", "--output", run);
        Assert.Equal((0, ""), (train.ExitCode, train.Error));
        var proposed = CliProcess.RunInShell(train.Output.TrimEnd('\n').Split('\n')[^1]);
        Assert.Equal(0, proposed.ExitCode);
        Assert.StartsWith("Positive\t", proposed.Output, StringComparison.Ordinal);
        Assert.EndsWith("\twhat a great game\n", proposed.Output, StringComparison.Ordinal);

        var answers = CliProcess.Run(
            [
                "predict", "--model", run, "--accelerator", "cpu", .. Sentences.Select(sentence => sentence.Text),
            ]).Output.TrimEnd('\n').Split('\n');
        var right = answers.Zip(Sentences).Count(pair => pair.First.StartsWith(pair.Second.Label, StringComparison.Ordinal));
        Assert.True(right >= FewestRight, $"{right} of 40 are right");
    }

    [Fact]
    public void No_sentence_stands_in_the_sample_or_its_templates()
    {
        Assert.Equal(
            (20, 20),
            (
                Sentences.Count(sentence => sentence.Label == "Positive"),
                Sentences.Count(sentence => sentence.Label == "Negative")));
        string[] known =
        [
            .. RowFile.Read(Sample).Select(row => row.Text),
            .. new[]
            {
                TweetSpeech.Either,
                TweetSpeech.Good,
                TweetSpeech.Bad,
                TweetChatter.Good,
                TweetChatter.Bad,
            }.SelectMany(rows => rows).SelectMany(row => row),
        ];
        var all = string.Join('|', known.Select(Plain));
        Assert.Contains("|can t stop playing|", all, StringComparison.Ordinal); // they are read
        Assert.All(Sentences, sentence => Assert.DoesNotContain(Plain(sentence.Text), all, StringComparison.Ordinal));
    }

    private static string Plain(string text) =>
        Regex.Replace(text.ToLowerInvariant(), "[^a-z0-9]+", " ", RegexOptions.None, TimeSpan.FromSeconds(1)).Trim();
}
