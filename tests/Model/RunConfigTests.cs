using System.Text;
using GpuLstm.Kernels.Operations;
using GpuLstm.Model;
using GpuLstm.Training;

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
        var config = RunConfig.Of("tweets.csv", null, TrainingOptions.Default with { Precision = precision });
        Assert.Contains($"\"precision\": \"{name}\"", Encoding.UTF8.GetString(config.ToJson()), StringComparison.Ordinal);
        Assert.Equal(config, RunConfig.Parse(config.ToJson(), "config.json"));
    }

    [Fact]
    public void A_file_from_before_there_were_precisions_is_float32()
    {
        var config = RunConfig.Of("tweets.csv", 100, TrainingOptions.Article) with { FormatVersion = 1 };
        var lines = Encoding.UTF8.GetString(config.ToJson()).Split('\n');
        var older = lines.Where(line => !line.Contains("precision", StringComparison.Ordinal)).ToArray();
        Assert.Equal(lines.Length - 1, older.Length);
        Assert.Equal(config, RunConfig.Parse(Encoding.UTF8.GetBytes(string.Join('\n', older)), "config.json"));
    }

    [Theory]
    [InlineData("\"last-token\"", "1", "line 7 is not a model's configuration")]
    [InlineData("\"last-token\"", "\"1\"", "is not a model's configuration")]
    [InlineData("\"last-token\"", "99", "is not a model's configuration")]
    [InlineData("\"last-token\"", "\"last-token, last-step\"", "is not a model's configuration")]
    [InlineData("\"last-token\"", "\"LAST-TOKEN\"", "is not a model's configuration")]
    [InlineData("\"readout\": \"last-token\",", "", "it holds a value that is never written")]
    [InlineData("\"float32\"", "null", "is not a model's configuration")]
    [InlineData("\"hiddenSize\": 64", "\"hiddenSize\": \"64\"", "is not a model's configuration")]
    [InlineData("\"hiddenSize\": 64", "\"hiddenSize\": 64, \"hiddenSize\": 64", "is not a model's configuration")]
    [InlineData("\"hiddenSize\": 64", "\"layers\": 2", "is not a model's configuration")]
    [InlineData("\"hiddenSize\": 64", "\"hiddenSize\": 0", "HiddenSize 0 is out of range")]
    [InlineData("\"hiddenSize\": 64", "\"hiddenSize\": 4294967296", "is not a model's configuration")]
    [InlineData("\"learningRate\": 0.002", "\"learningRate\": \"NaN\"", "is not a model's configuration")]
    [InlineData("\"limit\": 100", "\"limit\": 0", "Limit 0 is out of range")]
    [InlineData("\"data\": \"tweets.csv\"", "\"data\": null", "is not a model's configuration")]
    [InlineData("\"formatVersion\": 2", "\"formatVersion\": 3", "format version 3, this program reads 1 to 2")]
    [InlineData("\"formatVersion\": 2", "\"formatVersion\": 0", "format version 0")]
    public void What_no_version_writes_is_refused(string written, string foreign, string message)
    {
        var json = Encoding.UTF8.GetString(RunConfig.Of("tweets.csv", 100, TrainingOptions.Default).ToJson());
        Assert.Contains(written, json, StringComparison.Ordinal);
        var error = Assert.Throws<UserErrorException>(() => RunConfig.Parse(Encoding.UTF8.GetBytes(json.Replace(written, foreign, StringComparison.Ordinal)), "folder/config.json"));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains("'folder/config.json'", error.Message, StringComparison.Ordinal);
    }
}
