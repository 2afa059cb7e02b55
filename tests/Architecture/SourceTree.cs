using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace GpuLstm.Tests.Architecture;

/// <summary>One folder's code names something that is declared in another folder.</summary>
/// <param name="From">The folder whose code it is, from the repository's root.</param>
/// <param name="To">The folder of the declaration.</param>
/// <param name="Example">A file of the first folder, and what it names.</param>
internal sealed record FolderUse(string From, string To, string Example);

/// <summary>The source files of the program, as the compiler understands them.</summary>
internal static class SourceTree
{
    private static readonly string[] Projects = ["kernels", "src/Core", "src/Cli"];

    // What the project files add to every source file.
    private const string ImplicitUsings =
        "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; "
        + "global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;";

    // A partial method without a body, and what such a method would assign.
    private static readonly string[] LeftToGenerators = ["CS8795", "CS0165"];

    private static readonly Lazy<CSharpCompilation> Compiled = new(Compile);

    /// <summary>The repository's folder.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Every source file of the repository, from its root.</summary>
    public static IReadOnlyList<string> AllFiles { get; } =
    [
        .. from file in Directory.EnumerateFiles(Root, "*.cs", SearchOption.AllDirectories)
           let path = Path.GetRelativePath(Root, file).Replace('\\', '/')
           where !path.Split('/').Any(part => part is "bin" or "obj" or "artifacts")
           orderby path
           select path,
    ];

    /// <summary>Those of the program.</summary>
    public static IReadOnlyList<string> Files { get; } =
        [.. AllFiles.Where(file => Projects.Any(project => file.StartsWith($"{project}/", StringComparison.Ordinal)))];

    /// <summary>Every pair of folders of which one uses the other; a name in a comment is no use.</summary>
    public static IReadOnlyList<FolderUse> Uses() =>
    [
        .. Compilation.SyntaxTrees.AsParallel()
            .SelectMany(tree => Uses(Compilation.GetSemanticModel(tree), tree))
            .GroupBy(use => (use.From, use.To))
            .Select(uses => uses.OrderBy(use => use.Example, StringComparer.Ordinal).First())
            .OrderBy(use => (use.From, use.To)),
    ];

    /// <summary>
    /// What the compiler does not understand: what is used there goes unseen. What is left to generators is no error.
    /// </summary>
    public static IReadOnlyList<string> Errors() =>
    [
        .. Compilation.GetDiagnostics()
            .Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error && !LeftToGenerators.Contains(diagnostic.Id))
            .Select(diagnostic => $"{diagnostic}"),
    ];

    private static IEnumerable<FolderUse> Uses(SemanticModel model, SyntaxTree tree) =>
        from name in tree.GetRoot().DescendantNodes().OfType<SimpleNameSyntax>()
        let symbol = model.GetSymbolInfo(name).Symbol
        where symbol is not null and not INamespaceSymbol
        from declaration in symbol.OriginalDefinition.DeclaringSyntaxReferences
        let folders = (From: Folder(tree), To: Folder(declaration.SyntaxTree))
        where folders.From != folders.To
        select new FolderUse(folders.From, folders.To, $"{Path.GetFileName(tree.FilePath)} names {name.Identifier.Text}");

    private static string Folder(SyntaxTree tree) => Path.GetDirectoryName(tree.FilePath)!.Replace('\\', '/');

    private static CSharpCompilation Compilation => Compiled.Value;

    private static CSharpCompilation Compile()
    {
        var trees = Files.AsParallel().AsOrdered()
            .Select(file => CSharpSyntaxTree.ParseText(File.ReadAllText(Path.Combine(Root, file)), path: file))
            .Append(CSharpSyntaxTree.ParseText(ImplicitUsings, path: "implicit/usings"));
        var libraries = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => !Path.GetFileName(path).StartsWith("gpulstm", StringComparison.OrdinalIgnoreCase))
            .Select(path => MetadataReference.CreateFromFile(path));
        return CSharpCompilation.Create(
            "GpuLstm", trees, libraries, new CSharpCompilationOptions(OutputKind.ConsoleApplication, allowUnsafe: true));
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "GpuLstm.sln")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException("the tests are not in the repository");
        return folder.FullName;
    }
}
