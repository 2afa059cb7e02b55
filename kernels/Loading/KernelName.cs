using System.Reflection;

namespace GpuLstm.Kernels.Loading;

/// <summary>What a kernel is called wherever one is named: in messages, profiles, its own text, and tables.</summary>
internal static class KernelName
{
    private const string Suffix = "Kernel";

    /// <summary>
    /// Operation and kernel, and of a generic one the types that it is made for, as
    /// <c>LstmSequence.TensorForward SplitQuad NarrowTile</c>.
    /// </summary>
    public static string Of(MethodInfo kernel)
    {
        var name = $"{kernel.DeclaringType!.Name}.{kernel.Name[..^Suffix.Length]}";
        return string.Join(' ', [name, .. kernel.GetGenericArguments().Select(type => type.Name.Split('`')[0])]);
    }
}
