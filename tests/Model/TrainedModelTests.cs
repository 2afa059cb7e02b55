using System.Diagnostics;
using System.Text;
using GpuLstm.Data;
using GpuLstm.Inference;
using GpuLstm.Kernels.Devices;
using GpuLstm.Model;

namespace GpuLstm.Tests.Model;

/// <summary>Which folders are a model.</summary>
public sealed class TrainedModelTests : IDisposable
{
    private static readonly RunConfig Config = ModelBuilder.Config();
    private static readonly Vocabulary Words = ModelBuilder.Words("good", "bad");
    private readonly TemporaryFolder folder = new();

    private string Run => folder["run"];

    public void Dispose() => folder.Dispose();

    /// <summary>A folder of every version there ever was. A new version adds one; none is ever changed.</summary>
    [Theory]
    [InlineData(1, 0.6307, 0.6174)]
    [InlineData(2, 0.6307, 0.6174)]
    [InlineData(3, 0.6061, 0.5095)]
    [InlineData(4, 0.2929, 0.2962)]
    [InlineData(5, 0.3631, 0.3561)]
    [InlineData(6, 0.2978, 0.3178)]
    [InlineData(7, 0.2911, 0.2958)]
    [InlineData(8, 0.3235, 0.3205)]
    [InlineData(9, 0.3237, 0.3205)]
    public void Folders_of_every_version_load_for_ever(int version, double first, double second)
    {
        Assert.InRange(version, 1, RunConfig.CurrentFormatVersion);
        Assert.True(Directory.Exists(Fixture(RunConfig.CurrentFormatVersion)), "the current version has no fixture");
        var model = TrainedModel.Load(Fixture(version));
        Assert.Equal((version, version > 1), (model.Config.FormatVersion, model.HasHashes));
        using var classifier = new TextClassifier(model, AcceleratorKind.Cpu);
        var negative = classifier.Predict(["what a great game", "awful 😡"], CancellationToken.None);
        Assert.Equal(first, negative[0].Probabilities[1], 5e-5);
        Assert.Equal(second, negative[1].Probabilities[1], 5e-5);
    }

    /// <summary>A training that a version left goes on, in a copy: the folder itself must stay as it is.</summary>
    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    public void Trainings_of_every_version_that_kept_their_state_go_on(int version)
    {
        Directory.CreateDirectory(Run);
        foreach (var file in Directory.EnumerateFiles(Fixture(version)))
            File.Copy(file, Path.Combine(Run, Path.GetFileName(file)));
        var resumed = RunFolder.Resume(Run);
        using var taken = resumed.Folder;
        Assert.Equal((2, 0, 2), (resumed.State.Position.Epoch, resumed.State.Position.Batch, taken.Epochs.Count));
        var hasAverage = resumed.Model.Config.Training.AverageDecay is not null; // all but that of pairs
        Assert.Equal(version < RunConfig.FirstVersionWithPairs, hasAverage);
        Assert.Equal(
            [.. hasAverage ? ["average"] : (string[])[], "exp_avg", "exp_avg_sq", "parameters"],
            resumed.State.Engine.Buffers.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(resumed.Model.Parameters, resumed.State.Engine.Model);
    }

    [Theory]
    [InlineData("config.json")]
    [InlineData("vocabulary.json")]
    [InlineData("model.safetensors")]
    public void A_file_of_another_model_is_refused(string name)
    {
        ModelBuilder.Save(Run, Config, Words);
        ModelBuilder.Save(folder["other"], ModelBuilder.Config(seed: 2), ModelBuilder.Words("fine", "awful"));
        File.Copy(Path.Combine(folder["other"], name), Path.Combine(Run, name), overwrite: true);
        Assert.Contains("are of different models, or one was changed", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_changed_value_is_refused()
    {
        ModelBuilder.Save(Run, Config, Words);
        var weights = Path.Combine(Run, "model.safetensors");
        var bytes = File.ReadAllBytes(weights);
        bytes[^5] ^= 1;
        File.WriteAllBytes(weights, bytes);
        Assert.Equal(
            $"'{weights}' is damaged: its values are not those that were written; train again or give another model", Refusal());
    }

    [Fact]
    public void A_model_of_today_without_hashes_is_refused()
    {
        ModelBuilder.Save(Run, Config, Words);
        WriteWeights(Words, Config, hashes: null);
        Assert.Contains("lacks the hashes", Refusal(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"kind":"word","tokens":["good",null,"<UNK>"]}""", "its entry 2 is no word")]
    [InlineData("""{"kind":"word","tokens":["good","very bad","<UNK>"]}""", "its entry 2 is no word")]
    [InlineData("""{"kind":"character","tokens":["good","bad","<UNK>"]}""", "its entry 1 is no character")]
    [InlineData("""{"kind":"character","tokens":["a","b","<UNK>"]}""", "speaks of words and '")]
    [InlineData("""{"kind":0,"tokens":["a","b","<UNK>"]}""", "line 1 is not a vocabulary")]
    [InlineData("""{"kind":"word","tokens":null}""", "line 1 is not a vocabulary")]
    [InlineData("""{"kind":"word","tokens":["good","bad","<UNK>"],"more":1}""", "line 1 is not a vocabulary")]
    [InlineData("""{"kind":"word","tokens":["good","bad","nice","<UNK>"]}""", "'embedding.weight' has the shape [4, 2]")]
    public void Vocabularies_that_no_version_writes_are_refused_though_their_hash_is_right(string vocabulary, string message)
    {
        ModelBuilder.Save(Run, Config, Words);
        var bytes = Encoding.UTF8.GetBytes(vocabulary);
        File.WriteAllBytes(Path.Combine(Run, "vocabulary.json"), bytes);
        WriteWeights(Words, Config, parameters => ModelHashes.Of(Config.ToJson(), bytes, parameters));
        Assert.Contains(message, Refusal(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        "embeddingSize", 2, 4096, "'embedding.weight' has the shape [4, 2], its configuration and vocabulary ask for [4, 4096]")]
    [InlineData("batchSize", 4, 65536, "is of no model that can be trained")]
    [InlineData("hiddenSize", 3, 2_000_000_000, "HiddenSize 2000000000 is out of range")]
    public void Sizes_are_checked_before_anything_is_allocated(string property, int written, int claimed, string message)
    {
        // 65,536 rows of 65,536 steps: the product does not fit 32 bits.
        ModelBuilder.Save(Run, Config, Words);
        var json = File.ReadAllText(Path.Combine(Run, "config.json"))
            .Replace($"\"{property}\": {written}", $"\"{property}\": {claimed}", StringComparison.Ordinal);
        if (property == "batchSize")
            json = json.Replace("\"maxLength\": 5", "\"maxLength\": 65536", StringComparison.Ordinal);

        File.WriteAllText(Path.Combine(Run, "config.json"), json);
        WriteWeights(Words, Config, parameters => ModelHashes.Of(Encoding.UTF8.GetBytes(json), Words.ToJson(), parameters));
        var before = GC.GetAllocatedBytesForCurrentThread();
        var refusal = Refusal();
        Assert.Contains(message, refusal, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2_000_000);
    }

    [SkippableTheory]
    [InlineData("config.json")]
    [InlineData("vocabulary.json")]
    [InlineData("model.safetensors")]
    public void A_pipe_a_folder_and_an_empty_file_are_refused_at_once(string name)
    {
        Skip.If(OperatingSystem.IsWindows(), "pipes have no names in folders there");
        ModelBuilder.Save(Run, Config, Words);
        var path = Path.Combine(Run, name);
        File.Delete(path);
        using (var mkfifo = Process.Start("mkfifo", [path]))
            mkfifo.WaitForExit();
        Assert.Equal($"'{path}' is empty, or no plain file", Refusal());
        File.Move(path, folder["pipe"]);
        File.CreateSymbolicLink(path, folder["pipe"]);
        Assert.Equal($"'{path}' is empty, or no plain file", Refusal());
        File.Delete(path);
        File.WriteAllText(path, "");
        Assert.Equal($"'{path}' is empty, or no plain file", Refusal());
        File.Delete(path);
        Directory.CreateDirectory(path);
        Assert.Equal($"'{path}' is a folder, not a file", Refusal());
        Directory.Delete(path);
        Assert.Equal($"'{path}' does not exist; give the folder of a trained model", Refusal());
    }

    [Fact]
    public void Files_may_be_links()
    {
        ModelBuilder.Save(folder["elsewhere"], Config, Words);
        Directory.CreateDirectory(Run);
        foreach (var name in new[] { "config.json", "vocabulary.json", "model.safetensors" })
            File.CreateSymbolicLink(Path.Combine(Run, name), Path.Combine(folder["elsewhere"], name));
        Assert.True(ModelBuilder.Is(TrainedModel.Load(Run), Config, Words, 1));
    }

    private static string Fixture(int version) =>
        Path.Combine(AppContext.BaseDirectory, "Model", "Fixtures", $"version-{version}");

    private string Refusal()
    {
        var message = Assert.Throws<UserErrorException>(() => TrainedModel.Load(Run)).Message;
        Assert.Contains(Run, message, StringComparison.Ordinal);
        return message;
    }

    private void WriteWeights(Vocabulary vocabulary, RunConfig config, Func<float[], ModelHashes>? hashes)
    {
        var (layout, parameters) = ModelBuilder.Parameters(config, vocabulary, 1);
        var metadata = new Dictionary<string, string>();
        hashes?.Invoke(parameters).AddTo(metadata);
        using var stream = File.Create(Path.Combine(Run, "model.safetensors"));
        SafetensorsFile.Write(stream, layout.Tensors, metadata, parameters);
    }
}
