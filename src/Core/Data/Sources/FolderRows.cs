using System.Security.Cryptography;
using System.Text;
using GpuLstm.Files;

namespace GpuLstm.Data.Sources;

/// <summary>A folder with a folder for each class, in which each file is a text, those of its folders too.</summary>
internal sealed class FolderRows : RowReader
{
    private const int Slack = 8; // a byte-order mark and line breaks at the end are no part of a text

    private readonly string folder;
    private readonly ReadOptions options;
    private readonly BadRows bad;
    private readonly (string Class, string Path)[] files;
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] buffer = new byte[1 << 16];
    private int next;
    private byte[] text = [];
    private byte[] label = [];

    /// <param name="folder">The folder.</param>
    /// <param name="options">How the files are read.</param>
    /// <param name="bad">Is told of bad files.</param>
    /// <exception cref="UserErrorException">It holds no folder with a file, or cannot be read.</exception>
    public FolderRows(string folder, ReadOptions options, BadRows bad)
    {
        (this.folder, this.options, this.bad) = (folder, options, bad);
        try
        {
            files =
            [
                .. from path in Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal)
                   let name = Path.GetFileName(path)
                   where !name.StartsWith('.')
                   from file in Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
                   where !Path.GetRelativePath(path, file).Split(Path.DirectorySeparatorChar).Any(name => name.StartsWith('.'))
                   select (name, file),
            ];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileErrors.CannotRead(folder, e);
        }

        if (files.Length == 0)
        {
            throw new UserErrorException(
                $"the folder '{folder}' holds no folders with texts; give one with a folder for each class, or a file");
        }
    }

    public override string Shape => "a folder for each class, a file for each text";

    public override double? Share => (double)next / files.Length;

    public override string Place => $"'{files[next - 1].Path}'";

    public override ReadOnlySpan<byte> Text => text;

    public override ReadOnlySpan<byte> Label => label;

    public override bool Read()
    {
        while (next < files.Length)
        {
            var (name, path) = files[next++];
            label = Encoding.UTF8.GetBytes(name);
            if (ReadIfAllowed(path))
                return true;
        }

        return false;
    }

    private bool ReadIfAllowed(string path)
    {
        try
        {
            return ReadText(path);
        }
        catch (UserErrorException) when (options.SkipBadRows)
        {
            bad.Add(Place, "it cannot be read", $"give another");
            return false;
        }
    }

    public override string Sha256() => Convert.ToHexStringLower(hash.GetCurrentHash());

    public override void Dispose() => hash.Dispose();

    private bool ReadText(string path)
    {
        using var input = DataInput.Open(path, options.Encoding);
        using var all = new MemoryStream();
        for (int count; all.Length < options.MaxRowBytes + Slack && (count = input.Text.Read(buffer)) > 0;)
            all.Write(buffer, 0, count);
        text = Utf8Text.WithoutByteOrderMark(all.GetBuffer().AsSpan(0, (int)all.Length)).TrimEnd("\r\n"u8).ToArray();
        var name = Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/');
        hash.AppendData(Encoding.UTF8.GetBytes($"{name}\n{input.Sha256()}\n"));
        if (text.Length > options.MaxRowBytes)
            bad.Add(Place, $"it is longer than {TextLimit.Name(options.MaxRowBytes)}", $"shorten it");
        else if (Utf8Text.IndexOfInvalid(text) is >= 0 and var invalid)
            bad.Add(Place, NotUtf8.Reason(text, invalid), NotUtf8.Advice, NotUtf8.Kind);
        else
            return true;
        return false;
    }
}
