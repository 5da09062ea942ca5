using System.Text.Json.Serialization;

namespace IadNative.Reproduction.Figures;

/// <summary>All that one figure draws.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(ContaminationFigure), "contamination")]
[JsonDerivedType(typeof(TerminationFigure), "termination")]
[JsonDerivedType(typeof(WeightsFigure), "weights")]
[JsonDerivedType(typeof(TemperatureFigure), "temperature")]
internal abstract record FigureData
{
    /// <summary>The same as tables for CSV files.</summary>
    public abstract IReadOnlyList<CsvTable> Tables();
}

/// <summary>A table of a figure.</summary>
/// <param name="Name">What follows the figure's name in the file name, such as -weights; may be empty.</param>
/// <param name="Header">Names of the columns.</param>
/// <param name="Rows">Cells, in the order of the columns; numbers and text; null is written as nothing.</param>
internal sealed record CsvTable(string Name, IReadOnlyList<string> Header, IEnumerable<IReadOnlyList<object?>> Rows);
