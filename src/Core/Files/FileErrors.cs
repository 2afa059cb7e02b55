namespace GpuLstm.Files;

/// <summary>Turns failures of files into one line with advice that fits the cause.</summary>
internal static class FileErrors
{
    // errno on Linux and macOS, HRESULT on Windows.
    private static readonly int[] DiskFull = OperatingSystem.IsWindows() ? [
        unchecked((int)0x80070070), unchecked((int)0x80070027)]
        : OperatingSystem.IsMacOS() ? [28, 69] : [28, 122];

    private static readonly int[] InUse = OperatingSystem.IsWindows()
        ? [unchecked((int)0x80070020)]
        : OperatingSystem.IsMacOS()
        ? [35]
        : [11];

    /// <summary>True for what this class can explain.</summary>
    public static bool Explains(Exception e) =>
        e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException;

    /// <summary>True where another process holds the file.</summary>
    public static bool IsInUse(IOException e) => InUse.Contains(e.HResult);

    /// <summary>A file or folder cannot be written.</summary>
    public static UserErrorException CannotWrite(string path, Exception e) =>
        new($"cannot write '{path}': {Reason(e)}; {Advice(e)}", e);

    /// <summary>A folder cannot be made.</summary>
    public static UserErrorException CannotMakeFolder(string path, Exception e) =>
        new($"cannot make the folder '{path}': {Reason(e)}; {Advice(e)}", e);

    /// <summary>A file cannot be read.</summary>
    public static UserErrorException CannotRead(string path, Exception e) => new($"cannot read '{path}': {Reason(e)}", e);

    private static string Advice(Exception e) => e switch
    {
        IOException when DiskFull.Contains(e.HResult) => "free some space or choose another place",
        UnauthorizedAccessException => "choose a place that you may write to",
        DirectoryNotFoundException => "make its folder first",
        _ => "choose another place",
    };

    // The runtime puts the path behind the reason: "No space left on device : '/a/b'".
    private static string Reason(Exception e) => e.Message.ReplaceLineEndings(" ").Split(" : ")[0].TrimEnd('.');
}
