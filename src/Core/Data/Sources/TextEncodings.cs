using System.Text;

namespace GpuLstm.Data.Sources;

/// <summary>The encodings of files, by name and by byte-order mark.</summary>
internal static class TextEncodings
{
    /// <summary>The bytes that tell an encoding.</summary>
    public const int MarkBytes = 4;

    /// <summary>An encoding that refuses bytes which are not of it.</summary>
    /// <exception cref="UserErrorException">There is none of this name.</exception>
    public static Encoding Named(string name)
    {
        try
        {
            var (encoder, decoder) = (EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
            return CodePagesEncodingProvider.Instance.GetEncoding(name, encoder, decoder)
                ?? Encoding.GetEncoding(name, encoder, decoder);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            throw new UserErrorException(
                $"{Setting.Encoding} '{name}' is not known; give utf-8, latin1, windows-1252, utf-16 or another", e);
        }
    }

    /// <summary>A file's encoding: the one given, of which a mark tells the order of the bytes, else that of the mark.</summary>
    /// <param name="given">A name; null for none.</param>
    /// <param name="head">The file's first bytes.</param>
    /// <returns>Null for UTF-8.</returns>
    /// <exception cref="UserErrorException">There is none of this name.</exception>
    public static Encoding? Of(string? given, ReadOnlySpan<byte> head)
    {
        var marked = ByMark(head);
        if (given is null)
            return marked;
        var named = Named(given);
        return named is UnicodeEncoding or UTF32Encoding ? marked ?? named : named;
    }

    /// <summary>The encoding whose byte-order mark a file begins with; null for UTF-8, with its mark or without any.</summary>
    public static Encoding? ByMark(ReadOnlySpan<byte> head) => head switch
    {
        [0xFF, 0xFE, 0, 0, ..] => Named("utf-32"),
        [0xFF, 0xFE, ..] => Named("utf-16"),
        [0xFE, 0xFF, ..] => Named("utf-16BE"),
        _ => null,
    };
}
