using GpuLstm.Files;

namespace GpuLstm.Tests.Files;

public sealed class AtomicFileTests
{
    [Fact]
    public void Replaces_a_file_in_one_piece()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("f", "old");
        AtomicFile.Write(path, stream =>
        {
            stream.Write("new"u8);
            Assert.Equal("old", File.ReadAllText(path));
        });
        Assert.Equal("new", File.ReadAllText(path));
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void A_failure_leaves_the_old_file_and_nothing_else()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("f", "old");
        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write("half"u8);
            throw new InvalidOperationException("stop");
        }));
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void A_full_disk_is_one_line_and_leaves_the_old_file()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("f", "old");
        var error = Assert.Throws<UserErrorException>(() => AtomicFile.Write(path, _ => throw FullDisk()));
        Assert.Equal($"cannot write '{path}': No space left on device; free some space or choose another place", error.Message);
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Advice_fits_the_cause()
    {
        using var folder = new TemporaryFolder();
        var path = folder["f"];
        Assert.EndsWith(
            "; choose a place that you may write to", Message(new UnauthorizedAccessException("Access is denied.")),
            StringComparison.Ordinal);
        Assert.EndsWith(
            "; make its folder first", Message(new DirectoryNotFoundException("No such folder.")), StringComparison.Ordinal);
        Assert.EndsWith(": Bad luck; choose another place", Message(new IOException("Bad luck")), StringComparison.Ordinal);

        string Message(Exception cause) =>
            Assert.Throws<UserErrorException>(() => AtomicFile.Write(path, _ => throw cause)).Message;
    }

    [SkippableFact]
    public void A_device_is_written_to_and_not_replaced()
    {
        Skip.IfNot(File.Exists("/dev/full"), "no /dev/full here");
        AtomicFile.Write("/dev/null", stream => stream.Write("new"u8));
        Assert.Equal(0, new FileInfo("/dev/null").Length);
        Assert.Contains(
            "cannot write '/dev/full': No space left on device",
            Assert.Throws<UserErrorException>(() => AtomicFile.Write("/dev/full", stream => stream.Write("new"u8))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_is_not_there_is_named()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder["none"], "f");
        Assert.Contains(
            $"cannot write '{path}'", Assert.Throws<UserErrorException>(() => AtomicFile.Write(path, _ => { })).Message,
            StringComparison.Ordinal);
    }

    // What the runtime throws for ENOSPC, or for its like on Windows.
    private static IOException FullDisk() =>
        new("No space left on device : 'f'", OperatingSystem.IsWindows() ? unchecked((int)0x80070070) : 28);
}
