using System.Security.Cryptography;
using System.Text;
using GpuLstm.Files;

namespace GpuLstm.Data.Sources;

/// <summary>The bytes of a data file as UTF-8, unpacked where they are gzip, with the hash of the bytes as they were.</summary>
internal sealed class DataInput : IDisposable
{
    /// <summary>So much of the text tells what kind of file it is.</summary>
    public const int SampleBytes = 256 * 1024;

    private readonly SHA256 sha256 = SHA256.Create();
    private readonly Stream bytes;
    private readonly CryptoStream hashed; // passes the bytes on as they are

    /// <param name="bytes">The file, from its beginning.</param>
    /// <param name="name">Its name, for messages.</param>
    /// <param name="encoding">See <see cref="ReadOptions.Encoding"/>.</param>
    /// <exception cref="UserErrorException">There is no such encoding, or the file is an archive of another kind.</exception>
    public DataInput(Stream bytes, string name, string? encoding)
    {
        (Name, this.bytes) = (name, bytes);
        hashed = new CryptoStream(new ExplainedStream(bytes, name), sha256, CryptoStreamMode.Read);
        var head = ReplayStream.ReadAhead(hashed, TextEncodings.MarkBytes);
        if (head is [(byte)'P', (byte)'K', 3, 4])
            throw new UserErrorException($"'{name}' is a ZIP archive; unpack it and give the file in it");
        Stream text = new ReplayStream(head, hashed);
        if (head is [0x1F, 0x8B, ..])
        {
            text = new ExplainedStream(new WholeGzip(text), name);
            head = ReplayStream.ReadAhead(text, TextEncodings.MarkBytes);
            text = new ReplayStream(head, text);
        }

        if (TextEncodings.Of(encoding, head) is { } other && other.CodePage != Encoding.UTF8.CodePage)
        {
            text = new ExplainedStream(Encoding.CreateTranscodingStream(text, other, Encoding.UTF8), name);
        }

        var sample = ReplayStream.ReadAhead(text, SampleBytes);
        (Sample, IsWhole) = (sample, sample.Length < SampleBytes);
        if (encoding is null && sample.AsSpan().IndexOf((byte)0) is >= 0 and var zero)
        {
            throw new UserErrorException(
                $"'{name}' holds zero bytes, as UTF-16 has them; say so by {Setting.Encoding} "
                + $"{(zero % 2 == 0 ? "utf-16BE" : "utf-16")}, or save the file as UTF-8");
        }

        Text = new ReplayStream(sample, text);
    }

    /// <summary>The file's name, for messages.</summary>
    public string Name { get; }

    /// <summary>The text in UTF-8, perhaps with a byte-order mark.</summary>
    public Stream Text { get; }

    /// <summary>Its first bytes.</summary>
    public ReadOnlyMemory<byte> Sample { get; }

    /// <summary>Whether <see cref="Sample"/> is all of it.</summary>
    public bool IsWhole { get; }

    /// <summary>How much of the file has been read, from 0 to 1; null where its size is not known.</summary>
    public double? Share => bytes.CanSeek ? Math.Clamp((double)bytes.Position / Math.Max(1, bytes.Length), 0, 1) : null;

    /// <summary>Opens a file.</summary>
    /// <exception cref="UserErrorException">It is not there, or cannot be read.</exception>
    public static DataInput Open(string path, string? encoding)
    {
        FileStream file;
        try
        {
            file = new FileStream(path, new FileStreamOptions { BufferSize = 0, Options = FileOptions.SequentialScan });
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or ArgumentException)
        {
            throw new UserErrorException($"there is no file '{path}'; give a file or a folder of labelled texts", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileErrors.CannotRead(path, e);
        }

        try
        {
            return new DataInput(file, path, encoding);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>SHA-256 of the file's bytes in hexadecimal; reads what is left of them.</summary>
    public string Sha256()
    {
        hashed.CopyTo(Stream.Null);
        return Convert.ToHexStringLower(sha256.Hash!);
    }

    public void Dispose()
    {
        Text.Dispose();
        hashed.Dispose();
        sha256.Dispose();
    }
}
