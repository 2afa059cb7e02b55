using System.CommandLine;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using GpuLstm.Benchmarks;
using GpuLstm.Benchmarks.Libtorch;

if (args is ["versus-libtorch", ..])
{
    var json = new Option<FileInfo?>("--json") { Description = "Also write the figures to this file" };
    var hidden = new Option<int[]>("--hidden")
    {
        Description = "Hidden sizes",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [1, 16, 64, 128, 256],
    };
    var batch = new Option<int[]>("--batch")
    {
        Description = "Batch sizes",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [32, 256],
    };
    var layers = new Option<int>("--layers") { Description = "LSTM layers", DefaultValueFactory = _ => 1 };
    var bidirectional = new Option<bool>("--bidirectional") { Description = "Both directions" };
    var seconds = new Option<double>("--seconds")
    {
        Description = "How long each pair is measured",
        DefaultValueFactory = _ => 3,
    };
    var versus = new Command(
        "versus-libtorch", "The CPU engine beside libtorch, in short bursts by turns")
    {
        json, hidden, batch, layers, bidirectional, seconds,
    };
    versus.SetAction(
        parsed => VersusLibtorch.Run(
            parsed.GetValue(hidden)!, parsed.GetValue(batch)!, parsed.GetValue(layers), parsed.GetValue(bidirectional),
            TimeSpan.FromSeconds(parsed.GetValue(seconds)),
            parsed.GetValue(json)));
    return new RootCommand { versus }.Parse(args).Invoke();
}

// In one process, so that every backend sees the same drivers; a few iterations, so that all of it ends in minutes.
var job = Job.Default
    .WithToolchain(InProcessEmitToolchain.Instance)
    .WithWarmupCount(2)
    .WithIterationCount(5)
    .WithIterationTime(Perfolizer.Horology.TimeInterval.FromMilliseconds(200));
var config = DefaultConfig.Instance
    .AddJob(job)
    .HideColumns("Error", "StdDev", "Median")
    .AddColumn(new ThroughputColumn("rows/s", method => method switch
    {
        nameof(OperationBenchmarks.EmbeddingLookup) or nameof(OperationBenchmarks.Gates)
            or nameof(OperationBenchmarks.SequenceForward)
            or nameof(OperationBenchmarks.SequenceForwardBackward) or nameof(OperationBenchmarks.TrainingStep) => Setting.Rows,
        _ => null,
    }))
    .AddColumn(new ThroughputColumn("tokens/s", method => method switch
    {
        nameof(OperationBenchmarks.Gates) => Setting.Rows,
        nameof(OperationBenchmarks.EmbeddingLookup) or nameof(OperationBenchmarks.SequenceForward)
            or nameof(OperationBenchmarks.SequenceForwardBackward) or nameof(OperationBenchmarks.TrainingStep) =>
                Setting.Rows * Setting.Steps,
        _ => null,
    }))
    .AddColumn(new ThroughputColumn("GFLOP/s", method => method switch
    {
        nameof(PrimitiveBenchmarks.Gemm16) => PrimitiveBenchmarks.Operations(16),
        nameof(PrimitiveBenchmarks.Gemm64) => PrimitiveBenchmarks.Operations(64),
        nameof(PrimitiveBenchmarks.Gemm256) => PrimitiveBenchmarks.Operations(256),
        _ => null,
    }, unit: 1e9))
    .AddColumn(new ThroughputColumn(
        "MB/s",
        method => method.StartsWith("Read", StringComparison.Ordinal) ? ReadingBenchmarks.Bytes : null, unit: 1e6))
    .AddColumn(new ThroughputColumn("elements/s", method => method switch
    {
        nameof(PrimitiveBenchmarks.Exp) or nameof(PrimitiveBenchmarks.Sigmoid) or nameof(PrimitiveBenchmarks.Tanh) =>
            PrimitiveBenchmarks.Elements,
        _ => null,
    }));
var benchmarks = BenchmarkSwitcher.FromAssembly(typeof(Setting).Assembly);
_ = args.Length == 0 ? benchmarks.RunAll(config) : benchmarks.Run(args, config);
return 0;
