namespace IadNative.Mutation;

/// <summary>A test as a run of all of them met it.</summary>
/// <param name="Class">The full name of its class.</param>
/// <param name="Name">Its full name.</param>
/// <param name="Seconds">How long it took: of the processor, which others on the machine do not add to.</param>
/// <param name="Passed">Whether it passed.</param>
/// <param name="Reached">The numbers of the mutants that it ran through.</param>
internal sealed record TestRecord(string Class, string Name, double Seconds, bool Passed, int[] Reached);
