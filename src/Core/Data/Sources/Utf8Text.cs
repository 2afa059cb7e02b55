using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace GpuLstm.Data.Sources;

/// <summary>
/// What every text from outside must be: UTF-8, perhaps with a byte-order mark before it, which is no part of the text.
/// </summary>
internal static class Utf8Text
{
    /// <summary>The byte-order mark as some programs write it at the beginning of a file.</summary>
    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>The bytes behind the mark, if there is one.</summary>
    public static ReadOnlySpan<byte> WithoutByteOrderMark(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith(ByteOrderMark) ? bytes[ByteOrderMark.Length..] : bytes;

    /// <summary>The place of the first byte that is not UTF-8; -1 where all are.</summary>
    public static int IndexOfInvalid(ReadOnlySpan<byte> bytes)
    {
        if (Utf8.IsValid(bytes))
            return -1;
        var valid = 0;
        while (Rune.DecodeFromUtf8(bytes[valid..], out _, out var length) == OperationStatus.Done)
            valid += length;
        return valid;
    }
}
