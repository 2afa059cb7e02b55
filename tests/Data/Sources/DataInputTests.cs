using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using GpuLstm.Data;
using GpuLstm.Data.Sources;

namespace GpuLstm.Tests.Data.Sources;

/// <summary>Encodings, gzip, and folders of texts.</summary>
public sealed class DataInputTests : IDisposable
{
    private const string Content = "review,sentiment\ncafé is good,positive\n“so bad”,negative\n";
    private static readonly Row[] Rows = [new("café is good", "positive"), new("“so bad”", "negative")];
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("utf-8", null)]
    [InlineData("utf-16", null)]
    [InlineData("utf-16BE", null)]
    [InlineData("utf-32", null)]
    [InlineData("windows-1252", "windows-1252")]
    [InlineData("utf-16BE", "utf-16BE")]
    [InlineData("utf-16BE", "utf-16", true)]
    public void A_mark_or_an_option_tells_the_encoding(string written, string? given, bool isMarked = false)
    {
        var encoding = TextEncodings.Named(written);
        byte[] bytes = [.. isMarked || given is null ? encoding.GetPreamble() : [], .. encoding.GetBytes(Content)];
        Assert.Equal(Rows, RowFile.Read(folder.File("a.csv", bytes), new ReadOptions { Encoding = given }));
    }

    [Fact]
    public void Bytes_of_another_encoding_are_refused_with_advice()
    {
        var utf16 = folder.File("utf16.csv", Encoding.Unicode.GetBytes(Content)); // without its mark
        Assert.Contains(
            "holds zero bytes, as UTF-16 has them; say so by Encoding utf-16, or",
            Assert.Throws<UserErrorException>(() => RowFile.Read(utf16)).Message,
            StringComparison.Ordinal);
        var odd = folder.File("odd.csv", [0x00, 0xD8, 0x41, 0x00]); // half a surrogate pair
        Assert.Contains(
            "give another Encoding",
            Assert.Throws<UserErrorException>(() => RowFile.Read(odd, new ReadOptions { Encoding = "utf-16" })).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Content)]
    [InlineData("{\"text\": \"café is good\", \"label\": \"positive\"}\n{\"text\": \"“so bad”\", \"label\": \"negative\"}\n")]
    [InlineData("__label__positive café is good\n__label__negative “so bad”\n")]
    public void Gzip_is_unpacked_and_the_hash_is_that_of_the_file(string content)
    {
        using (var gzip = new GZipStream(File.Create(folder["a.gz"]), CompressionMode.Compress))
            gzip.Write(Encoding.UTF8.GetBytes(content));
        File.AppendAllBytes(folder["a.gz"], new byte[100_000]); // as tapes have them; the hash is of them too
        Assert.Equal(Rows, RowFile.Read(folder["a.gz"]));
        var bytes = File.ReadAllBytes(folder["a.gz"]);
        Assert.Equal(
            Convert.ToHexStringLower(SHA256.HashData(bytes)), LabelledTexts.FromFile(folder["a.gz"], TokenKind.Word).Sha256);
        bytes[20] ^= 0xFF;
        Assert.Contains(
            "no whole gzip file",
            Assert.Throws<UserErrorException>(
                () => LabelledTexts.FromFile(folder.File("bad.gz", bytes), TokenKind.Word)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_gzip_file_that_ends_too_early_is_damaged()
    {
        using var packed = new MemoryStream();
        var ends = new List<long>();
        string[] parts = [Content, "again,positive\n"]; // two members, as cat makes them of two files
        foreach (var part in parts)
        {
            using (var gzip = new GZipStream(packed, CompressionMode.Compress, leaveOpen: true))
                gzip.Write(Encoding.UTF8.GetBytes(part));
            ends.Add(packed.Length);
        }

        var bytes = packed.ToArray();
        Assert.Equal([.. Rows, new("again", "positive")], RowFile.Read(folder.File("whole.gz", bytes)));
        Assert.Equal(Rows, RowFile.Read(folder.File("one.gz", bytes[..(int)ends[0]])));
        for (var length = 2; length < bytes.Length; length++)
        {
            if (length == ends[0])
                continue;
            var cut = folder.File("cut.gz", bytes[..length]);
            Assert.Contains(
                "is damaged: it is no whole gzip file", Assert.Throws<UserErrorException>(() => RowFile.Read(cut)).Message,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_folder_has_a_folder_for_each_class_and_a_file_for_each_text()
    {
        (string, string)[] files =
            [("neg/2.txt", "“so bad”\r\n"), ("pos/1.txt", "café is good"), ("neg/1.txt", ""), ("pos/more/2.txt", "fine")];
        foreach (var (name, text) in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder[$"all/{name}"])!);
            File.WriteAllText(folder[$"all/{name}"], text);
        }

        File.WriteAllText(folder["all/README"], "no text");
        File.WriteAllText(folder["all/pos/.hidden"], "no text");
        Row[] expected = [new("", "neg"), new("“so bad”", "neg"), new("café is good", "pos"), new("fine", "pos")];
        Assert.Equal(expected, RowFile.Read(folder["all"]));
        var hash = LabelledTexts.FromFile(folder["all"], TokenKind.Word).Sha256;
        Assert.Equal(hash, LabelledTexts.FromFile($"{folder["all"]}/", TokenKind.Word).Sha256);
        File.WriteAllText(folder["all/pos/1.txt"], "cafe is good");
        Assert.NotEqual(hash, LabelledTexts.FromFile(folder["all"], TokenKind.Word).Sha256);
        Directory.CreateDirectory(folder["empty"]);
        Assert.Contains(
            "holds no folders with texts", Assert.Throws<UserErrorException>(() => RowFile.Read(folder["empty"])).Message,
            StringComparison.Ordinal);
    }
}
