using System.Runtime.InteropServices;
using System.Text;

namespace GpuLstm.PtxDriver.Tests;

/// <summary>
/// The library that <c>GPULSTM_PTX_DRIVER</c> names: <c>libcuda.so.1</c>, as the README's command makes it. Whatever driver the
/// machine has, these tests speak to this one.
/// </summary>
internal static class InterpreterLibrary
{
    private static readonly Lazy<nint> Handle = new(() => NativeLibrary.Load(FileName));

    /// <summary>Where it lies.</summary>
    public static string Folder => Path.GetDirectoryName(FileName)!;

    private static string FileName => Path.GetFullPath(
        Environment.GetEnvironmentVariable("GPULSTM_PTX_DRIVER")
            ?? throw new InvalidOperationException(
                "GPULSTM_PTX_DRIVER must name the libcuda.so.1 to be tested; see tools/ptx-driver/README.md"));

    /// <summary>The address of one of its functions.</summary>
    public static nint Function(string name) => NativeLibrary.GetExport(Handle.Value, name);

    /// <summary>What it said last of a fault or a refusal.</summary>
    public static unsafe string LastMessage()
    {
        var text = new byte[4096];
        fixed (byte* start = text)
        {
            var bytes = ((delegate* unmanaged[Cdecl]<byte*, int, int>)Function("ptxDriverLastMessage"))(start, text.Length);
            return Encoding.UTF8.GetString(text, 0, Math.Min(bytes, text.Length));
        }
    }
}
