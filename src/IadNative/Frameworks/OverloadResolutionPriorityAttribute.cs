#if !NET9_0_OR_GREATER
namespace System.Runtime.CompilerServices;

/// <summary>Tells the compiler which of several overloads to prefer; it knows the attribute by its name, which .NET 8 does not have.</summary>
/// <param name="priority">Higher is preferred; 0 without the attribute.</param>
[AttributeUsage(AttributeTargets.Constructor | AttributeTargets.Method | AttributeTargets.Property)]
internal sealed class OverloadResolutionPriorityAttribute(int priority) : Attribute
{
    /// <summary>The priority.</summary>
    public int Priority { get; } = priority;
}
#endif
