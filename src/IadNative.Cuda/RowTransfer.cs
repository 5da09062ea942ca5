using System.Globalization;
using System.Runtime.InteropServices;

namespace IadNative.Cuda;

/// <summary>Rows that a program has put on the device, on their way to the host, and scores on their way back.</summary>
/// <param name="driver">The device.</param>
internal sealed class RowTransfer(ICudaDriver driver)
{
    // Numbers that are copied at a time: 16 MiB.
    private const int BlockNumbers = 1 << 22;

    /// <summary>Copies rows to the host, once all work given to the device before is done.</summary>
    /// <returns>n × d numbers, row-major.</returns>
    /// <exception cref="ArgumentException">They do not lie in the device's memory, or are more than an array holds.</exception>
    public float[] Read(DeviceRows rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Bytes / sizeof(float) > Array.MaxLength)
            throw new ArgumentException($"{rows.Rows} x {rows.Columns} numbers are more than an array holds.", nameof(rows));
        Require(rows.Address, rows.Bytes, nameof(rows));
        float[] values = new float[rows.Bytes / sizeof(float)];
        for (int start = 0; start < values.Length; start += BlockNumbers)
            ReadBlock(rows, start, values.AsSpan(start, Math.Min(BlockNumbers, values.Length - start)));
        return values;
    }

    /// <summary>Scores rows on the host, block by block, and copies the scores to the device.</summary>
    /// <param name="detector">Scores.</param>
    /// <param name="rows">n rows of its d features.</param>
    /// <param name="scores">Address of n numbers on the device that receive the scores.</param>
    /// <param name="threads">Threads that score; 0 for one per core.</param>
    /// <exception cref="ArgumentException">
    /// The rows have other features, rows or scores do not lie in the device's memory, they overlap, or the threads are negative.
    /// </exception>
    public void Score(AnomalyDetector detector, DeviceRows rows, ulong scores, int threads)
    {
        ArgumentNullException.ThrowIfNull(detector);
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        if (rows.Columns != detector.Features)
            throw new ArgumentException($"Rows of {detector.Features} features are needed, but they have {rows.Columns}.", nameof(rows));
        DeviceRows.RequireNumbers(scores, nameof(scores));
        long scoreBytes = (long)rows.Rows * sizeof(float);
        Require(rows.Address, rows.Bytes, nameof(rows));
        Require(scores, scoreBytes, nameof(scores));
        if (scores < rows.Address + (ulong)rows.Bytes && rows.Address < scores + (ulong)scoreBytes)
            throw new ArgumentException("The scores would overwrite the rows.", nameof(scores));
        int most = Math.Clamp(BlockNumbers / rows.Columns, 1, rows.Rows);
        float[] features = new float[most * rows.Columns], results = new float[most];
        for (int start = 0; start < rows.Rows; start += most)
        {
            int count = Math.Min(most, rows.Rows - start);
            Span<float> block = features.AsSpan(0, count * rows.Columns), blockScores = results.AsSpan(0, count);
            ReadBlock(rows, (long)start * rows.Columns, block);
            detector.Score(block, blockScores, threads);
            driver.CopyToDevice(scores + ((ulong)start * sizeof(float)), MemoryMarshal.AsBytes(blockScores));
        }
    }

    private void ReadBlock(DeviceRows rows, long start, Span<float> values) =>
        driver.CopyToHost(MemoryMarshal.AsBytes(values), rows.Address + ((ulong)start * sizeof(float)));

    private void Require(ulong address, long bytes, string parameter)
    {
        if (driver.Holds(address, bytes)) return;
        throw new ArgumentException(
            string.Create(
                CultureInfo.InvariantCulture, $"There are no {bytes:n0} bytes of one allocation of {driver.Device.Name} at 0x{address:x}."),
            parameter);
    }
}
