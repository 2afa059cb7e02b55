using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using GpuLstm.PtxDriver.Machine;
using GpuLstm.PtxDriver.Translation;

namespace GpuLstm.PtxDriver.Driver;

/// <summary>
/// Writes what a program hands to the driver into the folder that <c>PTX_DRIVER_RECORD</c> names: the text of every module, as a
/// file that has its SHA-256 as a name, and in <c>launches.tsv</c> a line for every launch that is unlike those before: module,
/// kernel, grid, group, bytes of dynamic shared memory. Several programs may write into the same folder, one after the other.
/// </summary>
internal sealed class Recording
{
    private const string Header = "module\tkernel\tgrid\tgroup\tdynamic shared\n";

    private readonly string folder;
    private readonly Dictionary<CompiledKernel, string> modules = [];
    private readonly HashSet<string> launches = [];

    private Recording(string folder)
    {
        this.folder = Directory.CreateDirectory(folder).FullName;
        if (!File.Exists(Launches))
            File.WriteAllText(Launches, Header);
    }

    private string Launches => Path.Combine(folder, "launches.tsv");

    /// <summary>The recording that the environment asks for; null: none.</summary>
    public static Recording? FromEnvironment() =>
        Environment.GetEnvironmentVariable("PTX_DRIVER_RECORD") is { Length: > 0 } folder ? new Recording(folder) : null;

    /// <summary>Writes a module's text, whether it will be taken or refused.</summary>
    /// <returns>The name of the file, without <c>.ptx</c>.</returns>
    public string Write(string text)
    {
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
        File.WriteAllText(Path.Combine(folder, name + ".ptx"), text);
        return name;
    }

    /// <summary>Remembers of which module kernels are.</summary>
    public void Remember(string module, IEnumerable<CompiledKernel> kernels)
    {
        foreach (var kernel in kernels)
            modules[kernel] = module;
    }

    /// <summary>Forgets a kernel that is to be unloaded.</summary>
    public void Forget(CompiledKernel kernel) => modules.Remove(kernel);

    /// <summary>Writes a launch, unless one like it has been written.</summary>
    public void Write(CompiledKernel kernel, LaunchShape shape)
    {
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"{modules[kernel]}\t{kernel.Name}\t{Text(shape.Grid)}\t{Text(shape.Group)}\t{shape.DynamicSharedBytes}\n");
        if (launches.Add(line))
            File.AppendAllText(Launches, line);
    }

    private static string Text(Size3 size) => string.Create(CultureInfo.InvariantCulture, $"{size.X},{size.Y},{size.Z}");
}
