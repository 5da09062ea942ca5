using System.Runtime.InteropServices;
using IadNative.Data;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace IadNative.ML.Rows;

/// <summary>The column of features.</summary>
internal static class FeatureRows
{
    /// <summary>Finds it.</summary>
    /// <exception cref="ArgumentException">It is missing or no vector of float32 of a known size.</exception>
    public static (DataViewSchema.Column Column, int Size) Find(DataViewSchema schema, string name)
    {
        if (schema.GetColumnOrNull(name) is not { } column)
        {
            throw new ArgumentException(
                $"There is no column '{name}'. The columns are {string.Join(", ", schema.Select(other => $"'{other.Name}'"))}. Concatenate features into one.");
        }

        return column.Type is VectorDataViewType { ItemType: NumberDataViewType { RawType: var type }, IsKnownSize: true } vector && type == typeof(float)
            ? (column, vector.Size)
            : throw new ArgumentException($"The column '{name}' is of type {column.Type}, but a vector of Single of a known size is needed.");
    }

    /// <summary>All rows.</summary>
    /// <exception cref="ArgumentException">The column is at fault, there are no rows, or a cell may not be what it is.</exception>
    public static Dataset Read(IDataView data, string name, bool mayMiss)
    {
        (DataViewSchema.Column column, int d) = Find(data.Schema, name);
        var cells = new List<float>(checked((int)Math.Min((data.GetRowCount() ?? 0) * d, Array.MaxLength)));
        int rows = 0;
        using (DataViewRowCursor cursor = data.GetRowCursor([column]))
        {
            ValueGetter<VBuffer<float>> read = cursor.GetGetter<VBuffer<float>>(column);
            VBuffer<float> row = default;
            for (; cursor.MoveNext(); rows++)
            {
                read(ref row);
                int start = cells.Count;
                if (start > Array.MaxLength - d)
                    throw new ArgumentException($"The column '{name}' has more than {rows} rows of {d} numbers, which is too many to fit on at once. Take a sample.");
                CollectionsMarshal.SetCount(cells, start + d);
                row.CopyTo(CollectionsMarshal.AsSpan(cells)[start..]);
            }
        }

        if (rows == 0) throw new ArgumentException($"There are no rows to fit on in the column '{name}'.");
        string[]? names = NamesOf(column, d);
        return new Dataset(name, new TableValues((float[])[.. cells]), rows, FeatureColumn.Numbers(names, d), null, names is not null, allowMissing: mayMiss);
    }

    // The names of its slots, where all have one of their own.
    private static string[]? NamesOf(DataViewSchema.Column column, int d)
    {
        if (!column.HasSlotNames()) return null;
        VBuffer<ReadOnlyMemory<char>> slots = default;
        column.GetSlotNames(ref slots);
        string[] names = [.. slots.DenseValues().Select(slot => slot.ToString())];
        return names.Length == d && names.Distinct(StringComparer.Ordinal).Count() == d && names.All(name => name.Length > 0) ? names : null;
    }
}
