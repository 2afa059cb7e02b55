using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using GpuLstm.PtxDriver.Machine;

namespace GpuLstm.PtxDriver.Driver;

/// <summary>What errors are called, as text for C: CUDA's names, and the same as words.</summary>
internal static unsafe partial class ErrorNames
{
    private static readonly Dictionary<int, nint> Names = Texts(NameOf);
    private static readonly Dictionary<int, nint> Descriptions = Texts(error => string.Join(' ', Words(error)));

    /// <summary>The name of an error; null if it has none.</summary>
    public static byte* Name(int error) => (byte*)Names.GetValueOrDefault(error);

    /// <summary>What it says; null if it has no name.</summary>
    public static byte* Description(int error) => (byte*)Descriptions.GetValueOrDefault(error);

    private static Dictionary<int, nint> Texts(Func<DriverError, string> text) =>
        Enum.GetValues<DriverError>().ToDictionary(error => (int)error, error => Marshal.StringToCoTaskMemUTF8(text(error)));

    private static string NameOf(DriverError error)
    {
        var name = string.Join('_', Words(error)).ToUpperInvariant();
        return error == DriverError.Success ? $"CUDA_{name}" : $"CUDA_ERROR_{name}";
    }

    private static IEnumerable<string> Words(DriverError error) =>
        Word().Matches($"{error}").Select(word => word.Value.ToLowerInvariant());

    [GeneratedRegex("[A-Z][a-z]*", RegexOptions.None, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Word();
}
