namespace GpuLstm.Files;

/// <summary>Reads files that must be plain ones: a pipe or a device would keep the program waiting, or never end.</summary>
internal static class PlainFile
{
    /// <summary>Opens a file, without keeping others from replacing it.</summary>
    /// <exception cref="UserErrorException">It is a folder, or has no length as pipes and devices have none.</exception>
    public static FileStream OpenRead(string path)
    {
        if (Directory.Exists(path))
            throw new UserErrorException($"'{path}' is a folder, not a file");
        var file = new FileInfo(path);
        if ((file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file).Length == 0)
            throw new UserErrorException($"'{path}' is empty, or no plain file");
        return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
    }

    /// <summary>The bytes of an open file of text.</summary>
    /// <exception cref="UserErrorException">It is longer than <paramref name="maxBytes"/>.</exception>
    public static byte[] ReadAll(FileStream stream, int maxBytes)
    {
        if (stream.Length > maxBytes)
            throw new UserErrorException($"'{stream.Name}' has {stream.Length:N0} bytes, more than {maxBytes:N0}");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
