using System.Collections.Concurrent;
using System.Diagnostics;
using GpuLstm.Data;
using GpuLstm.Files;
using GpuLstm.Metrics;
using GpuLstm.Model;

namespace GpuLstm.Tests.Model;

/// <summary>
/// A run folder answers with one model, from before a change or from after, whatever happens at whatever moment.
/// </summary>
public sealed class RunFolderTests : IDisposable
{
    private static readonly RunConfig OldConfig = ModelBuilder.Config(seed: 1);
    private static readonly RunConfig NewConfig = ModelBuilder.Config(seed: 2);
    private static readonly Vocabulary OldWords = ModelBuilder.Words("good", "bad");
    private static readonly Vocabulary NewWords = ModelBuilder.Words("fine", "awful"); // as many: the weights' shapes do not tell
    private readonly TemporaryFolder folder = new();

    private string Run => folder["run"];

    public void Dispose() => folder.Dispose();

    /// <summary>What is on the disk before a change is what a kill at that moment leaves: writes are not buffered.</summary>
    [Fact]
    public void A_process_killed_before_any_change_of_a_checkpoint_leaves_the_model_before_or_after_it()
    {
        SaveOld();
        var (moments, saved) = (new List<(string Change, string Copy, int Saved)>(), 0);
        Disk.BeforeChange = change => moments.Add((change, Copy($"moment-{moments.Count}"), saved));
        try
        {
            using var run = RunFolder.Create(Run, NewConfig, NewWords, overwrite: true);
            for (var epoch = 1; epoch <= 2; epoch++)
            {
                ModelBuilder.SaveEpoch(run, NewConfig, NewWords, epoch);
                saved = epoch;
            }

            run.SaveMetrics(new TrainingMetrics("cpu", "", 1, 1, 1, 2, [1, 1], 1, 1, new WilsonInterval(0, 1), 1, 1));
        }
        finally
        {
            Disk.BeforeChange = null;
        }

        string[] kinds = ["create folder", "create", "write", "flush", "move folder", "move", "delete", "delete folder"];
        Assert.Equal(
            kinds.Order(),
            moments.Select(moment => moment.Change[..moment.Change.IndexOf(" /", StringComparison.Ordinal)]).Distinct().Order());
        Assert.Equal(3, moments.Count(moment => moment.Change.StartsWith("move folder", StringComparison.Ordinal)));
        var afters = new HashSet<int>();
        foreach (var (change, copy, before) in moments)
        {
            var found = EpochIn(copy);
            Assert.True(found == before || found == before + 1, $"epoch {found} before '{change}', {before} was saved");
            afters.Add(found);

            // And the folder is good for another training, which leaves nothing of the torn one.
            ModelBuilder.Save(copy, OldConfig, OldWords);
            Assert.Equal(0, EpochIn(copy));
            string[] files = [".lock", "config.json", "metrics.jsonl", "model.safetensors", "vocabulary.json"];
            Assert.Equal(files, Entries(copy));
        }

        Assert.Equal([0, 1, 2], afters.Order());
    }

    [Fact]
    public void A_disk_that_fills_up_at_any_change_leaves_the_model_before_or_after_it()
    {
        var changes = 0;
        for (var failing = 1; ; failing++)
        {
            SaveOld();
            changes = 0;
            Disk.BeforeChange = _ =>
            {
                if (++changes >= failing)
                    throw new IOException("No space left on device : 'f'", 28);
            };
            UserErrorException? error = null;
            try
            {
                using var run = RunFolder.Create(Run, NewConfig, NewWords, overwrite: true);
                ModelBuilder.SaveEpoch(run, NewConfig, NewWords, 1);
            }
            catch (UserErrorException e)
            {
                error = e;
            }
            finally
            {
                Disk.BeforeChange = null;
            }

            if (changes < failing)
            {
                Assert.Null(error);
                break;
            }

            Assert.Matches(
                "^cannot write '.*': No space left on device(; free some space or choose another place)?$", error?.Message);
            Assert.InRange(EpochIn(Run), 0, 1);
            Assert.DoesNotContain(Entries(Run), name => name.StartsWith(".gpulstm-writing", StringComparison.Ordinal));
        }

        Assert.InRange(changes, 20, 100);
    }

    [Fact]
    public async Task A_reader_during_changes_gets_one_model()
    {
        SaveOld();
        using var stop = new CancellationTokenSource();
        var seen = new ConcurrentDictionary<int, int>();
        var reader = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
                seen.AddOrUpdate(EpochIn(Run), 1, (_, times) => times + 1);
        });
        var clock = Stopwatch.StartNew();
        while (seen.Count < 3 && !reader.IsCompleted && clock.Elapsed < TimeSpan.FromMinutes(1))
        {
            using (var run = RunFolder.Create(Run, NewConfig, NewWords, overwrite: true))
            {
                ModelBuilder.SaveEpoch(run, NewConfig, NewWords, 1);
                ModelBuilder.SaveEpoch(run, NewConfig, NewWords, 2);
            }

            SaveOld();
        }

        await stop.CancelAsync();
        await reader;
        Assert.Equal([0, 1, 2], seen.Keys.Order());
    }

    [Fact]
    public void A_folder_in_use_is_refused_and_free_again_afterwards()
    {
        using (RunFolder.Create(Run, OldConfig, OldWords))
        {
            var error = Assert.Throws<UserErrorException>(() => RunFolder.Create(Run, NewConfig, NewWords, overwrite: true));
            Assert.Equal($"another training is writing to '{Run}'; wait for its end or choose another folder", error.Message);
        }

        RunFolder.Create(Run, NewConfig, NewWords).Dispose();
    }

    [Fact]
    public void A_model_is_replaced_only_where_that_is_asked_for()
    {
        SaveOld();
        Assert.StartsWith(
            $"'{Run}' holds a model", Assert.Throws<UserErrorException>(() => RunFolder.Create(Run, NewConfig, NewWords)).Message,
            StringComparison.Ordinal);
        Assert.Equal(0, EpochIn(Run));
        using (RunFolder.Create(Run, NewConfig, NewWords, overwrite: true))
            Assert.Equal(0, EpochIn(Run)); // until the first checkpoint
        Assert.Equal(0, EpochIn(Run));
    }

    [Theory]
    [InlineData("metrics.json")]
    [InlineData("model.safetensors")]
    public void A_folder_where_a_file_must_go_is_named(string name)
    {
        Directory.CreateDirectory(Path.Combine(Run, name));
        var error = Assert.Throws<UserErrorException>(() => RunFolder.Create(Run, NewConfig, NewWords, overwrite: true));
        Assert.StartsWith(
            $"'{Path.Combine(Run, name)}' is a folder, where a file must go", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Folders_named_by_the_time_are_never_shared()
    {
        var made = new ConcurrentBag<string>();
        Parallel.For(0, 16, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ =>
        {
            using var run = RunFolder.CreateFresh(folder["runs"], NewConfig, NewWords);
            ModelBuilder.SaveEpoch(run, NewConfig, NewWords, 1);
            made.Add(run.Path);
        });
        Assert.Equal(16, made.Distinct().Count());
        Assert.All(made, path => Assert.Matches("^20[0-9]{6}-[0-9]{6}(_[0-9]+)?$", Path.GetFileName(path)));
    }

    [Fact]
    public void Files_of_other_names_are_never_touched()
    {
        foreach (var name in new[] { ".gpulstm-ready", ".gpulstm-writing-1" })
        {
            Directory.CreateDirectory(Path.Combine(Run, name));
            File.WriteAllText(Path.Combine(Run, name, "notes.txt"), "mine");
            Assert.StartsWith(
                $"cannot write '{Path.Combine(Run, name)}': ",
                Assert.Throws<UserErrorException>(() => RunFolder.Create(Run, NewConfig, NewWords, overwrite: true)).Message,
                StringComparison.Ordinal);
            Assert.Equal("mine", File.ReadAllText(Path.Combine(Run, name, "notes.txt")));
            Directory.Delete(Path.Combine(Run, name), recursive: true);
        }
    }

    [Fact]
    public void A_folder_that_goes_away_during_a_training_is_an_error()
    {
        using var run = RunFolder.Create(Run, NewConfig, NewWords);
        ModelBuilder.SaveEpoch(run, NewConfig, NewWords, 1);
        Directory.Delete(Run, recursive: true);
        var error = Assert.Throws<UserErrorException>(() => ModelBuilder.SaveEpoch(run, NewConfig, NewWords, 2));
        Assert.Equal($"the folder '{Run}' is gone, and with it what was written there", error.Message);
        Assert.False(Directory.Exists(Run));
    }

    /// <summary>For readers that know nothing of changes, such as PyTorch.</summary>
    [Fact]
    public void Loading_a_model_completes_the_moves_of_a_process_that_was_killed()
    {
        SaveOld();
        ModelBuilder.Save(folder["new"], NewConfig, NewWords);
        Directory.Move(folder["new"], Path.Combine(Run, ".gpulstm-ready"));
        File.Delete(Path.Combine(Run, ".gpulstm-ready", ".lock"));
        File.WriteAllText(Path.Combine(Run, ".gpulstm-ready", "metrics.json.removed"), "");
        File.WriteAllText(Path.Combine(Run, "metrics.json"), "the old model's");
        Assert.Equal(1, EpochIn(Run));
        Assert.Equal([".lock", "config.json", "metrics.jsonl", "model.safetensors", "vocabulary.json"], Entries(Run));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_parameter_that_is_not_finite_is_never_saved(float value)
    {
        SaveOld();
        using var run = RunFolder.Create(Run, NewConfig, NewWords, overwrite: true);
        var (layout, parameters) = ModelBuilder.Parameters(NewConfig, NewWords);
        parameters[layout.HeadBias.Offset] = value;
        var error = Assert.Throws<UserErrorException>(
            () => run.SaveCheckpoint(layout, parameters, new EpochReport(7, 0.5, 0.5, 1, 1, CompiledKernels: false)));
        Assert.Equal("fc.bias is no longer finite after epoch 7, and was not saved; use a smaller LearningRate", error.Message);
        Assert.Equal(0, EpochIn(Run));
    }

    [Fact]
    public void Links_in_the_place_of_our_files_are_not_followed()
    {
        Directory.CreateDirectory(Run);
        File.CreateSymbolicLink(Path.Combine(Run, ".lock"), folder["elsewhere"]);
        Assert.Contains(
            "is a link", Assert.Throws<UserErrorException>(() => RunFolder.Create(Run, NewConfig, NewWords)).Message,
            StringComparison.Ordinal);
        Assert.False(File.Exists(folder["elsewhere"]));

        File.Delete(Path.Combine(Run, ".lock"));
        ModelBuilder.Save(folder["other"], OldConfig, OldWords);
        Directory.CreateSymbolicLink(Path.Combine(Run, ".gpulstm-ready"), folder["other"]);
        Assert.Contains(
            "is a link",
            Assert.Throws<UserErrorException>(() => RunFolder.Create(Run, NewConfig, NewWords, overwrite: true)).Message,
            StringComparison.Ordinal);
        Assert.Equal(0, EpochIn(folder["other"]));
    }

    private void SaveOld() => ModelBuilder.Save(Run, OldConfig, OldWords);

    /// <summary>The epoch of the new model, or 0 for the old one; anything else fails.</summary>
    private static int EpochIn(string path)
    {
        var model = TrainedModel.Load(path);
        if (ModelBuilder.Is(model, OldConfig, OldWords, 1))
            return 0;
        return Enumerable.Range(1, 2).Single(epoch => ModelBuilder.Is(model, NewConfig, NewWords, epoch));
    }

    private static IEnumerable<string> Entries(string path) =>
        Directory.EnumerateFileSystemEntries(path).Select(entry => Path.GetFileName(entry)).Order(StringComparer.Ordinal);

    private string Copy(string name)
    {
        foreach (var entry in new DirectoryInfo(Run).EnumerateFileSystemInfos(
            "*", SearchOption.AllDirectories).Where(entry => entry.Name != ".lock"))
        {
            var target = Path.Combine(folder[name], Path.GetRelativePath(Run, entry.FullName));
            Directory.CreateDirectory(entry is DirectoryInfo ? target : Path.GetDirectoryName(target)!);
            if (entry is FileInfo file)
                file.CopyTo(target);
        }

        return folder[name];
    }
}
