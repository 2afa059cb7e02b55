using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;

namespace GpuLstm.Tests.PtxInterpreter;

/// <summary>
/// The CUDA driver that interprets PTX (<c>tests/PtxDriver</c>), by the file that <c>GPULSTM_PTX_DRIVER</c> names. Whatever driver the machine
/// has, these tests speak to this one.
/// </summary>
internal static class InterpreterLibrary
{
    private const string Name = "ptxdriver";
    private static readonly Lazy<nint> Handle = new(Load);

    /// <summary>Skips the test where the library was not built, or fails it where it is required.</summary>
    public static void SkipIfAbsent() =>
        TestDevices.SkipUnless(Handle.Value != 0, Name, "GPULSTM_PTX_DRIVER does not name libcuda.so.1 of tests/PtxDriver");

    /// <summary>Where it lies.</summary>
    public static string Folder => Path.GetDirectoryName(FileName)!;

    private static string? FileName => Environment.GetEnvironmentVariable("GPULSTM_PTX_DRIVER") is { Length: > 0 } path ? Path.GetFullPath(path) : null;

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

    private static nint Load() =>
        FileName is { } name && NativeLibrary.TryLoad(name, Assembly.GetExecutingAssembly(), null, out var handle) ? handle : 0;
}
