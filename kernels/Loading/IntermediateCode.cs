using System.Reflection;
using GpuLstm.Kernels.Drivers;
using ILGPU;
using ILGPU.Frontend;
using ILGPU.IR;
using ILGPU.IR.Analyses;

namespace GpuLstm.Kernels.Loading;

/// <summary>
/// A kernel in ILGPU's intermediate code, optimised so that it depends on the kernel alone. ILGPU by itself optimises a kernel
/// and the helpers that it is the first to call in one go; what becomes of a kernel, and what ptxas makes of it, then depends on
/// which helpers others had before.
/// </summary>
internal static class IntermediateCode
{
    /// <summary>The kernel with all that it calls, in the context's own store, where helpers stay for the next kernel.</summary>
    public static Method Of(Context context, MethodInfo kernel)
    {
        using var phase = context.BeginCodeGeneration();
        CodeGenerationResult generated;
        using (var frontend = phase.BeginFrontendCodeGeneration())
            generated = frontend.GenerateCode(kernel);
        if (phase.LastException is { } failure)
            throw new KernelLoadException($"the kernel {KernelName.Of(kernel)} cannot be compiled: {failure.Message}", failure);

        var added = phase.IRContext.GetMethodCollection(new MethodCollections.NotTransformed());
        var ordered = new List<Method>();
        AddAfterItsCallees(generated.Result!, ordered, [.. added]);
        foreach (var method in added)
            method.AddTransformationFlags(MethodTransformationFlags.Transformed);
        foreach (var method in ordered)
        {
            method.RemoveTransformationFlags(MethodTransformationFlags.Transformed);
            phase.Optimize(); // those that are not marked: this one alone
        }

        return generated.Result!;
    }

    private static void AddAfterItsCallees(Method method, List<Method> ordered, HashSet<Method> left)
    {
        if (!left.Remove(method))
            return;
        foreach (var callee in References.Create(method, new MethodCollections.AllMethods()))
            AddAfterItsCallees(callee, ordered, left);
        ordered.Add(method);
    }
}
