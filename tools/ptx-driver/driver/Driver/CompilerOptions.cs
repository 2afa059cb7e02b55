using System.Text;

namespace GpuLstm.PtxDriver.Driver;

/// <summary>What a program asks of the compiler when it loads a module: here only where to write errors.</summary>
internal readonly unsafe struct CompilerOptions(uint count, int* options, void** values)
{
    private const int ErrorLog = 5;
    private const int ErrorLogBytes = 6;

    /// <summary>Writes a message to the program's buffer, if it has given one.</summary>
    public void WriteErrorLog(string message)
    {
        byte* log = null;
        var bytes = 0;
        for (var n = 0; n < count; n++)
        {
            if (options[n] == ErrorLog)
                log = (byte*)values[n];
            else if (options[n] == ErrorLogBytes)
                bytes = (int)(nint)values[n];
        }

        if (log is null || bytes <= 0)
            return;
        var buffer = new Span<byte>(log, bytes);
        buffer.Clear();
        var text = Encoding.UTF8.GetBytes(message);
        text.AsSpan(0, Math.Min(text.Length, bytes - 1)).CopyTo(buffer);
    }
}
