namespace IadNative.Cuda;

/// <summary>Rows of features that lie in a device's memory: float32, row-major, without gaps. Whoever allocated it keeps it.</summary>
public sealed record DeviceRows
{
    /// <summary>Rows at an address.</summary>
    /// <param name="pointer">The first number's address on the device (CUdeviceptr).</param>
    /// <param name="rows">n, at least 1.</param>
    /// <param name="columns">d, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no row or no column.</exception>
    /// <exception cref="ArgumentException">The pointer is null or no address of float32 numbers, or so many lie in no memory.</exception>
    public DeviceRows(ulong pointer, int rows, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        RequireNumbers(pointer, nameof(pointer));
        long numbers = (long)rows * columns;
        if (numbers > long.MaxValue / sizeof(float) || ulong.MaxValue - pointer < (ulong)numbers * sizeof(float))
            throw new ArgumentException($"{rows} x {columns} numbers lie in no memory.", nameof(rows));
        (Pointer, Rows, Columns, Bytes) = (pointer, rows, columns, numbers * sizeof(float));
    }

    /// <summary>The first number's address on the device.</summary>
    public ulong Pointer { get; }

    /// <summary>n: number of samples.</summary>
    public int Rows { get; }

    /// <summary>d: number of features.</summary>
    public int Columns { get; }

    internal long Bytes { get; }

    /// <summary>Checks that float32 numbers can lie at an address.</summary>
    /// <exception cref="ArgumentException">It is null, or no multiple of 4.</exception>
    internal static void RequireNumbers(ulong pointer, string parameter)
    {
        if (pointer == 0) throw new ArgumentException("The pointer is null.", parameter);
        if (pointer % sizeof(float) != 0) throw new ArgumentException("A pointer to float32 numbers is a multiple of 4.", parameter);
    }
}
