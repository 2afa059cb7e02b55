namespace GpuLstm.Tests;

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

    [SkippableFact]
    public void A_full_disk_is_one_line_and_leaves_the_old_file()
    {
        Skip.IfNot(File.Exists("/dev/full"), "no /dev/full here");
        using var folder = new TemporaryFolder();
        var path = folder.File("f", "old");
        File.CreateSymbolicLink(path + ".partial", "/dev/full");
        var error = Assert.Throws<UserErrorException>(() => AtomicFile.Write(path, stream => stream.Write("new"u8)));
        Assert.Equal($"cannot write '{path}': No space left on device; free some space or choose another --output", error.Message);
        Assert.Equal("old", File.ReadAllText(path));
    }

    [Fact]
    public void A_folder_that_is_not_there_is_named()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder["none"], "f");
        Assert.Contains($"cannot write '{path}'", Assert.Throws<UserErrorException>(() => AtomicFile.Write(path, _ => { })).Message, StringComparison.Ordinal);
    }
}
