using System.Diagnostics;
using System.Text;

namespace GpuLstm.Kernels.Drivers;

/// <summary>
/// Catches what a driver's compiler says while a kernel is loaded: ILGPU writes it to <see cref="Trace"/> alone, and throws
/// an exception that holds only an error code.
/// </summary>
internal sealed class DriverLog : TraceListener
{
    private readonly StringBuilder text = new();

    /// <summary>Runs <paramref name="load"/>; if it fails, the exception's message holds what the driver said.</summary>
    public static T Capture<T>(string kernel, Func<T> load)
    {
        using var log = new DriverLog();
        Trace.Listeners.Add(log);
        try
        {
            return load();
        }
        catch (Exception e) when (log.text.Length > 0)
        {
            throw new KernelLoadException($"the driver refused the kernel {kernel}: {log.text}", e);
        }
        finally
        {
            Trace.Listeners.Remove(log);
        }
    }

    // ILGPU hands on the whole of the buffer that CUDA's driver writes into, zeros behind the text included.
    public override void Write(string? message) => text.Append(message?.TrimEnd('\0')).Append(' ');

    public override void WriteLine(string? message) => Write(message);
}
