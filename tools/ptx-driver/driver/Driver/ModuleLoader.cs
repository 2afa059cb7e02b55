using GpuLstm.PtxDriver.Machine;
using GpuLstm.PtxDriver.Parsing;
using GpuLstm.PtxDriver.Translation;

namespace GpuLstm.PtxDriver.Driver;

/// <summary>Loads a module: its text, its variables in the device's memory, and its kernels.</summary>
internal static unsafe class ModuleLoader
{
    /// <returns>The module, or the error and what is wrong, with the line.</returns>
    public static (LoadedModule? Module, DriverError Error, string Message) Load(string text)
    {
        ModuleSyntax syntax;
        try
        {
            syntax = ModuleParser.Parse(text);
        }
        catch (PtxException refusal)
        {
            return (null, DriverError.InvalidPtx, Describe("", refusal, text.Split('\n')));
        }

        if (syntax.Target > Call.Device.Architecture)
        {
            return (
                null, DriverError.NoBinaryForGpu,
                $"the module is for sm_{syntax.Target}, and the device is sm_{Call.Device.Architecture}");
        }

        var variables = Place(syntax.Variables);
        var kernels = new List<CompiledKernel>();
        foreach (var kernel in syntax.Kernels)
        {
            try
            {
                var scope = new KernelScope(
                    kernel, syntax.Target, variables, syntax.Variables.Where(variable => variable.Space == StateSpace.Shared));
                if (scope.SharedBytes > DeviceAttributes.SharedPerBlock)
                {
                    throw new PtxException(
                        kernel.Line,
                        $"{scope.SharedBytes} bytes of shared memory are more than {DeviceAttributes.SharedPerBlock}");
                }

                kernels.Add(KernelCompiler.Compile(scope, syntax.Lines));
                CheckRegisters(kernels[^1]);
            }
            catch (PtxException refusal)
            {
                return (null, DriverError.InvalidPtx, Describe(kernel.Name + ", ", refusal, syntax.Lines));
            }
        }

        return (new LoadedModule(kernels), DriverError.Success, "");
    }

    // ptxas would take the kernel, and spill.
    private static void CheckRegisters(CompiledKernel kernel)
    {
        var most = DeviceAttributes.RegistersOfThread(kernel.MaxThreads ?? 1);
        if (kernel.Registers.Count > most)
        {
            throw new PtxException(
                kernel.Registers.Line, $"{kernel.Registers.Count} registers are alive here, and a thread can have {most}");
        }
    }

    private static Dictionary<string, (StateSpace Space, ulong Address)> Place(IEnumerable<VariableSyntax> variables)
    {
        var places = new Dictionary<string, (StateSpace Space, ulong Address)>();
        foreach (var variable in variables.Where(variable => variable.Space != StateSpace.Shared))
        {
            var address = Call.Device.Memory.Allocate(variable.Bytes, isHost: false) ?? throw new PtxException(
                variable.Line, "there is no memory left");
            var content = new Span<byte>((void*)address, variable.Bytes);
            content.Clear();
            variable.Content?.CopyTo(content);
            places.Add(variable.Name, (variable.Space, address));
        }

        return places;
    }

    private static string Describe(string kernel, PtxException refusal, IReadOnlyList<string> lines)
    {
        var line = refusal.Line > 0 && refusal.Line <= lines.Count ? lines[refusal.Line - 1].Trim() : "";
        return $"{kernel}line {refusal.Line}: {line}: {refusal.Message}";
    }
}
