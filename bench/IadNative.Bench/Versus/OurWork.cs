using System.Text.Json;
using IadNative.Bench.Versus.Exchange;

namespace IadNative.Bench.Versus;

/// <summary>Our side of a comparison, which also writes down the problem for the others.</summary>
internal abstract class OurWork(int threads)
{
    /// <summary>Steps whose losses are compared.</summary>
    protected const int CheckedSteps = 10;

    /// <summary>What a value is measured in.</summary>
    public abstract string Unit { get; }

    /// <summary>Seconds of a value of 1.</summary>
    public abstract double UnitSeconds { get; }

    /// <summary>Arithmetic behind one value: <see cref="Arithmetic"/>.</summary>
    public abstract double Operations { get; }

    protected int Threads { get; } = threads;

    /// <summary>Writes the problem.</summary>
    public void Write(string folder)
    {
        Problem problem = WriteArrays(folder);
        File.WriteAllText(Path.Combine(folder, ProblemFiles.Problem), JsonSerializer.Serialize(problem));
    }

    /// <summary>What we compute, for the others to match.</summary>
    public abstract Introduction Introduce();

    /// <summary>Does the work for a number of units: epochs, jobs or calls.</summary>
    public abstract Measurement Run(int count);

    /// <summary>A measurement in the table's unit.</summary>
    public abstract double ValueOf(Measurement measurement, int count);

    protected abstract Problem WriteArrays(string folder);
}
