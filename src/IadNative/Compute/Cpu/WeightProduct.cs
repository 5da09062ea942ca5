namespace IadNative.Compute.Cpu;

/// <summary>Products of a weight with the numbers of one sample.</summary>
/// <param name="Weight">The weight.</param>
/// <param name="Count">How often a sample meets each of its entries.</param>
internal readonly record struct WeightProduct(TensorSlot Weight, int Count)
{
    /// <summary>Multiply-adds per sample, masked-out ones among them.</summary>
    public long MultiplyAdds => (long)Weight.Length * Count;
}
