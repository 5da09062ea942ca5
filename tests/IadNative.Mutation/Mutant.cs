using Microsoft.CodeAnalysis;

namespace IadNative.Mutation;

/// <summary>One small change of the library.</summary>
/// <param name="File">The file, from the library's folder on and with slashes: <c>Metrics/Otsu.cs</c>.</param>
/// <param name="Line">Its line, from 1, for people alone: lines move.</param>
/// <param name="LineText">What stands on the line, without spaces at its ends.</param>
/// <param name="Change">
/// What becomes what: <c>a &lt; b → a &lt;= b</c>; with <c>(2)</c> behind it where the file holds the same twice.
/// </param>
internal sealed record Mutant(string File, int Line, string LineText, string Change)
{
    /// <summary>What stays the same as long as the code does.</summary>
    public string Key => $"{File}\t{LineText}\t{Change}";

    /// <summary>The folder of the library.</summary>
    public string Folder => File[..File.IndexOf('/', StringComparison.Ordinal)];

    /// <inheritdoc/>
    public override string ToString() => $"{File}:{Line}  {Change}";
}

/// <summary>Where a mutant stands in a syntax tree, and what takes the place of what stands there.</summary>
/// <param name="Mutant">The mutant.</param>
/// <param name="Node">An expression or a statement.</param>
/// <param name="Mutated">What takes its place.</param>
/// <param name="Type">The type that an expression is brought to; null where it has it anyway.</param>
/// <param name="IsInitial">Whether it may run but once in a process: it initialises a class, or an object that may be shared.</param>
internal sealed record MutantSite(Mutant Mutant, SyntaxNode Node, string Mutated, string? Type, bool IsInitial);
