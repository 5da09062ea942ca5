namespace IadNative.Compute.Cpu.Stacked;

/// <summary>Some rows on their way through some vectors of networks: an activation is vectors × samples.</summary>
internal readonly unsafe struct StackedBlock
{
    /// <summary>Prepared features, row-major.</summary>
    public float* Rows { get; init; }

    /// <summary>Features of a row.</summary>
    public int Width { get; init; }

    /// <summary>How many rows.</summary>
    public int Samples { get; init; }

    /// <summary>How many vectors of networks.</summary>
    public int Vectors { get; init; }

    /// <summary>The numbers of the group of vectors that these belong to.</summary>
    public float* Numbers { get; init; }

    /// <summary>How many vectors the group has.</summary>
    public int Group { get; init; }

    /// <summary>How many vectors of the group stand before these.</summary>
    public int First { get; init; }

    /// <summary>Where in a row the features of the networks are: vectors × d × lanes.</summary>
    public int* Places { get; init; }

    /// <summary>Vectors of an activation's unit: one per row and vector of networks.</summary>
    public int Slots => Samples * Vectors;

    /// <summary>Numbers of the first vector; those of the next follow them without a gap.</summary>
    /// <param name="reserved">Which numbers.</param>
    /// <param name="lanes">Floats per vector.</param>
    public float* this[StackedNumbers reserved, int lanes] =>
        Numbers + ((((nint)reserved.Start * Group) + ((nint)First * reserved.Length)) * lanes);
}
