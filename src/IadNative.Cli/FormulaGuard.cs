namespace IadNative.Cli;

/// <summary>Which texts of a CSV are kept from being formulas in a spreadsheet.</summary>
internal enum FormulaGuard
{
    /// <summary>Names of columns.</summary>
    Guard,

    /// <summary>Names of columns and values, such as names of samples.</summary>
    GuardAll,

    /// <summary>None: all texts stay as they are.</summary>
    Keep,
}
