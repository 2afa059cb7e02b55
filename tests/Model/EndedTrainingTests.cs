using System.Diagnostics;
using System.Globalization;
using GpuLstm.EndedTraining;
using GpuLstm.Model;
using GpuLstm.Tests.Cli;

namespace GpuLstm.Tests.Model;

/// <summary>
/// Trainings in processes of their own that are ended in the middle of a checkpoint: the folder answers as before or as after.
/// </summary>
public sealed class EndedTrainingTests : IDisposable
{
    private const int Kills = 100;
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [SkippableTheory]
    [InlineData("kill")]
    [InlineData("drop")]
    public void Ended_before_each_change_of_its_files_in_turn(string how)
    {
        TestSet.SkipIfLong(); // RunFolderTests looks at the same moments without processes
        var run = folder["run"];
        SmallTraining.Run(run, "start");
        Assert.Equal("start", WordIn(run));
        var (ends, replaced) = (0, 0);
        for (var (change, ended) = (1, true); ended; change++)
        {
            var word = $"word{change}";
            ended = IsEnded(run, change, how, word);
            var found = WordIn(run);
            Assert.True(
                found == word || found == $"word{change - 1}" || (change == 1 && found == "start"),
                $"'{found}' after the end before change {change}");
            ends += ended ? 1 : 0;
            replaced += found == word ? 1 : 0;
            if (how == "drop" && ended)
            {
                Assert.DoesNotContain(
                    Directory.EnumerateFileSystemEntries(run),
                    entry => entry.Contains(".gpulstm-writing-", StringComparison.Ordinal));
            }

            if (found != word)
                SmallTraining.Run(run, word); // so that the next one has something else to replace
            Assert.Equal(word, WordIn(run));
        }

        Assert.InRange(ends, 40, 100);
        Assert.InRange(replaced, 20, ends); // all of the second epoch's, and of the moves of the first
    }

    [SkippableFact]
    public void Killed_at_a_hundred_random_moments()
    {
        TestSet.SkipIfLong();
        var random = new Random(1);
        var (run, data) = (folder["run"], folder["tweets.csv"]);
        // few, for a quick begin
        Assert.Equal(0, CliProcess.Run("data", "synthesize", "--rows", "400", "--output", data).ExitCode);
        var (limits, torn) = (new HashSet<int?>(), 0);
        for (var kill = 1; kill <= Kills; kill++)
        {
            using var process = CliProcess.Start(
                "train", "--accelerator", "cpu", "--data", data, "--limit", $"{40 + kill}", "--hidden", "2", "--tokens",
                kill % 2 == 0 ? "char" : "word", "--epochs", "100000",
                "--overwrite", "--output", run);
            _ = process.StandardError.ReadToEndAsync();
            _ = process.StandardOutput.ReadToEndAsync();
            try
            {
                // In the middle of a checkpoint, often the first, or a little later.
                Assert.True(SpinWait.SpinUntil(() => IsWriting(run), TimeSpan.FromMinutes(1)), "no epoch ended");
                if (kill == 1)
                {
                    Assert.True(
                        SpinWait.SpinUntil(() => File.Exists(Path.Combine(run, "model.safetensors")), TimeSpan.FromMinutes(1)),
                        "no model was written");
                }

                if (random.Next(3) > 0)
                    Thread.Sleep(random.Next(100));
            }
            finally
            {
                process.Kill();
                process.WaitForExit();
            }

            torn += IsWriting(run) ? 1 : 0;
            var limit = TrainedModel.Load(run).Config.Limit;
            Assert.InRange(limit ?? 0, 41, 40 + kill);
            limits.Add(limit);
            foreach (var left in Directory.EnumerateDirectories(run, ".gpulstm-*"))
                Directory.Delete(left, recursive: true);
        }

        Assert.InRange(limits.Count, 5, Kills); // trainings that got beyond their first checkpoint
        Assert.InRange(torn, 5, Kills); // and kills in the middle of one
    }

    private static bool IsWriting(string run) => Directory.Exists(run) && Directory.EnumerateDirectories(run, ".gpulstm-*").Any();

    /// <summary>Trains in a process of its own; whether it was ended before it had changed all of its files.</summary>
    private static bool IsEnded(string run, int lastChange, string how, string word)
    {
        using var process = Process.Start("dotnet",
            [
                Path.Combine(AppContext.BaseDirectory, "GpuLstm.EndedTraining.dll"), run,
                lastChange.ToString(CultureInfo.InvariantCulture), how, word,
            ]);
        Assert.True(process.WaitForExit(TimeSpan.FromMinutes(1)), "it did not end");
        return process.ExitCode != 0;
    }

    /// <summary>The first word of the model that is in the folder.</summary>
    private static string WordIn(string run) => TrainedModel.Load(run).Vocabulary.Tokens[0];
}
