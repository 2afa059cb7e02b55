using System.Runtime.InteropServices;
using System.Security.Cryptography;
using GpuLstm.Kernels.Devices;
using GpuLstm.Model;
using static GpuLstm.Tests.Cli.CliProcess;

namespace GpuLstm.Tests.Cli;

/// <summary><c>train</c> as a user runs it.</summary>
public sealed class TrainCommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public static TheoryData<AcceleratorKind> Accelerators => [.. TestDevices.WithKernels];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_same_seed_writes_the_same_model()
    {
        foreach (var run in new[] { "one", "two" })
            Succeeds("train", "--accelerator", "cpu", "--limit", "200", "--epochs", "2", "--seed", "5", "--output", folder[run]);
        Assert.Equal(File.ReadAllBytes(folder["one/model.safetensors"]), File.ReadAllBytes(folder["two/model.safetensors"]));
    }

    [Fact]
    public void Layers_and_directions_are_summed_up_and_trained()
    {
        string[] model = ["--hidden", "3", "--embedding", "2", "--layers", "2", "--bidirectional", "--accelerator", "cpu"];
        var summary = Succeeds(["train", .. model, "--summary", "--limit", "60", "--output", folder["run"]]);
        Assert.Matches(@"lstm layer 0 *│ \[32, 200, 6\] *│ *168 ", summary); // 2 (4 3 (2 + 3) + 8 3)
        Assert.Matches(@"lstm layer 1 *│ \[32, 200, 6\] *│ *264 ", summary);
        Assert.Matches(@"fc *│ \[32, 1\] *│ *7 ", summary);
        Assert.False(Directory.Exists(folder["run"]), "something was written");
        Succeeds(["train", .. model, "--limit", "60", "--epochs", "1", "--output", folder["run"]]);
        Succeeds("evaluate", "--model", folder["run"], "--accelerator", "cpu");
        var training = Json(File.ReadAllText(folder["run/config.json"])).GetProperty("training");
        Assert.Equal((2, true), (training.GetProperty("layers").GetInt32(), training.GetProperty("bidirectional").GetBoolean()));
    }

    [Theory]
    [InlineData("mean", 3)]
    [InlineData("mean-max", 6)]
    [InlineData("attention", 3)]
    public void Every_readout_is_trained_kept_and_measured(string readout, int headInputs)
    {
        Succeeds(
            "train", "--accelerator", "cpu", "--hidden", "3", "--readout", readout, "--limit", "60", "--epochs", "1", "--output",
            folder["run"]);
        Succeeds("evaluate", "--model", folder["run"], "--accelerator", "cpu");
        Assert.Equal(
            readout,
            Json(File.ReadAllText(folder["run/config.json"])).GetProperty("training").GetProperty("readout").GetString());
        using var model = File.OpenRead(folder["run/model.safetensors"]);
        Assert.Contains($"\"fc.weight\":{{\"dtype\":\"F32\",\"shape\":[1,{headInputs}]", new StreamReader(model).ReadToEnd());
    }

    /// <summary>Frozen they stay to the end; else they are trained on.</summary>
    [Fact]
    public void The_embedding_begins_with_vectors()
    {
        File.WriteAllText(folder["some.vec"], "2 3\ngame 1 2 3\nthe 4 5 6\n");
        string[] train =
        [
            "train", "--accelerator", "cpu", "--hidden", "3", "--limit", "200", "--epochs", "1", "--overwrite", "--vectors",
            folder["some.vec"], "--optimizer", "adamw", "--output", folder["run"],
        ];
        Assert.Contains("vectors of 3 numbers for 3 of ", Succeeds([.. train, "--freeze-embedding"]), StringComparison.Ordinal);
        Assert.Equal([1f, 2, 3], RowOf("game"));
        Assert.Equal([4f, 5, 6], RowOf("the"));
        Succeeds(train);
        Assert.NotEqual([1f, 2, 3], RowOf("game"));
        Assert.Equal([1f, 2, 3], RowOf("game").Select(value => MathF.Round(value)));
        Succeeds("train", "--resume", folder["run"], "--epochs", "2"); // without the file

        float[] RowOf(string token)
        {
            var model = TrainedModel.Load(folder["run"]);
            return model.Parameters[(3 * (1 + model.Vocabulary.Tokens.ToList().IndexOf(token)))..][..3];
        }
    }

    /// <summary>With each of them the training takes another way.</summary>
    [Fact]
    public void Every_dropout_counts()
    {
        string[] train =
        [
            "train", "--accelerator", "cpu", "--hidden", "3", "--layers", "2", "--limit", "60", "--epochs", "1", "--overwrite",
            "--output", folder["run"],
        ];
        string[] names = ["embedding-dropout", "layer-dropout", "recurrent-dropout", "head-dropout", "token-dropout"];
        var weights = new HashSet<string> { Weights() };
        foreach (var name in names)
        {
            Assert.True(weights.Add(Weights($"--{name}", "0.4")), $"{name} changes nothing");
            var key = $"{name.Split('-')[0]}Dropout";
            var training = Json(File.ReadAllText(folder["run/config.json"])).GetProperty("training");
            Assert.Equal(0.4, training.GetProperty(key).GetDouble());
        }

        string Weights(params string[] options)
        {
            Succeeds([.. train, .. options]);
            var parameters = TrainedModel.Load(folder["run"]).Parameters;
            return Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(parameters.AsSpan())));
        }
    }

    [Fact]
    public void No_epochs_leave_the_initial_model()
    {
        Succeeds("train", "--accelerator", "cpu", "--limit", "40", "--epochs", "0", "--output", folder["run"]);
        Succeeds("evaluate", "--model", folder["run"], "--accelerator", "cpu");
        Assert.Equal("", File.ReadAllText(folder["run/metrics.jsonl"]));
        Assert.Equal(0, Json(File.ReadAllText(folder["run/metrics.json"])).GetProperty("epochs").GetInt32());
    }

    [Fact]
    public void A_model_is_replaced_where_that_is_asked_for()
    {
        string[] train = ["train", "--accelerator", "cpu", "--limit", "40", "--epochs", "1", "--output", folder["run"]];
        Succeeds(train);
        var before = File.ReadAllBytes(folder["run/model.safetensors"]);
        Succeeds([.. train, "--overwrite", "--seed", "3"]);
        Assert.NotEqual(before, File.ReadAllBytes(folder["run/model.safetensors"]));
    }

    [SkippableTheory]
    [MemberData(nameof(Accelerators))]
    public void Every_accelerator_falls_to_the_same_losses(AcceleratorKind accelerator)
    {
        TestDevices.SkipIfAbsent(accelerator);
        // OpenCL's driver compiles the kernels anew, the simulator is slow
        TestSet.SkipIfLong(accelerator != AcceleratorKind.Cuda);
        var losses = Losses($"{accelerator}".ToLowerInvariant());
        Assert.Equal(2, losses.Count);
        Assert.All(losses.Zip(Losses("cpu")), pair => Assert.Equal(pair.Second, pair.First, 1e-4));

        List<double> Losses(string choice)
        {
            Succeeds(
                "train", "--preset", "article", "--epochs", "2", "--limit", "64", "--accelerator", choice, "--output",
                folder[choice]);
            return
            [
                .. Json(File.ReadAllText(folder[$"{choice}/metrics.json"]))
                    .GetProperty("trainLoss")
                    .EnumerateArray()
                    .Select(loss => loss.GetDouble()),
            ];
        }
    }

    [Fact]
    public void Profile_tells_where_a_step_goes()
    {
        string[] train =
        [
            "train", "--accelerator", "simulator", "--hidden", "4", "--embedding", "2", "--batch-size", "8", "--max-length", "8",
            "--epochs", "1", "--limit", "40",
        ];
        var profile = Succeeds([.. train, "--output", folder["run"], "--profile"]);
        string[] kernels =
        [
            "GateTable.SerialForward", "LstmSequence.LanesForward", "LstmSequence.LanesBackward", "WeightGradient.SerialSlice",
            "Adam.Step",
        ];
        Assert.All(kernels, kernel => Assert.Contains(kernel, profile, StringComparison.Ordinal));
        Assert.Matches("a step: [0-9.]+ launches, .* MB of its memory read and written \\([0-9]+ steps\\)", profile);
    }

    [SkippableFact]
    public void The_articles_step_is_one_launch_on_a_gpu()
    {
        TestDevices.SkipIfAbsent(AcceleratorKind.Cuda);
        var profile = Succeeds(
            "train", "--accelerator", "cuda", "--preset", "article", "--epochs", "1", "--limit", "80", "--output", folder["run"],
            "--profile");
        Assert.Contains("OneUnitStep.Step", profile, StringComparison.Ordinal);
        Assert.DoesNotContain("Adam.Step", profile, StringComparison.Ordinal);
    }
}
