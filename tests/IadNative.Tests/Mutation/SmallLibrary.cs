using System.Reflection;
using System.Runtime.Loader;
using IadNative.Mutation;

namespace IadNative.Tests.Mutation;

/// <summary>A library of one file, built with all its mutants.</summary>
internal sealed class SmallLibrary : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("iad-small-");
    private readonly AssemblyLoadContext _context = new("small", isCollectible: true);
    private readonly Assembly _assembly;

    /// <param name="text">The file <c>Metrics/Small.cs</c>.</param>
    public SmallLibrary(string text)
    {
        string folder = Path.Combine(_folder.FullName, "Small"), written = Path.Combine(folder, "obj", "Release", "net10.0");
        Directory.CreateDirectory(written);
        Directory.CreateDirectory(Path.Combine(folder, "Metrics"));
        File.WriteAllText(Path.Combine(written, "Small.AssemblyInfo.cs"), "");
        File.WriteAllText(Path.Combine(written, "Small.GlobalUsings.g.cs"), "global using System;");
        File.WriteAllText(Path.Combine(folder, "Metrics", "Small.cs"), text);
        var library = new Library(folder, "Release");
        Sites = library.Sites(["Metrics"]);
        string path = Path.Combine(_folder.FullName, "Small.dll");
        Compiled = library.Write(path, Sites);
        using var stream = new MemoryStream(File.ReadAllBytes(path));
        _assembly = _context.LoadFromStream(stream);
    }

    /// <summary>Its mutants.</summary>
    public IReadOnlyList<MutantSite> Sites { get; }

    /// <summary>Their changes.</summary>
    public IEnumerable<string> Changes => Sites.Select(site => site.Mutant.Change);

    /// <summary>The numbers of those that compile.</summary>
    public IReadOnlySet<int> Compiled { get; }

    /// <summary>Calls a static method of its class <c>Small</c> with a mutant on; with none where the change is null.</summary>
    public object? Call(string? change, string method, params object[] arguments)
    {
        int number = change is null ? -1 : Sites.Index().Single(site => site.Item.Mutant.Change == change).Index;
        _assembly.GetType(Schemata.SwitchName)!.GetField(Schemata.NumberName)!.SetValue(null, number);
        return _assembly.GetType("Small")!.GetMethod(method)!.Invoke(null, arguments);
    }

    /// <summary>The numbers of the mutants that a call runs through.</summary>
    public int[] Reached(string method, params object[] arguments)
    {
        byte[] reached = new byte[Sites.Count];
        FieldInfo field = _assembly.GetType(Schemata.SwitchName)!.GetField(Schemata.ReachedName)!;
        field.SetValue(null, reached);
        Call(null, method, arguments);
        field.SetValue(null, null);
        return [.. Enumerable.Range(0, reached.Length).Where(number => reached[number] != 0)];
    }

    public void Dispose()
    {
        _context.Unload();
        _folder.Delete(recursive: true);
    }
}
