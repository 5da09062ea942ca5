using System.Globalization;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace IadNative.Mutation;

/// <summary>
/// Writes mutants into the text of a file, each behind a switch, so that one build holds all of them. What is between the changes
/// stays, line for line.
/// </summary>
internal sealed class Schemata
{
    /// <summary>The class of the switch, in no namespace.</summary>
    public const string SwitchName = "MutantSwitch";

    /// <summary>The field with the number of the mutant that is on; −1 for none.</summary>
    public const string NumberName = "Number";

    /// <summary>The field that notes which are reached, a byte a mutant; null where nothing is noted.</summary>
    public const string ReachedName = "Reached";

    private readonly ILookup<SyntaxNode, (int Number, MutantSite Site)> _sites;
    private readonly HashSet<SyntaxNode> _around = [];

    private Schemata(IEnumerable<(int Number, MutantSite Site)> sites)
    {
        _sites = sites.ToLookup(site => site.Site.Node);
        foreach (IGrouping<SyntaxNode, (int, MutantSite)> site in _sites) _around.UnionWith(site.Key.AncestorsAndSelf());
    }

    /// <summary>The switch itself.</summary>
    public static string Switch => $$"""
        internal static class {{SwitchName}}
        {
            public static volatile int {{NumberName}} = -1;
            public static byte[]? {{ReachedName}};

            public static bool Is(int number)
            {
                if ({{ReachedName}} is { } reached) reached[number] = 1;
                return number == {{NumberName}};
            }
        }
        """;

    /// <summary>The text of a file with its mutants in it.</summary>
    /// <param name="tree">The file.</param>
    /// <param name="sites">Numbers and sites, all of this file.</param>
    public static string Write(SyntaxTree tree, IEnumerable<(int Number, MutantSite Site)> sites)
    {
        SyntaxNode root = tree.GetRoot();
        return new Schemata(sites).Render(root);
    }

    /// <summary>The number of the switch that a condition asks for; null where it asks for none.</summary>
    public static int? NumberOf(ExpressionSyntax condition) =>
        condition is InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax access } call
        && access.Expression.ToString() == $"global::{SwitchName}"
            ? int.Parse(call.ArgumentList.Arguments[0].ToString(), CultureInfo.InvariantCulture)
            : null;

    private string Render(SyntaxNode node)
    {
        if (!_around.Contains(node)) return node.ToFullString();
        var text = new StringBuilder();
        foreach (SyntaxNodeOrToken child in node.ChildNodesAndTokens())
            text.Append(child.IsNode ? Render(child.AsNode()!) : child.ToFullString());
        if (!_sites.Contains(node)) return text.ToString();

        string before = node.GetLeadingTrivia().ToFullString(), behind = node.GetTrailingTrivia().ToFullString();
        string core = text.ToString(before.Length, text.Length - before.Length - behind.Length);
        foreach ((int number, MutantSite site) in _sites[node])
        {
            string isOn = $"global::{SwitchName}.Is({number})";
            string mutated = site.Mutated.ReplaceLineEndings(" ");
            string cast = site.Type is null ? "" : $"({site.Type})";
            core = node is StatementSyntax
                ? $"{{ if ({isOn}) {{ {mutated} }} else {{ {core} }} }}"
                : $"({cast}({isOn} ? ({mutated}) : ({core})))";
        }

        return before + core + behind;
    }
}
