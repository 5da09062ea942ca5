using System.Numerics;

namespace IadNative.Tests.Cuda.Kernels;

/// <summary>
/// What naive implementations are made of: sums of one term after the other, in several orders, whose rounding errors those
/// of the kernels are measured against.
/// </summary>
internal static class Naive
{
    /// <summary>
    /// How many orders are tried. A sum may be the small rest of large terms, and where there is one alone a few orders can
    /// all be right by luck.
    /// </summary>
    public const int Orders = 8;

    /// <summary>The indices of some terms in one of the orders, 0 for their own.</summary>
    public static int[] Order(int count, int order)
    {
        int[] all = [.. Enumerable.Range(0, count)];
        if (order > 0) new System.Random(order).Shuffle(all);
        return all;
    }

    /// <summary>The sum of values in an order.</summary>
    public static T Sum<T>(T[] values, int[] order)
        where T : INumber<T>
    {
        T sum = T.Zero;
        foreach (int i in order) sum += values[i];
        return sum;
    }

    /// <summary>One feature of a row-major matrix.</summary>
    public static T[] Column<T>(float[] values, int width, int j)
        where T : INumber<T>
    {
        var column = new T[values.Length / width];
        for (int s = 0; s < column.Length; s++) column[s] = T.CreateChecked(values[(s * width) + j]);
        return column;
    }
}
