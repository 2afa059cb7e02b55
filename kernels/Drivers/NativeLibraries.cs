using System.Reflection;
using System.Runtime.InteropServices;
using ILGPU;

namespace GpuLstm.Kernels.Drivers;

/// <summary>
/// Finds the drivers' libraries under the names that machines really have. ILGPU asks for <c>cuda</c> and
/// <c>OpenCL</c>; a machine without development packages has only <c>libcuda.so.1</c> and <c>libOpenCL.so.1</c>, and
/// ILGPU would silently report no device.
/// </summary>
internal static class NativeLibraries
{
    private static readonly Lazy<bool> Registration = new(Register);

    /// <summary>Must run before the first ILGPU context; further calls do nothing.</summary>
    public static void EnsureResolvable() => _ = Registration.Value;

    private static bool Register()
    {
        NativeLibrary.SetDllImportResolver(typeof(Context).Assembly, Resolve);
        NativeLibrary.SetDllImportResolver(typeof(NativeLibraries).Assembly, Resolve);
        return true;
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath)
    {
        // libOpenCL.so first: Oclgrind's wrapper puts its own library there.
        string[] candidates = name switch
        {
            "cuda" => ["libcuda.so.1"],
            "OpenCL" => ["libOpenCL.so", "libOpenCL.so.1"],
            _ => [],
        };
        foreach (var candidate in candidates)
        {
            if (OperatingSystem.IsLinux() && NativeLibrary.TryLoad(candidate, out var handle))
                return handle;
        }

        return 0; // the runtime's own search goes on
    }
}
