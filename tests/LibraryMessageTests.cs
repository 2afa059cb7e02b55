using System.Reflection;
using System.Text.RegularExpressions;
using GpuLstm.Benchmarking;
using GpuLstm.Data;
using GpuLstm.Engines;
using GpuLstm.Engines.Contracts;
using GpuLstm.Engines.Device;
using GpuLstm.Kernels.Devices;
using GpuLstm.Kernels.TensorCores;
using GpuLstm.Options;

namespace GpuLstm.Tests;

/// <summary>What a program in C# reads that uses the library.</summary>
public sealed class LibraryMessageTests
{
    private static readonly TrainingOptions Training = TrainingOptions.Default;
    private static readonly StepBenchmarkOptions Measuring = new();
    private static readonly BenchmarkShape Shape = new(1, 1, 1, RowLengths.Fixed, BenchmarkMode.Training, Precision.Full);

    public static TheoryData<string, Action> Mistakes => new()
    {
        { "Epochs -1 is out of range: give a whole number from 0 to 100000", (Training with { Epochs = -1 }).Check },
        { "BatchSize 65537 is out of range: give a whole number from 1 to 65536", (Training with { BatchSize = 65_537 }).Check },
        { "EmbeddingSize -1 is out of range: give a whole number from 1 to 4096", (Training with { EmbeddingSize = -1 }).Check },
        { "HiddenSize 4097 is out of range: give a whole number from 1 to 4096", (Training with { HiddenSize = 4097 }).Check },
        { "MaxLength 0 is out of range: give a whole number from 1 to 65536", (Training with { MaxLength = 0 }).Check },
        {
            "LearningRate NaN is out of range: give a number above 0, 10 at most",
            (Training with { LearningRate = double.NaN }).Check
        },
        { "LearningRate -0.5 is out of range: give a number above 0, 10 at most", (Training with { LearningRate = -0.5 }).Check },
        {
            "VocabularySize 1 is out of range: give a whole number from 2 to 10000000",
            (Measuring with { VocabularySize = 1 }).Check
        },
        { "EmbeddingSize 0 is out of range: give a whole number from 1 to 4096", (Measuring with { EmbeddingSize = 0 }).Check },
        { "Seconds 3600.5 is out of range: give a number above 0, 3600 at most", (Measuring with { Seconds = 3600.5 }).Check },
        { "Threads 1025 is out of range: give a whole number from 1 to 1024", (Measuring with { Threads = 1025 }).Check },
        {
            "Threads 0 is out of range: give a whole number from 1 to 1024",
            () => new EngineLimits(1, 1) { Threads = 0 }.Check(Model)
        },
        { "Hidden 0 is out of range: give a whole number from 1 to 4096", (Shape with { Hidden = 0 }).Check },
        { "Batch 0 is out of range: give a whole number from 1 to 65536", (Shape with { Batch = 0 }).Check },
        { "Steps 0 is out of range: give a whole number from 1 to 65536", (Shape with { Steps = 0 }).Check },
        { "limit 0 is out of range: give a whole number from 4", () => TrainTestSplit.CheckLimit(0) },
        { "MinCount 0 is out of range: give a whole number from 1 to 1000000000", (Training with { MinCount = 0 }).Check },
        {
            "the vocabulary is empty: no token occurs 2 times in the training texts; use a smaller MinCount, or more data",
            () => Vocabulary.FromTexts(["a b"], TokenKind.Word, minCount: 2)
        },
        {
            "'texts of a program' has one class only, 'a' (2 rows); a classifier needs two: add rows of another, or say by "
                + "LabelColumn where they are named",
            () => LabelledTexts.From([("x", "a"), ("y", "a")], TokenKind.Word).RequireClasses()
        },
        {
            "batches of 65536 rows, 200 steps and 4096 hidden units make a buffer of 214,748,364,800 values, more than "
            + "1,073,741,824; "
                + "use a smaller MaxRows, HiddenSize or MaxSteps",
            () => new EngineLimits(65_536, 200).Check(new ModelOptions(10, 1, 4096, 200, TextLengths.Padded))
        },
        {
            "the cpu engine has no tensor cores for tf32 and bf16 (CUDA devices of compute capability 8.0 and later have); "
                + "use Precision float32 or another Accelerator",
            () => EngineFactory.Create(AcceleratorKind.Cpu, Model, new OptimizerOptions(), new EngineLimits(1, 1), Precision.Tf32)
        },
        {
            "a profile tells of kernels, and the cpu engine has none; use Accelerator cuda, opencl or simulator",
            () => EngineFactory.Create(
                AcceleratorKind.Cpu, Model, new OptimizerOptions(), new EngineLimits(1, 1), profiling: true)
        },
        {
            "the card is out of memory (1 MB asked for at once, 2 MB in all); use a smaller MaxRows, HiddenSize, EmbeddingSize "
            + "or MaxSteps",
            () => throw new DeviceMemoryException(
                new DeviceException("the card is out of memory (1 MB asked for at once, 2 MB in all)"))
        },
    };

    /// <summary>The message with every setting between angle brackets.</summary>
    private static string Renamed(string message)
    {
        var settings = typeof(Setting)
            .GetProperties(BindingFlags.Static | BindingFlags.Public)
            .Select(property => $"{property.GetValue(null)}");
        return Regex.Replace(message, $@"\b({string.Join('|', settings)})\b", "<$1>", RegexOptions.None, TimeSpan.FromSeconds(1));
    }

    private static ModelOptions Model => new(10, 1, 1, 1, TextLengths.Padded);

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void Mistakes_are_told_in_the_librarys_words(string message, Action mistake)
    {
        var error = Assert.ThrowsAny<Exception>(mistake);
        Assert.Equal(message, error.Message);
        Assert.Equal(
            Renamed(message), Assert.IsAssignableFrom<IUserError>(error).UserMessage.ToString(setting => Renamed(setting.Name)));
        ForeignCulture.Run(() => Assert.Equal(message, Assert.ThrowsAny<Exception>(mistake).Message));
    }

    [Fact]
    public void Only_what_is_out_of_memory_says_what_could_be_smaller()
    {
        using var device = DeviceCatalog.Open(AcceleratorKind.Simulator);
        using var engine = EngineFactory.CreateOn(device, Model, new OptimizerOptions(), new EngineLimits(1, 1));
        var error = Assert.Throws<DeviceMemoryException>(() => device.Allocate<float>(1L << 50));
        Assert.StartsWith("ILGPU CPU simulator is out of memory (", error.Message, StringComparison.Ordinal);
    }
}
