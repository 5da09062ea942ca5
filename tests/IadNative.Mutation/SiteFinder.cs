using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace IadNative.Mutation;

/// <summary>
/// Finds the places of a file where a small change makes another program: operators, comparisons, conditions, constants, ends of ranges,
/// smallest and largest, statements that go, results that are the default. Left out are what the compiler must know (attributes,
/// constants' own values, patterns), what only words an error, and hash codes.
/// </summary>
internal sealed partial class SiteFinder
{
    private readonly string _file;
    private readonly SyntaxTree _tree;
    private readonly SemanticModel _model;
    private readonly List<MutantSite> _sites = [];
    private readonly Dictionary<string, int> _seen = [];

    private SiteFinder(string file, SyntaxTree tree, SemanticModel model) => (_file, _tree, _model) = (file, tree, model);

    /// <summary>The sites of a file, in its order.</summary>
    /// <param name="file">Its name as mutants have it.</param>
    /// <param name="tree">Its text.</param>
    /// <param name="model">What its names mean.</param>
    public static IReadOnlyList<MutantSite> Find(string file, SyntaxTree tree, SemanticModel model)
    {
        var finder = new SiteFinder(file, tree, model);
        foreach (SyntaxNode node in tree.GetRoot().DescendantNodes(node => !finder.IsLeftOut(node)))
        {
            if (!finder.IsLeftOut(node)) finder.Visit(node);
        }

        return finder._sites;
    }

    private bool IsLeftOut(SyntaxNode node) => node switch
    {
        AttributeListSyntax or ThrowStatementSyntax or ThrowExpressionSyntax or InterpolatedStringExpressionSyntax => true,
        PatternSyntax or SwitchLabelSyntax or EnumMemberDeclarationSyntax or FixedStatementSyntax { Declaration: null } => true,
        FieldDeclarationSyntax field => field.Modifiers.Any(SyntaxKind.ConstKeyword),
        LocalDeclarationStatementSyntax local => local.IsConst,
        EqualsValueClauseSyntax { Parent: ParameterSyntax } => true,
        MethodDeclarationSyntax { Identifier.Text: nameof(GetHashCode) } => true, // any is right that is the same for equal ones
        InvocationExpressionSyntax { Expression: IdentifierNameSyntax { Identifier.Text: "nameof" } } => true,
        InvocationExpressionSyntax call => MakesException(call) || IsWithoutEffect(call),
        BaseObjectCreationExpressionSyntax creation => MakesException(creation),
        _ => false,
    };

    // Errors are worded here, and tests need not hold every word.
    private bool MakesException(ExpressionSyntax expression)
    {
        for (ITypeSymbol? type = _model.GetTypeInfo(expression).Type; type is not null; type = type.BaseType)
        {
            if (type.Name == nameof(Exception)) return true;
        }

        return false;
    }

    // Checks of arguments, hints to the collector, and memory given back.
    private bool IsWithoutEffect(InvocationExpressionSyntax call) =>
        _model.GetSymbolInfo(call).Symbol is IMethodSymbol method
        && (method.Name.StartsWith("ThrowIf", StringComparison.Ordinal)
            || method.ContainingType.Name is nameof(GC) or "Debug" or "ArrayPool" && method.Name != "Rent");

    private void Visit(SyntaxNode node)
    {
        switch (node)
        {
            case BinaryExpressionSyntax binary:
                VisitBinary(binary);
                break;
            case LiteralExpressionSyntax literal when literal.IsKind(SyntaxKind.NumericLiteralExpression):
                VisitNumber(literal);
                break;
            case LiteralExpressionSyntax literal when literal.IsKind(SyntaxKind.TrueLiteralExpression):
                Add(literal, "false");
                break;
            case LiteralExpressionSyntax literal when literal.IsKind(SyntaxKind.FalseLiteralExpression):
                Add(literal, "true");
                break;
            case IdentifierNameSyntax or MemberAccessExpressionSyntax:
                VisitConstant((ExpressionSyntax)node);
                break;
            case PrefixUnaryExpressionSyntax unary
                when unary.IsKind(SyntaxKind.LogicalNotExpression) || unary.IsKind(SyntaxKind.UnaryMinusExpression)
                || unary.IsKind(SyntaxKind.BitwiseNotExpression):
                Add(unary, unary.Operand.ToString());
                break;
            case PostfixUnaryExpressionSyntax { Parent: not (ExpressionStatementSyntax or ForStatementSyntax) } unary
                when unary.OperatorToken.Text is "++" or "--":
                Add(unary, unary.Operand + (unary.OperatorToken.Text == "++" ? "--" : "++"));
                break;
            case PrefixUnaryExpressionSyntax { Parent: not (ExpressionStatementSyntax or ForStatementSyntax) } unary
                when unary.OperatorToken.Text is "++" or "--":
                Add(unary, (unary.OperatorToken.Text == "++" ? "--" : "++") + unary.Operand);
                break;
            case ConditionalExpressionSyntax conditional:
                Negate(conditional.Condition);
                break;
            case IfStatementSyntax choice:
                Negate(choice.Condition);
                break;
            case CheckedExpressionSyntax { RawKind: (int)SyntaxKind.CheckedExpression } expression:
                Add(expression, $"unchecked({expression.Expression})");
                break;
            case InvocationExpressionSyntax call:
                VisitCall(call);
                break;
            case RangeExpressionSyntax range:
                MoveEnd(range.LeftOperand, 1);
                MoveEnd(range.RightOperand, -1);
                break;
            case ExpressionStatementSyntax statement:
                VisitStatement(statement);
                break;
            case ReturnStatementSyntax { Expression: { } result } statement when !IsDefault(result) && !MakesException(result):
                Add(statement, "return default!;");
                break;
            case ArrowExpressionClauseSyntax { Expression: not ThrowExpressionSyntax and { } result }
                when !IsDefault(result) && _model.GetTypeInfo(result).Type is { SpecialType: not SpecialType.System_Void }
                && result is not AssignmentExpressionSyntax && !MakesException(result):
                Add(result, "default!");
                break;
        }
    }

    private void VisitBinary(BinaryExpressionSyntax binary)
    {
        string[] others = binary.OperatorToken.Text switch
        {
            "+" => ["-"],
            "-" => ["+"],
            "*" => ["/"],
            "/" => ["*"],
            "%" => ["*"],
            "<<" => [">>"],
            ">>" => ["<<"],
            ">>>" => ["<<"],
            "&" => ["|"],
            "|" => ["&"],
            "^" => ["&"],
            "<" => ["<="],
            "<=" => ["<"],
            ">" => [">="],
            ">=" => [">"],
            "==" => ["!="],
            "!=" => ["=="],
            "&&" => ["||"],
            "||" => ["&&"],
            _ => [],
        };
        if (_model.GetTypeInfo(binary).Type?.SpecialType == SpecialType.System_String) return;
        foreach (string other in others) Add(binary, $"{binary.Left} {other} {binary.Right}");
    }

    private void VisitNumber(LiteralExpressionSyntax literal)
    {
        TypeInfo info = _model.GetTypeInfo(literal);
        string? type = NumberType(info.ConvertedType) ?? NumberType(info.Type);
        double value = Convert.ToDouble(literal.Token.Value, CultureInfo.InvariantCulture);
        if (literal.Token.Value is float or double)
        {
            Add(literal, value == 0 ? "1" : $"2 * {literal}", type);
            if (value != 0) Add(literal, "0", type);
            return;
        }

        Add(literal, $"{literal} + 1", type);
        if (value > 0) Add(literal, $"{literal} - 1", type);
    }

    private void VisitConstant(ExpressionSyntax expression)
    {
        if (expression.Parent is MemberAccessExpressionSyntax access && access.Name == expression) return;
        ISymbol? symbol = _model.GetSymbolInfo(expression).Symbol;
        if (symbol is not (IFieldSymbol { IsConst: true } or ILocalSymbol { IsConst: true })) return;
        ITypeSymbol type = symbol is IFieldSymbol field ? field.Type : ((ILocalSymbol)symbol).Type;
        if (!symbol.Locations[0].IsInSource || NumberType(type) is not { } name || type.TypeKind == TypeKind.Enum) return;
        Add(expression, $"{expression} + 1", NumberType(_model.GetTypeInfo(expression).ConvertedType) ?? name);
        if (name is "int" or "long") Add(expression, $"{expression} - 1", NumberType(_model.GetTypeInfo(expression).ConvertedType) ?? name);
    }

    private void VisitCall(InvocationExpressionSyntax call)
    {
        if (call.Expression is not MemberAccessExpressionSyntax { Name: IdentifierNameSyntax { Identifier.Text: var name } } target) return;
        SeparatedSyntaxList<ArgumentSyntax> arguments = call.ArgumentList.Arguments;
        if (name is "Min" or "Max" && arguments.Count == 2)
            Add(call, $"{target.Expression}.{(name == "Min" ? "Max" : "Min")}{call.ArgumentList}");
        if (name is not ("Slice" or "AsSpan" or "AsMemory")) return;
        for (int i = 0; i < arguments.Count; i++) MoveEnd(arguments[i].Expression, i == 0 ? 1 : -1);
    }

    // Numbers and constants are moved as what they are.
    private void MoveEnd(ExpressionSyntax? end, int step)
    {
        if (end is PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.IndexExpression } fromEnd) end = fromEnd.Operand;
        if (end is null or LiteralExpressionSyntax || _model.GetTypeInfo(end).Type?.SpecialType != SpecialType.System_Int32) return;
        if (_model.GetConstantValue(end).HasValue) return;
        Add(end, step > 0 ? $"({end}) + 1" : $"({end}) - 1");
    }

    private void VisitStatement(ExpressionStatementSyntax statement)
    {
        if (statement.Expression is InvocationExpressionSyntax call && IsLeftOut(call)) return;
        if (statement.Expression is AssignmentExpressionSyntax assignment)
        {
            string? other = assignment.OperatorToken.Text switch
            {
                "+=" => "-=",
                "-=" => "+=",
                "*=" => "/=",
                "/=" => "*=",
                "|=" => "&=",
                "&=" => "|=",
                "<<=" => ">>=",
                ">>=" => "<<=",
                _ => null,
            };
            if (other is not null) Add(statement, $"{assignment.Left} {other} {assignment.Right};");
        }

        Add(statement, "");
    }

    // Variables that a condition declares cannot be declared twice.
    private void Negate(ExpressionSyntax condition)
    {
        if (!DeclaresVariables(condition)) Add(condition, $"!({condition})");
    }

    private static bool DeclaresVariables(SyntaxNode node) =>
        node.DescendantNodesAndSelf(child => child is not AnonymousFunctionExpressionSyntax).OfType<SingleVariableDesignationSyntax>().Any();

    private static bool IsDefault(ExpressionSyntax expression) =>
        expression is RefExpressionSyntax
        || expression is LiteralExpressionSyntax { Token.Text: "0" or "null" or "false" or "true" or "default" };

    private static string? NumberType(ITypeSymbol? type) => type?.SpecialType switch
    {
        SpecialType.System_Byte or SpecialType.System_SByte or SpecialType.System_Int16 or SpecialType.System_UInt16
            or SpecialType.System_Int32 or SpecialType.System_UInt32 or SpecialType.System_Int64 or SpecialType.System_UInt64
            or SpecialType.System_Single or SpecialType.System_Double or SpecialType.System_IntPtr or SpecialType.System_UIntPtr =>
            type.ToDisplayString(),
        _ => null,
    };

    private void Add(SyntaxNode node, string mutated, string? type = null)
    {
        if (node is ExpressionSyntax && DeclaresVariables(node)) return;
        int line = node.GetLocation().GetLineSpan().StartLinePosition.Line;
        string text = _tree.GetText().Lines[line].ToString().Trim();
        var mutant = new Mutant(_file, line + 1, text, $"{OneLine(node.ToString())} → {OneLine(mutated)}".TrimEnd());
        int count = _seen[mutant.Key] = _seen.GetValueOrDefault(mutant.Key) + 1;
        if (count > 1) mutant = mutant with { Change = $"{mutant.Change} ({count})" };
        bool isInitial = node.Ancestors().Any(ancestor => ancestor switch
        {
            FieldDeclarationSyntax or EqualsValueClauseSyntax { Parent: PropertyDeclarationSyntax } => true,
            ConstructorDeclarationSyntax constructor => constructor.Modifiers.Any(SyntaxKind.StaticKeyword),
            _ => false,
        });
        _sites.Add(new MutantSite(mutant, node, mutated, type, isInitial));
    }

    private static string OneLine(string text) => Spaces().Replace(text, " ");

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
