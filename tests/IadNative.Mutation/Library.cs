using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Emit;

namespace IadNative.Mutation;

/// <summary>The library's sources, and assemblies made of them with mutants inside.</summary>
internal sealed class Library
{
    private static readonly CSharpParseOptions s_language = new(LanguageVersion.CSharp14, DocumentationMode.None);

    private readonly CSharpCompilation _original;
    private readonly Dictionary<string, SyntaxTree> _files = [];

    /// <param name="folder">The folder of its project, which has been built.</param>
    /// <param name="configuration">Which build of it, such as <c>Release</c>.</param>
    public Library(string folder, string configuration)
    {
        string name = Path.GetFileName(folder);
        string written = Path.Combine(folder, "obj", configuration, "net10.0");
        string[] generated = [$"{name}.AssemblyInfo.cs", $"{name}.GlobalUsings.g.cs"];
        SyntaxTree[] others = Array.ConvertAll(generated, file => Parse(Path.Combine(written, file)));
        foreach (string path in Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            string file = Path.GetRelativePath(folder, path).Replace('\\', '/');
            if (file.Split('/')[0] is not ("obj" or "bin")) _files[file] = Parse(path);
        }

        _original = CSharpCompilation.Create(name, [.. others, .. _files.Values], References(name), new CSharpCompilationOptions(
            OutputKind.DynamicallyLinkedLibrary, optimizationLevel: OptimizationLevel.Release, allowUnsafe: true,
            nullableContextOptions: NullableContextOptions.Enable, generalDiagnosticOption: ReportDiagnostic.Suppress));
    }

    /// <summary>All sites of some folders of the library.</summary>
    public IReadOnlyList<MutantSite> Sites(IReadOnlyCollection<string> folders) =>
    [
        .. _files.Where(file => folders.Contains(file.Key.Split('/')[0]))
            .SelectMany(file => SiteFinder.Find(file.Key, file.Value, _original.GetSemanticModel(file.Value))),
    ];

    /// <summary>
    /// Writes the library with these mutants, each behind the number of its place in the list; those that do not compile are left out.
    /// </summary>
    /// <returns>Numbers of those that are in it.</returns>
    public IReadOnlySet<int> Write(string path, IReadOnlyList<MutantSite> sites)
    {
        HashSet<int> numbers = [.. Enumerable.Range(0, sites.Count)];
        while (true)
        {
            CSharpCompilation mutated = _original.AddSyntaxTrees(CSharpSyntaxTree.ParseText(Schemata.Switch, s_language));
            foreach (IGrouping<string, int> file in numbers.GroupBy(number => sites[number].Mutant.File))
            {
                SyntaxTree tree = _files[file.Key];
                string text = Schemata.Write(tree, file.Select(number => (number, sites[number])));
                mutated = mutated.ReplaceSyntaxTree(tree, CSharpSyntaxTree.ParseText(text, s_language, tree.FilePath));
            }

            using var bytes = new MemoryStream();
            EmitResult result = mutated.Emit(bytes);
            if (result.Success)
            {
                File.WriteAllBytes(path, bytes.ToArray());
                return numbers;
            }

            Diagnostic[] errors = [.. result.Diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)];
            int[] wrong = [.. errors.SelectMany(NumbersAt).Distinct()];
            if (wrong.Length == 0)
                throw new InvalidOperationException($"No mutant is the reason of: {string.Join('\n', errors.AsEnumerable())}");
            numbers.ExceptWith(wrong);
        }
    }

    /// <summary>The mutants that an error is owed to: the innermost one around it, or else all within the member that it is in.</summary>
    private static IEnumerable<int> NumbersAt(Diagnostic error)
    {
        SyntaxNode node = error.Location.SourceTree!.GetRoot().FindNode(error.Location.SourceSpan, getInnermostNodeForTie: true);
        foreach (SyntaxNode around in node.AncestorsAndSelf())
        {
            if (SwitchOf(around) is { } number) return [number];
            if (around is MemberDeclarationSyntax and not TypeDeclarationSyntax) return NumbersIn(around);
        }

        return NumbersIn(error.Location.SourceTree.GetRoot());
    }

    private static IEnumerable<int> NumbersIn(SyntaxNode node) => node.DescendantNodes().Select(SwitchOf).OfType<int>();

    private static int? SwitchOf(SyntaxNode node) => node switch
    {
        ConditionalExpressionSyntax choice => Schemata.NumberOf(choice.Condition),
        IfStatementSyntax choice => Schemata.NumberOf(choice.Condition),
        _ => null,
    };

    // The assemblies that this process runs on: the same packages, and the framework itself.
    private static IEnumerable<MetadataReference> References(string but) =>
        ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
        .Concat(Directory.GetFiles(AppContext.BaseDirectory, "*.dll")).DistinctBy(Path.GetFileName)
        .Where(path => !Path.GetFileName(path).StartsWith(but, StringComparison.Ordinal) && IsManaged(path))
        .Select(path => MetadataReference.CreateFromFile(path));

    private static bool IsManaged(string path)
    {
        using FileStream file = File.OpenRead(path);
        using var reader = new System.Reflection.PortableExecutable.PEReader(file);
        return reader.HasMetadata;
    }

    private static SyntaxTree Parse(string path) => CSharpSyntaxTree.ParseText(File.ReadAllText(path), s_language, path);
}
