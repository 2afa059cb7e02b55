using System.Text.RegularExpressions;

namespace GpuLstm.Kernels.Loading;

/// <summary>
/// Numbers what ILGPU has numbered from 0, so that a kernel has the same text in every process, and a driver that keeps what it
/// compiled knows it again; ILGPU goes on from all that the process compiled before.
/// </summary>
internal static class Numbering
{
    /// <summary>The text with new numbers, in the order in which the names are met.</summary>
    /// <param name="text">The text.</param>
    /// <param name="names">
    /// What the names look like, with a group <c>kind</c> before the number. One that a longer name continues (<c>type_3</c>,
    /// <c>type_3_kernel</c>) keeps the same number in both.
    /// </param>
    public static string FromZero(string text, Regex names)
    {
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        return names.Replace(text, name =>
        {
            if (!numbers.TryGetValue(name.Value, out var number))
                numbers.Add(name.Value, number = numbers.Count);
            return $"{name.Groups["kind"].Value}_{number}";
        });
    }
}
