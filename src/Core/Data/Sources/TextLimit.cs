using System.Globalization;

namespace GpuLstm.Data.Sources;

/// <summary>
/// How long one line or one record of a file may be. Without a limit a quote that is never closed reads a whole file into memory.
/// </summary>
internal static class TextLimit
{
    /// <summary>16 MB.</summary>
    public const int DefaultBytes = 16_000_000;

    /// <summary>A limit in words, such as "16 MB".</summary>
    public static string Name(int bytes) => bytes % 1_000_000 == 0
        ? $"{bytes / 1_000_000} MB"
        : string.Create(CultureInfo.InvariantCulture, $"{bytes:N0} bytes");
}
