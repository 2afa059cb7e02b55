using System.Collections.Concurrent;
using System.Reflection;
using GpuLstm.Kernels.Loading;
using GpuLstm.Kernels.Operations;
using GpuLstm.Kernels.Primitives;
using ILGPU;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;

namespace GpuLstm.Tests.Kernels;

/// <summary>A kernel as it is compiled: with all type arguments, for groups of a size.</summary>
/// <param name="Name">For the reader.</param>
/// <param name="Method">The kernel.</param>
/// <param name="GroupSize">Threads of a group.</param>
/// <param name="WeightsInRegisters">Recurrent weights that each thread holds in registers.</param>
internal sealed record CompiledKernelCase(string Name, MethodInfo Method, int GroupSize, int WeightsInRegisters = 0)
{
    private static readonly Context Compiler = Context.Create(builder => KernelLoader.Configure(builder));
    private static readonly ConcurrentDictionary<(string Name, int Architecture), Lazy<string>> Texts = [];

    /// <summary>The text that the CUDA driver is given on a device of compute capability 8.0 or 9.0; compiled once, without a device.</summary>
    public string Ptx(int architecture = 90) => Texts.GetOrAdd((Name, architecture), _ => new Lazy<string>(() => Ptx(Compiler, architecture))).Value;

    /// <summary>The same, compiled anew by a context of the caller's.</summary>
    public string Ptx(Context compiler, int architecture = 90)
    {
        using var backend = new PTXBackend(
            compiler, architecture == 80 ? CudaArchitecture.SM_80 : CudaArchitecture.SM_90, CudaInstructionSet.ISA_88, null!);
        return ((PTXCompiledKernel)KernelLoader.Compile(backend, Method, GroupSize)).PTXAssembly;
    }
}

/// <summary>Every kernel in every specialisation that a launcher can choose.</summary>
internal static class KernelList
{
    // Plain kernels in groups of 256, but for these.
    private static readonly Dictionary<string, int> GroupSizes = new()
    {
        ["OneUnitStep.Step"] = 512,
        ["LstmSequence.RowForward"] = 32,
        ["LstmSequence.RowBackward"] = 32,
        ["LstmSequence.LanesForward"] = 1,
        ["LstmSequence.LanesBackward"] = 1,
        ["LstmSequence.SerialForward"] = 1,
        ["LstmSequence.SerialBackward"] = 1,
        ["EmbeddingLookup.SerialChunksBackward"] = 1,
        ["GateTable.SerialForward"] = 1,
        ["GateTable.SerialEmbeddingBackward"] = 1,
        ["ClassifierHead.Forward"] = GroupSum.MaxThreads,
        ["ClassifierHead.Backward"] = GroupSum.MaxThreads,
    };

    private const int WeightsInBlock = 16;

    /// <summary>All methods that carry the mark, generic ones without type arguments.</summary>
    public static IReadOnlyList<MethodInfo> Marked { get; } =
    [
        .. from type in typeof(LstmCell).Assembly.GetTypes()
           from method in type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
           where method.GetCustomAttribute<DeviceKernelAttribute>() is not null
           select method,
    ];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<CompiledKernelCase> All { get; } = [.. Plain(), .. Tiles(), .. TensorSequences(), .. WeightGradients()];

    /// <summary>The one of a name.</summary>
    public static CompiledKernelCase Find(string name) => All.Single(kernel => kernel.Name == name);

    private static IEnumerable<CompiledKernelCase> Plain() =>
        from method in Marked
        where !method.IsGenericMethodDefinition
        let name = KernelName.Of(method)
        select new CompiledKernelCase(name, method, GroupSizes.GetValueOrDefault(name, 256));

    private static IEnumerable<CompiledKernelCase> Tiles() =>
        from shape in TileShape.All
        let blocks = shape.Units / 4 / shape.Slices - shape.BlocksInSharedMemory
        from kernel in new Delegate[] { shape.Forward, shape.Backward }
        select new CompiledKernelCase(KernelName.Of(kernel.Method), kernel.Method, shape.GroupSize, blocks * WeightsInBlock);

    private static IEnumerable<CompiledKernelCase> TensorSequences() =>
        from kernel in LstmSequence.TensorSpecialisations()
        select new CompiledKernelCase(KernelName.Of(kernel.Method), kernel.Method, 256);

    private static IEnumerable<CompiledKernelCase> WeightGradients() =>
        from kernel in WeightGradient.Specialisations()
        select new CompiledKernelCase(KernelName.Of(kernel.Kernel.Method), kernel.Kernel.Method, kernel.GroupSize);
}
