namespace IadNative.Cuda;

/// <summary>Rows of features that lie in a device's memory: float32, row-major, without gaps. Whoever allocated it keeps it.</summary>
public sealed record DeviceRows
{
    /// <summary>Rows at an address.</summary>
    /// <param name="address">The first number's address on the device (CUdeviceptr).</param>
    /// <param name="rows">n, at least 1.</param>
    /// <param name="columns">d, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no row or no column.</exception>
    /// <exception cref="ArgumentException">The pointer is null or no address of float32 numbers, or so many lie in no memory.</exception>
    public DeviceRows(ulong address, int rows, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        RequireNumbers(address, nameof(address));
        long numbers = (long)rows * columns;
        if (numbers > long.MaxValue / sizeof(float) || ulong.MaxValue - address < (ulong)numbers * sizeof(float))
            throw new ArgumentException($"{rows} x {columns} numbers lie in no memory.", nameof(rows));
        (Address, Rows, Columns, Bytes) = (address, rows, columns, numbers * sizeof(float));
    }

    /// <summary>The first number's address on the device.</summary>
    public ulong Address { get; }

    /// <summary>n: number of samples.</summary>
    public int Rows { get; }

    /// <summary>d: number of features.</summary>
    public int Columns { get; }

    internal long Bytes { get; }

    /// <summary>Checks that float32 numbers can lie at an address.</summary>
    /// <exception cref="ArgumentException">It is null, or no multiple of 4.</exception>
    internal static void RequireNumbers(ulong address, string parameter)
    {
        if (address == 0) throw new ArgumentException("The pointer is null.", parameter);
        if (address % sizeof(float) != 0) throw new ArgumentException("A pointer to float32 numbers is a multiple of 4.", parameter);
    }
}
