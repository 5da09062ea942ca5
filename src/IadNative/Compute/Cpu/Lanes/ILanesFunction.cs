namespace IadNative.Compute.Cpu.Lanes;

/// <summary>Something to be made for the vector width of this machine.</summary>
internal interface ILanesFunction<out TResult>
{
    TResult Invoke<T>()
        where T : struct, ILanes<T>;
}
