using System.Text;
using GpuLstm.Cli;
using GpuLstm.Kernels.Devices;

namespace GpuLstm.Tests.Cli;

/// <summary>Every bad input gets one clear line on standard error, an exit code, and never a stack trace.</summary>
public sealed class BadInputTests : IDisposable
{
    private const string TwoClasses =
        "1,a,Positive,good game\n2,a,Negative,bad game\n3,a,Positive,nice game\n4,a,Negative,awful game\n5,a,Positive,fun game\n";
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("1,a,Positive,x\n2,a,Positive\n", "line 2: 3 columns instead of 4")]
    [InlineData("1,a,Positive,x\n2,a,Negative,\"open\n", "line 2: broken quoting")]
    [InlineData(
        "1,a,Positive,x\n2,a,Negative,y\n",
        "has 1 row with a text of the class 'Positive', and needs two, one to train on and one to test on; add some, or choose "
        + "other classes by --labels (there are 'Positive' (1 row), 'Negative' (1 row))")]
    [InlineData("1,a,Positive,x\n2,a,Positive,y\n", "has 0 rows with a text of the class 'Negative', and needs two")]
    [InlineData("id,label,text\n1,x,a b\n2,x,c d\n", "has one class only, 'x' (2 rows); a classifier needs two")]
    [InlineData(
        "1,a,Positive,x\n2,a,Negative,y\n3,a,Positive,z\n4,a,Negative,v\n5,a,Negative,w\n",
        "no token occurs 2 times in the training texts; use a smaller --min-count, or more data")]
    [InlineData("1,a,Neutral,x\n", "there is nothing to learn")]
    [InlineData("", "is empty")]
    public void Bad_data(string content, string message) =>
        Fails(1, message, "train", "--data", folder.File("bad.csv", content), "--output", folder["run"]);

    [Fact]
    public void Bytes_that_are_not_utf8() =>
        Fails(
            1,
            "line 2: byte 17 of the row (0xE9, in windows-1252 'é') is not UTF-8; save the file as UTF-8, or say what it is by "
            + "--encoding", "data", "describe", "--data",
            folder.File("latin1.csv", Encoding.Latin1.GetBytes("1,a,Positive,fine\n2,a,Negative,café\n")));

    [Fact]
    public void Names_without_their_control_characters() =>
        Fails(1, "there is no file 'a\uFFFD[31mb\uFFFDc\uFFFDd'", "train", "--data", "a\u001B[31mb\nc\u202Ed");

    [Fact]
    public void A_missing_file() => Fails(1, $"there is no file '{folder["none.csv"]}'", "train", "--data", folder["none.csv"]);

    [Theory]
    [InlineData(2, "--epochs 'many' is not a whole number", "train", "--epochs", "many")]
    [InlineData(2, "--epochs '1.5' is not a whole number", "train", "--epochs", "1.5")]
    [InlineData(2, "--epochs -1 is out of range", "train", "--epochs", "-1")]
    [InlineData(2, "--batch-size -3 is out of range", "train", "--batch-size", "-3")]
    [InlineData(2, "--hidden 1000000 is out of range", "train", "--hidden", "1000000")]
    [InlineData(2, "--embedding 0 is out of range", "train", "--embedding", "0")]
    [InlineData(2, "--max-length 0 is out of range", "train", "--max-length", "0")]
    [InlineData(2, "--learning-rate NaN is out of range", "train", "--learning-rate", "NaN")]
    [InlineData(2, "--limit 0 is out of range", "train", "--limit", "0")]
    [InlineData(
        2, "the cpu engine has no tensor cores for tf32 and bf16", "train", "--accelerator", "cpu", "--precision", "bf16")]
    [InlineData(
        2, "has no tensor cores for tf32 and bf16 (CUDA devices", "train", "--accelerator", "simulator", "--precision", "tf32")]
    [InlineData(
        2, "--precision bf16 is for 64 hidden units and more", "train", "--accelerator", "cuda", "--preset", "article",
        "--precision", "bf16", "--data", "none.csv")]
    [InlineData(2, "the cpu engine has no tensor cores", "benchmark", "--accelerator", "cpu", "--precision", "float32", "bf16")]
    [InlineData(2, "'--model' stands behind the command: evaluate --model", "--model", "m", "evaluate")]
    [InlineData(2, "there is no option '-lr'; did you mean --lr?", "train", "-lr", "0.1")]
    [InlineData(
        2, "there is no option '-json'; did you mean --json?; texts that begin so stand behind --", "predict", "--model", "m",
        "-json", "good")]
    [InlineData(2, "there is no option '--verson'; see train --help", "train", "--verson")]
    [InlineData(2, "--precision 'half' is not one of: float32, tf32, bf16", "train", "--precision", "half")]
    [InlineData(2, "a profile tells of kernels, and the cpu engine has none", "train", "--accelerator", "cpu", "--profile")]
    [InlineData(2, "--preset 'best' is not one of: article", "train", "--preset", "best")]
    [InlineData(2, "more than 1,073,741,824; use a smaller --batch-size", "train", "--hidden", "4096", "--batch-size", "65536")]
    [InlineData(2, "--accelerator 'tpu' is not one of: auto, cuda, opencl, cpu, simulator", "train", "--accelerator", "tpu")]
    [InlineData(2, "--tokens 'syllable' is not one of: char, word", "train", "--tokens", "syllable")]
    [InlineData(2, "--seed '-1' is not a whole number", "train", "--seed", "-1")]
    [InlineData(2, "--limit 3 is out of range: give a whole number from 4; see train --help", "train", "--limit", "3")]
    [InlineData(2, "--min-count 0 is out of range", "train", "--min-count", "0", "--data", "none.csv")]
    [InlineData(2, "--max-length 0 is out of range", "data", "describe", "--max-length", "0", "--data", "none.csv")]
    [InlineData(2, "there is no option '--nonsense'; see train --help", "train", "--nonsense")]
    [InlineData(2, "there is no option '--epohcs'; did you mean --epochs?; see train --help", "train", "--epohcs=3")]
    [InlineData(2, "there is no option '--overwrit'; did you mean --overwrite?", "train", "--data", "--overwrit")]
    [InlineData(
        2, "there is no option '--acelerator'; did you mean --accelerator?; texts that begin so stand behind --", "predict",
        "--model", "m", "--acelerator", "cpu", "good")]
    [InlineData(2, "there is no option '--acelerator'; did you mean --accelerator?", "predict", "--acelerator", "cpu", "good")]
    [InlineData(2, "there is no option '-o'", "predict", "--model", "m", "-o", "file")]
    [InlineData(2, "there is no option '--jsn'; did you mean --json?; see data describe --help", "data", "describe", "--jsn")]
    [InlineData(2, "there is no option '--gradient'; did you mean --gradients?", "verify", "--gradient")]
    [InlineData(2, "there is no option '--Mode'; did you mean --mode?", "benchmark", "--Mode", "inference")]
    [InlineData(2, "there is no option '--splt'; did you mean --split?", "evaluate", "--model", "m", "--splt", "test")]
    [InlineData(2, "there is no option '--al'", "devices", "--al")]
    [InlineData(2, "there is no option '--vers'; did you mean --version?", "--vers")]
    [InlineData(2, "'extra' is not understood", "data", "describe", "extra")]
    [InlineData(2, "'trian' is not understood; did you mean train?; see --help", "trian")]
    [InlineData(2, "--model", "evaluate")]
    [InlineData(2, "--threads 0 is out of range: give a whole number from 1 to 1024", "train", "--threads", "0")]
    [InlineData(2, "--threads -1 is out of range", "predict", "--model", "m", "--threads", "-1")]
    [InlineData(2, "--threads 1025 is out of range", "evaluate", "--model", "m", "--threads", "1025")]
    [InlineData(2, "--threads 0 is out of range", "verify", "--threads", "0")]
    [InlineData(2, "--threads 0 is out of range", "benchmark", "--threads", "0")]
    [InlineData(
        2, "--threads is for the cpu engine; leave it out with --accelerator cuda", "train", "--threads", "2", "--accelerator",
        "cuda")]
    [InlineData(
        2, "leave it out with --accelerator opencl", "evaluate", "--model", "m", "--threads", "2", "--accelerator", "opencl")]
    [InlineData(
        2, "leave it out with --accelerator OpenCL", "predict", "--model", "m", "--threads", "2", "--accelerator", "OpenCL",
        "text")]
    [InlineData(2, "leave it out with --accelerator simulator", "verify", "--threads", "2", "--accelerator", "simulator")]
    [InlineData(2, "leave it out with --accelerator cuda", "benchmark", "--threads", "2", "--accelerator", "cuda")]
    [InlineData(2, "--accelerator 'tpu' is not one of", "train", "--threads", "2", "--accelerator", "tpu")]
    [InlineData(
        2, "--threads is for the cpu engine, and --gradients checks the reference alone", "verify", "--gradients", "--threads",
        "2")]
    [InlineData(2, "--rows 0 is out of range", "data", "synthesize", "--rows", "0")]
    [InlineData(2, "--determinism, --gradients and --markdown exclude each other", "verify", "--gradients", "--determinism")]
    [InlineData(2, "--hidden goes with --gradients", "verify", "--hidden", "3")]
    [InlineData(2, "--hidden 0 is out of range", "verify", "--gradients", "--hidden", "0")]
    [InlineData(2, "--hidden -3 is out of range", "benchmark", "--hidden", "4", "-3")]
    [InlineData(2, "--batch 0 is out of range", "benchmark", "--batch", "0")]
    [InlineData(2, "--vocabulary 1 is out of range", "benchmark", "--vocabulary", "1")]
    [InlineData(2, "--seconds 0 is out of range", "benchmark", "--seconds", "0")]
    [InlineData(2, "--steps 'x' is not a whole number", "benchmark", "--steps", "5", "x")]
    [InlineData(2, "--lengths 'odd' is not one of: fixed, varied", "benchmark", "--lengths", "odd")]
    [InlineData(2, "--freeze-embedding keeps the vectors that the embedding begins with", "train", "--freeze-embedding")]
    [InlineData(2, "there is no file 'none.vec'; give a text file of vectors", "train", "--vectors", "none.vec")]
    [InlineData(2, "--embedding-scale 0 is out of range", "train", "--embedding-scale", "0")]
    [InlineData(2, "--forget-bias 101 is out of range", "train", "--forget-bias", "101")]
    [InlineData(2, "--recurrent-start 'zero' is not one of: uniform, orthogonal", "train", "--recurrent-start", "zero")]
    [InlineData(2, "--head-dropout 1 is out of range: give a number from 0 to below 1", "train", "--head-dropout", "1")]
    [InlineData(2, "--token-dropout -0.1 is out of range", "train", "--token-dropout", "-0.1")]
    [InlineData(
        2, "--layer-dropout drops between a layer and the one above it, and there is one layer; give 2 --layers or more",
        "train", "--layer-dropout", "0.2")]
    [InlineData(
        2, "--recurrent-dropout would drop the only hidden unit", "train", "--recurrent-dropout", "0.2", "--hidden", "1")]
    [InlineData(2, "--pair-rows and --pair-size are of embeddings of pairs, and there are none", "train", "--pair-size", "8")]
    [InlineData(
        2, "--pairs sum adds embeddings of 32 and 8 numbers; leave --pair-size out", "train", "--pairs", "sum", "--pair-size",
        "8")]
    [InlineData(2, "--pair-rows 1000 is out of range", "train", "--pairs", "append", "--pair-rows", "1000")]
    [InlineData(2, "--pairs 'x' is not one of: append, sum", "train", "--pairs", "x")]
    [InlineData(2, "would average all rows of a large table", "train", "--pairs", "append", "--average-decay", "0.9")]
    [InlineData(2, "would average all rows of a large table", "train", "--ngrams", "append", "--average-decay", "0.9")]
    [InlineData(2, "--ngrams sum adds embeddings of 32 and 8 numbers", "train", "--ngrams", "sum", "--ngram-size", "8")]
    [InlineData(2, "are of embeddings of n-grams, and there are none; give --ngrams too", "train", "--max-ngram", "4")]
    [InlineData(
        2, "--ngrams needs words as tokens; leave it out, or give words by --tokens", "train", "--ngrams", "append", "--tokens",
        "char")]
    [InlineData(
        1, "no word of the vocabulary has n-grams of 30 to 32 characters; give a smaller --min-ngram", "train", "--ngrams",
        "append", "--min-ngram", "30", "--max-ngram", "32")]
    [InlineData(
        2, "--min-ngram 4 is above --max-ngram 3", "train", "--ngrams", "append", "--min-ngram", "4", "--max-ngram", "3")]
    [InlineData(2, "--ngram-rows 0 is out of range", "train", "--ngrams", "append", "--ngram-rows", "0")]
    [InlineData(2, "--hidden does not go with --from-stdin", "benchmark", "--from-stdin", "--hidden", "3")]
    public void Absurd_options(int exitCode, string message, params string[] arguments)
    {
        // What is found while the line is read needs no process of its own each time; all tests give it one.
        if (TestSet.Rounds(ofAll: 2) == 1 && Application.Problem(Application.Parse(arguments)) is { } problem)
        {
            Assert.Equal(2, exitCode);
            Assert.Contains(message, problem, StringComparison.Ordinal);
            return;
        }

        Fails(exitCode, message, arguments);
    }

    [Fact]
    public void A_line_that_is_not_understood() =>
        Fails(
            2, "there is no option '--acelerator'; did you mean --accelerator?; see train --help", "train", "--acelerator",
            "cpu");

    [Theory]
    [InlineData("train")]
    [InlineData("verify")]
    [InlineData("benchmark")]
    public void An_accelerator_that_is_not_there(string command)
    {
        var hidden = new Dictionary<string, string> { ["CUDA_VISIBLE_DEVICES"] = "-1" };
        Fails(CliProcess.RunWith(hidden, command, "--accelerator", "cuda"), 1, "no cuda device on this machine; there is: cpu, ");
    }

    [SkippableFact]
    public void More_than_a_devices_memory()
    {
        Skip.IfNot(
            DeviceCatalog.List().Any(device => device.Kind == AcceleratorKind.OpenCL && device.MemoryBytes < 3.9e9),
            "no OpenCL device of less than 3.9 GB");
        Fails(
            1, "is out of memory", "train", "--accelerator", "opencl", "--hidden", "4096", "--batch-size", "300", "--output",
            folder["run"]);
    }

    [Fact]
    public void A_batch_that_the_benchmark_cannot_hold_is_told_in_its_own_options() => Fails(
        2, "use a smaller --batch, --hidden or --steps", "benchmark", "--accelerator", "cpu", "--hidden", "4096", "--batch",
        "65536");

    [Fact]
    public void A_model_folder_that_is_none() =>
        Fails(1, $"there is no folder '{folder["none"]}'", "predict", "--model", folder["none"], "text");

    [Fact]
    public void Damaged_and_foreign_model_files()
    {
        var run = Train();
        var model = Path.Combine(run, "model.safetensors");
        var whole = File.ReadAllBytes(model);

        File.WriteAllBytes(model, whole[..^5]);
        Fails(1, $"'{model}' is not a model that can be used: its tensors need", "predict", "--model", run, "text");
        File.WriteAllText(model, "PK this is an archive");
        Fails(1, $"'{model}' is not a model that can be used: it claims a header of", "evaluate", "--model", run);
        File.Delete(model);
        Fails(1, $"'{model}' does not exist", "predict", "--model", run, "text");

        File.WriteAllBytes(model, whole);
        File.WriteAllText(Path.Combine(run, "config.json"), "{}");
        Fails(1, "is not a model's configuration", "predict", "--model", run, "text");
    }

    [Fact]
    public void A_model_is_not_replaced_unasked()
    {
        var run = Train();
        var before = File.ReadAllBytes(Path.Combine(run, "model.safetensors"));
        Fails(
            1, $"'{run}' holds a model; choose another folder, or give --overwrite to replace it", "train", "--accelerator",
            "cpu", "--seed", "5", "--output", run);
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(run, "model.safetensors")));
    }

    [Fact]
    public void An_output_that_is_a_file() => Fails(
        1, "cannot make the folder", "train", "--accelerator", "cpu", "--data", folder.File("t.csv", TwoClasses), "--output",
        folder.File("file", ""));

    private string Train()
    {
        var result = CliProcess.Run(
            "train", "--data", folder.File("tweets.csv", TwoClasses), "--accelerator", "cpu", "--epochs", "1", "--output",
            folder["run"]);
        Assert.True(result.ExitCode == 0, result.Error);
        return folder["run"];
    }

    private static void Fails(int exitCode, string message, params string[] arguments) =>
        Fails(CliProcess.Run(arguments), exitCode, message);

    private static void Fails(CliResult result, int exitCode, string message)
    {
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Equal(exitCode, result.ExitCode);
        Assert.StartsWith("error: ", result.Error, StringComparison.Ordinal);
        Assert.Equal(1, result.Error.AsSpan().Count('\n'));
        Assert.DoesNotContain(result.Error[..^1], char.IsControl);
    }
}
