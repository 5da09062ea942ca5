using IadNative.Messages;

namespace IadNative.Data.Formats;

/// <summary>
/// Which of a file's named arrays are the matrix and the labels: the labels are those the option names, or <c>y</c> if there
/// is such an array; the matrix is <c>X</c>, or else the only array besides the labels.
/// </summary>
internal static class ArrayChoice
{
    /// <summary>Chooses by name.</summary>
    /// <param name="names">The arrays of the file.</param>
    /// <param name="label">The label option, or null.</param>
    /// <param name="file">For messages.</param>
    /// <returns>Places in <paramref name="names"/>; -1 for no labels.</returns>
    /// <exception cref="DataFormatException">There is no such array, or no one matrix.</exception>
    public static (int Matrix, int Labels) Choose(IReadOnlyList<string> names, string? label, string file)
    {
        if (names.Count == 0)
            throw new DataFormatException($"{file}: it holds no array of numbers. Save the matrix as " +
                $"{NumericArray.MatrixName} and the labels, if any, as {NumericArray.LabelName}.");
        int labels = Find(names, label ?? NumericArray.LabelName, file);
        if (labels < 0 && label != null)
            throw new DataFormatException($"{file}: there is no label array {ForeignText.Quote(label)}. " +
                $"The arrays are {ColumnName.List(names)}.");
        bool isMatrixTaken = labels >= 0 && names[labels] == NumericArray.MatrixName;
        int matrix = isMatrixTaken ? -1 : Find(names, NumericArray.MatrixName, file);
        if (matrix >= 0)
            return (matrix, labels);
        var others = Enumerable.Range(0, names.Count).Where(i => i != labels).ToList();
        return others.Count == 1
            ? (others[0], labels)
            : throw new DataFormatException($"{file}: which array is the matrix? There is no {NumericArray.MatrixName}, and the " +
                $"arrays are {ColumnName.List(names)}. Save the matrix as {NumericArray.MatrixName}.");
    }

    private static int Find(IReadOnlyList<string> names, string name, string file)
    {
        int found = -1;
        for (int i = 0; i < names.Count; i++)
        {
            if (names[i] != name)
                continue;
            if (found >= 0)
                throw new DataFormatException($"{file}: there are two arrays {ForeignText.Quote(name)}. Keep one.");
            found = i;
        }
        return found;
    }
}
