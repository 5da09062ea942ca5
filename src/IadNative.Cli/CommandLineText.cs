using System.Buffers;
using System.CommandLine.Parsing;

namespace IadNative.Cli;

/// <summary>Writes a command line so that a shell reads it back.</summary>
internal static class CommandLineText
{
    private static readonly SearchValues<char> s_plain =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.,:/=+@%");

    /// <summary>The command that was parsed, from the program's name on.</summary>
    public static string Of(System.CommandLine.ParseResult parsed) =>
        string.Join(' ', parsed.Tokens.Select((Token token) => Quote(token.Value)).Prepend(parsed.RootCommandResult.Command.Name));

    private static string Quote(string word) => word.Length > 0 && !word.AsSpan().ContainsAnyExcept(s_plain)
        ? word
        : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
