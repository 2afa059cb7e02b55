using System.Text;
using System.Text.Json.Nodes;
using GpuLstm.Kernels.TensorCores;
using GpuLstm.Model;
using GpuLstm.Options;

namespace GpuLstm.Tests.Model;

/// <summary>A run's configuration as a file.</summary>
public sealed class RunConfigTests
{
    [Theory]
    [InlineData(Precision.Full, "float32")]
    [InlineData(Precision.Tf32, "tf32")]
    [InlineData(Precision.BFloat16, "bf16")]
    public void Keeps_the_precision_under_its_name(Precision precision, string name)
    {
        var config = RunConfig.Of("tweets.csv", ModelBuilder.Hash, null, TrainingOptions.Default with { Precision = precision });
        Assert.Contains($"\"precision\": \"{name}\"", Encoding.UTF8.GetString(config.ToJson()), StringComparison.Ordinal);
        Assert.Equal(config, RunConfig.Parse(config.ToJson(), "config.json"));
    }

    [Fact]
    public void A_version_before_readouts_has_the_last_step_alone()
    {
        var config = RunConfig.Of(
            "tweets.csv", ModelBuilder.Hash, null, TrainingOptions.Default with { Readout = Readout.MeanMax });
        Assert.Equal(config, RunConfig.Parse(config.ToJson(), "config.json"));
        Assert.Contains(
            "a value that is never written",
            Assert.Throws<UserErrorException>(
                () => RunConfig.Parse((config with { FormatVersion = 5 }).ToJson(), "config.json")).Message,
            StringComparison.Ordinal);
    }

    /// <summary>What older versions did not write is what they did: float32, all tokens, the first rows of a limit.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void Files_of_older_versions_are_read(int version)
    {
        var config = RunConfig.Of("tweets.csv", ModelBuilder.Hash, 100, TrainingOptions.Default) with { FormatVersion = version };
        if (version < 3)
        {
            config = config with
            {
                DataSha256 = null,
                LimitSeed = null,
                Training = config.Training with { MinCount = 1 },
            };
        }

        string[][] addedBy =
        [
            ["precision"], ["minCount", "limitSeed", "dataSha256"],
            [
                "lengths", "classWeights", "labelSmoothing", "optimizer", "clipNorm", "averageDecay", "schedule", "warmupSteps",
                "hyperparameters", "classes", "read",
            ],
            ["layers", "bidirectional"],
            [],
            [
                "embeddingDropout", "layerDropout", "recurrentDropout", "headDropout", "tokenDropout", "forgetBias",
                "recurrentStart", "embeddingScale", "vectors", "freezeEmbedding",
            ],
            ["pairs", "pairRows", "pairSize"],
            ["ngrams", "ngramRows", "ngramSize", "minNgram", "maxNgram"],
        ];
        string[] later = [.. addedBy[(version - 1)..].SelectMany(names => names)];
        Assert.Equal(config, RunConfig.Parse(Without(later), "config.json"));
        foreach (var name in later.Where(name => name is not ("precision" or "lengths")))
        {
            Assert.Contains(
                "a value that is never written",
                Assert.Throws<UserErrorException>(
                    () => RunConfig.Parse(Without(later.Where(other => other != name)), "config.json")).Message,
                StringComparison.Ordinal);
        }

        byte[] Without(IEnumerable<string> names)
        {
            var json = JsonNode.Parse(config.ToJson())!.AsObject();
            var training = json["training"]!.AsObject();
            if (version < 4)
                training["readout"] = "last-token"; // as it was called
            foreach (var name in names)
                Assert.True(json.Remove(name) || training.Remove(name), name);
            return Encoding.UTF8.GetBytes(json.ToJsonString());
        }
    }

    [Theory]
    [InlineData("\"real\"", "1", "line 22 is not a model's configuration")]
    [InlineData("\"real\"", "\"1\"", "is not a model's configuration")]
    [InlineData("\"real\"", "99", "is not a model's configuration")]
    [InlineData("\"real\"", "\"real, padded\"", "is not a model's configuration")]
    [InlineData("\"real\"", "\"REAL\"", "is not a model's configuration")]
    [InlineData("\"readout\": \"last\"", "\"readout\": \"last-token\"", "is not a model's configuration")]
    [InlineData("\"readout\": \"last\",", "", "it holds a value that is never written")]
    [InlineData("\"float32\"", "null", "is not a model's configuration")]
    [InlineData("\"hiddenSize\": 64", "\"hiddenSize\": \"64\"", "is not a model's configuration")]
    [InlineData("\"hiddenSize\": 64", "\"hiddenSize\": 64, \"hiddenSize\": 64", "is not a model's configuration")]
    [InlineData("\"hiddenSize\": 64", "\"layers\": 2", "is not a model's configuration")]
    [InlineData("\"hiddenSize\": 64", "\"hiddenSize\": 0", "HiddenSize 0 is out of range")]
    [InlineData("\"hiddenSize\": 64", "\"hiddenSize\": 4294967296", "is not a model's configuration")]
    [InlineData("\"learningRate\": 0.002", "\"learningRate\": \"NaN\"", "is not a model's configuration")]
    [InlineData("\"limit\": 100", "\"limit\": 0", "Limit 0 is out of range")]
    [InlineData("\"data\": \"tweets.csv\"", "\"data\": null", "is not a model's configuration")]
    [InlineData("\"limitSeed\": 42", "\"limitSeed\": null", "it holds a value that is never written")]
    [InlineData("\"limit\": 100", "\"limit\": 3", "it holds a value that is never written")]
    [InlineData("\"limit\": 100", "\"limit\": null", "it holds a value that is never written")]
    [InlineData("\"dataSha256\": \"00", "\"dataSha256\": \"0", "it holds a value that is never written")]
    [InlineData("\"dataSha256\": \"00", "\"dataSha256\": \"0G", "it holds a value that is never written")]
    [InlineData("\"adam\"", "\"adamax\"", "Optimizer 'adamax' is not one of: adam")]
    [InlineData("\"constant\"", "\"step\"", "Schedule 'step' is not one of: constant")]
    [InlineData("\"warmupSteps\": 0", "\"warmupSteps\": -1", "WarmupSteps -1 is out of range")]
    [InlineData("\"hyperparameters\": {}", "\"hyperparameters\": {\"beta1\": 1}", "beta1 1 is out of range")]
    [InlineData("\"hyperparameters\": {}", "\"hyperparameters\": {\"rho\": 1}", "rho is of another optimizer or schedule")]
    [InlineData("\"hyperparameters\": {}", "\"hyperparameters\": null", "is not a model's configuration")]
    [InlineData("\"Positive\"", "\"Negative\"", "is not a model's configuration")]
    [InlineData("\"classWeights\": \"none\"", "\"classWeights\": \"0,1\"", "ClassWeights '0,1' is neither balanced nor numbers")]
    [InlineData("\"labelSmoothing\": 0", "\"labelSmoothing\": 1", "LabelSmoothing 1 is out of range")]
    [InlineData("\"data\": \"tweets.csv\"", "\"data\": \"of/tweets.csv\"", "its data have a path, which is never written")]
    [InlineData("\"separator\": null", "\"separator\": \"ab\"", "is not a model's configuration")]
    [InlineData("\"separator\": null", "\"separator\": \"é\"", "Separator 'é' is not possible")]
    [InlineData("\"encoding\": null", "\"encoding\": \"klingon\"", "Encoding 'klingon' is not known")]
    [InlineData("\"skipBadRows\": false", "\"skipBadRows\": 0", "is not a model's configuration")]
    [InlineData("\"minCount\": 2", "\"minCount\": 0", "MinCount 0 is out of range")]
    [InlineData("\"formatVersion\": 9", "\"formatVersion\": 10", "format version 10, this program reads 1 to 9")]
    [InlineData("\"formatVersion\": 9", "\"formatVersion\": 4", "it holds a value that is never written")]
    [InlineData("\"formatVersion\": 9", "\"formatVersion\": 0", "format version 0")]
    [InlineData("\"vectors\": null", "\"vectors\": \"a/b.vec\"", "its vectors have a path, which is never written")]
    public void What_no_version_writes_is_refused(string written, string foreign, string message)
    {
        var json = Encoding.UTF8.GetString(RunConfig.Of("tweets.csv", ModelBuilder.Hash, 100, TrainingOptions.Default).ToJson());
        Assert.Contains(written, json, StringComparison.Ordinal);
        var error = Assert.Throws<UserErrorException>(
            () => RunConfig.Parse(
                Encoding.UTF8.GetBytes(json.Replace(written, foreign, StringComparison.Ordinal)), "folder/config.json"));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains("'folder/config.json'", error.Message, StringComparison.Ordinal);
    }
}
