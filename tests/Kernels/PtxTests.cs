using System.Reflection;
using System.Text.RegularExpressions;
using GpuLstm.Kernels.Loading;
using GpuLstm.Kernels.Operations;
using ILGPU;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.Cuda;

namespace GpuLstm.Tests.Kernels;

/// <summary>Compiles every kernel to PTX with no GPU and reads the text for what would make it wrong or slow.</summary>
public sealed class PtxTests
{
    private static readonly MethodInfo[] Kernels =
    [
        .. typeof(LstmCell).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Where(method => method.IsDefined(typeof(DeviceKernelAttribute))),
    ];

    public static TheoryData<string, int> EveryKernelAndTarget()
    {
        var data = new TheoryData<string, int>();
        foreach (var kernel in Kernels)
        {
            data.Add($"{kernel.DeclaringType!.Name}.{kernel.Name}", 80);
            data.Add($"{kernel.DeclaringType!.Name}.{kernel.Name}", 90);
        }

        return data;
    }

    [Fact]
    public void Every_kernel_method_carries_the_mark()
    {
        var named = typeof(LstmCell).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Where(method => method.Name.EndsWith("Kernel", StringComparison.Ordinal) && method.ReturnType == typeof(void))
            .ToArray();
        Assert.NotEmpty(named);
        Assert.Equal(named.Order(Comparer<MethodInfo>.Create(ByName)), Kernels.Order(Comparer<MethodInfo>.Create(ByName)));

        static int ByName(MethodInfo a, MethodInfo b) =>
            string.CompareOrdinal(a.DeclaringType!.FullName + a.Name, b.DeclaringType!.FullName + b.Name);
    }

    [Theory]
    [MemberData(nameof(EveryKernelAndTarget))]
    public void Compiles_to_clean_ptx(string name, int architecture)
    {
        var ptx = Compile(Kernels.Single(kernel => $"{kernel.DeclaringType!.Name}.{kernel.Name}" == name), architecture);

        Assert.Contains(".entry", ptx, StringComparison.Ordinal);
        Assert.DoesNotContain("bra.uni", ptx, StringComparison.Ordinal); // unsound, and keeps ptxas from unrolling
        Assert.DoesNotContain(".local", ptx, StringComparison.Ordinal); // registers spilled to memory by design
        Assert.DoesNotContain("approx", ptx, StringComparison.Ordinal); // wrong in float32's last bits
        Assert.DoesNotContain("atom.", ptx, StringComparison.Ordinal); // an order of additions that changes from run to run
        Assert.DoesNotContain(".f64", ptx, StringComparison.Ordinal); // double arithmetic by accident
        Assert.DoesNotContain("call", ptx, StringComparison.Ordinal); // a helper that was not inlined
        // Loads and stores name their address space; generic ones are slower.
        Assert.DoesNotMatch(new Regex(@"\b(ld|st)\.(f32|b32|u32|s32|b64|u64)", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)), ptx);
    }

    private static string Compile(MethodInfo kernel, int architecture)
    {
        using var context = Context.Create(builder => builder.Optimize(OptimizationLevel.O2));
        using var backend = new PTXBackend(
            context, architecture == 80 ? CudaArchitecture.SM_80 : CudaArchitecture.SM_90, CudaInstructionSet.ISA_88, null!);
        return ((PTXCompiledKernel)KernelLoader.Compile(backend, kernel)).PTXAssembly;
    }
}
