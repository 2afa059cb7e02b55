using System.CommandLine;
using GpuLstm.Cli.Help;
using GpuLstm.Cli.Output;
using GpuLstm.Engines;
using GpuLstm.Kernels.Devices;
using Spectre.Console;

namespace GpuLstm.Cli.Commands;

/// <summary><c>devices</c>: what can be computed on here, and what auto would take.</summary>
internal static class DevicesCommand
{
    public static Command Create()
    {
        var command = new ProgramCommand(
            "devices", "List the accelerators of this machine", [], "devices", "train --accelerator opencl");
        command.SetAction(_ => Run());
        return command;
    }

    private static int Run()
    {
        var table = new Table().RoundedBorder().AddColumns("--accelerator", "device", "GPU", "memory", "units", "--precision");
        var threads = Environment.ProcessorCount;
        table.AddRow(
            "cpu", $"this program's CPU engine, {threads} {(threads == 1 ? "thread" : "threads")} by default", "", "", "",
            "float32");
        foreach (var device in DeviceCatalog.List())
        {
            var memory = device.Kind == AcceleratorKind.Simulator ? "" : $"{device.MemoryBytes / 1e9:F1} GB";
            table.AddRow(
                AcceleratorNames.Of(device.Kind), Printable.Cell(device.Name), device.IsGpu ? "yes" : "no", memory,
                $"{device.Multiprocessors}",
                device.HasTensorCores ? "float32, tf32, bf16" : "float32");
        }

        Terminal.Write(table);
        Terminal.WriteLine($"auto takes {AcceleratorNames.Of(EngineFactory.Resolve(AcceleratorKind.Auto))}");
        return 0;
    }
}
