using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;

namespace GpuLstm.Tests.Libtorch;

/// <summary>
/// Makes TorchSharp's native library loadable on systems whose C++ runtime is older than GCC 13's (Debian 12): it asks for
/// version <c>GLIBCXX_3.4.32</c> because of one symbol that nothing calls. The demand is marked weak in the copy that lies
/// beside the tests, so that the dynamic linker lets it be absent.
/// </summary>
/// <remarks>ELF-64 and GNU symbol versioning as in the Linux Standard Base, "Symbol Versioning".</remarks>
internal static class LibtorchLoader
{
    private const string Version = "GLIBCXX_3.4.32";
    private const uint VersionNeedsSection = 0x6ffffffe;
    private const ushort WeakFlag = 2;

    [ModuleInitializer]
    internal static void Patch()
    {
        foreach (var path in Directory.EnumerateFiles(
            AppContext.BaseDirectory, "libLibTorchSharp.so", SearchOption.AllDirectories))
        {
            var image = File.ReadAllBytes(path);
            if (MarkWeak(image))
            {
                // Beside and renamed: another process may have the library open.
                var temporary = $"{path}.{Environment.ProcessId}";
                File.WriteAllBytes(temporary, image);
                File.Move(temporary, path, overwrite: true);
            }
        }
    }

    private static bool MarkWeak(Span<byte> image)
    {
        var sections = (int)Read64(image, 0x28);
        var (sectionSize, sectionCount) = (Read16(image, 0x3a), Read16(image, 0x3c));
        var changed = false;
        for (var index = 0; index < sectionCount; index++)
        {
            var section = image[(sections + index * sectionSize)..];
            if (Read32(section, 4) != VersionNeedsSection)
                continue;
            var needs = (int)Read64(section, 0x18);
            var strings = (int)Read64(image, sections + (int)Read32(section, 0x28) * sectionSize + 0x18);
            for (uint next = 1; next != 0; needs += (int)next)
            {
                next = Read32(image, needs + 12);
                var version = needs + (int)Read32(image, needs + 8);
                for (uint nextVersion = 1; nextVersion != 0; version += (int)nextVersion)
                {
                    nextVersion = Read32(image, version + 12);
                    var name = image[(strings + (int)Read32(image, version + 8))..];
                    if (!name.StartsWith(Encoding.ASCII.GetBytes(Version + "\0")) || Read16(image, version + 4) == WeakFlag)
                        continue;
                    BinaryPrimitives.WriteUInt16LittleEndian(image[(version + 4)..], WeakFlag);
                    changed = true;
                }
            }
        }

        return changed;
    }

    private static ushort Read16(ReadOnlySpan<byte> image, int offset) =>
        BinaryPrimitives.ReadUInt16LittleEndian(image[offset..]);

    private static uint Read32(ReadOnlySpan<byte> image, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(image[offset..]);

    private static ulong Read64(ReadOnlySpan<byte> image, int offset) => BinaryPrimitives.ReadUInt64LittleEndian(image[offset..]);
}
