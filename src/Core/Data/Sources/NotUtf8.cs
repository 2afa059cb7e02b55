namespace GpuLstm.Data.Sources;

/// <summary>What a user is told of bytes that are not UTF-8.</summary>
internal static class NotUtf8
{
    /// <summary>What to do.</summary>
    public static UserMessage Advice =>
        $"save the file as UTF-8, or say what it is by {Setting.Encoding} windows-1252 or another";

    /// <summary>What all such rows have in common.</summary>
    public const string Kind = "bytes that are not UTF-8";

    /// <summary>What is wrong.</summary>
    /// <param name="row">The bytes of a row.</param>
    /// <param name="place">The first that is not UTF-8.</param>
    public static string Reason(ReadOnlySpan<byte> row, int place)
    {
        var character = TextEncodings.Named("windows-1252").GetString(row.Slice(place, 1))[0];
        var guess = row[place] > 0x9F ? $", in windows-1252 '{character}'" : "";
        return row.Contains((byte)0)
            ? "it holds zero bytes, as UTF-16 has them, and is not UTF-8"
            : $"byte {place + 1} of the row (0x{row[place]:X2}{guess}) is not UTF-8";
    }
}
