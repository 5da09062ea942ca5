using System.Reflection;

namespace IadNative.Cuda.Compilation;

/// <summary>The files of <c>kernels/</c>: sources (.cu) and the headers (.cuh) that they include by name.</summary>
internal sealed class KernelSources
{
    private const string Prefix = "kernels/";

    private static readonly Lazy<KernelSources> s_embeddedSources = new(() => EmbeddedIn(typeof(KernelSources).Assembly));

    private readonly IReadOnlyDictionary<string, string> _texts;

    /// <summary>Sources by file name.</summary>
    public KernelSources(IReadOnlyDictionary<string, string> texts)
    {
        _texts = texts;
        Headers = [.. texts.Where(text => text.Key.EndsWith(".cuh", StringComparison.Ordinal))
            .OrderBy(text => text.Key, StringComparer.Ordinal)];
    }

    /// <summary>The files embedded in this assembly.</summary>
    public static KernelSources Embedded => s_embeddedSources.Value;

    /// <summary>The files embedded in some assemblies.</summary>
    public static KernelSources EmbeddedIn(params Assembly[] assemblies)
    {
        return new KernelSources(assemblies
            .SelectMany(assembly => assembly.GetManifestResourceNames(), (assembly, name) => (Assembly: assembly, Name: name))
            .Where(resource => resource.Name.StartsWith(Prefix, StringComparison.Ordinal))
            .ToDictionary(resource => resource.Name[Prefix.Length..], resource => Text(resource.Assembly, resource.Name)));

        static string Text(Assembly assembly, string name)
        {
            using StreamReader reader = new(assembly.GetManifestResourceStream(name)!);
            return reader.ReadToEnd();
        }
    }

    /// <summary>Names and texts of all headers, in the order of their names.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; }

    /// <summary>What a file compiles as.</summary>
    /// <exception cref="ArgumentException">There is no such file.</exception>
    public KernelProgram ProgramOf(KernelFile file, string architecture) => new(
        file.Name, this[file.Name], file.Shape.Length == 0 ? Headers : [.. Headers, new(KernelFile.ShapeHeader, file.Shape)], architecture);

    /// <summary>The same files, the text of each changed.</summary>
    public KernelSources Changed(Func<string, string> change) => new(_texts.ToDictionary(text => text.Key, text => change(text.Value)));

    /// <summary>The text of a file.</summary>
    /// <exception cref="ArgumentException">There is no such file.</exception>
    public string this[string file] => _texts.TryGetValue(file, out string? text)
        ? text
        : throw new ArgumentException(
            $"There is no kernel file {file}. The files are {string.Join(", ", _texts.Keys.Order(StringComparer.Ordinal))}.",
            nameof(file));
}
