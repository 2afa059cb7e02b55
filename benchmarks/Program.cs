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
    var hidden = new Option<int[]>("--hidden") { Description = "Hidden sizes", DefaultValueFactory = _ => [1, 16, 64, 128, 256] };
    var batch = new Option<int[]>("--batch") { Description = "Batch sizes", DefaultValueFactory = _ => [32, 256] };
    var versus = new Command("versus-libtorch", "The CPU engine beside libtorch, step by step in turn") { json, hidden, batch };
    versus.SetAction(parsed => VersusLibtorch.Run(parsed.GetValue(hidden)!, parsed.GetValue(batch)!, parsed.GetValue(json)));
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
    .AddColumn(new ThroughputColumn("rows/s", method => method is nameof(OperationBenchmarks.Adam) ? null : Setting.Rows))
    .AddColumn(new ThroughputColumn("tokens/s", method => method switch
    {
        nameof(OperationBenchmarks.Adam) or nameof(OperationBenchmarks.GateTable) => null,
        nameof(OperationBenchmarks.Gates) => Setting.Rows,
        _ => Setting.Rows * Setting.Steps,
    }));
var benchmarks = BenchmarkSwitcher.FromAssembly(typeof(Setting).Assembly);
_ = args.Length == 0 ? benchmarks.RunAll(config) : benchmarks.Run(args, config);
return 0;
